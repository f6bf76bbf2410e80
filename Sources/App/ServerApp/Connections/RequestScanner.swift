import Foundation
import Serving

/// Finds the head of a request that has a plain form, so that the end of the request is known before anything else is.
///
/// It accepts a strict subset of HTTP/1.1 and leaves everything else to NIO's decoder: other versions, methods that are not plain
/// words, unusual characters in names and values, folded lines, bodies without a single valid `Content-Length`, and `Upgrade`.
enum RequestScanner {
    /// A head whose end and body are certain.
    struct Head {
        /// Bytes of the head, with the empty line.
        let byteCount: Int
        /// Bytes of the body.
        let bodyLength: Int
        let isPost: Bool
        /// The value of the only `Host`.
        let host: UnsafeRawBufferPointer
        /// Empty without such a header.
        let acceptEncoding: UnsafeRawBufferPointer
        /// Whether a header asks for more than a body and its response: a page of a browser may have sent it, the body has a
        /// coding, or the client waits for `100 Continue`, or wants the connection closed.
        let isSpecial: Bool
        let target: InferenceHead
    }

    enum Result {
        /// More bytes are needed.
        case incomplete
        /// Only NIO's decoder can tell.
        case irregular
        case head(Head)
    }

    /// Larger heads are left to NIO's decoder.
    static let maxHeadBytes = 8 << 10
    /// So many fit the stack space of a temporary allocation.
    private static let maxFields = 30
    /// Longer lengths of bodies are left to NIO's decoder. No number of so many digits overflows.
    private static let maxBodyDigits = 12

    /// Calls `body` with the request at the start of `bytes`. What it gets is only valid during the call.
    static func scan<Value>(_ bytes: UnsafeRawBufferPointer, _ body: (Result) -> Value) -> Value {
        withUnsafeTemporaryAllocation(of: InferenceHead.Field.self, capacity: maxFields) { fields in
            body(scan(bytes, fields))
        }
    }

    private static func scan(
        _ bytes: UnsafeRawBufferPointer,
        _ fields: UnsafeMutableBufferPointer<InferenceHead.Field>
    ) -> Result {
        var line = LineReader(bytes)
        // The request line.
        guard let method = line.token(until: UInt8(ascii: " ")) else { return line.failure }
        guard let target = line.visible(until: UInt8(ascii: " ")) else { return line.failure }
        guard target.first == UInt8(ascii: "/") else { return .irregular }
        guard let version = line.visible(until: 0x0D) else { return line.failure }
        guard equal(version, "HTTP/1.1"), !equal(method, "CONNECT") else { return .irregular }
        guard line.take(0x0A) else { return line.failure }

        var count = 0
        var host: UnsafeRawBufferPointer?
        var acceptEncoding = UnsafeRawBufferPointer(start: nil, count: 0)
        var bodyLength: Int?
        var isSpecial = false
        while let first = line.peek, first != 0x0D {
            guard let name = line.token(until: UInt8(ascii: ":")) else { return line.failure }
            guard let value = line.value() else { return line.failure }
            guard line.take(0x0A) else { return line.failure }
            guard count < fields.count, !name.isEmpty else { return .irregular }
            let field = InferenceHead.Field(name: name, value: value)
            fields.initializeElement(at: count, to: field)
            count &+= 1
            switch name.count {
            case 4 where field.isNamed("host"):
                guard host == nil else { return .irregular }
                host = value
            case 6 where field.isNamed("origin"), 6 where field.isNamed("expect"): isSpecial = true
            case 7 where field.isNamed("upgrade"): return .irregular
            case 10 where field.isNamed("connection"):
                if !InferenceHead.Field(name: value, value: value).isNamed("keep-alive") { isSpecial = true }
            case 14 where field.isNamed("content-length"):
                guard bodyLength == nil, let length = number(value) else { return .irregular }
                bodyLength = length
            case 14 where field.isNamed("sec-fetch-site"): isSpecial = true
            case 15 where field.isNamed("accept-encoding"): acceptEncoding = value
            case 16 where field.isNamed("content-encoding"): isSpecial = true
            case 16 where field.isNamed("proxy-connection"): return .irregular
            case 17 where field.isNamed("transfer-encoding"): return .irregular
            default: break
            }
        }
        guard line.take(0x0D), line.take(0x0A) else { return line.failure }
        guard let host else { return .irregular }
        var path = target
        var query = UnsafeRawBufferPointer(start: nil, count: 0)
        if let mark = target.firstIndex(of: UInt8(ascii: "?")) {
            path = UnsafeRawBufferPointer(rebasing: target[..<mark])
            query = UnsafeRawBufferPointer(rebasing: target[(mark + 1)...])
        }
        let known = UnsafeBufferPointer(rebasing: UnsafeBufferPointer(fields)[..<count])
        return .head(
            Head(
                byteCount: line.offset,
                bodyLength: bodyLength ?? 0,
                isPost: equal(method, "POST"),
                host: host,
                acceptEncoding: acceptEncoding,
                isSpecial: isSpecial,
                target: InferenceHead(path: path, query: query, fields: known)
            )
        )
    }

    private static func equal(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard let start = bytes.baseAddress, bytes.count == text.utf8CodeUnitCount else { return false }
        return memcmp(start, text.utf8Start, bytes.count) == 0
    }

    private static func number(_ digits: UnsafeRawBufferPointer) -> Int? {
        guard (1...maxBodyDigits).contains(digits.count) else { return nil }
        var number = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            number = number &* 10 &+ Int(digit &- 0x30)
        }
        return number
    }
}

/// Reads the parts of a head's lines, and accepts only characters that have one meaning.
private struct LineReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Why the last read returned nothing: the bytes end too early, or one of them is not acceptable.
    var failure: RequestScanner.Result { offset >= bytes.count ? .incomplete : .irregular }

    var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// Skips the next byte if it is `byte`.
    mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        offset &+= 1
        return true
    }

    /// Reads letters, digits, `-` and `_` up to `end`, which is skipped.
    mutating func token(until end: UInt8) -> UnsafeRawBufferPointer? {
        let start = offset
        while offset < bytes.count {
            let byte = bytes[offset]
            // Setting the bit turns capitals into small letters.
            let isLetter = (byte | 0x20) &- UInt8(ascii: "a") < 26
            if !isLetter, byte &- UInt8(ascii: "0") >= 10, byte != UInt8(ascii: "-"), byte != UInt8(ascii: "_") {
                guard byte == end, offset > start else { return nil }
                let token = UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
                offset &+= 1
                return token
            }
            offset &+= 1
        }
        return nil
    }

    /// Reads visible ASCII characters up to `end`, which is skipped.
    mutating func visible(until end: UInt8) -> UnsafeRawBufferPointer? {
        let start = offset
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == end || byte <= 0x20 || byte >= 0x7F {
                guard byte == end, offset > start else { return nil }
                let text = UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
                offset &+= 1
                return text
            }
            offset &+= 1
        }
        return nil
    }

    /// Reads the value of a header up to its carriage return, which is skipped, without the spaces around it.
    mutating func value() -> UnsafeRawBufferPointer? {
        while offset < bytes.count, bytes[offset] == 0x20 { offset &+= 1 }
        let start = offset
        while bytes.count - offset >= 8 {
            // The top bit of each byte is set by a character that is not printable ASCII, or by one after it.
            let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let unusual = word | (word &- 0x2020_2020_2020_2020) | (word &+ 0x0101_0101_0101_0101)
            guard unusual & 0x8080_8080_8080_8080 == 0 else { break }
            offset &+= 8
        }
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte < 0x20 || byte >= 0x7F {
                guard byte == 0x0D else { return nil }
                var end = offset
                while end > start, bytes[end &- 1] == 0x20 { end &-= 1 }
                offset &+= 1
                return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            }
            offset &+= 1
        }
        return nil
    }
}
