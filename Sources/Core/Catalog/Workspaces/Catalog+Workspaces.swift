import Database
package import Definitions
package import Foundation

extension Catalog {
    package func workspaces() async throws -> [Workspace] {
        try await database.read { connection in
            try connection.rows("SELECT * FROM workspace ORDER BY id").map {
                try Self.workspace($0, connection)
            }
        }
    }

    /// - Throws: ``RoostError`` with code `notFound`.
    package func workspace(named name: String) async throws -> Workspace {
        try await database.read { connection in
            guard let row = try connection.row("SELECT * FROM workspace WHERE name = ?", [name])
            else { throw Self.unknownWorkspace(name) }
            return try Self.workspace(row, connection)
        }
    }

    /// Creates a workspace. Returns `nil` if the name is taken.
    package func createWorkspace(named name: String, at time: Date) async throws -> Workspace? {
        try await database.write { connection in
            let added = try connection.row(
                "INSERT INTO workspace (name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id",
                [name, time.microseconds]
            )
            guard let added else { return nil }
            return Workspace(
                id: added["id"],
                name: name,
                createdAt: time,
                models: [],
                pipelines: []
            )
        }
    }

    private static func workspace(_ row: Row, _ connection: Connection) throws -> Workspace {
        let id: Int = row["id"]
        return Workspace(
            id: id,
            name: row["name"],
            createdAt: Date(microseconds: row["created_at"]),
            models: try connection.strings("SELECT name FROM model WHERE workspace_id = ? ORDER BY id", [id]),
            pipelines: try connection.strings("SELECT name FROM pipeline WHERE workspace_id = ? ORDER BY id", [id])
        )
    }

    static func workspaceID(_ name: String, _ connection: Connection) throws -> Int {
        guard let row = try connection.row("SELECT id FROM workspace WHERE name = ?", [name])
        else { throw unknownWorkspace(name) }
        return row["id"]
    }

    private static func unknownWorkspace(_ name: String) -> RoostError {
        RoostError(.notFound, "Workspace '\(name)' does not exist.", field: "workspace")
    }
}
