extension JSONCursor {
    package mutating func readString() throws(JSONError) -> String {
        try readString { String(decoding: $0, as: UTF8.self) }
    }

    /// Reads a scalar as text: the content of a string, or a number or Boolean as written; `nil` for `null`.
    package mutating func readScalarText() throws(JSONError) -> String? {
        switch peek() {
        case UInt8(ascii: "\""): return try readString()
        case UInt8(ascii: "["), UInt8(ascii: "{"): throw unexpected("a string or number")
        default:
            let start = offset
            try skipValue()
            let text = String(decoding: bytes(since: start), as: UTF8.self)
            return text == "null" ? nil : text
        }
    }

    mutating func skipString() throws(JSONError) {
        try readString { _ in }
    }

    /// Reads a string and calls `body` with its UTF-8: a slice of the input if nothing is escaped, otherwise an unescaped copy.
    mutating func readString<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) throws(JSONError) -> Result {
        guard take(UInt8(ascii: "\"")) else { throw unexpected("a string in double quotes") }
        let first = position
        var isASCII = true
        while position < end {
            let byte = position.pointee
            if byte == UInt8(ascii: "\"") {
                let text = UnsafeBufferPointer(start: first, count: position - first)
                position += 1
                if !isASCII { try checkUTF8(text) }
                return body(text)
            }
            if byte == UInt8(ascii: "\\") { break }
            if byte < 0x20 { throw syntax("A control character in a string must be escaped") }
            if byte >= 0x80 { isASCII = false }
            position += 1
        }
        let unescaped = try unescape(from: first)
        return unescaped.withUnsafeBufferPointer(body)
    }

    private mutating func unescape(from first: UnsafePointer<UInt8>) throws(JSONError) -> [UInt8] {
        var unescaped = Array(UnsafeBufferPointer(start: first, count: position - first))
        while position < end {
            let byte = position.pointee
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard String(validating: unescaped, as: UTF8.self) != nil else { throw notUTF8() }
                return unescaped
            case UInt8(ascii: "\\"): try readEscape(into: &unescaped)
            case ..<0x20: throw syntax("A control character in a string must be escaped")
            default: unescaped.append(byte)
            }
        }
        throw syntax("The JSON text ends inside a string")
    }

    private mutating func readEscape(into buffer: inout [UInt8]) throws(JSONError) {
        guard position < end else { throw syntax("The JSON text ends inside a string") }
        let byte = position.pointee
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "u"):
            var scalar = try readHex()
            if (0xD800..<0xDC00).contains(scalar) {
                guard end - position >= 2, position[0] == UInt8(ascii: "\\"), position[1] == UInt8(ascii: "u") else {
                    throw syntax("Unpaired surrogate in a string")
                }
                position += 2
                let low = try readHex()
                guard (0xDC00..<0xE000).contains(low) else { throw syntax("Unpaired surrogate in a string") }
                scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let character = Unicode.Scalar(scalar) else { throw syntax("Unpaired surrogate in a string") }
            buffer.append(contentsOf: UTF8.encode(character) ?? UTF8.encodedReplacementCharacter)
        default: throw syntax("Unknown escape sequence in a string")
        }
    }

    private mutating func readHex() throws(JSONError) -> UInt32 {
        guard end - position >= 4 else { throw syntax("The JSON text ends inside a string") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch position.pointee {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = position.pointee - 0x30
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = position.pointee - 0x61 + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = position.pointee - 0x41 + 10
            default: throw syntax("Four hexadecimal digits must follow \\u")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    private func checkUTF8(_ text: UnsafeBufferPointer<UInt8>) throws(JSONError) {
        guard String(validating: text, as: UTF8.self) != nil else { throw notUTF8() }
    }

    private func notUTF8() -> JSONError { syntax("A string is not valid UTF-8") }
}
