import Database
package import Definitions
package import Foundation

/// The gates of pipelines.
extension Catalog {
    /// Returns a page of the gates by the names of their pipelines, and how many there are on all pages.
    ///
    /// - Parameters:
    ///   - suite: Selects the gates that require a suite; `nil` for all.
    ///   - withVerdicts: Whether to return what they say about the newest versions of their pipelines' models, too.
    package func gates(
        requiring suite: String? = nil,
        in workspace: String? = nil,
        _ page: NamedPage,
        withVerdicts: Bool = false
    ) async throws -> (found: [Gate], total: Int, verdicts: [GateVerdict]) {
        try await database.read { connection in
            var (condition, arguments) = try Self.condition(PipelineFilter(workspace: workspace), connection)
            if let suite {
                condition += " AND pipeline IN (SELECT pipeline FROM gate_suite WHERE suite = ?)"
                arguments.append(suite)
            }
            if !page.search.isEmpty {
                condition += " AND instr(pipeline, ?) > 0"
                arguments.append(page.search)
            }
            let which = "FROM gate WHERE \(condition)"
            let total = try connection.row("SELECT count(*) AS n \(which)", arguments)
            let documents = try connection.strings(
                "SELECT document \(which) ORDER BY pipeline LIMIT ? OFFSET ?",
                arguments + [page.limit, page.offset]
            )
            let gates = try Self.readable(documents) { try Self.decode(Gate.self, $0) }
            let verdicts = withVerdicts ? try gates.flatMap { try Self.newestVerdicts(of: $0, connection) } : []
            return (gates, total?["n"] ?? 0, verdicts)
        }
    }

    /// - Throws: ``RoostError`` with code `notFound` if the pipeline has none.
    package func gate(of pipeline: String) async throws -> Gate {
        try await database.read { try Self.existingGate(pipeline, $0) }
    }

    static func gate(_ pipeline: String, _ connection: Connection) throws -> Gate? {
        try connection.row("SELECT document FROM gate WHERE pipeline = ?", [pipeline])
            .map { try decode(Gate.self, $0["document"]) }
    }

    static func existingGate(_ pipeline: String, _ connection: Connection) throws -> Gate {
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
        try connection.execute("DELETE FROM gate_suite WHERE pipeline = ?", [gate.pipeline])
        for suite in gate.suites {
            try connection.execute("INSERT INTO gate_suite (pipeline, suite) VALUES (?, ?)", [gate.pipeline, suite])
        }
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
                guard let suite = try GateSuite(name, connection) else {
                    throw RoostError(.notFound, "Suite '\(name)' does not exist.", field: field)
                }
                if let other = suite.pipeline, other != pipeline {
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
        try connection.execute("DELETE FROM gate_suite WHERE pipeline = ?", [pipeline])
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
            let problems = try Self.problems(of: model, GateCheck(gate, in: workspace, connection), connection)
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
        let pipelines = try connection.strings(
            "SELECT pipeline FROM gate_suite WHERE suite = ? ORDER BY pipeline",
            [suite]
        ).map { "'\($0)'" }
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

    static func workspace(ofPipeline name: String, _ connection: Connection) throws -> String {
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
        try Set(newestModels(ofPipeline: name, connection)).union(answering(in: name, connection).map(\.name))
    }

    /// The names of the models of a pipeline's newest version, in its order.
    static func newestModels(ofPipeline name: String, _ connection: Connection) throws -> [String] {
        let newest = try connection.stringsOften(
            """
            SELECT definition FROM pipeline_version WHERE pipeline_id = (SELECT id FROM pipeline WHERE name = ?)
            ORDER BY sequence DESC LIMIT 1
            """,
            [name]
        )
        var models: [String] = []
        for model in newest.flatMap({ (try? steps(ofDefinition: $0)) ?? [] }).flatMap(\.models)
        where !models.contains(model.name) {
            models.append(model.name)
        }
        return models
    }

    /// The models that answer in a pipeline, or answered last, and those that answered before.
    static func answering(in pipeline: String, _ connection: Connection) throws -> Set<ModelReference> {
        let definitions = try connection.stringsOften(
            """
            SELECT pipeline_version.definition FROM deployment
            JOIN pipeline_version ON pipeline_version.id IN (answered_version_id, previous_version_id)
            WHERE deployment.pipeline_id = (SELECT id FROM pipeline WHERE name = ?)
            """,
            [pipeline]
        )
        return Set(definitions.flatMap { (try? steps(ofDefinition: $0)) ?? [] }.flatMap(\.answering))
    }
}
