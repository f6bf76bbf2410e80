import Database
package import Definitions

/// The versions of pipelines, and which models they use.
extension Catalog {
    /// Returns all versions of a pipeline, the newest first.
    ///
    /// - Throws: ``RoostError`` with code `notFound`.
    package func pipelineVersions(of name: String) async throws -> [PipelineVersion] {
        try await database.read { connection in
            _ = try Self.existingPipeline(name, connection)
            return try Self.pipelineVersions(of: name, "", [], connection)
        }
    }

    /// Returns a page of the versions of a pipeline, the newest first, and how many there are on all pages.
    ///
    /// - Throws: ``RoostError`` with code `notFound`.
    package func pipelineVersions(
        of name: String,
        _ page: NamedPage
    ) async throws -> (found: [PipelineVersion], total: Int) {
        try await database.read { connection in
            _ = try Self.existingPipeline(name, connection)
            let count = try connection.row(
                "SELECT count(*) AS n FROM pipeline_version WHERE pipeline_id = (SELECT id FROM pipeline WHERE name = ?)",
                [name]
            )
            let found = try Self.pipelineVersions(
                of: name,
                "LIMIT ? OFFSET ?",
                [page.limit, page.offset],
                connection
            )
            return (found, count?["n"] ?? 0)
        }
    }

    private static func pipelineVersions(
        of name: String,
        _ part: String,
        _ arguments: [any SQLValue],
        _ connection: Connection
    ) throws -> [PipelineVersion] {
        let rows = try connection.rows(
            """
            SELECT * FROM pipeline_version WHERE pipeline_id = (SELECT id FROM pipeline WHERE name = ?)
            ORDER BY sequence DESC \(part)
            """,
            [name] + arguments
        )
        return try readable(rows) { try pipelineVersion($0, of: name, connection) }
    }

    /// Returns the version of a pipeline that a text names: its ID, a tag, or the beginning of the ID.
    ///
    /// - Throws: ``RoostError`` with code `notFound`, or if the text names several versions.
    package func pipelineVersion(_ text: String, of name: String) async throws -> PipelineVersion {
        try await database.read { connection in
            guard let row = try connection.row("SELECT id FROM pipeline WHERE name = ?", [name]) else {
                throw Self.unknownPipeline(name)
            }
            let pipeline: Int = row["id"]
            func version(_ id: String) throws -> PipelineVersion? {
                let rows = try connection.rows(
                    "SELECT * FROM pipeline_version WHERE pipeline_id = ? AND id = ?",
                    [pipeline, id]
                )
                return try Self.readable(rows) { try Self.pipelineVersion($0, of: name, connection) }.first
            }
            // What is deployed is named by its ID, and there may be many versions.
            if let exact = try version(text.lowercased()) { return exact }
            let candidates = try Self.candidates("pipeline_version", "pipeline_id", pipeline, connection)
            let id = try VersionName(text).find(among: candidates, of: "pipeline '\(name)'")
            guard let found = try version(id) else {
                throw RoostError(.notFound, "Pipeline '\(name)' has no version '\(id)'.", field: "version")
            }
            return found
        }
    }

    /// Returns the deployed versions of pipelines that may compare models, by their IDs.
    package func comparingVersions(in workspace: String?) async throws -> [String: PipelineVersion] {
        try await database.read { connection in
            let id = try workspace.map { try Self.workspaceID($0, connection) }
            // Most pipelines compare nothing, and a definition is slow to decode.
            let rows = try connection.rows(
                """
                SELECT pipeline.name AS pipeline, pipeline_version.* FROM deployment
                JOIN pipeline ON pipeline.id = deployment.pipeline_id
                JOIN pipeline_version ON pipeline_version.id = deployment.version_id
                WHERE (?1 IS NULL OR pipeline.workspace_id = ?1)
                    AND (instr(definition, '_split"') > 0 OR instr(definition, '"shadow_deploy"') > 0)
                """,
                [id]
            )
            let versions = try Self.readable(rows) { try Self.pipelineVersion($0, of: $0["pipeline"], connection) }
            return Dictionary(uniqueKeysWithValues: versions.map { ($0.id, $0) })
        }
    }

    /// Returns what a text may name among the versions of a model or a pipeline.
    ///
    /// - Parameters:
    ///   - table: The table of the versions. That of their tags is called `TABLE_tag`.
    ///   - column: The column that refers to the owner.
    static func candidates(
        _ table: String,
        _ column: String,
        _ owner: Int,
        _ connection: Connection
    ) throws -> [VersionName.Candidate] {
        let tagged = try connection.rows(
            "SELECT version_id, tag FROM \(table)_tag JOIN \(table) ON id = version_id WHERE \(column) = ? ORDER BY tag",
            [owner]
        ).map { (version: $0["version_id"] as String, tag: $0["tag"] as String) }
        let tags = Dictionary(grouping: tagged, by: \.version)
        return try connection.strings(
            "SELECT id FROM \(table) WHERE \(column) = ? ORDER BY sequence DESC",
            [owner]
        ).map { VersionName.Candidate(id: $0, tags: (tags[$0] ?? []).map(\.tag)) }
    }

    /// Returns the pipelines of a workspace whose newest version names a model, with the versions of the model that it names.
    ///
    /// - Parameters:
    ///   - known: The names of pipelines that are returned first, and in any case.
    ///   - limit: The most of the others, by name.
    /// - Returns: The pipelines, and how many more there are.
    package func pipelines(
        naming model: String,
        in workspace: String,
        _ known: [String],
        limit: Int
    ) async throws -> (found: [(pipeline: String, versions: [String])], more: Int) {
        try await database.read { connection in
            let workspace = try Self.workspaceID(workspace, connection)
            // Definitions have exact versions, so the name of a model in one is followed by an @.
            let which = """
                FROM pipeline JOIN pipeline_version ON pipeline_version.sequence =
                    (SELECT MAX(sequence) FROM pipeline_version WHERE pipeline_id = pipeline.id)
                WHERE workspace_id = ? AND instr(definition, ?) > 0
                """
            let arguments: [any SQLValue] = [workspace, "\"\(model)@"]
            let rows = try connection.rows(
                """
                SELECT name, definition \(which)
                ORDER BY name IN (SELECT value FROM json_each(?)) DESC, name LIMIT ?
                """,
                arguments + [try Self.encode(known), known.count + limit]
            )
            let total: Int = try connection.row("SELECT count(*) AS n \(which)", arguments)?["n"] ?? 0
            let found = try Self.readable(rows) { row in
                let steps = try Self.steps(ofDefinition: row["definition"])
                let versions = steps.flatMap(\.models).filter { $0.name == model }.compactMap(\.version)
                return (pipeline: row["name"] as String, versions: Set(versions).sorted())
            }
            return (found, total - rows.count)
        }
    }
}
