import Database
package import Definitions
package import Foundation

/// Functions and layers, each a document, and the events that wait for a function.
extension Catalog {
    package func functions() async throws -> [Function] {
        try await database.read { connection in
            try Self.readable(try connection.rows("SELECT document FROM function ORDER BY name")) { row in
                try Self.decode(Function.self, row["document"])
            }
        }
    }

    package func putFunction(_ function: Function) async throws {
        let document = try Self.encode(function)
        try await database.write { connection in
            try connection.execute(
                "INSERT INTO function (name, document) VALUES (?, ?) "
                    + "ON CONFLICT (name) DO UPDATE SET document = excluded.document",
                [function.name, document]
            )
        }
    }

    /// Removes a function and the events that wait for it.
    package func removeFunction(_ name: String) async throws {
        try await database.write { connection in
            try connection.execute("DELETE FROM function_event WHERE function = ?", [name])
            try connection.execute("DELETE FROM function WHERE name = ?", [name])
        }
    }

    package func functionLayers() async throws -> [FunctionLayer] {
        try await database.read { connection in
            try Self.readable(try connection.rows("SELECT document FROM function_layer ORDER BY name")) { row in
                try Self.decode(FunctionLayer.self, row["document"])
            }
        }
    }

    package func putFunctionLayer(_ layer: FunctionLayer) async throws {
        let document = try Self.encode(layer)
        try await database.write { connection in
            try connection.execute(
                "INSERT INTO function_layer (name, document) VALUES (?, ?) "
                    + "ON CONFLICT (name) DO UPDATE SET document = excluded.document",
                [layer.name, document]
            )
        }
    }

    // MARK: Events

    /// - Parameter payload: A JSON document.
    package func addFunctionEvent(_ event: QueuedEvent, payload: String) async throws {
        let document = try Self.encode(event)
        try await database.write { connection in
            try connection.execute(
                "INSERT INTO function_event (id, function, state, accepted_at, document, payload) VALUES (?, ?, ?, ?, ?, ?)",
                [event.id, event.function, event.state.rawValue, event.acceptedAt.microseconds, document, payload]
            )
        }
    }

    package func putFunctionEvent(_ event: QueuedEvent) async throws {
        let document = try Self.encode(event)
        try await database.write { connection in
            try connection.execute(
                "UPDATE function_event SET state = ?, document = ? WHERE id = ?",
                [event.state.rawValue, document, event.id]
            )
        }
    }

    package func removeFunctionEvent(_ id: String) async throws {
        try await database.write { connection in
            try connection.execute("DELETE FROM function_event WHERE id = ?", [id])
        }
    }

    /// Removes the events that failed before a time.
    package func removeFailedFunctionEvents(before time: Date) async throws {
        try await database.write { connection in
            try connection.execute(
                "DELETE FROM function_event WHERE state = 'failed' AND accepted_at < ?",
                [time.microseconds]
            )
        }
    }

    /// Returns the events of a function, or of all, oldest first.
    package func functionEvents(of function: String? = nil) async throws -> [QueuedEvent] {
        try await database.read { connection in
            let rows = try connection.rows(
                "SELECT document FROM function_event WHERE ?1 IS NULL OR function = ?1 ORDER BY accepted_at, id",
                [function]
            )
            return try Self.readable(rows) { try Self.decode(QueuedEvent.self, $0["document"]) }
        }
    }

    package func payload(ofFunctionEvent id: String) async throws -> String? {
        try await database.read { connection in
            try connection.row("SELECT payload FROM function_event WHERE id = ?", [id]).map { $0["payload"] }
        }
    }
}
