extension Expression {
    /// The value of an operand for one row.
    @frozen
    public enum Value: Sendable, Equatable {
        /// A number, or a Boolean as 0 or 1.
        case number(Double)
        case text(String)

        /// Not a number for a text.
        @inlinable
        public var number: Double { if case .number(let value) = self { value } else { .nan } }
    }

    /// Computes the result for one row.
    ///
    /// - Parameters:
    ///   - stack: Room for operands, which a caller reuses from row to row.
    ///   - element: Returns the value of the element that is the operation at an index; `nil` if it has none in this row.
    /// - Returns: `nil` if an element that is used, not just tested for being missing, has no value.
    @inlinable
    public static func evaluate(
        _ operations: [Operation],
        _ stack: inout [Value],
        _ element: (Int, Element) -> Value?
    ) -> Value? {
        stack.removeAll(keepingCapacity: true)
        for index in operations.indices {
            switch operations[index] {
            case .number(let value): stack.append(.number(value))
            case .text(let text): stack.append(.text(text))
            case .truth(let value): stack.append(.number(value ? 1 : 0))
            case .element(let operand):
                guard let value = element(index, operand) else { return nil }
                stack.append(value)
            case .missing(let operand):
                let isMissing =
                    switch element(index, operand) {
                    case .number(let value)?: value.isNaN
                    case .text?: false
                    case nil: true
                    }
                stack.append(.number(isMissing ? 1 : 0))
            case .apply(.not): stack.append(.number(stack.removeLast().number == 0 ? 1 : 0))
            case .apply(.negative): stack.append(.number(-stack.removeLast().number))
            case .apply(let symbol):
                let right = stack.removeLast()
                let left = stack.removeLast()
                stack.append(.number(apply(symbol, left, right)))
            }
        }
        return stack.last
    }

    @usableFromInline
    static func apply(_ symbol: Operator, _ left: Value, _ right: Value) -> Double {
        func truth(_ value: Bool) -> Double { value ? 1 : 0 }
        func compare(_ numbers: (Double, Double) -> Bool, _ texts: (String, String) -> Bool) -> Double {
            if case .text(let left) = left, case .text(let right) = right { return truth(texts(left, right)) }
            return truth(numbers(left.number, right.number))
        }
        return switch symbol {
        case .less: compare(<, <)
        case .lessOrEqual: compare(<=, <=)
        case .greater: compare(>, >)
        case .greaterOrEqual: compare(>=, >=)
        case .equal: compare(==, ==)
        case .notEqual: compare(!=, !=)
        case .plus: left.number + right.number
        case .minus: left.number - right.number
        case .times: left.number * right.number
        case .divided: left.number / right.number
        case .and: truth(left.number != 0 && right.number != 0)
        case .or: truth(left.number != 0 || right.number != 0)
        case .not, .negative: .nan
        }
    }
}
