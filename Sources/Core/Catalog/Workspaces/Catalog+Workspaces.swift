package import Definitions
package import Foundation
import GRDB

extension Catalog {
    package func workspaces() async throws -> [Workspace] {
        try await database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM workspace ORDER BY id").map {
                try Self.workspace($0, database)
            }
        }
    }

    /// - Throws: ``RoostError`` with code `notFound`.
    package func workspace(named name: String) async throws -> Workspace {
        try await database.read { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM workspace WHERE name = ?", arguments: [name])
            else { throw Self.unknownWorkspace(name) }
            return try Self.workspace(row, database)
        }
    }

    /// - Throws: ``RoostError`` with code `conflict` if the name is taken.
    package func createWorkspace(named name: String, at time: Date) async throws -> Workspace {
        try await database.write { database in
            guard try Row.fetchOne(database, sql: "SELECT 1 FROM workspace WHERE name = ?", arguments: [name]) == nil
            else { throw RoostError(.conflict, "Workspace '\(name)' already exists.", field: "name") }
            try database.execute(
                sql: "INSERT INTO workspace (name, created_at) VALUES (?, ?)",
                arguments: [name, time.microseconds]
            )
            return Workspace(
                id: Int(database.lastInsertedRowID),
                name: name,
                createdAt: time,
                models: [],
                pipelines: []
            )
        }
    }

    private static func workspace(_ row: Row, _ database: Database) throws -> Workspace {
        let id: Int = row["id"]
        return Workspace(
            id: id,
            name: row["name"],
            createdAt: Date(microseconds: row["created_at"]),
            models: try String.fetchAll(
                database,
                sql: "SELECT name FROM model WHERE workspace_id = ? ORDER BY id",
                arguments: [id]
            ),
            pipelines: try String.fetchAll(
                database,
                sql: "SELECT name FROM pipeline WHERE workspace_id = ? ORDER BY id",
                arguments: [id]
            )
        )
    }

    static func workspaceID(_ name: String, _ database: Database) throws -> Int64 {
        guard
            let id = try Int64.fetchOne(database, sql: "SELECT id FROM workspace WHERE name = ?", arguments: [name])
        else { throw unknownWorkspace(name) }
        return id
    }

    private static func unknownWorkspace(_ name: String) -> RoostError {
        RoostError(.notFound, "Workspace '\(name)' does not exist.", field: "workspace")
    }
}
