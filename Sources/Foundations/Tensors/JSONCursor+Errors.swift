extension JSONCursor {
    func syntax(_ message: String) -> JSONError { JSONError(kind: .syntax, message: message, offset: offset) }

    func tooDeep() -> JSONError {
        syntax("Arrays and objects are nested more than \(Self.maxDepth) levels deep")
    }

    /// Returns the error for an unexpected token.
    ///
    /// - Parameter what: The end of a sentence that begins with "Expected".
    package func unexpected(_ what: String) -> JSONError {
        var cursor = self
        cursor.skipSpace()
        return cursor.unexpectedHere(what)
    }

    private func unexpectedHere(_ what: String) -> JSONError {
        guard position < end else { return syntax("The JSON text ends early; expected \(what)") }
        let word = excerpt()
        switch position.pointee {
        case UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"):
            return JSONError(kind: .unexpected, message: "Expected \(what), but got \(word)", offset: offset)
        default:
            let isWord = word == "true" || word == "false" || word == "null"
            let kind: JSONError.Kind = isWord ? .unexpected : .syntax
            return JSONError(kind: kind, message: "Expected \(what), but got \(word)", offset: offset)
        }
    }

    func notANumber() -> JSONError {
        switch position < end ? position.pointee : 0 {
        case UInt8(ascii: "N"), UInt8(ascii: "I"):
            syntax("\(excerpt()) is not valid JSON; numbers must be finite")
        case UInt8(ascii: "-") where position + 1 < end && position[1] == UInt8(ascii: "I"):
            syntax("\(excerpt()) is not valid JSON; numbers must be finite")
        default: unexpected("a number")
        }
    }

    /// Returns the token at the current position, shortened for a message.
    func excerpt() -> String {
        var p = position
        if p < end, [UInt8(ascii: "{"), UInt8(ascii: "[")].contains(p.pointee) {
            return p.pointee == UInt8(ascii: "{") ? "an object" : "an array"
        }
        if p < end, p.pointee == UInt8(ascii: "\"") { return "a string" }
        while p < end, p - position < 32, !" \n\r\t,]}:".utf8.contains(p.pointee) { p += 1 }
        if p == position { p += p < end ? 1 : 0 }
        let text = String(decoding: UnsafeBufferPointer(start: position, count: p - position), as: UTF8.self)
        return text.allSatisfy { !$0.isNewline && ($0.isASCII ? $0.asciiValue.map { $0 >= 0x20 } ?? false : true) }
            ? text : "an unreadable character"
    }
}
