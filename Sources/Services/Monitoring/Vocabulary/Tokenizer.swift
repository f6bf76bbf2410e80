import Definitions

/// Divides texts into tokens, as bytes of UTF-8: strings in Swift are equal if they look the same, and words of a vocabulary are not.
struct Tokenizer: Sendable {
    let kind: VocabularyRequest.Tokens

    private static let removed = Set(".;:!'?,\"()[]".utf8)
    private static let separators = Set("-/".utf8)

    /// Calls `body` with each token.
    func forEachToken<Failure: Error>(
        of text: String,
        _ body: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        let bytes = kind == .words ? Self.cleaned(text) : Array(text.utf8)
        var start = 0
        var position = 0
        while position < bytes.count {
            let space = Self.whiteSpace(bytes, position)
            guard space > 0 else {
                position += 1
                continue
            }
            if start < position { try body(Array(bytes[start..<position])) }
            position += space
            start = position
        }
        if start < bytes.count { try body(Array(bytes[start...])) }
    }

    /// Lower case; without `.;:!'?,"()[]`; and with a space for `-`, for `/` and for two line breaks of HTML.
    private static func cleaned(_ text: String) -> [UInt8] {
        let bytes = text.lowercased().utf8.filter { !removed.contains($0) }
        var cleaned: [UInt8] = []
        cleaned.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            if let next = lineBreak(bytes, position).flatMap({ lineBreak(bytes, $0) }) {
                cleaned.append(UInt8(ascii: " "))
                position = next
            } else {
                cleaned.append(separators.contains(bytes[position]) ? UInt8(ascii: " ") : bytes[position])
                position += 1
            }
        }
        return cleaned
    }

    /// Returns the place after a `<br />`, which may have any white space before the slash; `nil` if there is none.
    private static func lineBreak(_ bytes: [UInt8], _ start: Int) -> Int? {
        guard bytes[start...].starts(with: "<br".utf8) else { return nil }
        var position = start + 3
        while case let space = whiteSpace(bytes, position), space > 0 { position += space }
        return bytes[position...].starts(with: "/>".utf8) ? position + 2 : nil
    }

    /// Returns the number of bytes of a white space character, 0 if there is another one: those that Python divides strings at.
    private static func whiteSpace(_ bytes: [UInt8], _ position: Int) -> Int {
        guard position < bytes.count else { return 0 }
        let byte = bytes[position]
        if byte < 0x80 { return byte == 0x20 || (9...13).contains(byte) || (0x1C...0x1F).contains(byte) ? 1 : 0 }
        guard byte == 0xC2 || (0xE1...0xE3).contains(byte), position + 1 < bytes.count else { return 0 }
        let second = bytes[position + 1]
        if byte == 0xC2 { return second == 0x85 || second == 0xA0 ? 2 : 0 }
        guard position + 2 < bytes.count else { return 0 }
        let third = bytes[position + 2]
        let isSpace =
            switch (byte, second) {
            case (0xE1, 0x9A): third == 0x80
            case (0xE2, 0x80): (0x80...0x8A).contains(third) || [0xA8, 0xA9, 0xAF].contains(third)
            case (0xE2, 0x81): third == 0x9F
            case (0xE3, 0x80): third == 0x80
            default: false
            }
        return isSpace ? 3 : 0
    }
}
