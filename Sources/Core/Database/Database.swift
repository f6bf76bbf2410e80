import Foundation
import GRDB

/// The server's SQL database: one file of SQLite. Changes survive a crash once a call has returned.
package struct Database: Sendable {
    private let pool: DatabasePool

    /// Opens the database at `path`, creates it if necessary, and applies the migrations that it does not have yet.
    ///
    /// - Throws: ``UnknownMigration`` if the database has a migration that is not among `migrations`. The file is left as it is.
    package init(path: String, migrations: [Migration]) throws {
        var configuration = Configuration()
        configuration.label = "catalog"
        configuration.prepareDatabase { database in
            // In WAL mode, only FULL preserves the last commits if the machine itself crashes.
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        let migrator = Migration.migrator(migrations)
        if FileManager.default.fileExists(atPath: path) {
            // Before the pool exists, because opening a pool writes to the file.
            try DatabaseQueue(path: path, configuration: configuration).read { try Self.check($0, migrator) }
        }
        pool = try DatabasePool(path: path, configuration: configuration)
        try migrator.migrate(pool)
    }

    static func check(_ database: GRDB.Database, _ migrator: DatabaseMigrator) throws {
        let applied = try migrator.appliedIdentifiers(database)
        let unknown = applied.subtracting(migrator.migrations).min()
        if let unknown { throw UnknownMigration(name: unknown) }
    }

    /// Reads a consistent state of the database. Reads run concurrently with each other and with a write.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await pool.read { try body(Connection($0)) }
    }

    /// Runs `body` in a transaction, which is rolled back if it throws. Only one write runs at a time.
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await pool.write { try body(Connection($0)) }
    }

    /// Returns whether something could not be written because the disk is full. SQLite reports an exceeded quota or file size
    /// limit as a failed write.
    package static func isDiskFull(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return error.resultCode == .SQLITE_FULL
            || [.SQLITE_IOERR_WRITE, .SQLITE_IOERR_SHMSIZE].contains(error.extendedResultCode)
    }
}
