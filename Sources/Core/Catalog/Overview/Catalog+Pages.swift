import Database
package import Definitions
import Foundation

extension Catalog {
    package func counts() async throws -> RecordCounts {
        try await database.read { connection in
            func count(_ table: String) throws -> Int {
                try connection.row("SELECT count(*) AS n FROM \(table)")?["n"] ?? 0
            }
            return RecordCounts(
                pipelines: try count("pipeline"),
                models: try count("model"),
                endpoints: try count("endpoint"),
                functions: try count("function"),
                buckets: try count("bucket"),
                assays: try count("assay"),
                suites: try count("suite"),
                loops: try count("loop"),
                gates: try count("gate")
            )
        }
    }

    /// Returns a page of the pipelines of a workspace, or of all, by name, and how many there are on all pages.
    package func pipelines(in workspace: String?, _ page: NamedPage) async throws -> (found: [Pipeline], total: Int) {
        try await database.read { connection in
            let id = try workspace.map { try Self.workspaceID($0, connection) }
            let (names, total) = try Self.names(in: "pipeline", workspaceID: id, page, connection)
            return (try Self.readable(names) { try Self.pipeline($0, connection) }.compactMap(\.self), total)
        }
    }

    /// Returns a page of the models of a workspace by name, each with its newest version, and how many there are on all pages.
    ///
    /// - Parameter workspace: `nil` for the models of all workspaces. Those of the same name are in the order of their workspaces.
    package func models(in workspace: String?, _ page: NamedPage) async throws -> (found: [Model], total: Int) {
        try await database.read { connection in
            let id = try workspace.map { try Self.workspaceID($0, connection) }
            let (which, arguments) = Self.named(page, workspaceID: id)
            let total: Int = try connection.row("SELECT count(*) AS n FROM model \(which)", arguments)?["n"] ?? 0
            let rows = try connection.rows(
                """
                SELECT model.id AS id, model.name AS name, workspace.name AS workspace, model.created_at AS created_at,
                    (SELECT count(*) FROM model_version WHERE model_id = model.id) AS n
                FROM (SELECT * FROM model \(which) ORDER BY name, workspace_id LIMIT ? OFFSET ?) model
                JOIN workspace ON workspace.id = model.workspace_id ORDER BY model.name, model.workspace_id
                """,
                arguments + [page.limit, page.offset]
            )
            let newest = try connection.rows(
                """
                SELECT * FROM model_version WHERE sequence IN (
                    SELECT MAX(sequence) FROM model_version WHERE model_id IN (SELECT value FROM json_each(?))
                    GROUP BY model_id
                )
                """,
                [try Self.encode(rows.map { $0["id"] as Int })]
            )
            let versions = Dictionary(
                grouping: try Self.versions(newest, connection),
                by: { [$0.model, $0.workspace] }
            )
            let found = rows.map { row in
                let (name, workspace): (String, String) = (row["name"], row["workspace"])
                return Model(
                    name: name,
                    workspace: workspace,
                    createdAt: Date(microseconds: row["created_at"]),
                    versions: versions[[name, workspace]] ?? [],
                    versionCount: row["n"]
                )
            }
            return (found, total)
        }
    }

    private static func names(
        in table: String,
        workspaceID: Int?,
        _ page: NamedPage,
        _ connection: Connection
    ) throws -> (names: [String], total: Int) {
        let (which, arguments) = named(page, workspaceID: workspaceID)
        let total: Int = try connection.row("SELECT count(*) AS n FROM \(table) \(which)", arguments)?["n"] ?? 0
        let names = try connection.strings(
            "SELECT name FROM \(table) \(which) ORDER BY name LIMIT ? OFFSET ?",
            arguments + [page.limit, page.offset]
        )
        return (names, total)
    }

    /// Returns the condition of what a page's search finds, in a workspace or in all.
    private static func named(_ page: NamedPage, workspaceID: Int?) -> (condition: String, [any SQLValue]) {
        var conditions = ["1 = 1"]
        var arguments: [any SQLValue] = []
        if let workspaceID {
            conditions.append("workspace_id = ?")
            arguments.append(workspaceID)
        }
        if !page.search.isEmpty {
            conditions.append("instr(name, ?) > 0")
            arguments.append(page.search)
        }
        return ("WHERE " + conditions.joined(separator: " AND "), arguments)
    }
}
