import CZlib

/// A compression of an HTTP message body, as in `Content-Encoding`.
///
/// - Source: RFC 9110, section 8.4.1.
package enum ContentCoding: String, Sendable {
    case gzip
    case deflate

    /// The meaning of a `Content-Encoding` header.
    package enum Announcement: Equatable, Sendable {
        case none
        case coding(ContentCoding)
        /// An unsupported coding, or a list of several codings.
        case unsupported(String)
    }

    package static func announced(by header: String?) -> Announcement {
        guard let header else { return .none }
        let names = header.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            .filter { !$0.isEmpty && $0 != "identity" }
        switch names {
        case []: return .none
        case ["gzip"], ["x-gzip"]: return .coding(.gzip)
        case ["deflate"]: return .coding(.deflate)
        default: return .unsupported(String(names.joined(separator: ", ").prefix(40)))
        }
    }

    /// Returns the coding that a client prefers; `nil` if it accepts none, or if there is no header.
    ///
    /// - Parameter header: The value of `Accept-Encoding`.
    package static func accepted(by header: String?) -> ContentCoding? {
        guard let header else { return nil }
        var best: (coding: ContentCoding, quality: Double)?
        for item in header.lowercased().split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            let coding: ContentCoding
            switch parts.first {
            case "gzip", "x-gzip", "*": coding = .gzip
            case "deflate": coding = .deflate
            default: continue
            }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if weight > best?.quality ?? 0 { best = (coding, weight) }
        }
        return best?.coding
    }
}

/// Why a compressed body cannot be read.
package enum ContentCodingError: Error, Equatable {
    case damaged
    case tooLarge(limit: Int)
}

/// Decompresses a body piece by piece.
///
/// Not Sendable: each body has one task.
package final class Inflater {
    private var stream = z_stream()
    private let limit: Int
    private var byteCount = 0
    private var isOpen = false
    private var hasEnded = false
    private let coding: ContentCoding

    /// - Parameter limit: The maximum size of the decompressed body.
    package init(_ coding: ContentCoding, limit: Int) {
        self.coding = coding
        self.limit = limit
    }

    deinit { if isOpen { inflateEnd(&stream) } }

    /// Decompresses the next piece, and calls `write` with pieces of at most 64 KiB.
    package func push(
        _ bytes: UnsafeRawBufferPointer,
        _ write: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        if !isOpen { try open(firstBytes: bytes) }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var remaining = bytes.count
        stream.next_in = UnsafeMutablePointer(mutating: base.assumingMemoryBound(to: UInt8.self))
        while true {
            if hasEnded {
                // gzip allows several members in a row. Anything else after the end is an error.
                guard remaining > 0 else { return }
                guard coding == .gzip, inflateReset(&stream) == Z_OK else { throw ContentCodingError.damaged }
                hasEnded = false
            }
            // A piece can have any size, but zlib counts in 32 bits.
            let given = min(remaining, 1 << 30)
            stream.avail_in = UInt32(given)
            let (status, produced) = buffer.withUnsafeMutableBufferPointer { buffer in
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(buffer.count)
                let status = inflate(&stream, Z_NO_FLUSH)
                return (status, buffer.count - Int(stream.avail_out))
            }
            remaining -= given - Int(stream.avail_in)
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                throw ContentCodingError.damaged
            }
            guard produced <= limit - byteCount else { throw ContentCodingError.tooLarge(limit: limit) }
            byteCount += produced
            if produced > 0 {
                try buffer.withUnsafeBytes { try write(UnsafeRawBufferPointer(rebasing: $0[..<produced])) }
            }
            hasEnded = status == Z_STREAM_END
            if !hasEnded, remaining == 0, produced < buffer.count { return }
        }
    }

    /// Checks that the body is complete.
    ///
    /// - Throws: ``ContentCodingError/damaged`` if the body ends too early.
    package func finish() throws(ContentCodingError) {
        guard hasEnded else { throw .damaged }
    }

    /// Some clients send `deflate` without the zlib header.
    private func open(firstBytes bytes: UnsafeRawBufferPointer) throws(ContentCodingError) {
        let isZlib = bytes[0] & 0x0F == 8 && (bytes.count < 2 || (Int(bytes[0]) << 8 | Int(bytes[1])) % 31 == 0)
        let windowBits: Int32 = coding == .gzip ? 15 + 16 : isZlib ? 15 : -15
        guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .damaged
        }
        isOpen = true
    }

    /// Decompresses a whole body.
    package static func unpack(
        _ bytes: UnsafeRawBufferPointer,
        _ coding: ContentCoding,
        limit: Int
    ) throws -> [UInt8] {
        let inflater = Inflater(coding, limit: limit)
        var output: [UInt8] = []
        try inflater.push(bytes) { output.append(contentsOf: $0) }
        try inflater.finish()
        return output
    }
}

/// Compresses a body piece by piece, at zlib's fastest level.
///
/// Not Sendable: each body has one task.
package final class Deflater {
    private var stream = z_stream()

    package init(_ coding: ContentCoding) {
        let windowBits: Int32 = coding == .gzip ? 15 + 16 : 15
        let status = deflateInit2_(
            &stream,
            1,
            Z_DEFLATED,
            windowBits,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        // It fails only if memory runs out: the parameters are valid.
        precondition(status == Z_OK, "zlib ran out of memory")
    }

    deinit { deflateEnd(&stream) }

    /// Compresses the next piece, and returns the output so far; with `isLast`, all remaining output.
    package func push(_ bytes: UnsafeRawBufferPointer, isLast: Bool) -> [UInt8] {
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 32 << 10)
        var rest = bytes
        repeat {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
            stream.next_in = UnsafeMutablePointer(
                mutating: piece.baseAddress?.assumingMemoryBound(to: UInt8.self)
            )
            stream.avail_in = UInt32(piece.count)
            let flush = isLast && rest.isEmpty ? Z_FINISH : Z_NO_FLUSH
            var produced: Int
            repeat {
                produced = buffer.withUnsafeMutableBufferPointer { buffer in
                    stream.next_out = buffer.baseAddress
                    stream.avail_out = UInt32(buffer.count)
                    deflate(&stream, flush)
                    return buffer.count - Int(stream.avail_out)
                }
                output.append(contentsOf: buffer[..<produced])
            } while produced == buffer.count
        } while !rest.isEmpty
        return output
    }
}
