import Catalog
import Definitions
import Encodings
import Foundation
import InferenceLog
import Pipelines
import Tensors
import TestSupport

@testable import Monitoring

/// A pipeline `p` with versions, and its log.
struct Scene {
    var subject: Monitoring.Subject

    /// - Parameters:
    ///   - steps: Of each version, the newest first. The versions are `v0`, `v1` and so on.
    ///   - experiment: The id of the experiment of all versions.
    init(
        _ steps: [[Step]],
        models: [ModelVersion] = [.fake("a", .floats(1), id: "a1"), .fake("b", .floats(1), id: "b1")],
        settings: MonitoringSettings = MonitoringSettings(),
        experiment: String = "e"
    ) throws {
        var versions: [PipelineVersion] = []
        var plans: [String: PipelinePlan] = [:]
        for (index, steps) in steps.enumerated() {
            let version = PipelineVersion(
                id: "v\(index)",
                createdAt: Date(timeIntervalSince1970: 0),
                steps: steps,
                validations: [],
                monitoring: settings,
                experiment: .start(steps, id: experiment, at: Date(timeIntervalSince1970: 0))
            )
            versions.append(version)
            plans[version.id] = try PipelinePlan(
                pipeline: "p",
                steps: steps,
                validations: [],
                experiment: version.experiment,
                version: { reference throws(RoostError) in
                    guard let model = models.first(where: { $0.model == reference.name }) else {
                        throw RoostError(.notFound, "There is no model '\(reference)'.")
                    }
                    return model
                }
            )
        }
        let plan = plans["v0"]
        subject = Monitoring.Subject(
            pipeline: Pipeline(
                name: "p",
                workspace: "default",
                createdAt: Date(timeIntervalSince1970: 0),
                updatedAt: Date(timeIntervalSince1970: 0),
                tags: [],
                version: versions[0],
                deployment: nil
            ),
            versions: versions,
            plans: plans,
            models: Dictionary(uniqueKeysWithValues: models.map { ($0.id, $0) }),
            layout: TensorLayout(inputs: plan?.inputs ?? [], outputs: plan?.outputs ?? [], keys: plan?.keys ?? [])
        )
    }

    /// Two arms by weights, for each version.
    static func split(_ weights: [Double]..., by key: String? = nil, names: [String] = ["a", "b"]) throws -> Scene {
        try Scene(
            weights.map { [.randomly(zip(names, $0).map { ($0, $1) }, by: key)] },
            models: names.map { .fake($0, .floats(1), id: "\($0)1") }
        )
    }

    /// Calls `body` with the log's batches and the labels.
    func withLog<Result>(
        _ entries: [Entry],
        labels: [Label] = [],
        wait: Int64 = 1000,
        _ body: ([LogBatch], LabelTable) throws -> Result
    ) throws -> Result {
        try withTemporaryFolder { folder in
            let store = LabelStore(dataFolder: folder)
            if !labels.isEmpty { try store.append(labels, of: "p") }
            try FileManager.default.createDirectory(atPath: "\(folder)/logs/p", withIntermediateDirectories: true)
            let text = entries.map { $0.line(of: subject) }.joined()
            try text.write(
                toFile: "\(folder)/logs/p/00000000001000000.jsonl",
                atomically: false,
                encoding: .utf8
            )
            let log = try InferenceLog(folder: "\(folder)/logs")
            defer { log.close() }
            var table = LabelTable(store, of: "p", wait: wait)
            let batches = Array(log.batches(of: "p"))
            table.join(batches)
            return try body(batches, table)
        }
    }

    func metric(
        _ settings: GoalMetric
    ) throws -> ResolvedMetric { try ResolvedMetric(settings, self.subject.settings.labels, subject.layout) }
}

extension Step {
    static func randomly(_ choices: [(String, Double)], by key: String? = nil) -> Step {
        .randomSplit(
            RandomSplit(
                models: choices.map { RandomSplit.Choice(model: ModelReference(name: $0.0), weight: $0.1) },
                hashKey: key
            )
        )
    }
}

/// An entry of the log.
struct Entry {
    var id: String
    var time: Int64 = 0
    /// An arm's name, or a model's if it is not part of an experiment.
    var arm = "a"
    var version = "v0"
    var experiment: String? = "e"
    var role = "champion"
    var unit: UInt64?
    /// Hashes of keys.
    var keys: [String: UInt64] = [:]
    var isValid = true
    /// `nil` for a run that failed.
    var outputs: String? = #"[{"Float":{"data":[0.5],"dim":[1,1],"v":1}}]"#
    var input = "{}"
    var elapsed = 1_000_000

    init(_ id: String, arm: String = "a", score: Double? = 0.5) {
        self.id = id
        self.arm = arm
        outputs = score.map { #"[{"Float":{"data":[\#($0)],"dim":[1,1],"v":1}}]"# }
    }

    func line(of subject: Monitoring.Subject) -> String {
        var line = #"{"time":\#(time),"id":"\#(id)","valid":\#(isValid && outputs != nil),"model_name":"\#(arm)","#
        line += #""model_version":"\#(arm)1","role":"\#(role)","pipeline_name":"p","pipeline_version":"\#(version)""#
        if let experiment {
            let share = subject.plans[version]?.arms.first { $0.name == arm }?.share
            line += #","experiment":"\#(experiment)","variant":"\#(arm)""#
            if let share { line += #","share":\#(share)"# }
        }
        line += #","elapsed":\#(elapsed)"#
        if let unit { line += #","unit":"\#(Self.hexadecimal(unit))""# }
        if !keys.isEmpty {
            line += #","keys":{"#
            line += keys.sorted { $0.key < $1.key }.map { #""\#($0.key)":"\#(Self.hexadecimal($0.value))""# }
                .joined(separator: ",")
            line += "}"
        }
        line += isValid ? #","check_failures":[]"# : #","check_failures":[{"name":"c"}]"#
        line += outputs.map { #","outputs":\#($0)"# } ?? #","error":"it failed""#
        return line + #","original_data":\#(input)}"# + "\n"
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Numbers that look random, the same in every run.
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return StableHash.mix(state)
    }
}
