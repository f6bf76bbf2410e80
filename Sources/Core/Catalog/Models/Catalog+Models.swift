import Database
package import Definitions
import Foundation

extension Catalog {
    /// Returns all models of a workspace with all of their versions.
    package func models(in workspace: String) async throws -> [Model] {
        try await database.read { connection in
            let id = try Self.workspaceID(workspace, connection)
            let models = try connection.rows(
                "SELECT name, created_at FROM model WHERE workspace_id = ? ORDER BY id",
                [id]
            )
            let versions = try connection.rows(
                """
                SELECT model_version.* FROM model_version JOIN model ON model.id = model_version.model_id
                WHERE workspace_id = ? ORDER BY sequence DESC
                """,
                [id]
            )
            let byModel = Dictionary(grouping: try Self.versions(versions, connection), by: \.model)
            return models.map { row in
                let name: String = row["name"]
                let createdAt = Date(microseconds: row["created_at"])
                return Model(name: name, workspace: workspace, createdAt: createdAt, versions: byModel[name] ?? [])
            }
        }
    }

    /// Returns a model with its versions, the newest first.
    ///
    /// - Parameter newest: The most versions; `nil` for all.
    /// - Throws: ``RoostError`` with code `notFound`.
    package func model(named name: String, in workspace: String, newest: Int? = nil) async throws -> Model {
        try await database.read { connection in
            let row = try Self.model(name, workspace, connection)
            let versions = try connection.rows(
                "SELECT * FROM model_version WHERE model_id = ? ORDER BY sequence DESC LIMIT ?",
                [row["id"] as Int, newest ?? -1]
            )
            return Model(
                name: name,
                workspace: workspace,
                createdAt: Date(microseconds: row["created_at"]),
                versions: try Self.versions(versions, connection),
                versionCount: row["n"]
            )
        }
    }

    /// Returns a page of the versions of a model, the newest first, without what suites say about them.
    ///
    /// - Returns: The versions, how many there are on all pages, and by the version's ID how many suites have each outcome.
    /// - Throws: ``RoostError`` with code `notFound`.
    package func modelVersions(
        of name: String,
        in workspace: String,
        _ page: NamedPage
    ) async throws -> (found: [ModelVersion], total: Int, outcomes: [String: [String: Int]]) {
        try await database.read { connection in
            let row = try Self.model(name, workspace, connection)
            let versions = try connection.rows(
                "SELECT * FROM model_version WHERE model_id = ? ORDER BY sequence DESC LIMIT ? OFFSET ?",
                [row["id"] as Int, page.limit, page.offset]
            )
            let found = try Self.versions(versions, hasSuites: false, connection)
            return (found, row["n"], try Self.suiteOutcomes(onVersions: Self.encode(found.map(\.id)), connection))
        }
    }

    /// Returns the version that `reference` names; the newest if it names none.
    ///
    /// - Parameter hasSuites: Whether to read what suites say about the version, of which there may be many.
    /// - Throws: ``RoostError`` with code `notFound`.
    package func modelVersion(
        _ reference: ModelReference,
        in workspace: String,
        hasSuites: Bool = false
    ) async throws -> ModelVersion {
        try await database.read { try Self.modelVersion(reference, workspace, hasSuites: hasSuites, $0) }
    }

    /// Returns the newest versions of the models whose newest version is served by a custom algorithm, in all workspaces.
    package func modelsOfAlgorithms() async throws -> [ModelVersion] {
        try await database.read { connection in
            let rows = try connection.rows(
                """
                SELECT * FROM model_version WHERE algorithm IS NOT NULL AND sequence =
                    (SELECT MAX(other.sequence) FROM model_version AS other WHERE other.model_id = model_version.model_id)
                ORDER BY model_id
                """
            )
            return try Self.versions(rows, connection)
        }
    }

    /// Returns the digests of all artifacts and of all serving code.
    package func digests() async throws -> Set<String> {
        try await database.read { connection in
            Set(
                try connection.strings(
                    """
                    SELECT sha256 FROM model_version
                    UNION SELECT code_sha256 FROM model_version WHERE code_sha256 IS NOT NULL
                    """
                )
            )
        }
    }

    /// Returns all algorithm versions that serve a model version.
    package func algorithmVersions() async throws -> Set<String> {
        try await database.read { connection in
            let sql = "SELECT algorithm_version FROM model_version WHERE algorithm_version IS NOT NULL"
            return Set(try connection.strings(sql))
        }
    }

    /// Adds a version, and its model if the name is new, unless the model has a version that differs only in its ID and time.
    ///
    /// - Parameter origin: What the upload says about where the version comes from. The rest is found by its digest.
    /// - Returns: The version that the model has, and whether it is new.
    @discardableResult
    package func addModelVersion(
        _ version: ModelVersion,
        origin: UploadOrigin = UploadOrigin()
    ) async throws -> (version: ModelVersion, isNew: Bool) {
        try await database.write { connection in
            let workspace = try Self.workspaceID(version.workspace, connection)
            try connection.execute(
                "INSERT OR IGNORE INTO model (workspace_id, name, created_at) VALUES (?, ?, ?)",
                [workspace, version.model, version.createdAt.microseconds]
            )
            let same = try connection.rows(
                """
                SELECT model_version.* FROM model_version JOIN model ON model.id = model_version.model_id
                WHERE sha256 = ? AND workspace_id = ? AND name = ? ORDER BY sequence DESC
                """,
                [version.sha256, workspace, version.model]
            )
            let known = try Self.versions(same, connection)
            if let known = known.first(where: version.isSameUpload(as:)) { return (known, false) }
            var version = version
            version.lineage = try Self.lineage(of: version, origin, workspace: workspace, connection)
            try connection.execute(
                """
                INSERT INTO model_version
                    (id, model_id, framework, sha256, byte_count, signature, created_at, algorithm,
                    algorithm_version, code_sha256, environment, image, boosting, reading, lineage)
                VALUES
                    (?, (SELECT id FROM model WHERE workspace_id = ? AND name = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    version.id, workspace, version.model, version.framework.rawValue, version.sha256,
                    version.byteCount, try Self.encode(version.signature), version.createdAt.microseconds,
                    version.algorithm, version.algorithmVersion, version.codeSHA256,
                    try version.environment.map { try Self.encode($0) }, version.image,
                    try version.boosting.map { try Self.encode($0) }, version.reading,
                    try version.lineage.map { try Self.encode($0) },
                ]
            )
            try Self.queueSuites(for: version, connection)
            return (version, true)
        }
    }

    /// Stores the signature of a version whose artifact was read again.
    package func setSignature(_ signature: Signature, reading: Int, ofVersion id: String) async throws {
        try await database.write { connection in
            try connection.execute(
                "UPDATE model_version SET signature = ?, reading = ? WHERE id = ?",
                [try Self.encode(signature), reading, id]
            )
        }
    }

    /// Adds a tag to a version or removes it. Both are idempotent.
    package func setTag(_ tag: String, on reference: ModelReference, in workspace: String, _ isSet: Bool) async throws {
        try await database.write { connection in
            let version = try Self.modelVersion(reference, workspace, connection)
            let sql =
                isSet
                ? "INSERT OR IGNORE INTO model_version_tag (version_id, tag) VALUES (?, ?)"
                : "DELETE FROM model_version_tag WHERE version_id = ? AND tag = ?"
            try connection.execute(sql, [version.id, tag])
        }
    }

    static func modelVersion(
        _ reference: ModelReference,
        _ workspace: String,
        hasSuites: Bool = false,
        _ connection: Connection
    ) throws -> ModelVersion {
        let id = try modelVersionID(reference, workspace, connection)
        let rows = try connection.rows("SELECT * FROM model_version WHERE id = ?", [id])
        guard let version = try versions(rows, hasSuites: hasSuites, connection).first else {
            throw RoostError(.internalError, "The record of model version \(id) cannot be read.")
        }
        return version
    }

    /// Returns the ID of the version that `reference` names; the newest if it names none.
    static func modelVersionID(
        _ reference: ModelReference,
        _ workspace: String,
        _ connection: Connection
    ) throws -> String {
        let workspaceID = try workspaceID(workspace, connection)
        guard
            let model = try connection.row(
                "SELECT id FROM model WHERE workspace_id = ? AND name = ?",
                [workspaceID, reference.name]
            )
        else { throw unknownModel(reference.name, workspace) }
        let row: Int = model["id"]
        guard let text = reference.version else {
            let newest = try connection.row(
                "SELECT id FROM model_version WHERE model_id = ? ORDER BY sequence DESC LIMIT 1",
                [row]
            )
            guard let newest else { throw unknownModel(reference.name, workspace) }
            return newest["id"]
        }
        // Stored definitions have IDs, and there may be many versions.
        let exact = text.lowercased()
        if try connection.exists("SELECT 1 FROM model_version WHERE model_id = ? AND id = ?", [row, exact]) {
            return exact
        }
        return try VersionName(text).find(
            among: candidates("model_version", "model_id", row, connection),
            of: "model '\(reference.name)' in workspace '\(workspace)'"
        )
    }

    /// Returns the ID and the time of a model, and the number `n` of its versions.
    private static func model(_ name: String, _ workspace: String, _ connection: Connection) throws -> Row {
        let row = try connection.row(
            """
            SELECT id, created_at, (SELECT count(*) FROM model_version WHERE model_id = model.id) AS n
            FROM model WHERE workspace_id = ? AND name = ?
            """,
            [workspaceID(workspace, connection), name]
        )
        guard let row else { throw unknownModel(name, workspace) }
        return row
    }

    /// Returns the versions in rows of their table, without those that cannot be read.
    static func versions(
        _ rows: [Row],
        hasSuites: Bool = true,
        _ connection: Connection
    ) throws -> [ModelVersion] {
        let owners = try connection.rows(
            """
            SELECT model.id AS id, model.name AS model, workspace.name AS workspace FROM model
            JOIN workspace ON workspace.id = model.workspace_id WHERE model.id IN (SELECT value FROM json_each(?))
            """,
            [try encode(Set(rows.map { $0["model_id"] as Int }))]
        )
        let ids = try encode(rows.map { $0["id"] as String })
        let tags = try connection.rows(
            "SELECT version_id, tag FROM model_version_tag WHERE version_id IN (SELECT value FROM json_each(?)) ORDER BY tag",
            [ids]
        ).map { (version: $0["version_id"] as String, tag: $0["tag"] as String) }
        let (ownerOf, tagsOf, suitesOf) = (
            Dictionary(uniqueKeysWithValues: owners.map { ($0["id"] as Int, $0) }),
            Dictionary(grouping: tags, by: \.version), hasSuites ? try suiteVerdicts(onVersions: ids, connection) : [:]
        )
        return try readable(rows) { row -> ModelVersion? in
            guard let owner = ownerOf[row["model_id"]] else { return nil }
            var version = try version(row, of: owner["model"], owner["workspace"])
            version.tags = (tagsOf[version.id] ?? []).map(\.tag)
            version.suites = suitesOf[version.id]
            return version
        }.compactMap(\.self)
    }

    private static func version(_ row: Row, of model: String, _ workspace: String) throws -> ModelVersion {
        let id: String = row["id"]
        guard let framework = Framework(rawValue: row["framework"]) else {
            throw RoostError(.internalError, "Model version \(id) has a framework that this release does not support.")
        }
        var version = ModelVersion(
            id: id,
            model: model,
            workspace: workspace,
            framework: framework,
            sha256: row["sha256"],
            byteCount: row["byte_count"],
            signature: try decode(Signature.self, row["signature"]),
            tags: [],
            createdAt: Date(microseconds: row["created_at"])
        )
        version.algorithm = row["algorithm"]
        version.algorithmVersion = row["algorithm_version"]
        version.codeSHA256 = row["code_sha256"]
        let environment: String? = row["environment"]
        version.environment = try environment.map { try decode([String: String].self, $0) }
        version.image = row["image"]
        let boosting: String? = row["boosting"]
        version.boosting = try boosting.map { try decode(Boosting.self, $0) }
        version.reading = row["reading"]
        let lineage: String? = row["lineage"]
        version.lineage = try lineage.map { try decode(Lineage.self, $0) }
        return version
    }

    static func unknownModel(_ name: String, _ workspace: String) -> RoostError {
        RoostError(.notFound, "Model '\(name)' does not exist in workspace '\(workspace)'.", field: "model")
    }
}

extension ModelVersion {
    /// Whether both are the same bytes with the same configuration.
    fileprivate func isSameUpload(as other: ModelVersion) -> Bool {
        var other = other
        (other.id, other.createdAt, other.tags, other.lineage, other.suites) = (id, createdAt, tags, lineage, suites)
        return self == other
    }
}
