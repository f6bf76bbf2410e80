import Definitions
import Encodings
package import Foundation

/// A page of a list: the number of elements to skip, and the number to return.
///
/// The token also holds the time of the first page's request, so that new resources do not shift the pages, and a digest of
/// the filters, so that it is only valid with the same filters.
package struct Page {
    package let offset: Int
    package let limit: Int
    package let time: Date
    private let digest: UInt64

    /// The largest accepted offset. Lists are shorter.
    private static let offsetLimit = Int(Int32.max)

    /// - Parameter limit: The default of `MaxResults`.
    package init(_ call: AWSCall, limit: Int = 10) throws {
        self.limit = call.input["MaxResults"]?.int ?? limit
        digest = Self.digest(call)
        guard let text = call.input["NextToken"]?.string else {
            offset = 0
            time = call.time
            return
        }
        let parts = (Data(base64Encoded: text).map { String(decoding: $0, as: UTF8.self) } ?? "").split(separator: " ")
        guard parts.count == 3, let offset = Int(parts[0]), (0...Self.offsetLimit).contains(offset),
            let time = Double(parts[1]).flatMap({ Date(checked: $0) }), UInt64(parts[2]) == digest
        else { throw AWSError.validation("Invalid NextToken. It belongs to another list, or the filters changed.") }
        self.offset = offset
        self.time = time
    }

    /// The token of the next page.
    package var next: JSON {
        let text = "\(offset + limit) \(time.timeIntervalSince1970) \(digest)"
        return .string(Data(text.utf8).base64EncodedString())
    }

    /// Returns the elements on this page, and the token of the next page if there are more.
    package func cut<Element>(_ elements: some Collection<Element>) -> (elements: [Element], next: JSON?) {
        let rest = elements.dropFirst(offset)
        return (Array(rest.prefix(limit)), rest.count > limit ? next : nil)
    }

    /// Returns the FNV-1a hash of the operation and its filters.
    private static func digest(_ call: AWSCall) -> UInt64 {
        StableHash.fnv1a(
            call.operation + String(decoding: call.input.without("NextToken", "MaxResults").encoded, as: UTF8.self)
        )
    }
}
