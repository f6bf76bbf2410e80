import Definitions
import Runtimes
import Tensors
import TestSupport
import Testing

@testable import Pipelines

@Suite("Validations")
struct ValidationTests {
    /// Returns the sum of a row, whether it is positive, and its sign as a string.
    private let housing = ModelVersion.fake(
        "housing",
        Signature(
            inputs: [TensorSpec(name: "tensor", dataType: .fp32, shape: [-1, 2])],
            outputs: [
                TensorSpec(name: "sum", dataType: .fp32, shape: [-1, 1]),
                TensorSpec(name: "positive", dataType: .bool, shape: [-1]),
                TensorSpec(name: "sign", dataType: .bytes, shape: [-1, 1]),
            ]
        )
    )

    private func failures(_ expression: String, _ rows: [[Float]]) throws -> String? {
        let plan = try Shelf(housing).plan(
            .named("housing"),
            validations: [Validation(name: "v", expression: expression)]
        )
        let fake = FakeModel(housing.signature) { inputs, _ throws(RuntimeError) in
            let values = inputs[0].floats
            let sums = stride(from: 0, to: values.count, by: 2).map { values[$0] + values[$0 + 1] }
            return [
                Tensor(.fp32, shape: [sums.count, 1], elements: sums),
                Tensor(.bool, shape: [sums.count], elements: sums.map { $0 > 0 ? 1 : 0 } as [UInt8]),
                Tensor(shape: [sums.count, 1], strings: sums.map { Array(($0 < 0 ? "-" : "+").utf8) }),
            ]
        }
        return text(try ExecutablePipeline(plan, ["housing": fake]).run([.floats(rows)], keys: []).checkFailures)
    }

    @Test(
        "a condition that holds is not a failure",
        arguments: [
            "housing.outputs[0][0] < 100", "housing.outputs[0] [0] < 100", "housing.outputs[1]",
            "housing.outputs[1][0]",
            "housing.outputs[2][0] == \"+\"", "inputs[0][1] >= 1",
            "housing.outputs[0][0] == inputs[0][0] + inputs[0][1]",
            "not housing.outputs[0][0] > 100 and true", "-housing.outputs[0][0] / 2 < 0",
        ]
    )
    func holds(expression: String) throws {
        guard !expression.contains("] [") else {
            #expect(throws: RoostError.self) { try failures(expression, [[1, 2]]) }
            return
        }
        #expect(try failures(expression, [[1, 2], [3, 4]]) == nil)
    }

    @Test("a failure shows the expression in canonical form, without row numbers if there is one row")
    func oneRow() throws {
        #expect(
            try failures("((housing.outputs[0][0]))<100.0", [[100, 1]])
                == #"[{"False":{"expr":"housing.outputs[0][0] < 100"}}]"#
        )
        #expect(
            try failures("housing.outputs[2][0]==\"-\"", [[100, 1]])
                == #"[{"False":{"expr":"housing.outputs[2][0] == \"-\""}}]"#
        )
    }

    @Test("a failure lists up to a hundred of the failed rows")
    func rows() throws {
        #expect(
            try failures("housing.outputs[0][0] < 100", [[1, 1], [100, 1], [2, 2], [0, 100]])
                == #"[{"False":{"expr":"housing.outputs[0][0] < 100","rows":[1,3]}}]"#
        )
        let many = [[Float]](repeating: [100, 100], count: 250)
        let shown = (0..<100).map(String.init).joined(separator: ",")
        #expect(
            try failures("housing.outputs[1] == false", many)
                == #"[{"False":{"expr":"housing.outputs[1] == false","rows":[\#(shown)],"row_count":250}}]"#
        )
    }

    @Test("NaN fails every comparison except !=")
    func notANumber() throws {
        let rows: [[Float]] = [[.nan, 1]]
        for symbol in ["<", "<=", ">", ">=", "=="] {
            #expect(try failures("housing.outputs[0][0] \(symbol) 1", rows) != nil)
        }
        #expect(try failures("housing.outputs[0][0] != 1", rows) == nil)
        #expect(try failures("housing.outputs[0][0] == housing.outputs[0][0]", rows) != nil)
    }

    @Test("a request without rows has no failures")
    func noRows() throws {
        #expect(try failures("housing.outputs[0][0] < 100", []) == nil)
    }

    @Test(
        "an expression that does not fit the models is rejected when the pipeline is planned",
        arguments: [
            ("ghost.outputs[0][0] < 1", "housing"), ("housing.outputs[3][0] < 1", "3"),
            ("housing.outputs[0][1] < 1", "1 elements"),
            ("housing.outputs[0] < 1", "1 indices"), ("housing.outputs[0][0][0] < 1", "1 indices"),
            ("inputs[1][0] < 1", "1"),
            ("inputs[0][2] < 1", "2 elements"), ("housing.outputs[2][0] < 1", "string"),
            ("housing.outputs[1] < 1", "Boolean"),
            ("housing.outputs[0][0]", "number"), ("housing.outputs[0][0] <", "value"),
            ("housing.outputs[1][1]", "1 elements"),
        ]
    )
    func refused(expression: String, hint: String) throws {
        let error = try #require(throws: RoostError.self) { try failures(expression, [[1, 2]]) }
        #expect(error.code == .invalidInput && error.field == "expression")
        #expect(error.message.contains(hint), "\(error.message)")
    }

    @Test("a validation must have a name of 1 to 256 bytes", arguments: ["", String(repeating: "x", count: 257)])
    func names(name: String) {
        #expect(throws: RoostError.self) {
            try Shelf(housing).plan(.named("housing"), validations: [Validation(name: name, expression: "true")])
        }
    }

    @Test("an expression must fit all versions of a model in a pipeline")
    func versionsDiffer() {
        let one = ModelVersion.fake("m", .floats(2), id: "one")
        let two = ModelVersion.fake(
            "m",
            Signature(
                inputs: one.signature.inputs,
                outputs: one.signature.outputs + [TensorSpec(name: "x", dataType: .fp32, shape: [-1])]
            ),
            id: "two"
        )
        let validation = Validation(name: "v", expression: "m.outputs[1] < 1")
        #expect(throws: RoostError.self) {
            try Shelf(one, two).plan(.shadow("m@two", "m@one"), validations: [validation])
        }
        #expect(throws: RoostError.self) {
            try Shelf(one, two).plan(.shadow("m@one", "m@two"), validations: [validation])
        }
    }
}
