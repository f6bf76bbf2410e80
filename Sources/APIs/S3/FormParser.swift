import AWS
import Foundation

/// Parses a form with a file in the format of browsers, `multipart/form-data`: its fields, and then the file, piece by piece.
///
/// - Source: RFC 7578, RFC 2046 section 5.1; https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
struct FormParser {
    private enum State {
        /// Before the first boundary.
        case preamble
        /// After a boundary: another part follows, or the end.
        case divided
        case headers
        case value(name: String)
        case file
        case end
    }

    /// Maximum bytes before the file.
    private static let fieldLimit = 20 << 10
    /// Maximum bytes of a boundary.
    private static let boundaryLimit = 70

    /// The fields, by their names in lower case.
    private(set) var fields: [String: String] = [:]
    /// The file's name on the client; `nil` if the form has none.
    private(set) var fileName: String?
    private let delimiter: [UInt8]
    private var state = State.preamble
    /// The bytes that are not parsed yet. They begin with the end of a line, which precedes every boundary.
    private var rest = Array("\r\n".utf8)
    private var fieldByteCount = 0

    /// - Parameter contentType: The request's header: `multipart/form-data; boundary=…`.
    init(contentType: String) throws(AWSError) {
        guard let boundary = Self.parameter("boundary", of: contentType), !boundary.isEmpty,
            boundary.utf8.count <= Self.boundaryLimit
        else { throw Self.malformed("the Content-Type header has no valid boundary") }
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    /// Whether the file has begun, so that all fields are known.
    private(set) var hasFile = false

    var isComplete: Bool {
        if case .end = state { return true }
        return false
    }

    /// Reads the next piece of the body.
    ///
    /// - Returns: Bytes of the file.
    mutating func feed(_ piece: [UInt8]) throws(AWSError) -> [UInt8] {
        rest += piece
        while true {
            switch state {
            case .preamble:
                guard try take(to: delimiter) != nil else { return [] }
                state = .divided
            case .divided:
                guard rest.count >= 2 else { return [] }
                let next = rest[..<2]
                rest.removeFirst(2)
                if next.elementsEqual("--".utf8) {
                    state = .end
                } else if next.elementsEqual("\r\n".utf8) {
                    // So that a part without headers also has an empty line.
                    rest.insert(contentsOf: "\r\n".utf8, at: 0)
                    state = .headers
                } else {
                    throw Self.malformed("a boundary is followed by other text")
                }
            case .headers:
                guard let bytes = try take(to: Array("\r\n\r\n".utf8)) else { return [] }
                state = try part(String(decoding: bytes, as: UTF8.self))
            case .value(let name):
                guard let bytes = try take(to: delimiter) else { return [] }
                // Fields become response headers.
                guard let value = String(validating: bytes, as: UTF8.self), bytes.allSatisfy({ $0 >= 0x20 }) else {
                    throw Self.malformed("the field '\(name.prefix(60))' is not UTF-8, or has several lines")
                }
                guard fields.updateValue(value, forKey: name) == nil else {
                    throw Self.malformed("the field '\(name.prefix(60))' is listed twice")
                }
                state = .divided
            case .file:
                if let end = range(of: delimiter) {
                    let bytes = Array(rest[..<end.lowerBound])
                    rest = []
                    state = .end
                    return bytes
                }
                // The last bytes may be the beginning of a boundary.
                let known = max(0, rest.count - delimiter.count + 1)
                defer { rest.removeFirst(known) }
                return Array(rest[..<known])
            case .end:
                rest = []
                return []
            }
        }
    }

    /// Removes and returns the bytes before `end`, and removes `end`. Returns `nil` if it has not arrived yet.
    private mutating func take(to end: [UInt8]) throws(AWSError) -> [UInt8]? {
        let found = range(of: end)
        guard fieldByteCount + (found?.upperBound ?? rest.count) <= Self.fieldLimit else {
            throw AWSError(
                "MaxPostPreDataLengthExceeded",
                "Your POST request fields preceding the upload file were too large. The limit is \(Self.fieldLimit) "
                    + "bytes."
            )
        }
        guard let found else { return nil }
        fieldByteCount += found.upperBound
        defer { rest.removeSubrange(..<found.upperBound) }
        return Array(rest[..<found.lowerBound])
    }

    private func range(of text: [UInt8]) -> Range<Int>? {
        rest.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var start = 0
            while start + text.count <= bytes.count,
                let found = memchr(base + start, Int32(text[0]), bytes.count - text.count - start + 1)
            {
                start = UnsafeRawPointer(found) - base
                if memcmp(found, text, text.count) == 0 { return start..<start + text.count }
                start += 1
            }
            return nil
        }
    }

    private mutating func part(_ headers: String) throws(AWSError) -> State {
        let disposition = headers.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-disposition:") }
        guard let disposition, let name = Self.parameter("name", of: disposition), !name.isEmpty else {
            throw Self.malformed("a part has no name")
        }
        guard name.lowercased() == "file" else { return .value(name: name.lowercased()) }
        fileName = Self.parameter("filename", of: disposition)
        hasFile = true
        return .file
    }

    /// Returns a parameter of a header, without quotes.
    private static func parameter(_ name: String, of header: some StringProtocol) -> String? {
        for part in header.split(separator: ";").dropFirst() {
            let sides = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard sides.count == 2, sides[0].lowercased() == name else { continue }
            let isQuoted = sides[1].count >= 2 && sides[1].hasPrefix("\"") && sides[1].hasSuffix("\"")
            return isQuoted ? String(sides[1].dropFirst().dropLast()) : sides[1]
        }
        return nil
    }

    static func malformed(_ reason: String) -> AWSError {
        AWSError(
            "MalformedPOSTRequest",
            "The body of your POST request is not well-formed multipart/form-data: \(reason)."
        )
    }
}
