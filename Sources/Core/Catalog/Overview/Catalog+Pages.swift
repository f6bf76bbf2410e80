import Database
package import Definitions

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

    /// Returns a page of the models of a workspace by name, and how many there are on all pages.
    ///
    /// - Parameter workspace: `nil` for the models of all workspaces. Those of the same name are in the order of their workspaces.
    package func models(in workspace: String?, _ page: NamedPage) async throws -> (found: [Model], total: Int) {
        try await database.read { connection in
            if let workspace {
                let id = try Self.workspaceID(workspace, connection)
                let (names, total) = try Self.names(in: "model", workspaceID: id, page, connection)
                return (try names.map { try Self.model($0, workspace, connection) }, total)
            }
            let condition = page.search.isEmpty ? "" : "WHERE instr(name, ?) > 0"
            let search: [any SQLValue] = page.search.isEmpty ? [] : [page.search]
            let total: Int = try connection.row("SELECT count(*) AS n FROM model \(condition)", search)?["n"] ?? 0
            let rows = try connection.rows(
                """
                SELECT model.name AS name, workspace.name AS workspace FROM
                    (SELECT name, workspace_id FROM model \(condition) ORDER BY name, workspace_id LIMIT ? OFFSET ?) model
                    JOIN workspace ON workspace.id = model.workspace_id ORDER BY model.name, model.workspace_id
                """,
                search + [page.limit, page.offset]
            )
            return (try rows.map { try Self.model($0["name"], $0["workspace"], connection) }, total)
        }
    }

    private static func names(
        in table: String,
        workspaceID: Int?,
        _ page: NamedPage,
        _ connection: Connection
    ) throws -> (names: [String], total: Int) {
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
        let which = "FROM \(table) WHERE " + conditions.joined(separator: " AND ")
        let total: Int = try connection.row("SELECT count(*) AS n \(which)", arguments)?["n"] ?? 0
        let names = try connection.strings(
            "SELECT name \(which) ORDER BY name LIMIT ? OFFSET ?",
            arguments + [page.limit, page.offset]
        )
        return (names, total)
    }
}
