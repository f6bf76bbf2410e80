import GRDB

/// A change of the schema. A database has each one once, in the order of the list, and remembers it by its name, which must
/// therefore never change.
package struct Migration: Sendable {
    package let name: String
    private let apply: @Sendable (Connection) throws -> Void

    package init(_ name: String, _ apply: @escaping @Sendable (Connection) throws -> Void) {
        self.name = name
        self.apply = apply
    }

    package init(_ name: String, _ sql: String) { self.init(name) { try $0.execute(sql) } }

    static func migrator(_ migrations: [Migration]) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.name) { try migration.apply(Connection($0)) }
        }
        return migrator
    }
}

/// The database has a migration that this release does not know: a newer one has used it.
package struct UnknownMigration: Error, Equatable {
    package let name: String
}
