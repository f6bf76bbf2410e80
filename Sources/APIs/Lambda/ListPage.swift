import AWS
import Foundation

/// A page of a list that is ordered by keys.
///
/// The marker is the key of the last element, so that a client can delete what it has seen without missing the rest.
struct ListPage {
    private let after: String?
    private let limit: Int

    /// The most elements of a page.
    private static let maximum = 50

    init(_ call: AWSCall) throws(AWSError) {
        limit = min(call.input["MaxItems"]?.int ?? Self.maximum, Self.maximum)
        if let marker = call.input["Marker"]?.string, !marker.isEmpty {
            guard let key = Data(base64Encoded: marker).flatMap({ String(validating: $0, as: UTF8.self) }) else {
                throw .invalidParameter(
                    "Invalid marker '\(marker.prefix(100))'. Expected the NextMarker of a response."
                )
            }
            after = key
        } else {
            after = nil
        }
    }

    /// Returns an object with the elements of this page and, if there are more, the marker of the next one.
    ///
    /// - Parameters:
    ///   - elements: Ordered by their keys.
    ///   - name: The name of the list.
    func json<Element>(_ elements: [Element], key: (Element) -> String, as name: String, _ json: (Element) -> JSON)
        -> JSON
    {
        let rest = elements.filter { element in after.map { key(element) > $0 } ?? true }
        let page = rest.prefix(limit)
        let next = rest.count > limit ? page.last.map { Data(key($0).utf8).base64EncodedString() } : nil
        return .members([name: .array(page.map(json)), "NextMarker": next.map(JSON.string)])
    }

    /// A number as a key: ordered as the numbers are.
    static func key(_ number: Int) -> String {
        String(repeating: "0", count: max(0, 20 - "\(number)".count)) + "\(number)"
    }

    /// A number as a key: in the opposite order of the numbers.
    static func descendingKey(_ number: Int) -> String { key(Int.max - max(0, number)) }
}
