import Testing

@testable import Definitions

@Suite("Expressions")
struct ExpressionTests {
    private func plain(_ text: String) throws -> String { try Expression(parsing: text).description }

    private func element(_ model: String, _ tensor: Int, _ indices: Int...) -> Expression.Operation {
        .element(Expression.Element(source: .outputs(model: model), tensor: tensor, indices: indices))
    }

    @Test("operations are in postfix order")
    func postfix() throws {
        let expression = try Expression(parsing: "anomaly-housing-model.outputs[0][0] < 100")
        #expect(expression.operations == [element("anomaly-housing-model", 0, 0), .number(100), .apply(.less)])
        #expect(expression.description == "anomaly-housing-model.outputs[0][0] < 100")
        #expect(expression.models == ["anomaly-housing-model"])
    }

    @Test(
        "an expression is shown in canonical form",
        arguments: [
            ("  m.outputs[0][0]<1.50 ", "m.outputs[0][0] < 1.5"),
            ("((m.outputs[0][0])) < ((1))", "m.outputs[0][0] < 1"),
            ("m.outputs[ 0 ]", nil),
            ("(1 + 2) * 3 < 4", "(1 + 2) * 3 < 4"),
            ("(1 * 2) + 3 < 4", "1 * 2 + 3 < 4"),
            ("1 - (2 - 3) < 4", "1 - (2 - 3) < 4"),
            ("(1 - 2) - 3 < 4", "1 - 2 - 3 < 4"),
            ("1 / (2 * 3) < 4", "1 / (2 * 3) < 4"),
            ("1 - -5 < 4", "1 - -5 < 4"),
            ("1 - (-5) < 4", "1 - -5 < 4"),
            ("--1 < 4", "--1 < 4"),
            ("-(1 + 2) < 4", "-(1 + 2) < 4"),
            ("-1 * 2 < 4", "-1 * 2 < 4"),
            ("1 < 2 and 3 < 4 or 5 < 6", "1 < 2 and 3 < 4 or 5 < 6"),
            ("1 < 2 and (3 < 4 or 5 < 6)", "1 < 2 and (3 < 4 or 5 < 6)"),
            ("not (1 == 2)", "not 1 == 2"),
            ("not 1 == 2", "not 1 == 2"),
            ("(not true) == false", "(not true) == false"),
            ("true == (not false)", "true == (not false)"),
            ("not (true and false)", "not (true and false)"),
            ("(not true) and false", "not true and false"),
            ("not not true", "not not true"),
            ("(1 < 2) == (3 < 4)", "(1 < 2) == (3 < 4)"),
            ("1e3 == 1000.0", "1000 == 1000"),
            ("0.001 < 1e-5", "0.001 < 1e-05"),
            (#"m.outputs[0][0] == "a\"b\\c""#, #"m.outputs[0][0] == "a\"b\\c""#),
        ] as [(String, String?)]
    )
    func canonicalForm(text: String, form: String?) throws {
        guard let form else {
            #expect(throws: RoostError.self) { try plain(text) }
            return
        }
        #expect(try plain(text) == form)
        #expect(try plain(form) == form)
        #expect(try Expression(parsing: form) == Expression(parsing: text))
    }

    @Test(
        "operators bind as in mathematics",
        arguments: [
            ("1 + 2 * 3 < 4", "1 + (2 * 3) < 4"), ("1 - 2 - 3 < 4", "(1 - 2) - 3 < 4"),
            ("8 / 4 / 2 < 4", "(8 / 4) / 2 < 4"),
            ("-1 + 2 < 4", "(-1) + 2 < 4"), ("not 1 < 2 and 3 < 4", "(not (1 < 2)) and (3 < 4)"),
            ("true or true and false", "true or (true and false)"), ("1 * -2 < 3", "1 * (-2) < 3"),
        ]
    )
    func precedence(text: String, grouped: String) throws {
        #expect(try Expression(parsing: text) == Expression(parsing: grouped))
    }

    @Test("a minus inside a name is part of it; a minus after a space subtracts")
    func minus() throws {
        #expect(try Expression(parsing: "a-b.outputs[0] < 1").models == ["a-b"])
        #expect(try Expression(parsing: "1-b.outputs[0] < 1").models == ["1-b"])
        #expect(try Expression(parsing: "1 -b.outputs[0] < 1").models == ["b"])
        #expect(try Expression(parsing: "1-2 < 3") == Expression(parsing: "1 - 2 < 3"))
        #expect(
            try Expression(parsing: "a.outputs[0]-b.outputs[0] < 1")
                == Expression(parsing: "a.outputs[0] - b.outputs[0] < 1")
        )
    }

    @Test(
        "names that look like something else are names",
        arguments: ["inputs", "outputs", "true", "not", "5", "1e5", "a.outputs", "x_1", "0-", "and"]
    )
    func oddNames(name: String) throws {
        let expression = try Expression(parsing: "\(name).outputs[1][2][3] != 0")
        #expect(expression.operations.first == element(name, 1, 2, 3))
    }

    @Test("inputs are also elements")
    func inputs() throws {
        let expression = try Expression(parsing: "inputs[1][7] >= m.outputs[0]")
        #expect(
            expression.operations
                == [
                    .element(Expression.Element(source: .inputs, tensor: 1, indices: [7])), element("m", 0),
                    .apply(.greaterOrEqual),
                ]
        )
        #expect(expression.models == ["m"])
    }

    @Test(
        "invalid expressions are rejected",
        arguments: [
            "", "   ", "(", ")", "()", "(1 < 2", "1 < 2)", "((1 < 2)", "1 <", "< 1", "1 < < 2", "1 2 < 3", "1 < 2 3",
            "and", "1 and",
            "not", "1 = 2", "1 === 2", "1 <> 2", "1 ! 2", "1 && 2", "1 | 2", "1 ** 2 < 3", "m.outputs < 1",
            "m.outputs[] < 1",
            "m.outputs[a] < 1", "m.outputs[-1] < 1", "m.outputs[0 < 1", "m.outputs[0]] < 1", "m.outputs[1.5] < 1",
            "m.outputs[99999999999999999999] < 1", "m.output[0] < 1", "outputs[0] < 1", ".outputs[0] < 1",
            "-m .outputs[0] < 1",
            "m < 1", "import os", "__import__", "x()", "1.2.3 < 1", ".5 < 1", "1e < 1", "1e999 < 1", "0x10 < 1",
            "\"abc", "\"abc\\",
            "NaN < 1", "nan == nan", "1 < 2; 3 < 4", "a/b.outputs[0] < 1", "é.outputs[0] < 1", "1 < 2 #",
        ]
    )
    func refused(text: String) throws {
        let error = try #require(throws: RoostError.self) { try Expression(parsing: text) }
        #expect(error.code == .invalidInput)
        #expect(error.field == "expression")
    }

    @Test(
        "comparisons do not chain",
        arguments: ["1 < 2 < 3", "1 == 2 == true", "1 < 2 == true", "m.outputs[0] > 1 > 0", "(1) < (2) < (3)"]
    )
    func chained(text: String) throws {
        let error = try #require(throws: RoostError.self) { try Expression(parsing: text) }
        #expect(error.message.contains("'and'"))
    }

    @Test("an expression longer than the limit is rejected")
    func tooLong() throws {
        let head = "1 < "
        let longest =
            head + String(repeating: "1", count: 300) + String(repeating: " ", count: Expression.maxLength - 304)
        _ = try Expression(parsing: longest)
        #expect(throws: RoostError.self) { try Expression(parsing: longest + " ") }
    }

    @Test("the deepest nesting that the length allows is parsed without recursion", arguments: ["(", "-", "not "])
    func deep(opening: String) throws {
        let depth = (Expression.maxLength - 8) / (opening == "(" ? 2 : opening.utf8.count)
        let open = String(repeating: opening, count: depth)
        let close = opening == "(" ? String(repeating: ")", count: depth) : ""
        let inner = opening == "not " ? "true" : "1"
        let expression = try Expression(parsing: open + inner + close + (opening == "not " ? "" : " < 2"))
        #expect(expression.operations.count == (opening == "(" ? 3 : opening == "-" ? depth + 3 : depth + 1))
        #expect(try Expression(parsing: expression.description) == expression)
        #expect(throws: RoostError.self) { try Expression(parsing: String(repeating: opening, count: depth)) }
    }
}
