/// Converts the text of an expression into postfix order by Dijkstra's shunting-yard algorithm, without recursion.
struct ExpressionParser {
    private enum Token {
        case operand(Expression.Operation)
        case symbol(Expression.Operator)
        case open
        case close
        case isMissing
    }

    private let text: [UInt8]
    private let scope: Expression.Scope
    private var position = 0

    init(_ text: String, _ scope: Expression.Scope) {
        self.text = Array(text.utf8)
        self.scope = scope
    }

    mutating func parse() throws(RoostError) -> [Expression.Operation] {
        guard text.count <= Expression.maxLength else {
            throw Expression.error("it is longer than \(Expression.maxLength) bytes")
        }
        var output: [Expression.Operation] = []
        // nil stands for an open parenthesis.
        var waiting: [Expression.Operator?] = []
        var wantsOperand = true
        while let token = try nextToken(wantsOperand: wantsOperand) {
            switch token {
            case .operand(let operand):
                guard wantsOperand else { throw unexpected("an operator") }
                output.append(operand)
                wantsOperand = false
            case .open:
                guard wantsOperand else { throw unexpected("an operator") }
                waiting.append(nil)
            case .close:
                guard !wantsOperand else { throw unexpected("a value") }
                while let top = waiting.last, let symbol = top {
                    output.append(.apply(symbol))
                    waiting.removeLast()
                }
                guard waiting.popLast() != nil else { throw Expression.error("a ')' has no matching '('") }
            case .isMissing:
                guard !wantsOperand, case .element(let element)? = output.last, element.source != .label else {
                    throw Expression.error("'is missing' must follow an input or output")
                }
                output[output.count - 1] = .missing(element)
            case .symbol(let symbol) where symbol.isUnary:
                guard wantsOperand else { throw unexpected("an operator") }
                waiting.append(symbol)
            case .symbol(let symbol):
                guard !wantsOperand else { throw unexpected("a value") }
                while let top = waiting.last, let other = top, other.precedence >= symbol.precedence {
                    if other.isComparison, symbol.isComparison {
                        throw Expression.error(
                            "'\(other.rawValue)' and '\(symbol.rawValue)' cannot be chained; join them with 'and'"
                        )
                    }
                    output.append(.apply(other))
                    waiting.removeLast()
                }
                waiting.append(symbol)
                wantsOperand = true
            }
        }
        guard !wantsOperand else {
            throw Expression.error(
                output.isEmpty && waiting.isEmpty ? "it is empty" : "expected a value at the end"
            )
        }
        while let top = waiting.popLast() {
            guard let symbol = top else { throw Expression.error("a '(' has no matching ')'") }
            output.append(.apply(symbol))
        }
        return output
    }

    // MARK: Tokens

    private mutating func nextToken(wantsOperand: Bool) throws(RoostError) -> Token? {
        skipSpace()
        guard position < text.count else { return nil }
        switch text[position] {
        case UInt8(ascii: "("):
            position += 1
            return .open
        case UInt8(ascii: ")"):
            position += 1
            return .close
        case UInt8(ascii: "\""): return .operand(.text(try readText()))
        case UInt8(ascii: "-") where wantsOperand:
            position += 1
            return .symbol(.negative)
        default: break
        }
        for length in [2, 1] where position + length <= text.count {
            let candidate = String(decoding: text[position..<(position + length)], as: UTF8.self)
            if let symbol = Expression.Operator(rawValue: candidate), !symbol.isLogical {
                position += length
                return .symbol(symbol)
            }
        }
        return try readWord()
    }

    private mutating func skipSpace() {
        while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) { position += 1 }
    }

    private mutating func readText() throws(RoostError) -> String {
        position += 1
        var bytes: [UInt8] = []
        while position < text.count {
            var byte = text[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: bytes, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") {
                guard position < text.count else { break }
                byte = text[position]
                position += 1
            }
            bytes.append(byte)
        }
        throw Expression.error("a string has no closing '\"'")
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
            || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") || ".-_".utf8.contains(byte)
    }

    /// Reads a number, a keyword or an element. A name may look like a subtraction, so the longest run of name bytes counts.
    private mutating func readWord() throws(RoostError) -> Token {
        let run = text[position...].prefix(while: Self.isNameByte)
        let word = String(decoding: run, as: UTF8.self)
        if word.hasSuffix(".outputs") {
            position += run.count
            let model = String(word.dropLast(".outputs".count))
            try Name.check(model, what: "model name", field: "expression")
            return .operand(.element(try readElement(.outputs(model: model), word)))
        }
        if scope == .metric, let element = try readMetricElement(word, byteCount: run.count) {
            return .operand(.element(element))
        }
        switch word {
        case "inputs":
            position += run.count
            return .operand(.element(try readElement(.inputs, word)))
        case "and", "or", "not":
            position += run.count
            return .symbol(word == "and" ? .and : word == "or" ? .or : .not)
        case "true", "false":
            position += run.count
            return .operand(.truth(word == "true"))
        case "is" where scope == .metric:
            position += run.count
            skipSpace()
            guard text[position...].prefix(while: Self.isNameByte).elementsEqual("missing".utf8) else {
                throw unexpected("'missing' after 'is'")
            }
            position += "missing".utf8.count
            return .isMissing
        case "outputs":
            throw Expression.error("'outputs' must follow a model's name, as in 'my-model.outputs[0][0]'")
        default: break
        }
        return .operand(.number(try readNumber(word)))
    }

    /// Reads an element that only metrics have; returns `nil` if there is none.
    private mutating func readMetricElement(
        _ word: String,
        byteCount: Int
    ) throws(RoostError) -> Expression.Element? {
        switch word {
        case "label":
            position += byteCount
            return Expression.Element(source: .label, tensor: 0, indices: [])
        case "outputs":
            position += byteCount
            return try readElement(.answer, word)
        case _ where word.hasPrefix("inputs."):
            position += byteCount
            let name = String(word.dropFirst("inputs.".count))
            guard !name.isEmpty else { throw Expression.error("'inputs.' needs the name of an input") }
            return Expression.Element(source: .input(name: name), tensor: 0, indices: try readIndices(word))
        case "inputs" where text[(position + byteCount)...].starts(with: "[\"".utf8):
            // A name with other characters is written as in `inputs["fixed acidity"]`.
            position += byteCount + 1
            let name = try readText()
            guard position < text.count, text[position] == UInt8(ascii: "]") else { throw unexpected("']'") }
            position += 1
            return Expression.Element(source: .input(name: name), tensor: 0, indices: try readIndices(word))
        default: return nil
        }
    }

    private mutating func readNumber(_ word: String) throws(RoostError) -> Double {
        // The longest prefix that is a number: `1-2` is 1 and a minus.
        let bytes = text[position...]
        var length = 0
        var seenExponent = false
        for byte in bytes {
            let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
            let isSign = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
            let afterExponent = length > 0 && bytes[bytes.startIndex + length - 1] | 0x20 == UInt8(ascii: "e")
            if byte | 0x20 == UInt8(ascii: "e"), length > 0, !seenExponent {
                seenExponent = true
            } else if !(isDigit || byte == UInt8(ascii: ".") || isSign && afterExponent) {
                break
            }
            length += 1
        }
        let digits = String(decoding: bytes.prefix(length), as: UTF8.self)
        guard bytes.first.map({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) == true,
            let value = Double(digits), value.isFinite
        else {
            let shown = word.isEmpty ? String(decoding: text[position...].prefix(1), as: UTF8.self) : word
            throw Expression.error(
                scope == .metric
                    ? "unexpected '\(shown)'; expected a number, 'outputs[i][j]', 'inputs[i][j]', 'inputs.NAME' or 'label'"
                    : "unexpected '\(shown)'; expected a number, 'NAME.outputs[i][j]' or 'inputs[i][j]'"
            )
        }
        position += length
        return value
    }

    private mutating func readElement(_ source: Expression.Source, _ word: String) throws(RoostError)
        -> Expression.Element
    {
        let indices = try readIndices(word)
        guard let tensor = indices.first else {
            throw Expression.error("'\(word)' needs an index in brackets, as in '\(word)[0][0]'")
        }
        return Expression.Element(source: source, tensor: tensor, indices: Array(indices.dropFirst()))
    }

    private mutating func readIndices(_ word: String) throws(RoostError) -> [Int] {
        var indices: [Int] = []
        while position < text.count, text[position] == UInt8(ascii: "[") {
            let digits = text[(position + 1)...].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            let end = position + 1 + digits.count
            guard let index = Int(String(decoding: digits, as: UTF8.self)), index < 1 << 31, end < text.count,
                text[end] == UInt8(ascii: "]")
            else { throw Expression.error("'\(word)' needs integers in brackets, as in '\(word)[0][0]'") }
            indices.append(index)
            position = end + 1
        }
        return indices
    }

    private func unexpected(_ what: String) -> RoostError {
        Expression.error("expected \(what) before byte \(position)")
    }
}
