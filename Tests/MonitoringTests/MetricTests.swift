import Definitions
import Foundation
import InferenceLog
import Pipelines
import Tensors
import TestSupport
import Testing

@testable import Monitoring

@Suite("Metrics over the log")
struct MetricTests {
    private static let tables = ModelVersion.fake(
        "a",
        Signature(
            inputs: [
                TensorSpec(name: "x", dataType: .fp32, shape: [-1, 2, 3]),
                TensorSpec(name: "t", dataType: .fp32, shape: [-1, 2], featureNames: ["age", "plan"]),
            ],
            outputs: [
                TensorSpec(name: "y", dataType: .fp32, shape: [-1, 2, 2]),
                TensorSpec(name: "word", dataType: .bytes, shape: [-1]),
            ]
        ),
        id: "a1"
    )

    private static func values(
        _ metric: String,
        _ scene: Scene,
        _ entries: [Entry],
        labels: [Label] = []
    ) throws -> [Double?] {
        let resolved = try scene.metric(GoalMetric(metric: metric, budgetMilliseconds: 2))
        return try scene.withLog(entries, labels: labels) { batches, table in
            var reader = BatchMetric(resolved, scene.subject.layout, batches[0])
            return (0..<batches[0].entryCount).map { entry in
                reader.value(at: entry, table.slot(batches[0], index: 0, entry: entry))
            }
        }
    }

    /// Two entries, of two rows and of one.
    private static var tableEntries: [Entry] {
        var one = Entry("1")
        one.outputs =
            #"[{"Float":{"data":[1,2,3,4,5,6,7,8],"dim":[2,2,2],"v":1}},{"String":{"data":["up","down"],"dim":[2],"v":1}}]"#
        one.input = #"{"x":[[[1,2,3],[4,5,6]],[[7,8,9],[10,11,12]]],"t":[[30,1],[40,2]]}"#
        var two = Entry("2")
        two.outputs =
            #"[{"Float":{"data":[-1,-2,-3,-4],"dim":[1,2,2],"v":1}},{"String":{"data":["up"],"dim":[1],"v":1}}]"#
        two.input = #"{"x":[[[0,0,0],[0,0,1]]],"t":[{"age":50,"plan":null}]}"#
        return [one, two]
    }

    @Test(
        "an expression has the values that its elements give, averaged over the rows of a request",
        arguments: [
            ("outputs[0][1][0]", [(3.0 + 7) / 2, -3]), ("outputs[0][1][1] > 4", [0.5, 0]),
            ("inputs[0][1][2]", [9, 1]), ("inputs.x[1][2] + 0", [9, 1]), ("inputs.x", [4, 0]),
            ("inputs.age", [35, 50]), ("inputs.t[0]", [35, 50]), ("inputs[1][0]", [35, 50]),
            ("inputs.plan", [1.5, nil]), (#"outputs[1] == "up""#, [0.5, 1]),
            (#"outputs[1] == "up" and inputs.age > 35 or false"#, [0, 1]),
            ("outputs[0][0][0] * 2 - -1 / 4", [(2.25 + 10.25) / 2, -1.75]),
            ("inputs.age / 0", [nil, nil]), (#"inputs.age < "b""#, [0, 0]), ("not (inputs.age == 30)", [0.5, 1]),
            ("label", [nil, 9]), ("outputs[0][0][0] < label", [nil, 1]),
        ] as [(String, [Double?])]
    )
    func expressions(text: String, expected: [Double?]) throws {
        let scene = try Scene([[.model(ModelReference(name: "a"))]], models: [Self.tables])
        let labels = [Label(.id("2"), .one(.number(9)), time: 0)]
        #expect(try Self.values(text, scene, Self.tableEntries, labels: labels) == expected)
    }

    @Test("an only input may have another name in the request")
    func otherName() throws {
        let scene = try Scene.split([1, 1], by: "user")
        var entries = ["1", "2", "3"].map { Entry($0) }
        entries[0].input = #"{"tensor":[[1]],"user":7}"#
        entries[1].input = #"{"user":8,"data":[[2]]}"#
        entries[2].input = #"[{"tensor":3}]"#
        #expect(try Self.values("inputs[0][0]", scene, entries) == [1, 2, nil])
        #expect(try Self.values("inputs.tensor[0] + 1", scene, entries) == [2, 3, nil])
        #expect(try Self.values("inputs.user", scene, entries) == [7, 8, nil])
    }

    @Test("the metrics with names")
    func named() throws {
        let scene = try Scene.split([1, 1])
        var entries = (0..<4).map { Entry("\($0)", score: [0.2, 0.7, 0.9, nil][$0]) }
        entries[1].isValid = false
        entries[2].elapsed = 2_000_001
        let labels = (0..<4).map { Label(.id("\($0)"), .one(.number([0, 0, 1, 1][$0])), time: 0) }
        #expect(try Self.values("errors", scene, entries) == [0, 0, 0, 1])
        #expect(try Self.values("check_failures", scene, entries) == [0, 1, 0, nil])
        #expect(try Self.values("latency", scene, entries) == [0, 0, 1, 1])
        #expect(try Self.values("accuracy", scene, entries, labels: labels) == [1, 0, 1, nil])
        #expect(try Self.values("accuracy", scene, entries) == [nil, nil, nil, nil])
    }

    @Test("a metric that does not fit is refused, and the error names the field")
    func errors() throws {
        let scene = try Scene([[.model(ModelReference(name: "a"))]], models: [Self.tables])
        let wrong: [(GoalMetric, field: String, part: String)] = [
            (GoalMetric(metric: "outputs[0][0] >"), "metric", "expected a value"),
            (GoalMetric(metric: ""), "metric", "empty"), (GoalMetric(metric: "outputs[2]"), "metric", "outputs[2]"),
            (GoalMetric(metric: "outputs[0][2][0]"), "metric", "outputs[0][2][0]"),
            (GoalMetric(metric: "inputs.nope > 1"), "metric", "'nope'"),
            (GoalMetric(metric: "outputs[1] > 1"), "metric", "cannot compare"),
            (GoalMetric(metric: "outputs[1]"), "metric", "expected a condition or a number"),
            (GoalMetric(metric: "latency"), "budget_ms", "budget_ms"),
            (GoalMetric(metric: "latency", budgetMilliseconds: 1e308), "budget_ms", "budget_ms"),
            (GoalMetric(metric: "latency", budgetMilliseconds: .nan), "budget_ms", "budget_ms"),
            (GoalMetric(metric: "errors", smallestEffect: 0), "smallest_effect", "more than 0"),
            (GoalMetric(metric: "errors", alpha: 1), "alpha", "less than 1"),
            (GoalMetric(metric: "errors", alpha: .nan), "alpha", "less than 1"),
            (GoalMetric(metric: "a.outputs[0][0][0]"), "metric", "one model"),
            (GoalMetric(metric: "label", minimum: 1), "maximum", "both"),
            (GoalMetric(metric: "label", minimum: 2, maximum: 1), "minimum", "less than"),
            (GoalMetric(metric: "label", minimum: -1.7e308, maximum: 1.7e308), "minimum", "too large"),
            (GoalMetric(metric: "label", minimum: 0, maximum: .infinity), "minimum", "too large"),
        ]
        for (settings, field, part) in wrong {
            let error = try #require(throws: RoostError.self) { try scene.metric(settings) }
            #expect(error.field == field && error.message.contains(part), "\(settings.metric): \(error)")
        }
    }
}

@Suite("Predictions")
struct PredictionTests {
    private static func scene(_ shape: [Int], _ type: DataType = .fp32, labels: LabelSettings? = nil) throws -> Scene {
        let signature = Signature(
            inputs: [TensorSpec(name: "x", dataType: .fp32, shape: [-1, 1])],
            outputs: [TensorSpec(name: "y", dataType: type, shape: shape)]
        )
        return try Scene(
            [[.model(ModelReference(name: "a"))]],
            models: [.fake("a", signature, id: "a1")],
            settings: MonitoringSettings(labels: labels)
        )
    }

    private static func predictions<Result>(
        _ scene: Scene,
        _ outputs: String,
        _ body: (BatchPrediction) -> Result
    ) throws -> Result {
        var entry = Entry("1")
        entry.outputs = outputs
        let prediction = try Prediction(scene.subject.settings.labels, scene.subject.layout)
        return try scene.withLog([entry]) { batches, _ in
            body(BatchPrediction(prediction, scene.subject.layout, batches[0]))
        }
    }

    private static let numbers = #"[{"Float":{"data":[0.6,0.59,1,3,-2.5,null],"dim":[6,1],"v":1}}]"#

    @Test("a threshold that is declared decides every number")
    func declared() throws {
        let scene = try Self.scene([-1, 1], labels: LabelSettings(threshold: 0.6))
        try Self.predictions(scene, Self.numbers) { predictions in
            let ones = [true, false, true, true, false, nil]
            #expect((0..<6).map { predictions.isRight($0, .number(1)) } == ones)
            #expect((0..<6).map { predictions.isRight($0, .number(0)) } == ones.map { $0.map { !$0 } })
            // No class of two.
            #expect(predictions.isRight(3, .number(3)) == nil && predictions.isRight(0, .text("1")) == nil)
            #expect((0..<6).map { predictions.decision($0) } == ones.map { $0.map { .number($0 ? 1 : 0) } })
        }
    }

    @Test("without one, numbers from 0 to 1 are scores, whole ones classes, and others decide nothing")
    func single() throws {
        try Self.predictions(Self.scene([-1, 1]), Self.numbers) { predictions in
            #expect((0..<6).map { predictions.isRight($0, .number(1)) } == [true, true, true, false, nil, nil])
            #expect((0..<6).map { predictions.isRight($0, .number(0)) } == [false, false, false, false, nil, nil])
            #expect(predictions.isRight(3, .number(3)) == true)
        }
    }

    @Test("what numbers are is judged by all of them")
    func ranges() throws {
        func decisions(_ numbers: [Double], _ labels: LabelSettings = LabelSettings()) throws -> NumberDecisions {
            var range = NumberRange()
            for number in numbers { range.add(number) }
            return range.decisions(try Prediction(labels, try Self.scene([-1, 1]).subject.layout), labels.kind)
        }
        #expect(try decisions([0, 0.3, 1]) == .scores(threshold: 0.5))
        #expect(try decisions([0, 1, 2]) == .classes && decisions([0.3, 2]) == .nothing)
        #expect(try decisions([0.3, -2], LabelSettings(threshold: 0)) == .scores(threshold: 0))
        #expect(try decisions([0, 1], LabelSettings(kind: .number)) == .nothing)
    }

    @Test("the class with the highest score is the decision, whether or not the signature tells their number")
    func scores() throws {
        for shape in [[-1, 3], [-1, -1]] {
            let outputs = #"[{"Float":{"data":[0.1,0.7,0.2,5,5,1],"dim":[2,3],"v":1}}]"#
            try Self.predictions(try Self.scene(shape), outputs) { predictions in
                #expect(predictions.bestClass(0) == 1 && predictions.bestClass(1) == 0)
                #expect(predictions.isRight(0, .number(1)) == true && predictions.isRight(0, .number(1.5)) == false)
                #expect(predictions.isRight(0, .text("1")) == nil && predictions.classCount == 3)
            }
        }
    }

    @Test("a class is compared as a text")
    func texts() throws {
        let outputs = #"[{"String":{"data":["cat","dog"],"dim":[2],"v":1}}]"#
        try Self.predictions(try Self.scene([-1], .bytes), outputs) { predictions in
            #expect(predictions.isRight(0, .text("cat")) == true && predictions.isRight(1, .text("cat")) == false)
            #expect(predictions.isRight(0, .number(1)) == nil && predictions.decision(1) == .text("dog"))
        }
    }

    @Test("a huge number of classes does no harm")
    func huge() throws {
        let scene = try Self.scene([-1, .max, .max])
        let outputs = #"[{"Float":{"data":[0.5],"dim":[1,1,1],"v":1}}]"#
        #expect(try Self.predictions(scene, outputs) { $0.bestClass(0) } == 0)
    }

    @Test(
        "a prediction is an output that exists",
        arguments: ["inputs.x", "outputs[1]", "outputs[0][9]", "label", "1", "outputs[0] >", "outputs[0][0] > 1"]
    )
    func errors(text: String) throws {
        let scene = try Self.scene([-1, 3])
        let error = try #require(throws: RoostError.self) {
            try Prediction(LabelSettings(prediction: text), scene.subject.layout)
        }
        #expect(error.code == .invalidInput)
    }
}

@Suite("Slices")
struct SlicerTests {
    private func slices(_ values: [Slicer.Value], bins: Int = 4) throws -> [String] {
        let slicer = try Slicer("inputs.age", bins: bins, try Scene.split([1, 1]).subject.layout)
        return slicer.slices(of: values).map(\.name)
    }

    @Test("numbers are divided into bins with as many rows each")
    func bins() throws {
        let names = try slices((0..<8).map { .number(Double($0)) })
        #expect(names == ["[0, 1.75)", "[0, 1.75)", "[1.75, 3.5)", "[1.75, 3.5)"] + names.suffix(4))
        #expect(names[5] == "[3.5, 5.25)" && names[7] == "[5.25, 7]")
        // Equal edges are merged, and every value is within its bin.
        let skewed = try slices([0, 0, 0, 0, 0, 0, 1, 2, 3, 4].map { .number($0) })
        #expect(Set(skewed).count == 2 && skewed[0] == skewed[5] && skewed[9] != skewed[0])
    }

    @Test("few numbers and texts are categories; the rare ones are put together")
    func categories() throws {
        #expect(try slices([.number(1), .number(2.5), .missing, .text("a")]) == ["1", "2.5", "missing", "\"a\""])
        let many = try slices((0..<60).map { .text("t\($0)") } + [.text("t1")])
        #expect(Set(many).count == 51 && many[1] == "\"t1\"" && many.count { $0 == "other" } == 10)
    }

    @Test("extreme numbers do no harm")
    func extremes() throws {
        let numbers = [Double.infinity, -.infinity, .nan, 1e308, -1e308, 0, .leastNonzeroMagnitude, .nan]
        for bins in [2, 100] { #expect(try slices(numbers.map { .number($0) }, bins: bins).count == 8) }
        #expect(try slices([]).isEmpty)
    }

    @Test("a condition and a sum divide rows by their values, and rows without one are missing")
    func expressions() throws {
        let scene = try Scene.split([1, 1])
        let entries = ["1", "null", "3", "4"].enumerated().map { index, value in
            var entry = Entry("\(index)")
            entry.input = #"{"age":\#(value)}"#
            return entry
        }
        for (text, expected) in [
            ("inputs.age > 1", ["false", "missing", "true", "true"]),
            ("inputs.age is missing", ["false", "true", "false", "false"]),
            ("inputs.age * 2", ["2", "missing", "6", "8"]), ("inputs.age", ["1", "missing", "3", "4"]),
        ] {
            let slicer = try Slicer(text, bins: 4, scene.subject.layout)
            let found = try scene.withLog(entries) { batches, _ in slicer.slices(of: batches.flatMap(slicer.values)) }
            #expect(found.map(\.name) == expected)
        }
    }

    @Test(
        "rows can only be sliced by inputs and outputs",
        arguments: ["label", "1", "true", "inputs.age > label", "outputs[7]", "", "x"]
    )
    func errors(text: String) throws {
        let layout = try Scene.split([1, 1]).subject.layout
        let error = try #require(throws: RoostError.self) { try Slicer(text, bins: 4, layout) }
        #expect(error.field == "by")
    }
}
