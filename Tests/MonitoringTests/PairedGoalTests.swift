import Archives
import DataFolder
import Definitions
import Encodings
import Foundation
import Logging
import Platform
import Programs
import Runtimes
import Statistics
import Tensors
import TestSupport
import Testing

@testable import Monitoring

@Suite("The evidence of the steps of a release")
struct PairedGoalTests {
    private static let start = Date()
    private static let goal = GoalMetric(metric: "outputs[1] < 0.2")

    /// Calls `body` with a pipeline `p` of the model `old`, whose answers are wrong for inputs near 1. `new` is right there.
    private func withPipeline(_ body: (DataFolder, _ folder: String, _ versions: [ModelVersion]) async throws -> Void)
        async throws
    {
        try await withTemporaryFolder { folder in
            let configuration = DataFolder.Configuration(path: folder + "/data", programs: ProgramHost(executable: ""))
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let data = try DataFolder(configuration, logger: logger) { _, _, _ in
                InspectedModel(
                    signature: Signature(
                        inputs: [TensorSpec(name: "features", dataType: .fp32, shape: [-1, 1])],
                        outputs: ["closest_cluster", "distance_to_cluster"].map {
                            TensorSpec(name: $0, dataType: .fp32, shape: [-1])
                        }
                    )
                )
            }
            var versions: [ModelVersion] = []
            for (name, centers) in [("old", "[0]"), ("new", "[0, 1]")] {
                let model = "\(folder)/\(name)"
                try FileManager.default.createDirectory(atPath: model, withIntermediateDirectories: true)
                let parameters = Data(#"{"feature_dim": 1, "centers": \#(centers)}"#.utf8)
                try parameters.write(to: URL(filePath: model + "/model.json"))
                _ = try TarGzip.pack(UntrustedFolder(model), to: model + ".tar.gz")
                let artifact = try Data(contentsOf: URL(filePath: model + ".tar.gz"))
                let upload = try await data.platform.beginUpload(of: name, to: Workspace.defaultName)
                try artifact.withUnsafeBytes { try data.platform.append($0, to: upload) }
                versions.append(
                    try await data.platform.finish(upload, as: name, in: Workspace.defaultName, framework: .kmeans)
                        .version
                )
            }
            try await body(data, folder + "/data", versions)
            await data.close()
        }
    }

    private func define(_ data: DataFolder, _ step: Step) async throws -> PipelineVersion {
        var definition = PipelineDefinition(name: "p", steps: [step])
        definition.monitoring.goal = Self.goal
        return try await data.platform.define(definition, mustBeNew: false).pipeline.version
    }

    /// Returns a line of the log.
    private func line(
        _ id: String,
        _ value: Double,
        _ distance: Double,
        _ model: ModelVersion,
        _ version: PipelineVersion,
        role: String = "champion"
    ) -> String {
        let time = Int64(Self.start.timeIntervalSince1970 * 1000) - 1000
        return
            #"{"time":\#(time),"id":"\#(id)","valid":true,"model_name":"\#(model.model)","model_version":"\#(model.id)","#
            + #""role":"\#(role)","pipeline_name":"p","pipeline_version":"\#(version.id)","elapsed":1000,"check_failures":[],"#
            + #""outputs":[{"Float":{"data":[0],"dim":[1],"v":1}},{"Float":{"data":[\#(distance)],"dim":[1],"v":1}}],"#
            + #""original_data":{"features":[[\#(value)]]}}"# + "\n"
    }

    private func write(_ lines: [String], _ number: Int, in folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder + "/logs/p", withIntermediateDirectories: true)
        let start = Int64(Self.start.timeIntervalSince1970 * 1e6) + Int64(number)
        try Data(lines.joined().utf8).write(to: URL(filePath: "\(folder)/logs/p/0\(start).jsonl"))
    }

    @Test("no unit counts in two steps, and each step keeps a report that can be verified")
    func steps() async throws {
        try await withPipeline { data, folder, versions in
            let (old, new) = (versions[0], versions[1])
            let first = try await define(data, .model(old.reference))
            let values = (0..<20).map { $0.isMultiple(of: 2) ? 0.0 : 1 }
            let champions = values.enumerated().map { line("i\($0)", $1, $1, old, first) }
            try write(champions, 0, in: folder)

            func goal(_ step: PairedGoal.Step, _ excluded: Set<UInt64>) async throws -> PairedGoal {
                try await data.monitoring.pairedGoal(
                    of: "p",
                    nil,
                    start: Date() - 3600,
                    end: nil,
                    candidate: ModelReference(name: "new"),
                    in: step,
                    excluding: excluded
                )
            }
            let replay = try await goal(.replay(requests: 12), [])
            #expect(replay.countedUnits == Set((8..<20).map { StableHash.hash("i\($0)") }))
            #expect(replay.inputs?.differences == [1, 1, 1, 1, 1, 1])
            #expect(replay.evidence.better.logarithm > 2 && replay.evidence.worse.maximum == 0)

            // The shadow deploy sees requests that were replayed, and others.
            let shadow = ShadowDeploy(champion: old.reference, challengers: [new.reference])
            let second = try await define(data, .shadowDeploy(shadow))
            let pairs = ["i19", "j1", "j2"].flatMap { id in
                [line(id, 1, 1, old, second), line(id, 1, 0, new, second, role: "challenger")]
            }
            try write(pairs, 1, in: folder)
            let shadowed = try await goal(.shadow, replay.countedUnits)
            #expect(shadowed.countedUnits == Set(["j1", "j2"].map { StableHash.hash($0) }))
            #expect(shadowed.inputs?.differences == [1, 1])
            let again = try await goal(.replay(requests: 100), replay.countedUnits.union(shadowed.countedUnits))
            #expect(again.countedUnits == Set((0..<8).map { StableHash.hash("i\($0)") }))

            // The candidate is promoted. The reports are still about the champion that there was.
            _ = try await define(data, .model(new.reference))
            for (step, kind) in [(replay, ReportRequest.Kind.replay), (shadowed, .shadow), (again, .replay)] {
                let report = try #require(step.report)
                #expect(try await data.monitoring.report(report.id).kind == kind)
                let verification = try await data.monitoring.verify(report.id)
                #expect(verification.isReproduced)
                // The first replay's newest request has an id that came again.
                #expect(verification.logAgrees == (step.countedUnits != replay.countedUnits))
            }
        }
    }

    @Test("an experiment leaves out what was counted, and can be verified")
    func experiment() async throws {
        try await withPipeline { data, folder, versions in
            let (old, new) = (versions[0], versions[1])
            let split = RandomSplit(models: [
                .init(model: old.reference, weight: 1), .init(model: new.reference, weight: 1),
            ])
            let version = try await define(data, .randomSplit(split))
            let experiment = try #require(version.experiment)
            let lines = (0..<80).map { index in
                let (model, distance) = index.isMultiple(of: 2) ? (old, 1.0) : (new, 0.0)
                return line("i\(index)", 1, distance, model, version).replacing(
                    #""elapsed""#,
                    with: #""experiment":"\#(experiment.id)","variant":"\#(model.model)","share":0.5,"elapsed""#
                )
            }
            try write(lines, 0, in: folder)
            let counted = Set((0..<20).map { StableHash.hash("i\($0)") })
            let found = try await data.monitoring.experimentGoal(
                of: "p",
                nil,
                guardrails: [],
                start: Date() - 3600,
                candidate: new.reference,
                excluding: counted,
                isKept: true
            )
            #expect(found.report.experiment?.arms.map(\.units) == [30, 30])
            #expect(found.evidence.better.rejects(atAlpha: 0.05))
            #expect(found.report.notes.contains { $0.contains("20 inferences are left out") })
            let verification = try await data.monitoring.verify(found.report.id)
            #expect(verification.isReproduced && verification.logAgrees, "\(verification)")
            await #expect(throws: RoostError.self) {
                try await data.monitoring.experimentGoal(
                    of: "p",
                    nil,
                    guardrails: [],
                    start: Date() - 3600,
                    candidate: old.reference,
                    excluding: [],
                    isKept: false
                )
            }
        }
    }

    @Test("a candidate without pairs has no evidence")
    func noPairs() async throws {
        try await withPipeline { data, folder, versions in
            let version = try await define(data, .model(versions[0].reference))
            try write([line("i", 1, 1, versions[0], version)], 0, in: folder)
            let found = try await data.monitoring.pairedGoal(
                of: "p",
                nil,
                start: nil,
                end: nil,
                candidate: ModelReference(name: "new"),
                in: .shadow
            )
            #expect(found.report == nil && found.countedUnits.isEmpty && found.evidence.better.maximum == 0)
        }
    }
}
