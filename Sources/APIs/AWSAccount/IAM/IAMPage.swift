import AWS
import Foundation

/// A page of a list that is sorted by name.
///
/// Its marker is the name of the last element, so that elements that are added or deleted between two pages move no others.
struct IAMPage {
    private let limit: Int
    private let last: String?

    /// - Throws: `ValidationError` if the marker is not one of this server's.
    init(_ input: JSON) throws(AWSError) {
        limit = input["MaxItems"]?.int ?? 100
        guard let marker = input["Marker"]?.string else {
            last = nil
            return
        }
        guard let bytes = Data(base64Encoded: marker), let name = String(bytes: bytes, encoding: .utf8) else {
            throw AWSError("ValidationError", "Invalid Marker.")
        }
        last = name
    }

    /// Returns the output of a list operation.
    ///
    /// - Parameter elements: With their names, which are unique, in any order.
    func output(_ member: String, _ elements: [(name: String, json: JSON)]) -> JSON {
        let rest = elements.filter { element in last.map { $0 < element.name } ?? true }.sorted { $0.name < $1.name }
        let page = rest.prefix(limit)
        let isTruncated = rest.count > page.count
        let marker = page.last.flatMap { isTruncated ? Data($0.name.utf8).base64EncodedString() : nil }
        return .members([
            member: .array(page.map(\.json)), "IsTruncated": .bool(isTruncated), "Marker": marker.map(JSON.string),
        ])
    }
}
