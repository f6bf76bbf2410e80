/// What must hold for the outputs of a pipeline, ready to be evaluated: operations in postfix order.
///
/// The language: `MODEL.outputs[i][j…]` is, for each row, element `j…` of the model's output number `i`; `inputs[i][j…]`
/// the same of the pipeline's inputs. Numbers, texts in double quotes, `true`, `false`; `+ - * /`;
/// `< <= > >= == !=`; `not`, `and`, `or`; parentheses. A model's name may hold `-`, so a minus needs a space before it.
public struct Expression: Sendable, Hashable {
    /// Where an element comes from.
    public enum Source: Sendable, Hashable {
        /// The pipeline's inputs.
        case inputs
        /// The outputs of the model of this name.
        case outputs(model: String)
    }

    /// An element of an input or output; the row is implied.
    public struct Element: Sendable, Hashable {
        /// Where the element comes from.
        public var source: Source
        /// Which input or output, from 0.
        public var tensor: Int
        /// Where in a row; as many indices as the tensor has dimensions after the first.
        public var indices: [Int]
    }

    /// What is applied to one or two operands.
    public enum Operator: String, Sendable, Hashable {
        case or
        case and
        case not
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case equal = "=="
        case notEqual = "!="
        case plus = "+"
        case minus = "-"
        case times = "*"
        case divided = "/"
        case negative = "neg"

        /// Higher binds tighter.
        var precedence: Int {
            switch self {
            case .or: 1
            case .and: 2
            case .not: 3
            case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual: 4
            case .plus, .minus: 5
            case .times, .divided: 6
            case .negative: 7
            }
        }

        /// Takes one operand.
        public var isUnary: Bool { self == .not || self == .negative }
        /// Compares two values and gives a truth value.
        public var isComparison: Bool { precedence == 4 }
        /// Takes and gives truth values.
        public var isLogical: Bool { precedence <= 3 }
    }

    /// One operation of the postfix order.
    public enum Operation: Sendable, Hashable {
        case number(Double)
        case text(String)
        case truth(Bool)
        case element(Element)
        case apply(Operator)
    }

    /// The operations in postfix order: operands first, then their operator.
    public let operations: [Operation]

    /// Expressions longer than this are refused.
    public static let maxLength = 4096

    /// The names of the models whose outputs it reads.
    public var models: Set<String> {
        var names: Set<String> = []
        for case .element(let element) in operations {
            if case .outputs(let model) = element.source { names.insert(model) }
        }
        return names
    }

    /// - Throws: ``RoostError`` that says what was found where.
    public init(parsing text: String) throws(RoostError) {
        var parser = ExpressionParser(text)
        operations = try parser.parse()
        _ = try kinds(of: { _ throws(RoostError) in .unknown })
    }

    // MARK: Types

    /// What an operand is, as far as it is known.
    public enum Kind: String, Sendable {
        case number
        case text
        case truth = "truth value"
        case unknown
    }

    /// Checks that each operator gets what it takes, and that the whole is a truth value.
    ///
    /// - Parameter kindOf: What an element is; `unknown` before the models' signatures are at hand.
    /// - Returns: The kind of each operation's result.
    @discardableResult
    public func kinds(of kindOf: (Element) throws(RoostError) -> Kind) throws(RoostError) -> [Kind] {
        var stack: [Kind] = []
        var kinds: [Kind] = []
        func require(_ kind: Kind, _ wanted: Kind, _ symbol: Operator) throws(RoostError) {
            guard kind == wanted || kind == .unknown else {
                throw Self.error("'\(symbol.rawValue)' takes a \(wanted.rawValue), but a \(kind.rawValue) came")
            }
        }
        for operation in operations {
            switch operation {
            case .number: stack.append(.number)
            case .text: stack.append(.text)
            case .truth: stack.append(.truth)
            case .element(let element): stack.append(try kindOf(element))
            case .apply(let symbol) where symbol.isUnary:
                let kind: Kind = symbol == .not ? .truth : .number
                try require(stack.removeLast(), kind, symbol)
                stack.append(kind)
            case .apply(let symbol):
                let right = stack.removeLast()
                let left = stack.removeLast()
                if symbol.isLogical {
                    try require(left, .truth, symbol)
                    try require(right, .truth, symbol)
                    stack.append(.truth)
                } else if symbol.isComparison {
                    guard left == right || left == .unknown || right == .unknown else {
                        throw Self.error(
                            "'\(symbol.rawValue)' cannot compare a \(left.rawValue) with a \(right.rawValue)"
                        )
                    }
                    if symbol != .equal, symbol != .notEqual, left == .truth || right == .truth {
                        throw Self.error("'\(symbol.rawValue)' cannot compare truth values")
                    }
                    stack.append(.truth)
                } else {
                    try require(left, .number, symbol)
                    try require(right, .number, symbol)
                    stack.append(.number)
                }
            }
            kinds.append(stack[stack.count - 1])
        }
        guard let result = stack.last, result == .truth || result == .unknown else {
            throw Self.error(
                "it is a \(stack.last?.rawValue ?? "nothing"), but a condition like 'm.outputs[0][0] < 1' is needed"
            )
        }
        return kinds
    }

    static func error(_ message: String) -> RoostError {
        RoostError(.invalidInput, "The validation's expression does not work: \(message).", field: "expression")
    }
}

extension Expression: CustomStringConvertible {
    /// The expression in its plainest form: single spaces, no needless parentheses, whole numbers without a fraction.
    public var description: String {
        var stack: [(text: String, precedence: Int)] = []
        for operation in operations {
            switch operation {
            case .number(let value):
                let isWhole = value.magnitude < 1e15 && value.rounded() == value
                stack.append((isWhole ? String(Int(value)) : value.description, 8))
            case .text(let text):
                // Scalars, not characters: a quote before a combining mark is a quote all the same.
                let escaped = text.unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
                stack.append(("\"\(escaped)\"", 8))
            case .truth(let value): stack.append((value ? "true" : "false", 8))
            case .element(let element): stack.append((element.description, 8))
            case .apply(let symbol) where symbol.isUnary:
                let operand = stack.removeLast()
                let text = operand.precedence < symbol.precedence ? "(\(operand.text))" : operand.text
                stack.append((symbol == .not ? "not \(text)" : "-\(text)", symbol.precedence))
            case .apply(let symbol):
                let right = stack.removeLast()
                let left = stack.removeLast()
                // Operators of one level group to the left; comparisons do not chain.
                let leftNeeds = left.precedence < symbol.precedence + (symbol.isComparison ? 1 : 0)
                let rightNeeds =
                    right.precedence <= symbol.precedence
                    && !(symbol.isLogical && right.precedence == symbol.precedence)
                let leftText = leftNeeds ? "(\(left.text))" : left.text
                let rightText = rightNeeds ? "(\(right.text))" : right.text
                stack.append(("\(leftText) \(symbol.rawValue) \(rightText)", symbol.precedence))
            }
        }
        return stack.last?.text ?? ""
    }
}

extension Expression.Element: CustomStringConvertible {
    /// How it is shown.
    public var description: String {
        let place = ([tensor] + indices).map { "[\($0)]" }.joined()
        return switch source {
        case .inputs: "inputs\(place)"
        case .outputs(let model): "\(model).outputs\(place)"
        }
    }
}
