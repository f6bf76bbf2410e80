import Database
package import Definitions

extension Catalog {
    /// Returns those of some names that exist, without reading the records.
    package func existing(_ record: NamedRecord, among names: Set<String>) async throws -> Set<String> {
        guard !names.isEmpty else { return [] }
        let list = try Self.encode(names.sorted())
        return try await database.read { connection in
            Set(
                try connection.strings(
                    "SELECT name FROM \(record.rawValue) WHERE name IN (SELECT value FROM json_each(?))",
                    [list]
                )
            )
        }
    }
}
