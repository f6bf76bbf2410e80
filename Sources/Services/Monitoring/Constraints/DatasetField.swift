/// One field of a row of a dataset, as CSV or JSON has it.
package enum DatasetField: Equatable, Sendable {
    case missing
    case number(Double)
    case text(String)
}

extension DatasetField {
    /// What a field holds.
    enum Content: Equatable {
        case missing
        /// A finite number that is whole, or that is not.
        case integral(Double)
        case fractional(Double)
        /// Anything else, an infinite number too.
        case string
    }

    /// What the field holds.
    ///
    /// An empty text and NaN are missing. A text is a number if it is one in decimal notation; spaces around it do not matter. Like in
    /// deequ, `1` is integral and `1.0` is fractional; a number of JSON is integral if it is whole.
    var content: Content {
        switch self {
        case .missing: return .missing
        case .number(let number):
            if number.isNaN { return .missing }
            guard number.isFinite else { return .string }
            return number == number.rounded() ? .integral(number) : .fractional(number)
        case .text(let text): return Self.content(of: text)
        }
    }

    /// The field as a category.
    var category: String {
        switch self {
        case .missing: ""
        case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
        case .text(let text): text
        }
    }

    private static func content(of text: String) -> Content {
        var bytes = text.utf8[...]
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
        if bytes.isEmpty { return .missing }
        let trimmed = Substring(bytes)
        if let sign = bytes.first, isSign(sign) { bytes.removeFirst() }
        let whole = takeDigits(&bytes)
        var isIntegral = true
        if bytes.first == UInt8(ascii: ".") {
            bytes.removeFirst()
            isIntegral = false
            guard takeDigits(&bytes) || whole else { return .string }
        } else if !whole {
            return trimmed.lowercased() == "nan" ? .missing : .string
        }
        if bytes.first == UInt8(ascii: "e") || bytes.first == UInt8(ascii: "E") {
            bytes.removeFirst()
            isIntegral = false
            if let sign = bytes.first, isSign(sign) { bytes.removeFirst() }
            guard takeDigits(&bytes) else { return .string }
        }
        guard bytes.isEmpty, let number = Double(trimmed), number.isFinite else { return .string }
        return isIntegral ? .integral(number) : .fractional(number)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func isSign(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }

    /// Returns whether there were digits.
    private static func takeDigits(_ bytes: inout Substring.UTF8View) -> Bool {
        let before = bytes.startIndex
        while let byte = bytes.first, UInt8(ascii: "0") <= byte, byte <= UInt8(ascii: "9") { bytes.removeFirst() }
        return bytes.startIndex > before
    }
}
