import Definitions
import Foundation
import TestSupport
import Testing

@testable import Catalog

@Suite("Gates")
struct GateTests {
    private let event = NewEvent(.gateSet, on: .init(.pipeline, "p"), "", at: .at(0))

    /// Adds versions of models, the pipeline `p` with the first of them deployed, a suite, and a gate that requires it.
    private func prepare(
        _ catalog: Catalog,
        _ models: [String],
        suiteOf definition: SuiteDefinition = SuiteDefinition(model: "m", cases: []),
        deployed: Bool = true
    ) async throws {
        for text in models {
            let reference = ModelReference(parsing: text)
            try await catalog.addModelVersion(
                .fake(reference.name, .floats(1), id: try #require(reference.version))
            )
        }
        let first = try await define(catalog, [.model(ModelReference(parsing: models[0]))])
        if deployed { try await catalog.deploy(first) }
        try await catalog.putSuite("s", definition, model: "m", workspace: "default", at: .at(0))
        _ = try await catalog.putGate(of: "p", GateDefinition(suites: ["s"]), at: .at(0), event: event)
    }

    private func define(_ catalog: Catalog, _ steps: [Step]) async throws -> String {
        _ = try await catalog.define(
            PipelineDefinition(name: "p", steps: steps),
            in: "default",
            mustBeNew: false,
            at: .at(0)
        )
        return try await catalog.pipeline(named: "p").version.id
    }

    private func run(_ catalog: Catalog, _ model: String, _ outcome: SuiteRun.Outcome, revision: Int = 1) async throws {
        var run = SuiteRun(
            id: UUID().uuidString.lowercased(),
            suite: "s",
            revision: revision,
            model: ModelReference(parsing: model),
            workspace: "default",
            cause: .request,
            createdAt: .at(0)
        )
        run.outcome = outcome
        run.cases = [
            SuiteCaseResult(name: "good", kind: .size, passed: true, message: "It is small."),
            SuiteCaseResult(name: "bad", kind: .golden, passed: outcome == .passed, message: "It is wrong."),
        ]
        try await catalog.addSuiteRun(run)
    }

    private func refusal(_ catalog: Catalog, _ steps: Step...) async throws -> String? {
        try await catalog.gateRefusal(of: "p", in: "default", steps)?.error.message
    }

    private func model(_ text: String) -> Step { .model(ModelReference(parsing: text)) }

    private func split(_ weights: (String, Double)...) -> Step {
        .randomSplit(RandomSplit(models: weights.map { .init(model: ModelReference(parsing: $0.0), weight: $0.1) }))
    }

    @Test("a version needs a passed run of the suite's current revision")
    func passed() async throws {
        try await withCatalog { catalog, _ in
            try await prepare(catalog, ["m@1", "m@2"])
            #expect(try await refusal(catalog, model("m@2"))?.contains("'roost test s --version m@2'") == true)
            try await run(catalog, "m@2", .failed)
            let message = try #require(try await refusal(catalog, model("m@2")))
            #expect(message.contains("case 'bad': It is wrong.") && !message.contains("good"))
            try await run(catalog, "m@2", .passed)
            #expect(try await refusal(catalog, model("m@2")) == nil)
            // A run that has not ended says nothing.
            try await run(catalog, "m@2", .running)
            #expect(try await refusal(catalog, model("m@2")) == nil)
            try await run(catalog, "m@2", .error)
            #expect(try await refusal(catalog, model("m@2"))?.contains("could not be run") == true)
            try await run(catalog, "m@2", .passed)
            let other = SuiteDefinition(model: "m", cases: [SuiteCase(name: "c", .size(BudgetCheck(budgetBytes: 1)))])
            try await catalog.putSuite("s", other, model: "m", workspace: "default", at: .at(1))
            #expect(try await refusal(catalog, model("m@2"))?.contains("has not been run") == true)
        }
    }

    @Test("what does not answer, and what answers already, needs nothing")
    func answering() async throws {
        try await withCatalog { catalog, _ in
            try await prepare(catalog, ["m@1", "m@2", "m@3"])
            #expect(try await refusal(catalog, model("m@1")) == nil)
            #expect(try await refusal(catalog, split(("m@1", 1), ("m@2", 0))) == nil)
            #expect(try await refusal(catalog, split(("m@1", 1), ("m@2", 0.01))) != nil)
            let (one, two) = (ModelReference(parsing: "m@1"), ModelReference(parsing: "m@2"))
            #expect(try await refusal(catalog, .shadowDeploy(ShadowDeploy(champion: one, challengers: [two]))) == nil)
            #expect(try await refusal(catalog, .shadowDeploy(ShadowDeploy(champion: two, challengers: [one]))) != nil)
            let key = KeySplit(key: "k", defaultModel: one, models: ["x": two])
            #expect(try await refusal(catalog, .keySplit(key)) != nil)
            // Back to what answered before, but not to what answered before that.
            try await run(catalog, "m@2", .passed)
            try await catalog.deploy(define(catalog, [model("m@2")]))
            #expect(try await refusal(catalog, model("m@1")) == nil)
            try await run(catalog, "m@3", .passed)
            try await catalog.deploy(define(catalog, [model("m@3")]))
            #expect(try await refusal(catalog, model("m@1")) != nil)
            // What answered when the pipeline was undeployed.
            try await catalog.deploy(try await catalog.pipeline(named: "p").version.id, false)
            try await run(catalog, "m@3", .failed)
            #expect(try await refusal(catalog, model("m@3")) == nil)
            // It is recorded before it is loaded again.
            let last = try await catalog.pipeline(named: "p").version.id
            try await catalog.setDeployment(of: "p", version: last, deployed: true, at: .at(0))
            try await catalog.deploy(last)
        }
    }

    @Test("a version cannot pass under another name")
    func names() async throws {
        try await withCatalog { catalog, _ in
            try await prepare(catalog, ["m@1", "n@9"])
            #expect(try await refusal(catalog, model("n@9"))?.contains("No suite of the gate tests model 'n'") == true)
            #expect(try await refusal(catalog, split(("m@1", 99), ("n@9", 1))) != nil)
            let other = SuiteDefinition(model: "x", cases: [])
            try await catalog.putSuite("s", other, model: "x", workspace: "default", at: .at(1))
            try await catalog.addModelVersion(.fake("m", .floats(1), id: "2"))
            #expect(try await refusal(catalog, model("m@2"))?.contains("No suite of the gate") == true)
        }
        try await withCatalog { catalog, _ in
            let suite = SuiteDefinition(pipeline: "p", cases: [])
            try await prepare(catalog, ["m@1", "n@9"], suiteOf: suite)
            #expect(try await refusal(catalog, model("n@9"))?.contains("has not been run") == true)
            try await run(catalog, "n@9", .passed)
            #expect(try await refusal(catalog, model("n@9")) == nil)
        }
    }

    @Test("the first deployment of a pipeline needs what a later one does")
    func first() async throws {
        try await withCatalog { catalog, _ in
            try await prepare(catalog, ["m@1", "pre@9"], deployed: false)
            let version = try await define(catalog, [model("pre@9"), model("m@1")])
            await #expect(throws: GateRefusal.self) { try await catalog.deploy(version) }
            #expect(try await catalog.desiredDeployments().isEmpty)
            try await run(catalog, "m@1", .passed)
            try await catalog.deploy(version)
            #expect(try await catalog.desiredDeployments().map(\.version.id) == [version])
        }
    }

    @Test("a gate that is set while a version is loaded keeps it from answering")
    func race() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.addModelVersion(.fake("m", .floats(1), id: "1"))
            let version = try await define(catalog, [model("m@1")])
            // As it is recorded before the version is loaded.
            try await catalog.setDeployment(of: "p", version: version, deployed: true, at: .at(0))
            try await catalog.putSuite(
                "s",
                SuiteDefinition(model: "m", cases: []),
                model: "m",
                workspace: "default",
                at: .at(0)
            )
            _ = try await catalog.putGate(of: "p", GateDefinition(suites: ["s"]), at: .at(0), event: event)
            await #expect(throws: GateRefusal.self) { try await catalog.deploy(version) }
            #expect(try await catalog.desiredDeployments().map(\.hasAnswered) == [false])
        }
    }

    @Test("a version that was recorded, but never answered, needs what others do")
    func neverAnswered() async throws {
        try await withCatalog { catalog, _ in
            try await prepare(catalog, ["m@1", "m@2"])
            let first = try await catalog.pipeline(named: "p").version.id
            try await catalog.deploy(first, false)
            let second = try await define(catalog, [model("m@2")])
            // As without a gate. It could not be loaded.
            let before = try await catalog.setDeployment(of: "p", version: second, deployed: true, at: .at(0))
            #expect(before == first)
            #expect(try await catalog.deploy(first) == nil)
            await #expect(throws: GateRefusal.self) { try await catalog.deploy(second) }
            #expect(try await catalog.desiredDeployments().map(\.version.id) == [first])
        }
    }

    @Test("an override admits one version, and keeps what it did not pass")
    func overrides() async throws {
        try await withCatalog { catalog, _ in
            try await prepare(catalog, ["m@1", "m@2", "m@3"])
            try await run(catalog, "m@2", .failed)
            func verdict(_ text: String) async throws -> GateVerdict {
                try await catalog.gateVerdict(of: "p", on: ModelReference(parsing: text))
            }
            #expect(try await verdict("m@2").isAdmitted == false)
            let gate = try await catalog.overrideGate(
                of: "p",
                for: ModelReference(parsing: "m@2"),
                reason: "It is urgent.",
                by: "ann",
                at: .at(1)
            ) { [event] problems in
                #expect(problems.count == 1)
                return event
            }
            #expect(gate.overrides.map(\.model.description) == ["m@2"] && gate.overrides[0].problems.count == 1)
            let overridden = try await verdict("m@2")
            #expect(overridden.isAdmitted)
            #expect(overridden.problems.count == 1)
            #expect(try await verdict("m@3").isAdmitted == false)
            #expect(try await refusal(catalog, model("m@2")) == nil)
            let again = try await catalog.putGate(of: "p", GateDefinition(suites: ["s"]), at: .at(2), event: event)
            #expect(!again.isNew && again.gate.overrides.count == 1)
        }
    }

    @Test("a gate needs a pipeline, and suites that test its models")
    func refusals() async throws {
        try await withCatalog { catalog, _ in
            try await prepare(catalog, ["m@1"])
            for (name, definition, model) in [
                ("x", SuiteDefinition(model: "x", cases: []), "x"),
                ("q", SuiteDefinition(pipeline: "q", cases: []), "m"),
            ] {
                try await catalog.putSuite(name, definition, model: model, workspace: "default", at: .at(0))
            }
            func error(_ pipeline: String, _ suites: String...) async -> RoostError? {
                await roostError {
                    _ = try await catalog.putGate(
                        of: pipeline,
                        GateDefinition(suites: suites),
                        at: .at(0),
                        event: event
                    )
                }
            }
            #expect(await error("ghost", "s")?.code == .notFound)
            #expect(await error("p", "s", "ghost")?.field == "suites[1]")
            #expect(await error("p", "x")?.message.contains("only m") == true)
            #expect(await error("p", "q")?.message.contains("tests pipeline 'q'") == true)
            #expect(await roostError { try await catalog.removeSuite("s") }?.message.contains("'p'") == true)
            try await catalog.deploy(catalog.pipeline(named: "p").version.id, false)
            _ = try await catalog.delete(
                .pipeline("p"),
                takesReferrers: true,
                takesLogs: true,
                changing: []
            ) { _ in false }
            #expect(try await catalog.gates(NamedPage(limit: 10)).found.isEmpty)
            try await catalog.removeSuite("s")
        }
    }
}

@Suite("Lineage")
struct LineageTests {
    @Test("a version belongs to the job that made its artifact, and follows the newest version")
    func lineage() async throws {
        try await withCatalog { catalog, _ in
            let digest = String(repeating: "ab", count: 32)
            for name in ["old", "new"] {
                var job = TrainingJob(
                    definition: TrainingDefinition(name: name, algorithm: "xgboost", output: "s3://b/out"),
                    state: JobState(createdAt: .at(0))
                )
                _ = try await catalog.addJob(job, request: nil)
                job.modelSHA256 = digest
                job.data = [DataDigest(channel: "train", uri: "s3://b/\(name)", sha256: digest, objects: 1)]
                try await catalog.saveJob(job)
            }
            func add(_ id: String, _ sha256: String, _ origin: UploadOrigin = UploadOrigin()) async throws -> Lineage? {
                var version = ModelVersion.fake("m", .floats(1), id: id)
                version.sha256 = sha256
                try await catalog.addModelVersion(version, origin: origin)
                return try await catalog.modelVersion(version.reference, in: "default").lineage
            }
            #expect(try await add("1", "other") == nil)
            let second = try await add("2", digest)
            #expect(second?.job?.name == "new" && second?.data.map(\.uri) == ["s3://b/new"])
            #expect(second?.parent?.description == "m@1")
            // The same bytes are the same version, whatever is said about them.
            #expect(try await add("2", digest, UploadOrigin(job: "old")) == second)
            let parent = ModelReference(name: "m", version: "1")
            let third = try await add("3", "third", UploadOrigin(job: "old", parent: parent, by: "ann"))
            #expect(third == Lineage(parent: parent, by: "ann"))
        }
    }
}
