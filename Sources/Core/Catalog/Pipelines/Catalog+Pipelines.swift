import Database
package import Definitions
package import Foundation

/// The desired state of a deployment, which the server restores at startup.
package struct DesiredDeployment: Sendable, Hashable {
    package let pipeline: String
    package let workspace: String
    /// Has no steps if its definition cannot be read.
    package let version: PipelineVersion
    package let isReadable: Bool
    /// The version that answered before this one; `nil` if there was none.
    package let previousVersion: String?
    package let isDeployed: Bool
    /// Whether the version has answered since it was deployed, and not only been asked to.
    package let hasAnswered: Bool
    package let updatedAt: Date
}

extension Catalog {
    /// Returns the pipelines of a workspace, or of all workspaces.
    package func pipelines(in workspace: String?) async throws -> [Pipeline] {
        try await database.read { connection in
            let names: [String]
            if let workspace {
                let id = try Self.workspaceID(workspace, connection)
                names = try connection.strings("SELECT name FROM pipeline WHERE workspace_id = ? ORDER BY id", [id])
            } else {
                names = try connection.strings("SELECT name FROM pipeline ORDER BY id")
            }
            return try Self.readable(names) { try Self.pipeline($0, connection) }.compactMap(\.self)
        }
    }

    /// Returns the pipelines of some names, without those that do not exist.
    package func pipelines(named names: [String]) async throws -> [Pipeline] {
        try await database.read { connection in
            try Self.readable(names) { try Self.pipeline($0, connection) }.compactMap(\.self)
        }
    }

    /// - Throws: ``RoostError`` with code `notFound`.
    package func pipeline(named name: String) async throws -> Pipeline {
        try await database.read { try Self.existingPipeline(name, $0) }
    }

    /// The stored form of a definition.
    private struct StoredDefinition: Codable {
        var steps: [Step]
        var validations: [Validation]
        /// Absent in definitions of releases before 0.3.
        var monitoring: MonitoringSettings?
        var experiment: Experiment?
        var promotion: Promotion?
    }

    static func steps(ofDefinition text: String) throws -> [Step] { try decode(StoredDefinition.self, text).steps }

    /// The result of ``define(_:in:mustBeNew:at:)``.
    package enum Definition: Sendable {
        case created
        case changed
        case unchanged
    }

    /// Creates a pipeline, or adds a version if its definition has changed.
    ///
    /// - Parameters:
    ///   - definition: Its model references name exact versions.
    ///   - workspace: The pipeline's workspace. A pipeline cannot move to another one.
    ///   - mustBeNew: Whether an existing name is a conflict.
    ///   - promotion: The promotion that makes this version.
    package func define(
        _ definition: PipelineDefinition,
        in workspace: String,
        mustBeNew: Bool,
        promotion: Promotion? = nil,
        at time: Date
    ) async throws -> Definition {
        let name = definition.name
        return try await database.write { connection in
            let workspaceID = try Self.workspaceID(workspace, connection)
            // They were looked up before, and may have been deleted since.
            for reference in definition.models where reference.version != nil {
                _ = try Self.modelVersionID(reference, workspace, connection)
            }
            let known = try Self.pipeline(name, connection)
            if let known {
                guard !mustBeNew else {
                    throw RoostError(
                        .conflict,
                        "Pipeline '\(name)' already exists in workspace '\(known.workspace)'.",
                        field: "name"
                    )
                }
                try known.checkWorkspace(workspace)
                let newest = known.version
                if newest.steps == definition.steps, newest.validations == definition.validations,
                    newest.monitoring == definition.monitoring
                {
                    return .unchanged
                }
                try connection.execute("UPDATE pipeline SET updated_at = ? WHERE name = ?", [time.microseconds, name])
            } else {
                try connection.execute(
                    "INSERT INTO pipeline (workspace_id, name, created_at, updated_at) VALUES (?, ?, ?, ?)",
                    [workspaceID, name, time.microseconds, time.microseconds]
                )
            }
            try connection.execute(
                """
                INSERT INTO pipeline_version (id, pipeline_id, definition, created_at)
                VALUES (?, (SELECT id FROM pipeline WHERE name = ?), ?, ?)
                """,
                [
                    UUID().uuidString.lowercased(), name,
                    try Self.encode(
                        StoredDefinition(
                            steps: definition.steps,
                            validations: definition.validations,
                            monitoring: definition.monitoring,
                            experiment: Self.experiment(of: definition, after: known?.version, at: time),
                            promotion: promotion
                        )
                    ), time.microseconds,
                ]
            )
            return known == nil ? .created : .changed
        }
    }

    /// Returns the experiment of a new version, which is that of the newest one if only weights have changed.
    private static func experiment(
        of definition: PipelineDefinition,
        after newest: PipelineVersion?,
        at time: Date
    ) -> Experiment? {
        if let newest, newest.monitoring.goal == definition.monitoring.goal,
            let same = newest.experiment?.continued(from: newest.steps, with: definition.steps)
        {
            return same
        }
        return .start(definition.steps, id: UUID().uuidString.lowercased(), at: time)
    }

    /// Adds a tag to a pipeline or removes it. Both are idempotent.
    package func setTag(_ tag: String, onPipeline name: String, _ isSet: Bool) async throws {
        try await database.write { connection in
            _ = try Self.existingPipeline(name, connection)
            let sql =
                isSet
                ? "INSERT OR IGNORE INTO pipeline_tag (pipeline_id, tag) VALUES ((SELECT id FROM pipeline WHERE name = ?), ?)"
                : "DELETE FROM pipeline_tag WHERE pipeline_id = (SELECT id FROM pipeline WHERE name = ?) AND tag = ?"
            try connection.execute(sql, [name, tag])
        }
    }

    /// Adds a tag to a version of a pipeline or removes it. Both are idempotent.
    package func setTag(_ tag: String, onVersion id: String, of name: String, _ isSet: Bool) async throws {
        try await database.write { connection in
            try Self.checkVersion(id, of: name, connection)
            let sql =
                isSet
                ? "INSERT OR IGNORE INTO pipeline_version_tag (version_id, tag) VALUES (?, ?)"
                : "DELETE FROM pipeline_version_tag WHERE version_id = ? AND tag = ?"
            try connection.execute(sql, [id, tag])
        }
    }

    // MARK: Deployments

    package func desiredDeployments() async throws -> [DesiredDeployment] {
        try await database.read { connection in
            try connection.rows(
                """
                SELECT pipeline.name AS pipeline, workspace.name AS workspace, deployment.deployed AS deployed,
                    deployment.updated_at AS deployed_at, \(Self.previousVersion) AS answered_before,
                    deployment.announced_version_id IS deployment.version_id AS has_answered, pipeline_version.*
                FROM deployment
                JOIN pipeline ON pipeline.id = deployment.pipeline_id
                JOIN workspace ON workspace.id = pipeline.workspace_id
                JOIN pipeline_version ON pipeline_version.id = deployment.version_id
                ORDER BY pipeline.id
                """
            ).map { row in
                // A damaged definition must not affect other deployments.
                let pipeline: String = row["pipeline"]
                let version = try? Self.pipelineVersion(row, of: pipeline, connection)
                return DesiredDeployment(
                    pipeline: pipeline,
                    workspace: row["workspace"],
                    version: version
                        ?? PipelineVersion(
                            id: row["id"],
                            createdAt: Date(microseconds: row["created_at"]),
                            steps: [],
                            validations: []
                        ),
                    isReadable: version != nil,
                    previousVersion: row["answered_before"],
                    isDeployed: row["deployed"],
                    hasAnswered: row["has_answered"],
                    updatedAt: Date(microseconds: row["deployed_at"])
                )
            }
        }
    }

    /// The ID of the version that answered before the one of a row of `deployment`. While that one has not answered yet, the last that
    /// did.
    private static let previousVersion = """
        CASE WHEN version_id IS answered_version_id THEN previous_version_id
        ELSE coalesce((SELECT id FROM pipeline_version WHERE id = answered_version_id), previous_version_id) END
        """

    /// The version that a rollback returns to.
    package enum RollbackTarget: Sendable, Equatable {
        /// The version that is deployed until now.
        case versionBefore
        /// A version that a stage of a release must not replace; `nil` for none.
        case version(String?)
    }

    /// Records the desired deployment, which survives restarts.
    ///
    /// - Parameters:
    ///   - isGated: Whether the pipeline's gate must admit the version.
    ///   - event: Says that the version answers, or that none does. Added with it, unless the events say so already.
    /// - Returns: The version that answered before this one; `nil` if there was none.
    /// - Throws: ``GateRefusal``, and nothing is recorded.
    @discardableResult
    package func setDeployment(
        of pipeline: String,
        version: String,
        deployed: Bool,
        rollback target: RollbackTarget = .versionBefore,
        isGated: Bool = false,
        at time: Date,
        event: NewEvent? = nil
    ) async throws -> String? {
        try await database.write { connection in
            guard try connection.exists("SELECT 1 FROM pipeline WHERE name = ?", [pipeline]) else {
                throw Self.unknownPipeline(pipeline)
            }
            // It may have been deleted while it was being loaded.
            try Self.checkVersion(version, of: pipeline, connection)
            if isGated { try Self.checkGate(of: pipeline, for: version, connection) }
            try connection.execute(
                """
                INSERT INTO deployment (pipeline_id, version_id, deployed, updated_at)
                VALUES ((SELECT id FROM pipeline WHERE name = ?), ?, ?, ?)
                ON CONFLICT (pipeline_id) DO UPDATE SET
                    version_id = excluded.version_id, deployed = excluded.deployed, updated_at = excluded.updated_at
                """,
                [pipeline, version, deployed, time.microseconds]
            )
            if deployed, event != nil {
                try connection.execute(
                    """
                    UPDATE deployment SET previous_version_id = \(Self.previousVersion), answered_version_id = version_id
                    WHERE pipeline_id = (SELECT id FROM pipeline WHERE name = ?)
                    """,
                    [pipeline]
                )
            }
            if case .version(let previous) = target {
                try connection.execute(
                    """
                    UPDATE deployment SET previous_version_id = (SELECT id FROM pipeline_version WHERE id = ?)
                    WHERE pipeline_id = (SELECT id FROM pipeline WHERE name = ?)
                    """,
                    [previous, pipeline]
                )
            }
            if let event {
                try connection.execute(
                    """
                    UPDATE deployment SET announced_version_id = ?1
                    WHERE pipeline_id = (SELECT id FROM pipeline WHERE name = ?2) AND announced_version_id IS NOT ?1
                    """,
                    [deployed ? version : nil, pipeline]
                )
                if connection.changesCount == 1 { try Self.addEvent(event, connection) }
            }
            return try connection.row(
                """
                SELECT \(Self.previousVersion) AS answered_before FROM deployment
                WHERE pipeline_id = (SELECT id FROM pipeline WHERE name = ?)
                """,
                [pipeline]
            )?["answered_before"]
        }
    }

    // MARK: Rows

    static func existingPipeline(_ name: String, _ connection: Connection) throws -> Pipeline {
        guard let pipeline = try pipeline(name, connection) else { throw unknownPipeline(name) }
        return pipeline
    }

    static func unknownPipeline(_ name: String) -> RoostError {
        RoostError(.notFound, "Pipeline '\(name)' does not exist.", field: "pipeline")
    }

    /// - Throws: ``RoostError`` with code `notFound` if the pipeline has no version with this ID.
    private static func checkVersion(_ id: String, of name: String, _ connection: Connection) throws {
        let isThere = try connection.exists(
            "SELECT 1 FROM pipeline_version WHERE id = ? AND pipeline_id = (SELECT id FROM pipeline WHERE name = ?)",
            [id, name]
        )
        guard isThere else {
            throw RoostError(.notFound, "Pipeline '\(name)' has no version '\(id)'.", field: "version")
        }
    }

    static func pipeline(_ name: String, _ connection: Connection) throws -> Pipeline? {
        guard
            let row = try connection.rowOften(
                """
                SELECT pipeline.*, workspace.name AS workspace FROM pipeline
                JOIN workspace ON workspace.id = pipeline.workspace_id WHERE pipeline.name = ?
                """,
                [name]
            )
        else { return nil }
        let id: Int = row["id"]
        guard
            let version = try connection.rowOften(
                "SELECT * FROM pipeline_version WHERE pipeline_id = ? ORDER BY sequence DESC LIMIT 1",
                [id]
            )
        else { throw RoostError(.internalError, "Pipeline '\(name)' has no version.") }
        return Pipeline(
            name: name,
            workspace: row["workspace"],
            createdAt: Date(microseconds: row["created_at"]),
            updatedAt: Date(microseconds: row["updated_at"]),
            tags: try connection.stringsOften("SELECT tag FROM pipeline_tag WHERE pipeline_id = ? ORDER BY tag", [id]),
            version: try pipelineVersion(version, of: name, connection),
            deployment: nil
        )
    }

    static func pipelineVersion(_ row: Row, of pipeline: String, _ connection: Connection) throws -> PipelineVersion {
        let stored = try decode(StoredDefinition.self, row["definition"])
        let id: String = row["id"]
        let createdAt = Date(microseconds: row["created_at"])
        return PipelineVersion(
            id: id,
            createdAt: createdAt,
            tags: try connection.stringsOften(
                "SELECT tag FROM pipeline_version_tag WHERE version_id = ? ORDER BY tag",
                [id]
            ),
            steps: stored.steps,
            validations: stored.validations,
            monitoring: stored.monitoring ?? MonitoringSettings(),
            experiment: stored.experiment ?? .unrecorded(stored.steps, of: pipeline, id: id, at: createdAt),
            promotion: stored.promotion
        )
    }
}

extension Pipeline {
    /// Throws unless the pipeline belongs to this workspace, because it cannot move to another one.
    package func checkWorkspace(_ name: String) throws(RoostError) {
        guard workspace == name else {
            throw RoostError(
                .conflict,
                "Pipeline '\(self.name)' belongs to workspace '\(workspace)'. Pipeline names must be unique on a server.",
                field: "workspace"
            )
        }
    }
}
