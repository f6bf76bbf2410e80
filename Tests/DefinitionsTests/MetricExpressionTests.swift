import Testing

@testable import Definitions

@Suite("Metric expressions")
struct MetricExpressionTests {
    @Test(
        "a metric may use the answer, inputs by name and the label",
        arguments: [
            ("outputs[7][0]>0.5", "outputs[7][0] > 0.5"), ("label", "label"), ("inputs.age", "inputs.age"),
            ("inputs.tensor[3] * 2", "inputs.tensor[3] * 2"), ("label == \"a\"", "label == \"a\""),
            ("inputs[\"fixed acidity\"] < 1", "inputs[\"fixed acidity\"] < 1"),
            ("inputs[0][1] - label", "inputs[0][1] - label"),
            ("m.outputs[0][0] < label", "m.outputs[0][0] < label"),
            ("inputs.age  is missing", "inputs.age is missing"),
            ("not(inputs[0][1] is missing)and inputs.is > 1", "not inputs[0][1] is missing and inputs.is > 1"),
            (
                "(inputs.a is missing) == (outputs[0][0] is missing)",
                "(inputs.a is missing) == (outputs[0][0] is missing)"
            ),
        ]
    )
    func parsing(_ text: String, _ canonical: String) throws {
        let expression = try Expression(parsing: text, for: .metric)
        #expect(expression.description == canonical)
        #expect(try Expression(parsing: canonical, for: .metric) == expression)
    }

    @Test("a metric is a condition or a number")
    func kinds() {
        for text in [
            "\"a\"", "label and 1", "inputs.", "inputs[\"a\"", "outputs", "label label", "", "inputs.a is",
            "is missing",
            "inputs.a is missing_", "label is missing", "1 is missing", "-inputs.a is missing", "inputs.a is missing 1",
        ] {
            #expect(throws: RoostError.self) { try Expression(parsing: text, for: .metric) }
        }
    }

    @Test(
        "a validation has none of these",
        arguments: ["outputs[0][0] < 1", "label == 1", "inputs.age < 1", "inputs[0][0] is missing"]
    )
    func validations(_ text: String) {
        #expect(throws: RoostError.self) { try Expression(parsing: text) }
    }

    @Test("evaluation")
    func evaluation() throws {
        let expression = try Expression(parsing: "outputs[0][0] > 0.5 and label == \"yes\"", for: .metric)
        var stack: [Expression.Value] = []
        func value(_ score: Double?, _ label: String?) -> Double? {
            Expression.evaluate(expression.operations, &stack) { _, element in
                element.source == .label ? label.map { .text($0) } : score.map { .number($0) }
            }?.number
        }
        #expect(value(0.7, "yes") == 1)
        #expect(value(0.7, "no") == 0)
        #expect(value(0.2, "yes") == 0)
        #expect(value(nil, "yes") == nil)
        #expect(value(0.7, nil) == nil)
    }

    @Test(
        "a value is missing if there is none, or if it is not a number",
        arguments: [
            (nil, 1), (.number(.nan), 1), (.number(0), 0), (.text(""), 0),
        ] as [(Expression.Value?, Double)]
    )
    func missing(_ value: Expression.Value?, _ expected: Double) throws {
        let expression = try Expression(parsing: "inputs.age is missing", for: .metric)
        var stack: [Expression.Value] = []
        #expect(Expression.evaluate(expression.operations, &stack) { _, _ in value } == .number(expected))
    }
}
