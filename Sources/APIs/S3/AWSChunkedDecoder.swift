import AWS
import Foundation

/// Decodes the payload from AWS's own chunks: `SIZE[;chunk-signature=…]\r\nBYTES\r\n`, the last of size 0, then trailers.
struct AWSChunkedDecoder {
    private enum State: Equatable {
        case size
        case data(rest: Int)
        /// The end of a line after the bytes of a chunk.
        case dataEnd
        case trailer
        case done
    }

    /// Maximum bytes of a line with a size, a signature or a checksum.
    private static let lineLimit = 4096

    /// `nil` if signatures are not verified.
    private var signatures: ChunkSignatures?
    private var state = State.size
    private var line: [UInt8] = []
    /// The trailers after the last chunk, by their names in lower case.
    private(set) var trailers: [String: String] = [:]

    /// Whether the last chunk was read. The empty line after the trailers may be missing.
    var isComplete: Bool {
        (state == .done || state == .trailer && line.isEmpty) && signatures?.areComplete != false
    }

    init(signatures: ChunkSignatures? = nil) { self.signatures = signatures }

    private static func malformed() -> AWSError {
        AWSError("InvalidRequest", "The body does not have the aws-chunked encoding that its headers announce.")
    }

    /// Returns the payload in a piece of the body.
    mutating func decode(_ bytes: [UInt8]) throws(AWSError) -> [UInt8] {
        var payload: [UInt8] = []
        payload.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            switch state {
            case .data(let rest):
                let count = min(rest, bytes.count - position)
                let taken = bytes[position..<position + count]
                signatures?.update(taken)
                payload += taken
                position += count
                state = count == rest ? .dataEnd : .data(rest: rest - count)
                if count == rest { try signatures?.endChunk(isLast: false) }
            case .size, .dataEnd, .trailer:
                let byte = bytes[position]
                position += 1
                if byte == UInt8(ascii: "\n") {
                    if line.last == UInt8(ascii: "\r") { line.removeLast() }
                    try endLine(String(decoding: line, as: UTF8.self))
                    line = []
                } else {
                    guard line.count < Self.lineLimit else { throw Self.malformed() }
                    line.append(byte)
                }
            case .done: throw Self.malformed()
            }
        }
        return payload
    }

    private mutating func endLine(_ text: String) throws(AWSError) {
        switch state {
        case .size:
            let digits = text.prefix { $0 != ";" }
            guard digits.count <= 15, digits.utf8.allSatisfy({ $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") }),
                let size = Int(digits, radix: 16)
            else { throw Self.malformed() }
            signatures?.beginChunk(text[digits.endIndex...])
            if size == 0 { try signatures?.endChunk(isLast: true) }
            state = size == 0 ? .trailer : .data(rest: size)
        case .dataEnd:
            guard text.isEmpty else { throw Self.malformed() }
            state = .size
        case .trailer:
            guard !text.isEmpty else {
                try signatures?.end()
                state = .done
                return
            }
            guard trailers.count < 16, let colon = text.firstIndex(of: ":") else { throw Self.malformed() }
            let name = text[..<colon].lowercased()
            let value = text[text.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            if try signatures?.takeTrailer(name, value) != false { trailers[name] = value }
        case .data, .done: throw Self.malformed()
        }
    }
}
