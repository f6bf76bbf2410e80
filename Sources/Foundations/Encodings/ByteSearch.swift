import Foundation

/// Texts from outside as the programs see them that read them: as bytes.
///
/// To Swift, a slash or a quotation mark with a combining mark behind it is another character, and so is "\r\n". A search by characters
/// misses those, and costs about 30 ns a byte.
extension String {
    /// The parts of a path as the file system divides it, without empty ones.
    package var pathParts: [String] { utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) } }

    /// Whether the bytes of a text occur in this one. Those of an empty text do.
    package func containsBytes(of part: String) -> Bool {
        var (text, part) = (self, part)
        return text.withUTF8 { text in part.withUTF8 { Self.place(of: $0, in: text[...]) != nil } }
    }

    /// Returns the text with the bytes of `part` replaced wherever they occur.
    ///
    /// - Precondition: `part` is not empty.
    package func replacingBytes(of part: String, with other: String) -> String {
        var (text, part, other) = (self, part, other)
        return text.withUTF8 { text in
            part.withUTF8 { part in
                other.withUTF8 { other in
                    guard var place = Self.place(of: part, in: text[...]) else { return self }
                    var replaced: [UInt8] = []
                    replaced.reserveCapacity(text.count)
                    var rest = text[...]
                    while true {
                        replaced += rest[..<place]
                        replaced += other
                        rest = rest[(place + part.count)...]
                        guard let next = Self.place(of: part, in: rest) else { break }
                        place = next
                    }
                    return String(decoding: replaced + rest, as: UTF8.self)
                }
            }
        }
    }

    private static func place(of part: UnsafeBufferPointer<UInt8>, in text: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        guard let base = text.base.baseAddress, let pattern = part.baseAddress, !part.isEmpty else {
            return part.isEmpty ? text.startIndex : nil
        }
        var start = text.startIndex
        while text.endIndex - start >= part.count {
            guard let found = memchr(base + start, Int32(part[0]), text.endIndex - start - part.count + 1) else {
                break
            }
            start = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            if memcmp(base + start, pattern, part.count) == 0 { return start }
            start += 1
        }
        return nil
    }
}
