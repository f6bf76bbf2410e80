import AWS
import Definitions
import Encodings
import Foundation

/// Entity tags of `If-Match` and `If-None-Match`.
enum ETags {
    /// Returns a tag without its quotes and its mark as a weak one.
    static func unquoted(_ text: some StringProtocol) -> String {
        var tag = text.trimmingCharacters(in: .whitespaces)
        if tag.hasPrefix("W/") { tag = String(tag.dropFirst(2)) }
        return tag.trimmingCharacters(in: CharacterSet(charactersIn: "\""))
    }

    /// Returns whether a list of tags, or `*`, includes this one.
    static func list(_ text: String, contains etag: String) -> Bool {
        text.split(separator: ",").contains { ["*", etag].contains(unquoted($0)) }
    }
}

/// The conditions of a request on the object that it reads (RFC 9110, section 13.2.2).
struct ReadConditions {
    enum Outcome: Equatable { case holds, notModified, failed }

    private let match: String?
    private let noneMatch: String?
    private let modifiedSince: Date?
    private let unmodifiedSince: Date?

    /// - Parameter prefix: The prefix of the headers' names; those for the source of a copy have one.
    init(_ request: S3Request, prefix: String = "") {
        match = request.headers[prefix + "if-match"]
        noneMatch = request.headers[prefix + "if-none-match"]
        modifiedSince = request.headers[prefix + "if-modified-since"].flatMap(HTTPDate.date)
        unmodifiedSince = request.headers[prefix + "if-unmodified-since"].flatMap(HTTPDate.date)
    }

    func outcome(for object: ObjectRecord) -> Outcome {
        // Dates in headers have a resolution of one second.
        let modified = Date(timeIntervalSince1970: object.modifiedAt.timeIntervalSince1970.rounded(.down))
        if let match {
            if !ETags.list(match, contains: object.etag) { return .failed }
        } else if let unmodifiedSince, modified > unmodifiedSince {
            return .failed
        }
        if let noneMatch {
            if ETags.list(noneMatch, contains: object.etag) { return .notModified }
        } else if let modifiedSince, modified <= modifiedSince {
            return .notModified
        }
        return .holds
    }
}

/// The header `Range: bytes=FIRST-LAST` with a single range.
struct ByteRange: Equatable {
    /// `nil` for the last bytes of the object; `last` is then their number.
    private let first: Int?
    private let last: Int?

    /// Returns `nil` if there is no range, or none that S3 supports. The whole object is then returned.
    init?(_ header: String?) {
        guard let header, header.hasPrefix("bytes=") else { return nil }
        let sides = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard sides.count == 2, !sides.contains(where: { side in side.contains { !("0"..."9").contains($0) } }) else {
            return nil
        }
        // A number that overflows means the end.
        first = sides[0].isEmpty ? nil : Int(sides[0]) ?? .max
        last = sides[1].isEmpty ? nil : Int(sides[1]) ?? .max
        if first == nil && last == nil { return nil }
        if let first, let last, first > last { return nil }
    }

    /// Whether it is the last bytes, however many.
    var isSuffix: Bool { first == nil && last != 0 }

    /// Returns the range in an object of this size, or `nil` if the object has none of its bytes.
    func resolved(byteCount: Int) -> Range<Int>? {
        guard let first else {
            guard let last, last > 0, byteCount > 0 else { return nil }
            return max(0, byteCount - last)..<byteCount
        }
        guard first < byteCount else { return nil }
        return first..<(last.map { min($0, byteCount - 1) + 1 } ?? byteCount)
    }
}
