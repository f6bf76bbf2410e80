import GRDB

/// Databases that another process may have open.
extension Database {
    /// Copies a consistent state of the database at `path` to a new file at `target`. Others may write meanwhile.
    package static func copy(_ path: String, to target: String) throws {
        try DatabaseQueue(path: path, configuration: readOnly).backup(to: DatabaseQueue(path: target))
    }

    /// Checks that every page of the database can be read, and that it has no migrations besides these. Changes nothing.
    ///
    /// - Returns: What is damaged; empty if nothing is.
    /// - Throws: ``UnknownMigration`` if the database has a migration that is not among `migrations`.
    package static func damage(at path: String, migrations: [Migration]) throws -> [String] {
        try DatabaseQueue(path: path, configuration: readOnly).read { database in
            try check(database, Migration.migrator(migrations))
            return try String.fetchAll(database, sql: "PRAGMA quick_check(10)").filter { $0 != "ok" }
        }
    }

    private static var readOnly: Configuration {
        var configuration = Configuration()
        configuration.readonly = true
        return configuration
    }
}
