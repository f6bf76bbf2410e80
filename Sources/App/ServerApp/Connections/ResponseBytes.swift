import NIOCore
import NIOHTTP1
import Serving

/// What a response must know about its request.
struct ResponseForm {
    var version = HTTPVersion.http1_1
    var isToHEAD = false
    var keepsAlive = true
    var acceptEncoding: String?

    init(acceptEncoding: String?) { self.acceptEncoding = acceptEncoding }

    init(_ head: HTTPRequestHead, acceptEncoding: String? = nil) {
        version = head.version
        isToHEAD = head.method == .HEAD
        keepsAlive = head.isKeepAlive
        self.acceptEncoding = acceptEncoding
    }
}

extension InferenceResponse {
    /// Writes the response as HTTP/1.
    ///
    /// - Parameters:
    ///   - closes: Whether it is the last response of its connection.
    ///   - reason: The reason phrase of the status line; `nil` for the usual one.
    ///   - includesBody: If false, the body must be sent after the head.
    func write(
        to buffer: inout ByteBuffer,
        as form: ResponseForm,
        closes: Bool,
        reason: String? = nil,
        includesBody: Bool
    ) {
        let phrase =
            status == 200 && reason == nil ? nil : reason ?? HTTPResponseStatus(statusCode: status).reasonPhrase
        // The fixed parts and the numbers have at most 160 bytes.
        var size = 160 + (phrase?.utf8.count ?? 0) + contentType.utf8.count + (includesBody ? body.readableBytes : 0)
        for (name, value) in headers { size += name.utf8.count + value.utf8.count + 4 }
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { memory in
            var writer = MemoryWriter(memory)
            writer.put(form.version == .http1_0 ? "HTTP/1.0 " : "HTTP/1.1 ")
            if let phrase {
                writer.put(status)
                writer.put(" ")
                writer.put(contentsOf: phrase)
            } else {
                writer.put("200 OK")
            }
            if !contentType.isEmpty {
                writer.put("\r\ncontent-type: ")
                writer.put(contentsOf: contentType)
            }
            writer.put("\r\ncontent-length: ")
            writer.put(body.readableBytes)
            for (name, value) in headers {
                writer.put("\r\n")
                writer.put(contentsOf: name)
                writer.put(": ")
                writer.put(contentsOf: value)
            }
            if let retryAfterSeconds {
                writer.put("\r\nretry-after: ")
                writer.put(retryAfterSeconds)
            }
            if closes {
                writer.put("\r\nconnection: close")
            } else if form.version == .http1_0 {
                writer.put("\r\nconnection: keep-alive")
            }
            writer.put("\r\n\r\n")
            if includesBody { body.withUnsafeReadableBytes { writer.put($0) } }
            return writer.count
        }
    }
}

/// Appends to memory that is large enough.
private struct MemoryWriter {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
        count += bytes.count
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func put(contentsOf text: String) {
        var text = text
        text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
    }

    /// - Parameter number: Not negative.
    mutating func put(_ number: Int) {
        var digits = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        rest = number
        for index in stride(from: count + digits - 1, through: count, by: -1) {
            memory[index] = UInt8(truncatingIfNeeded: rest % 10) &+ 0x30
            rest /= 10
        }
        count += digits
    }
}
