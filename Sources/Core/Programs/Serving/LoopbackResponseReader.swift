import Foundation

/// The response of a program.
package struct LoopbackResponse {
    package var status: Int
    package var contentType: String?
    package var body: [UInt8]
}

/// Reads one HTTP/1.1 response of a user's program from a socket. The program is not trusted: every number is bounded and
/// every wait has a limit.
struct LoopbackResponseReader {
    struct Limits {
        /// Bytes of the body.
        var bodyByteCount = 256 << 20
        /// Seconds that the program may be silent.
        var silence: Int
        /// When the whole response must have arrived, however steadily it comes.
        var deadline: ContinuousClock.Instant
    }

    private static let headLimit = 64 << 10
    /// The number of 1xx responses allowed before the final one.
    private static let interimLimit = 16
    private static let contentTypeLimit = 1024

    private let descriptor: Int32
    private let limits: Limits
    /// Received bytes; those from `position` on are not consumed yet.
    private var bytes: [UInt8] = []
    private var position = 0

    init(_ descriptor: Int32, _ limits: Limits) {
        self.descriptor = descriptor
        self.limits = limits
    }

    private struct Head {
        let status: Int
        let fields: [(name: String, value: String)]

        func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
    }

    mutating func read() throws(ProgramError) -> LoopbackResponse {
        var head = try readHead()
        for _ in 0..<Self.interimLimit where head.status < 200 { head = try readHead() }
        guard head.status >= 200 else { throw .invalidResponse }
        let types = head.values("content-type")
        guard types.count <= 1, types.first?.utf8.count ?? 0 <= Self.contentTypeLimit,
            types.first?.utf8.allSatisfy({ $0 < 0x80 }) ?? true
        else { throw .invalidResponse }
        return LoopbackResponse(status: head.status, contentType: types.first, body: try readBody(head))
    }

    // MARK: Head

    private mutating func readHead() throws(ProgramError) -> Head {
        var rest = Self.headLimit
        let line = try readLine(&rest)
        // HTTP/1.1 200 OK
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count > 1, words[0].hasPrefix("HTTP/1."), words[1].utf8.count == 3, let status = UInt(words[1]),
            (100...599).contains(status)
        else { throw .invalidResponse }
        var fields: [(name: String, value: String)] = []
        while case let line = try readLine(&rest), !line.isEmpty {
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
                throw .invalidResponse
            }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            fields.append((line[..<colon].lowercased(), value))
        }
        return Head(status: Int(status), fields: fields)
    }

    /// Reads the next line of a head, without its end. Control characters are refused: a line end in a value would become a
    /// header of the server's own response.
    private mutating func readLine(_ rest: inout Int) throws(ProgramError) -> String {
        var scanned = 0
        while true {
            if let end = bytes[(position + scanned)...].firstIndex(of: 10) {
                guard end + 1 - position <= rest, end > position, bytes[end - 1] == 13 else { throw .invalidResponse }
                let line = bytes[position..<(end - 1)]
                guard line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 9 }) else { throw .invalidResponse }
                rest -= end + 1 - position
                position = end + 1
                return String(decoding: line, as: UTF8.self)
            }
            scanned = bytes.count - position
            guard scanned < rest else { throw .invalidResponse }
            guard try fill() else {
                throw .disconnected(isMidway: scanned > 0)
            }
        }
    }

    // MARK: Body

    private mutating func readBody(_ head: Head) throws(ProgramError) -> [UInt8] {
        let encodings = head.values("transfer-encoding")
        let lengths = Set(head.values("content-length"))
        if !encodings.isEmpty {
            guard encodings.count == 1, encodings[0].lowercased() == "chunked", lengths.isEmpty else {
                throw .invalidResponse
            }
            return try readChunks()
        }
        if head.status == 204 || head.status == 304 { return [] }
        guard let length = lengths.first else {
            // The end of the connection is the end of the response.
            var body: [UInt8] = []
            repeat {
                guard body.count + bytes.count - position <= limits.bodyByteCount else { throw tooLarge }
                takeAll(into: &body)
            } while try fill()
            return body
        }
        guard lengths.count == 1, length.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { throw .invalidResponse }
        guard let count = Int(length), count <= limits.bodyByteCount else { throw tooLarge }
        var body: [UInt8] = []
        try take(count, into: &body)
        return body
    }

    private mutating func readChunks() throws(ProgramError) -> [UInt8] {
        var body: [UInt8] = []
        while true {
            var rest = 1024
            // Chunk extensions, which follow a semicolon, are ignored.
            let digits = try readLine(&rest).prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces)
            guard !digits.isEmpty, digits.utf8.allSatisfy({ Character(.init($0)).isHexDigit }) else {
                throw .invalidResponse
            }
            // A size that overflows is also too large.
            guard let count = Int(digits, radix: 16), count <= limits.bodyByteCount - body.count else { throw tooLarge }
            if count == 0 { return body }
            try take(count, into: &body)
            var end = 2
            guard try readLine(&end).isEmpty else { throw .invalidResponse }
        }
    }

    /// Appends the next `count` bytes.
    private mutating func take(_ count: Int, into body: inout [UInt8]) throws(ProgramError) {
        var rest = count
        while true {
            let next = min(rest, bytes.count - position)
            body += bytes[position..<(position + next)]
            position += next
            rest -= next
            if rest == 0 { return }
            guard try fill() else { throw .disconnected(isMidway: true) }
        }
    }

    private mutating func takeAll(into body: inout [UInt8]) {
        body += bytes[position...]
        position = bytes.count
    }

    // MARK: Bytes

    /// Reads the available bytes; returns `false` at the end.
    private mutating func fill() throws(ProgramError) -> Bool {
        if position > 0 {
            bytes.removeFirst(position)
            position = 0
        }
        guard ContinuousClock.now < limits.deadline else {
            throw .tooSlow
        }
        let start = bytes.count
        let descriptor = descriptor
        bytes.append(contentsOf: repeatElement(0, count: 1 << 16))
        var count = 0
        repeat {
            count = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress.map { $0 + start }, 1 << 16, 0) }
        } while count < 0 && errno == EINTR
        let failure = errno
        bytes.removeLast(bytes.count - start - max(count, 0))
        guard count >= 0 else {
            switch failure {
            case EAGAIN: throw .silent(seconds: limits.silence)
            // A program that ends before it has read the whole request resets the connection rather than closing it.
            case ECONNRESET: throw .disconnected(isMidway: false)
            default: throw .connectionFailed(reason: String(cString: strerror(failure)))
            }
        }
        return count > 0
    }

    private var tooLarge: ProgramError { .responseTooLarge(limit: limits.bodyByteCount) }
}
