import Database
package import Definitions

extension Catalog {
    /// Returns the names of workspaces in their order, each with the numbers of its models and pipelines.
    package func workspaceSizes(limit: Int) async throws -> [(name: String, models: Int, pipelines: Int)] {
        try await database.read { connection in
            // Each table is read once, however many workspaces there are.
            try connection.rows(
                """
                SELECT workspace.name AS name, coalesce(model.n, 0) AS models, coalesce(pipeline.n, 0) AS pipelines
                FROM workspace
                LEFT JOIN (SELECT workspace_id, count(*) AS n FROM model GROUP BY workspace_id) model
                    ON model.workspace_id = workspace.id
                LEFT JOIN (SELECT workspace_id, count(*) AS n FROM pipeline GROUP BY workspace_id) pipeline
                    ON pipeline.workspace_id = workspace.id
                ORDER BY workspace.name LIMIT ?
                """,
                [limit]
            ).map { (name: $0["name"], models: $0["models"], pipelines: $0["pipelines"]) }
        }
    }

    /// Returns the names of a kind that contain a text, whatever its case: those that begin with it first.
    ///
    /// - Parameter workspace: `nil` for all workspaces. A kind that belongs to no workspace is found in each.
    package func names(
        of kind: NamedKind,
        containing text: String,
        in workspace: String?,
        limit: Int
    ) async throws -> [(name: String, workspace: String?)] {
        try await database.read { connection in
            let wanted = text.lowercased()
            var conditions = ["instr(lower(name), ?) > 0"]
            var arguments: [any SQLValue] = [wanted]
            var columns = "name"
            switch kind {
            case .pipeline, .model:
                columns += ", (SELECT w.name FROM workspace w WHERE w.id = workspace_id) AS workspace"
                if let workspace {
                    conditions.append("workspace_id = ?")
                    arguments.append(try Self.workspaceID(workspace, connection))
                }
            case .trainingJob, .tuningJob, .transformJob, .learningCurve:
                conditions.append("kind = ?")
                arguments.append(kind.table.jobKind?.rawValue ?? "")
            case .assay, .bucket, .endpoint, .function, .loop, .suite: break
            }
            return try connection.rows(
                """
                SELECT \(columns) FROM \(kind.table.name) WHERE \(conditions.joined(separator: " AND "))
                ORDER BY CASE WHEN instr(lower(name), ?) = 1 THEN 0 ELSE 1 END, name LIMIT ?
                """,
                arguments + [wanted, limit]
            ).map { (name: $0["name"], workspace: columns == "name" ? nil : $0["workspace"]) }
        }
    }
}

extension NamedKind {
    /// Where the names are, and which of the jobs are meant.
    fileprivate var table: (name: String, jobKind: JobKind?) {
        switch self {
        case .assay: ("assay", nil)
        case .bucket: ("bucket", nil)
        case .endpoint: ("endpoint", nil)
        case .function: ("function", nil)
        case .loop: ("loop", nil)
        case .model: ("model", nil)
        case .pipeline: ("pipeline", nil)
        case .suite: ("suite", nil)
        case .learningCurve: ("job", .learningCurve)
        case .trainingJob: ("job", .training)
        case .transformJob: ("job", .transform)
        case .tuningJob: ("job", .tuning)
        }
    }
}
