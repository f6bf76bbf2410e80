import Definitions
import Encodings
import Foundation
import InferenceLog
import Pipelines
import Runtimes
import Tensors
import TestSupport
import Testing

@testable import Monitoring

@Suite("Replays")
struct ReplayTests {
    private let scene: Scene
    private let candidate = ModelVersion.fake("b", .floats(1), id: "b1")

    init() throws {
        scene = try Scene([[.model(ModelReference(name: "a", version: "a1"))]])
    }

    private func replay(
        _ model: FakeModel,
        requests: Int = 100,
        timeLimit: Duration = .seconds(10)
    ) throws -> Replay {
        let site = try ReplaySite(scene.subject.pipeline.version.steps, replaces: nil)
        let version = site.version(scene.subject.pipeline.version, with: ModelReference(name: "b", version: "b1"))
        let plan = try PipelinePlan(pipeline: "p", steps: version.steps, validations: []) { _ throws(RoostError) in
            candidate
        }
        return Replay(
            subject: scene.subject.knowing(candidate),
            site: site,
            candidate: candidate,
            executable: ExecutablePipeline(
                name: "p",
                versionID: "v0",
                plan: plan,
                models: [PreparedModel(version: candidate, loaded: model)]
            ),
            mapping: try InputMapping(from: scene.subject.layout.inputs, of: "the inputs", to: candidate),
            requests: requests,
            timeLimit: timeLimit,
            needsValidations: false
        )
    }

    private func entries(_ count: Int) -> [Entry] {
        (0..<count).map { index in
            var entry = Entry("i\(index)")
            (entry.experiment, entry.time, entry.input) = (nil, Int64(index), "{\"tensor\":[[\(index)]]}")
            return entry
        }
    }

    private func run(
        _ replay: Replay,
        _ entries: [Entry],
        excluding excluded: Set<UInt64> = [],
        _ cancellation: ReplayCancellation = ReplayCancellation()
    ) throws -> (ids: [String], result: Replay.Result) {
        try scene.withLog(entries) { batches, _ in
            try withTemporaryFolder { folder in
                let result = try replay.run(batches, excluding: excluded, folder: folder, cancellation)
                let left = try FileManager.default.contentsOfDirectory(atPath: folder)
                #expect(left.isEmpty)
                let ids = result.batches.flatMap { batch in
                    (0..<batch.entryCount).filter { batch.subject(at: $0).role == "challenger" }.map {
                        batch.id(at: $0)
                    }
                }
                return (ids, result)
            }
        }
    }

    @Test("the newest requests are replayed in the order of the log, without those that were counted")
    func order() throws {
        let model = FakeModel(.floats(1), answering: 1)
        let replay = try replay(model, requests: 3)
        // Warming up has run it.
        model.forgetRuns()
        let (ids, result) = try run(replay, entries(6), excluding: [StableHash.hash("i4")])
        #expect(ids == ["i2", "i3", "i5"])
        #expect(model.seen.map { $0[0].number(at: 0) } == [2, 3, 5])
        #expect(result.leftOut.counted == 1 && result.replayed == 3)
    }

    @Test("what cannot be read again is left out and counted")
    func leftOut() throws {
        var entries = entries(6)
        entries[0].input = "null"
        entries[1].input = "{\"other\":[[1]]}"
        entries[2].outputs = nil
        entries[3].arm = "c"
        entries[4].id = "i5"
        let (ids, result) = try run(replay(FakeModel(.floats(1), answering: 1)), entries)
        #expect(ids == ["i5"])
        #expect(result.leftOut.unreadable == 2)
        #expect(result.leftOut.failed == 1 && result.leftOut.otherAnswer == 1 && result.leftOut.repeated == 1)
        #expect(result.leftOut.notes.count == 4)
    }

    @Test("a candidate that hangs is not waited for again and again")
    func hangs() throws {
        let model = FakeModel(.floats(1)) { inputs, cancellation throws(RuntimeError) in
            while inputs[0].number(at: 0) ?? 0 > 1, cancellation?.isCancelled == false { usleep(1000) }
            return [inputs[0]]
        }
        let prepared = try replay(model, timeLimit: .milliseconds(20))
        let (ids, result) = try run(prepared, entries(9))
        #expect(ids.count == 7)
        #expect(result.leftOut.afterTimeouts == 2)
        let failures = result.batches.flatMap { batch in
            (0..<batch.entryCount).filter { batch.flags(at: $0).contains(.failed) }
        }
        #expect(failures.count == 5)
    }

    @Test("a canceled replay ends")
    func cancellation() throws {
        let cancellation = ReplayCancellation()
        // A model that does not end when it is asked to.
        let model = FakeModel(.floats(1)) { inputs, _ throws(RuntimeError) in
            if inputs[0].number(at: 0) ?? 0 > 1 {
                cancellation.cancel()
                usleep(100_000)
            }
            return [inputs[0]]
        }
        let replay = try replay(model, timeLimit: .seconds(3600))
        #expect(throws: CancellationError.self) { try run(replay, entries(9), cancellation) }
        #expect(throws: CancellationError.self) { try run(replay, entries(1), cancellation) }
    }

    @Test("the place of the candidate")
    func site() throws {
        func step(_ name: String) -> Step { .model(ModelReference(name: name, version: name + "1")) }
        let split = Step.randomly([("a", 1), ("b", 1)])
        #expect(try ReplaySite([step("a")], replaces: nil).index == 0)
        #expect(try ReplaySite([step("a"), step("b")], replaces: "b").index == 1)
        #expect(try ReplaySite([split], replaces: nil).champion.name == "a")
        for (steps, replaces, field) in [
            ([step("a"), step("b")], nil, "replaces"), ([step("a")], "x", "replaces"),
            ([step("a"), step("a")], "a", "replaces"), ([step("a"), split], "a", "pipeline"),
        ] as [([Step], String?, String)] {
            let error = #expect(throws: RoostError.self) { try ReplaySite(steps, replaces: replaces) }
            #expect(error?.field == field)
        }
        let chain = try ReplaySite([step("a"), step("b")], replaces: "a")
        var version = scene.subject.pipeline.version
        version.validations = [
            Validation(name: "one", expression: "a.outputs[0][0] < 1"),
            Validation(name: "two", expression: "b.outputs[0][0] < 1"),
        ]
        let replaced = chain.version(version, with: ModelReference(name: "c", version: "c1"))
        #expect(replaced.steps == [step("c"), step("b")])
        #expect(replaced.validations.map(\.name) == ["two"])
    }
}
