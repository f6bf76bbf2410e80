/// A condition on the outputs of a pipeline, or a metric, ready to be evaluated: operations in postfix order.
///
/// The language: `MODEL.outputs[i][j…]` is element `j…` of the model's output `i`, for each row; `inputs[i][j…]` is the same
/// for the pipeline's inputs. Numbers, strings in double quotes, `true`, `false`; `+ - * /`; `< <= > >= == !=`; `not`,
/// `and`, `or`; parentheses. A model's name may contain `-`, so a minus after a name needs a space before it.
///
/// In a metric, `outputs[i][j…]` is an output of the model that answered, `inputs.NAME[j…]` an input or feature by its name, and
/// `label` what turned out to be true. `ELEMENT is missing` is true in rows in which the element has no value.
public struct Expression: Sendable, Hashable {
    /// The source of an element.
    public enum Source: Sendable, Hashable {
        /// The pipeline's inputs.
        case inputs
        /// The outputs of a model.
        case outputs(model: String)
        /// An input or a feature by its name. Only in metrics.
        case input(name: String)
        /// The outputs of the model that answered. Only in metrics.
        case answer
        /// The label. Only in metrics.
        case label
    }

    /// What an expression is for, which decides about its elements and the type of its result.
    public enum Scope: Sendable {
        case validation
        case metric
    }

    /// An element of an input or output. The row is implied.
    public struct Element: Sendable, Hashable {
        public var source: Source
        /// The index of the input or output; 0 for a named input and for the label.
        public var tensor: Int
        /// The position in a row: an index for each dimension after the first.
        public var indices: [Int]

        package init(source: Source, tensor: Int, indices: [Int]) {
            self.source = source
            self.tensor = tensor
            self.indices = indices
        }
    }

    /// An operator with one or two operands.
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

        /// A higher precedence binds tighter.
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

        /// Whether it takes one operand.
        public var isUnary: Bool { self == .not || self == .negative }
        /// Whether it compares two values; the result is a Boolean.
        public var isComparison: Bool { precedence == 4 }
        /// Whether its operands and result are Booleans.
        public var isLogical: Bool { precedence <= 3 }
    }

    public enum Operation: Sendable, Hashable {
        case number(Double)
        case text(String)
        case truth(Bool)
        case element(Element)
        /// Whether an element has no value, or one that is not a number. Only in metrics.
        case missing(Element)
        case apply(Operator)

        /// The element that the operation reads.
        package var operand: Element? {
            switch self {
            case .element(let element), .missing(let element): element
            case .number, .text, .truth, .apply: nil
            }
        }
    }

    /// The operations in postfix order: the operands, then their operator.
    public let operations: [Operation]
    public let scope: Scope

    /// The maximum length of an expression in bytes.
    public static let maxLength = 4096

    /// The element that the expression consists of; `nil` if it is not just one.
    package var element: Element? {
        guard operations.count == 1, case .element(let element) = operations[0] else { return nil }
        return element
    }

    /// The names of the models whose outputs the expression uses.
    public var models: Set<String> {
        var names: Set<String> = []
        for element in operations.compactMap(\.operand) {
            if case .outputs(let model) = element.source { names.insert(model) }
        }
        return names
    }

    /// Parses an expression.
    ///
    /// - Throws: ``RoostError`` that describes the syntax error.
    public init(parsing text: String, for scope: Scope = .validation) throws(RoostError) {
        var parser = ExpressionParser(text, scope)
        operations = try parser.parse()
        self.scope = scope
        _ = try kinds(of: { _ throws(RoostError) in .unknown })
    }

    // MARK: Types

    /// The type of an operand, as far as it is known.
    public enum Kind: String, Sendable {
        case number
        case text = "string"
        case truth = "Boolean"
        case unknown
    }

    /// Checks that the operands of each operator have the right types, and that the result is a Boolean, or for a metric a number.
    ///
    /// - Parameter kindOf: Returns the type of an element; `unknown` before the models' signatures are known.
    /// - Returns: The type of each operation's result.
    @discardableResult
    public func kinds(of kindOf: (Element) throws(RoostError) -> Kind) throws(RoostError) -> [Kind] {
        var stack: [Kind] = []
        var kinds: [Kind] = []
        func require(_ kind: Kind, _ wanted: Kind, _ symbol: Operator) throws(RoostError) {
            guard kind == wanted || kind == .unknown else {
                throw Self.error("'\(symbol.rawValue)' needs a \(wanted.rawValue), not a \(kind.rawValue)")
            }
        }
        for operation in operations {
            switch operation {
            case .number: stack.append(.number)
            case .text: stack.append(.text)
            case .truth: stack.append(.truth)
            case .element(let element): stack.append(try kindOf(element))
            case .missing(let element):
                _ = try kindOf(element)
                stack.append(.truth)
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
                        throw Self.error("'\(symbol.rawValue)' cannot compare Booleans")
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
        guard let result = stack.last,
            result == .truth || result == .unknown || scope == .metric && result == .number
        else {
            throw Self.error(
                scope == .metric
                    ? "expected a condition or a number, not a \(stack.last?.rawValue ?? "nothing")"
                    : "expected a condition like 'm.outputs[0][0] < 1', not a \(stack.last?.rawValue ?? "nothing")"
            )
        }
        return kinds
    }

    static func error(_ message: String) -> RoostError {
        RoostError(.invalidInput, "Invalid expression: \(message).", field: "expression")
    }
}

extension Expression: CustomStringConvertible {
    /// The expression in canonical form: single spaces, no redundant parentheses, whole numbers without a fraction.
    public var description: String {
        var stack: [(text: String, precedence: Int)] = []
        for operation in operations {
            switch operation {
            case .number(let value):
                let isWhole = value.magnitude < 1e15 && value.rounded() == value
                stack.append((isWhole ? String(Int(value)) : value.description, 8))
            case .text(let text):
                stack.append((Expression.Element.quoted(text), 8))
            case .truth(let value): stack.append((value ? "true" : "false", 8))
            case .element(let element): stack.append((element.description, 8))
            case .missing(let element):
                stack.append(("\(element) is missing", Expression.Operator.equal.precedence))
            case .apply(let symbol) where symbol.isUnary:
                let operand = stack.removeLast()
                let text = operand.precedence < symbol.precedence ? "(\(operand.text))" : operand.text
                stack.append((symbol == .not ? "not \(text)" : "-\(text)", symbol.precedence))
            case .apply(let symbol):
                let right = stack.removeLast()
                let left = stack.removeLast()
                // Operators of equal precedence group to the left; comparisons do not chain.
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
    public var description: String {
        let place = ([tensor] + indices).map { "[\($0)]" }.joined()
        return switch source {
        case .inputs: "inputs\(place)"
        case .outputs(let model): "\(model).outputs\(place)"
        case .input(let name):
            (name.utf8.allSatisfy(ExpressionParser.isNameByte) ? "inputs.\(name)" : "inputs[\(Self.quoted(name))]")
                + indices.map { "[\($0)]" }.joined()
        case .answer: "outputs\(place)"
        case .label: "label"
        }
    }

    package static func quoted(_ text: String) -> String {
        // Scalars, not characters: a quote before a combining mark must be escaped too.
        let escaped = text.unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
        return "\"\(escaped)\""
    }
}
