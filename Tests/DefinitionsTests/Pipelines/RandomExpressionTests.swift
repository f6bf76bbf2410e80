import Testing

@testable import Definitions

@Suite("Random expressions")
struct RandomExpressionTests {
    /// A random condition in postfix order.
    ///
    /// `and` and `or` group to the left here: the canonical form of `a and (b and c)` is `a and b and c`.
    private struct Grower {
        var random = SystemRandomNumberGenerator()
        var operations: [Expression.Operation] = []

        mutating func condition(_ depth: Int, notEndingIn excluded: Expression.Operator? = nil) {
            let roll = depth == 0 ? 0 : Int.random(in: 0...5, using: &random)
            switch roll {
            case 0: operations.append(.truth(.random(using: &random)))
            case 1:
                condition(depth - 1)
                operations.append(.apply(.not))
            case 2:
                condition(depth - 1)
                condition(depth - 1)
                operations.append(.apply([.equal, .notEqual].randomElement(using: &random) ?? .equal))
            case 3:
                let symbols: [Expression.Operator] = [.and, .or].filter { $0 != excluded }
                let symbol = symbols.randomElement(using: &random) ?? .and
                condition(depth - 1)
                condition(depth - 1, notEndingIn: symbol)
                operations.append(.apply(symbol))
            default:
                number(depth - 1)
                number(depth - 1)
                let symbols: [Expression.Operator] = [
                    .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual,
                ]
                operations.append(.apply(symbols.randomElement(using: &random) ?? .less))
            }
        }

        mutating func number(_ depth: Int) {
            switch depth <= 0 ? Int.random(in: 0...2, using: &random) : Int.random(in: 0...7, using: &random) {
            case 0: operations.append(.number(Double(Int.random(in: 0...1000, using: &random))))
            case 1:
                let value = Double(bitPattern: UInt64.random(in: 0...Double.infinity.bitPattern, using: &random))
                operations.append(.number(value.isFinite ? value : 0.1))
            case 2:
                let names = ["m", "a-b.c", "5", "not", "x_1"]
                let source: Expression.Source =
                    Bool.random(using: &random) ? .inputs : .outputs(model: names.randomElement(using: &random) ?? "m")
                let indices = (0..<Int.random(in: 0...2, using: &random)).map { $0 * 7 }
                operations.append(.element(Expression.Element(source: source, tensor: depth & 3, indices: indices)))
            case 3:
                number(depth - 1)
                operations.append(.apply(.negative))
            default:
                number(depth - 1)
                number(depth - 1)
                let symbols: [Expression.Operator] = [.plus, .minus, .times, .divided]
                operations.append(.apply(symbols.randomElement(using: &random) ?? .plus))
            }
        }
    }

    /// Returns the operations with every group in parentheses. The canonical form must mean the same.
    private func written(_ operations: [Expression.Operation]) -> String {
        var stack: [String] = []
        for operation in operations {
            switch operation {
            case .number(let value): stack.append(number(value))
            case .text(let text): stack.append("\"\(text)\"")
            case .truth(let value): stack.append("\(value)")
            case .element(let element): stack.append(element.description)
            case .missing(let element): stack.append("(\(element) is missing)")
            case .apply(let symbol) where symbol.isUnary:
                stack.append("(\(symbol == .not ? "not " : "-")\(stack.removeLast()))")
            case .apply(let symbol):
                let right = stack.removeLast()
                stack.append("(\(stack.removeLast()) \(symbol.rawValue) \(right))")
            }
        }
        return stack[0]
    }

    /// Returns a number without `+` in the exponent.
    private func number(_ value: Double) -> String { value.description.replacing("e+", with: "e") }

    @Test("an expression in full or canonical form reads back as the same operations")
    func roundTrip() throws {
        var tried = 0
        while tried < 5_000 {
            var grower = Grower()
            grower.condition(Int.random(in: 1...6))
            let text = written(grower.operations)
            guard text.utf8.count <= Expression.maxLength else { continue }
            tried += 1
            let expression = try Expression(parsing: text)
            #expect(expression.operations == grower.operations, "\(text)")
            let printed = expression.description
            let again = try Expression(parsing: printed)
            #expect(again.operations == grower.operations, "\(text) is printed \(printed)")
            #expect(again.description == printed)
        }
    }

    @Test(
        "every number reads back from the canonical form",
        arguments: [
            "1e15", "1e16", "123456789012345678901234567890", "1.7976931348623157e308", "5e-324", "999999999999999",
        ]
    )
    func numbers(text: String) throws {
        let expression = try Expression(parsing: "m.outputs[0] < \(text)")
        #expect(try Expression(parsing: expression.description) == expression)
    }

    @Test("an exponent may have a sign", arguments: ["1e+5", "1E+5", "1e-5", "1e5"])
    func exponents(text: String) throws {
        #expect(try Expression(parsing: "\(text) < 1").operations.first == .number(Double(text) ?? 0))
    }

    @Test(
        "every string reads back from the canonical form",
        arguments: [#"a"b"#, #"\"#, "\"\u{301}", "\\\u{301}", "é😀", "", "\n", "a\u{0}b"]
    )
    func texts(text: String) throws {
        let escaped = text.unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
        let expression = try Expression(parsing: "m.outputs[0] == \"\(escaped)\"")
        #expect(expression.operations[1] == .text(text))
        #expect(try Expression(parsing: expression.description) == expression)
    }

    @Test("chains of 'and' are printed without parentheses, whatever their grouping was")
    func association() throws {
        let expression = try Expression(parsing: "true and (false and (true and false))")
        #expect(expression.description == "true and false and true and false")
        #expect(try Expression(parsing: expression.description).description == expression.description)
    }
}
