import Database
package import Definitions

/// What was deleted from the catalog. The files of it are still there.
package struct DeletedRecords: Sendable {
    package let summary: Deletion
    /// The logs to remove. They are recorded; see ``Catalog/logsToRemove()``.
    package let logs: [LogName]
    /// The digests of the artifacts and the code of the deleted model versions. Other versions may have the same.
    package let digests: Set<String>
}

extension Catalog {
    /// Deletes something with all that only it needs, in one transaction. The names of the logs to remove are recorded with it; see
    /// ``logsToRemove()``.
    ///
    /// - Parameters:
    ///   - takesReferrers: Whether to delete what refers to it and does not answer.
    ///   - takesLogs: Whether logs that are not empty may be deleted.
    ///   - changing: The pipelines whose deployment is changing.
    ///   - hasLog: Returns whether there is anything in the log with a name.
    /// - Throws: ``RoostError`` with code `notFound`, or `conflict` that names what needs it.
    package func delete(
        _ target: DeletionTarget,
        takesReferrers: Bool,
        takesLogs: Bool,
        changing: Set<String>,
        hasLog: @escaping @Sendable (LogName) -> Bool
    ) async throws -> DeletedRecords {
        try await database.write { connection in
            var plan = DeletionPlan(connection, takesReferrers: takesReferrers, changing: changing)
            try plan.add(target)
            try plan.check(target)
            if !takesLogs, let log = plan.logs.first(where: hasLog) {
                throw RoostError(
                    .conflict,
                    "\(target) cannot be deleted without the log of \(log), which is not empty. Export it first, "
                        + "or delete it too (log=true, --with-log).",
                    field: "log"
                )
            }
            return try plan.run()
        }
    }

    /// Returns the names of the logs whose records are gone, and which must be removed before the names are used again.
    package func logsToRemove() async throws -> [LogName] {
        try await database.read { try $0.strings("SELECT name FROM removal ORDER BY name").map(LogName.init(stored:)) }
    }

    package func mustRemove(_ log: LogName) async throws -> Bool {
        try await database.read { try $0.exists("SELECT 1 FROM removal WHERE name = ?", [log.stored]) }
    }

    /// Records that a log was removed.
    package func removed(_ log: LogName) async throws {
        try await database.write { try $0.execute("DELETE FROM removal WHERE name = ?", [log.stored]) }
    }

    /// Returns those of the digests that a model version has.
    package func digests(among digests: Set<String>) async throws -> Set<String> {
        try await database.read { connection in
            try digests.filter { digest in
                try connection.exists("SELECT 1 FROM model_version WHERE ?1 IN (sha256, code_sha256)", [digest])
            }
        }
    }
}

/// Whose inferences a log has.
package enum LogName: Sendable, Hashable, CustomStringConvertible {
    case pipeline(String)
    /// Of a model that is called directly.
    case model(String, workspace: String)

    fileprivate init(stored: String) {
        let parts = stored.split(separator: "@", omittingEmptySubsequences: true).map(String.init)
        self = parts.count == 2 ? .model(parts[1], workspace: parts[0]) : .pipeline(stored)
    }

    /// A name has no `@`.
    fileprivate var stored: String {
        switch self {
        case .pipeline(let name): name
        case .model(let name, let workspace): "\(workspace)@\(name)"
        }
    }

    package var description: String {
        switch self {
        case .pipeline(let name): "pipeline '\(name)'"
        case .model(let name, _): "model '\(name)'"
        }
    }
}

extension DeletionPlan {
    var logs: [LogName] {
        pipelines.map { .pipeline($0.name) } + models.map { .model($0.name, workspace: $0.workspace) }
    }

    /// - Throws: ``RoostError`` if something in use forbids the deletion, or something that refers to it.
    func check(_ target: DeletionTarget) throws(RoostError) {
        if !users.isEmpty {
            throw RoostError(
                .conflict,
                "\(target) is in use by \(Self.list(users)). Undeploy or delete these first, and wait for jobs to end."
            )
        }
        guard referrers.isEmpty else {
            let what = if case .workspace = target { "contains" } else { "is needed by" }
            throw RoostError(
                .conflict,
                "\(target) \(what) \(Self.list(referrers)). Delete these first, or delete them too (force=true, --force).",
                field: "force"
            )
        }
    }

    private static func list(_ names: [String]) -> String {
        var seen: Set<String> = []
        let names = names.filter { seen.insert($0).inserted }
        return names.prefix(10).joined(separator: ", ") + (names.count > 10 ? " and \(names.count - 10) more" : "")
    }

    /// Deletes the records.
    fileprivate func run() throws -> DeletedRecords {
        func delete(_ sql: String, _ values: [any SQLValue]) throws {
            for value in values { try connection.execute(sql, [value]) }
        }
        var digests: Set<String> = []
        for version in modelVersions {
            digests.formUnion(
                try connection.strings(
                    """
                    SELECT sha256 FROM model_version WHERE id = ?1
                    UNION SELECT code_sha256 FROM model_version WHERE id = ?1 AND code_sha256 IS NOT NULL
                    """,
                    [version.id]
                )
            )
        }
        try delete("DELETE FROM report WHERE id = ?", reports)
        for pipeline in pipelines {
            try Catalog.removeReleases(of: pipeline.name, connection)
            try Catalog.removeAssays(of: pipeline.name, connection)
            try Catalog.removeGate(pipeline.name, connection)
            try Catalog.removeLoops(of: pipeline.name, connection)
        }
        let versions = pipelineVersions.map(\.id)
        // Nothing of them is deployed, so only what was deployed once is forgotten.
        try delete("DELETE FROM deployment WHERE version_id = ?", versions)
        try delete("UPDATE deployment SET previous_version_id = NULL WHERE previous_version_id = ?", versions)
        try delete("DELETE FROM pipeline_version_tag WHERE version_id = ?", versions)
        try delete("DELETE FROM pipeline_version WHERE id = ?", versions)
        try delete("DELETE FROM pipeline_tag WHERE pipeline_id = ?", pipelines.map(\.row))
        try delete("DELETE FROM pipeline WHERE id = ?", pipelines.map(\.row))
        for version in modelVersions { try Catalog.removeSuiteRuns(ofVersion: version.id, connection) }
        try delete("DELETE FROM model_version_tag WHERE version_id = ?", modelVersions.map(\.id))
        try delete("DELETE FROM model_version WHERE id = ?", modelVersions.map(\.id))
        try delete("DELETE FROM model WHERE id = ?", models.map(\.row))
        if let workspace { try delete("DELETE FROM workspace WHERE id = ?", [workspace.row]) }
        try delete("INSERT OR IGNORE INTO removal (name) VALUES (?)", logs.map(\.stored))
        return DeletedRecords(
            summary: Deletion(
                workspaces: workspace.map { [$0.name] } ?? [],
                models: models.map(\.name),
                modelVersions: modelVersions.map { ModelReference(name: $0.owner.name, version: $0.id) },
                pipelines: pipelines.map(\.name),
                pipelineVersions: pipelineVersions.map { "\($0.owner.name)@\($0.id)" },
                reports: reports
            ),
            logs: logs,
            digests: digests
        )
    }
}
