import Database
package import Definitions
package import Foundation

/// The gates of pipelines.
extension Catalog {
    /// By the names of their pipelines.
    package func gates() async throws -> [Gate] { try await database.read(Self.gates) }

    static func gates(_ connection: Connection) throws -> [Gate] {
        try readable(connection.strings("SELECT document FROM gate ORDER BY pipeline")) { try decode(Gate.self, $0) }
    }

    /// - Throws: ``RoostError`` with code `notFound` if the pipeline has none.
    package func gate(of pipeline: String) async throws -> Gate {
        try await database.read { try Self.existingGate(pipeline, $0) }
    }

    static func gate(_ pipeline: String, _ connection: Connection) throws -> Gate? {
        try connection.row("SELECT document FROM gate WHERE pipeline = ?", [pipeline])
            .map { try decode(Gate.self, $0["document"]) }
    }

    private static func existingGate(_ pipeline: String, _ connection: Connection) throws -> Gate {
        if let gate = try gate(pipeline, connection) { return gate }
        guard try connection.exists("SELECT 1 FROM pipeline WHERE name = ?", [pipeline]) else {
            throw unknownPipeline(pipeline)
        }
        throw RoostError(.notFound, "Pipeline '\(pipeline)' has no gate.", field: "pipeline")
    }

    private static func put(_ gate: Gate, _ connection: Connection) throws {
        try connection.execute(
            """
            INSERT INTO gate (pipeline, document) VALUES (?, ?)
            ON CONFLICT (pipeline) DO UPDATE SET document = excluded.document
            """,
            [gate.pipeline, try encode(gate)]
        )
    }

    // MARK: Changes

    /// Sets the suites that a pipeline requires. Overrides stay.
    ///
    /// - Throws: ``RoostError`` if there is no such pipeline or suite, or if a suite tests another model.
    package func putGate(
        of pipeline: String,
        _ definition: GateDefinition,
        at time: Date,
        event: NewEvent
    ) async throws -> (gate: Gate, isNew: Bool) {
        try await database.write { connection in
            let workspace = try Self.workspace(ofPipeline: pipeline, connection)
            let models = try Self.models(ofPipeline: pipeline, connection)
            for (index, name) in definition.suites.enumerated() {
                let field = "suites[\(index)]"
                guard let suite = try Self.suite(name, connection) else {
                    throw RoostError(.notFound, "Suite '\(name)' does not exist.", field: field)
                }
                if let other = suite.definition.pipeline, other != pipeline {
                    throw RoostError(
                        .invalidInput,
                        "Suite '\(name)' tests pipeline '\(other)', not '\(pipeline)'.",
                        field: field
                    )
                }
                guard suite.workspace == workspace, models.contains(suite.model) else {
                    let known = models.isEmpty ? "no models" : "only \(models.sorted().joined(separator: ", "))"
                    throw RoostError(
                        .invalidInput,
                        "Suite '\(name)' tests model '\(suite.model)' of workspace '\(suite.workspace)', but pipeline "
                            + "'\(pipeline)' of workspace '\(workspace)' has \(known).",
                        field: field
                    )
                }
            }
            let known = try Self.gate(pipeline, connection)
            var gate = known ?? Gate(pipeline: pipeline, suites: [], by: nil, at: time)
            gate.suites = definition.suites
            gate.by = definition.by
            gate.updatedAt = time
            try Self.put(gate, connection)
            try Self.addEvent(event, connection)
            return (gate, known == nil)
        }
    }

    /// - Throws: ``RoostError`` with code `notFound` if the pipeline has none.
    package func removeGate(of pipeline: String, event: NewEvent) async throws -> Gate {
        try await database.write { connection in
            let gate = try Self.existingGate(pipeline, connection)
            try Self.removeGate(pipeline, connection)
            try Self.addEvent(event, connection)
            return gate
        }
    }

    static func removeGate(_ pipeline: String, _ connection: Connection) throws {
        try connection.execute("DELETE FROM gate WHERE pipeline = ?", [pipeline])
    }

    /// Admits a version from now on, in place of an earlier override of it.
    ///
    /// - Parameters:
    ///   - model: The exact version.
    ///   - event: Is given what the version does not pass.
    package func overrideGate(
        of pipeline: String,
        for model: ModelReference,
        reason: String,
        by: String?,
        at time: Date,
        event: @escaping @Sendable (_ problems: [String]) -> NewEvent
    ) async throws -> Gate {
        try await database.write { connection in
            var gate = try Self.existingGate(pipeline, connection)
            let workspace = try Self.workspace(ofPipeline: pipeline, connection)
            _ = try Self.modelVersionID(model, workspace, connection)
            gate.overrides.removeAll { $0.model == model }
            let problems = try Self.problems(of: model, in: workspace, gate, connection)
            guard gate.overrides.count < Gate.overrideLimit else {
                throw RoostError(
                    .conflict,
                    "The gate of pipeline '\(pipeline)' has \(Gate.overrideLimit) overrides, which is the limit. Remove the "
                        + "gate, and set it again.",
                    field: "pipeline"
                )
            }
            gate.overrides.append(
                GateOverride(model: model, reason: reason, by: by, createdAt: time, problems: problems)
            )
            try Self.put(gate, connection)
            try Self.addEvent(event(problems), connection)
            return gate
        }
    }

    /// - Throws: ``RoostError`` with code `conflict` if a gate requires the suite.
    static func checkNoGateRequires(suite: String, _ connection: Connection) throws {
        let pipelines = try gates(connection).filter { $0.suites.contains(suite) }.map { "'\($0.pipeline)'" }
        guard pipelines.isEmpty else {
            throw RoostError(
                .conflict,
                "Suite '\(suite)' is required by the gate\(pipelines.count == 1 ? "" : "s") of pipeline"
                    + "\(pipelines.count == 1 ? "" : "s") \(pipelines.joined(separator: ", ")). Remove it there first.",
                field: "suite"
            )
        }
    }

    // MARK: Rows

    private static func suite(_ name: String, _ connection: Connection) throws -> GateSuite? {
        try connection.row("SELECT * FROM suite WHERE name = ?", [name]).map { row in
            GateSuite(
                name: name,
                revision: row["revision"],
                model: row["model"],
                workspace: row["workspace"],
                definition: try decode(SuiteDefinition.self, row["document"])
            )
        }
    }

    private static func workspace(ofPipeline name: String, _ connection: Connection) throws -> String {
        let row = try connection.row(
            """
            SELECT workspace.name AS workspace FROM pipeline JOIN workspace ON workspace.id = pipeline.workspace_id
            WHERE pipeline.name = ?
            """,
            [name]
        )
        guard let row else { throw unknownPipeline(name) }
        return row["workspace"]
    }

    /// The names of the models of a pipeline's newest version, and of those that answer or answered last.
    private static func models(ofPipeline name: String, _ connection: Connection) throws -> Set<String> {
        let newest = try connection.strings(
            """
            SELECT definition FROM pipeline_version WHERE pipeline_id = (SELECT id FROM pipeline WHERE name = ?)
            ORDER BY sequence DESC LIMIT 1
            """,
            [name]
        )
        let models = newest.flatMap { (try? steps(ofDefinition: $0)) ?? [] }.flatMap(\.models)
        return try Set(models.map(\.name)).union(answering(in: name, connection).map(\.name))
    }

    /// The models that answer in a pipeline, or answered last, and those that answered before.
    private static func answering(in pipeline: String, _ connection: Connection) throws -> Set<ModelReference> {
        let definitions = try connection.strings(
            """
            SELECT pipeline_version.definition FROM deployment
            JOIN pipeline_version ON pipeline_version.id IN (answered_version_id, previous_version_id)
            WHERE deployment.pipeline_id = (SELECT id FROM pipeline WHERE name = ?)
            """,
            [pipeline]
        )
        return Set(definitions.flatMap { (try? steps(ofDefinition: $0)) ?? [] }.flatMap(\.answering))
    }

    /// Records that a version of a pipeline answers.
    static func setAnswered(_ version: String, of pipeline: String, _ connection: Connection) throws {
        try connection.execute(
            "UPDATE deployment SET answered_version_id = ? WHERE pipeline_id = (SELECT id FROM pipeline WHERE name = ?)",
            [version, pipeline]
        )
    }

    // MARK: Checks

    /// Returns why the gate of a pipeline does not let models begin to answer; `nil` if it does, or if there is none.
    ///
    /// - Parameters:
    ///   - steps: With exact versions.
    ///   - workspace: That of the models.
    package func gateRefusal(
        of pipeline: String,
        in workspace: String,
        _ steps: [Step]
    ) async throws -> GateRefusal? {
        try await database.read { try Self.gateRefusal(of: pipeline, in: workspace, steps, $0) }
    }

    static func gateRefusal(
        of pipeline: String,
        in workspace: String,
        _ steps: [Step],
        _ connection: Connection
    ) throws -> GateRefusal? {
        guard let gate = try gate(pipeline, connection) else { return nil }
        let models = steps.map(\.answering)
        let names = Set(models.joined().map(\.name))
        let problems = try problems(of: models, among: names, in: workspace, gate, connection)
        return problems.isEmpty ? nil : GateRefusal(pipeline: pipeline, problems: problems)
    }

    /// - Throws: ``GateRefusal`` if the gate of a pipeline does not let a version of it answer.
    static func checkGate(of pipeline: String, for version: String, _ connection: Connection) throws {
        guard try connection.exists("SELECT 1 FROM gate WHERE pipeline = ?", [pipeline]) else { return }
        let row = try connection.row("SELECT definition FROM pipeline_version WHERE id = ?", [version])
        let refusal = try gateRefusal(
            of: pipeline,
            in: workspace(ofPipeline: pipeline, connection),
            row.map { try steps(ofDefinition: $0["definition"]) } ?? [],
            connection
        )
        if let refusal { throw refusal }
    }

    /// Returns what keeps models from beginning to answer in the pipeline of a gate.
    ///
    /// A suite tests the versions of its model. A suite of the pipeline also tests what takes the place of that model. A model that
    /// is new in the pipeline, or stands in one step with one that is tested, must be tested by at least one suite, so that a version
    /// cannot pass under another name.
    ///
    /// - Parameters:
    ///   - steps: The models of each step.
    ///   - others: The names of all models of the pipeline.
    private static func problems(
        of steps: [[ModelReference]],
        among others: Set<String>,
        in workspace: String,
        _ gate: Gate,
        _ connection: Connection
    ) throws -> [GateRefusal.Problem] {
        let before = try answering(in: gate.pipeline, connection)
        let names = Set(before.map(\.name))
        let suites = try gate.suites.compactMap { try suite($0, connection) }
        let isCovered = suites.contains { others.contains($0.model) && $0.workspace == workspace }
        var problems: [GateRefusal.Problem] = []
        var seen: Set<ModelReference> = []
        for step in steps {
            let isTested = step.contains { model in suites.contains { $0.tests(model, in: workspace) } }
            for model in step where seen.insert(model).inserted && !before.contains(model) && !gate.admits(model) {
                let isNew = !names.contains(model.name)
                let tests = suites.filter {
                    $0.tests(model, in: workspace) || $0.testsReplacement(isNew, in: gate.pipeline)
                }
                if tests.isEmpty, isNew && !names.isEmpty || !isCovered || isTested {
                    problems.append(.init(.untested, of: model))
                }
                problems += try tests.compactMap { suite in
                    try problem(of: model, suite, connection).map { .init($0, of: model) }
                }
            }
        }
        return problems
    }

    /// Returns what keeps one model from beginning to answer, in sentences.
    private static func problems(
        of model: ModelReference,
        in workspace: String,
        _ gate: Gate,
        _ connection: Connection
    ) throws -> [String] {
        let others = try models(ofPipeline: gate.pipeline, connection).union([model.name])
        return try problems(of: [[model]], among: others, in: workspace, gate, connection).map(\.description)
    }

    /// Returns what the newest run of a suite that has ended says against a version; `nil` if the version has passed.
    private static func problem(
        of model: ModelReference,
        _ suite: GateSuite,
        _ connection: Connection
    ) throws -> GateRefusal.Problem.Kind? {
        let row = try connection.row(
            """
            SELECT document FROM suite_run WHERE suite = ? AND revision = ? AND model_version = ?
            ORDER BY outcome IN ('pending', 'running'), sequence DESC LIMIT 1
            """,
            [suite.name, suite.revision, model.version]
        )
        guard let row else { return .notRun(suite: suite.name) }
        let run = try decode(SuiteRun.self, row["document"])
        switch run.outcome {
        case .passed: return nil
        case .failed: return .failed(suite: suite.name, cases: run.failures)
        case .error: return .error(suite: suite.name, reason: run.reason ?? "No reason is known.")
        case .pending, .running: return .running(suite: suite.name)
        }
    }

    /// Returns what a gate says about a version.
    ///
    /// - Parameter model: `NAME@VERSION`, by ID, its beginning, or a tag.
    package func gateVerdict(of pipeline: String, on model: ModelReference) async throws -> GateVerdict {
        try await database.read { connection in
            var gate = try Self.existingGate(pipeline, connection)
            let workspace = try Self.workspace(ofPipeline: pipeline, connection)
            let id = try Self.modelVersionID(model, workspace, connection)
            let exact = ModelReference(name: model.name, version: id)
            let isOverridden = gate.admits(exact)
            gate.overrides = []
            let problems = try Self.problems(of: exact, in: workspace, gate, connection)
            return GateVerdict(
                pipeline: pipeline,
                model: exact,
                isAdmitted: problems.isEmpty || isOverridden,
                problems: problems
            )
        }
    }
}

/// What a gate needs to know of a suite.
private struct GateSuite {
    let name: String
    let revision: Int
    let model: String
    let workspace: String
    let definition: SuiteDefinition

    func tests(_ model: ModelReference, in workspace: String) -> Bool {
        model.name == self.model && workspace == self.workspace
    }

    /// Whether the suite tests a model that takes the place of its own in the pipeline.
    ///
    /// - Parameter isNew: Whether no model of that name answers there.
    func testsReplacement(_ isNew: Bool, in pipeline: String) -> Bool {
        definition.pipeline == pipeline && (isNew || definition.replaces == nil)
    }
}
