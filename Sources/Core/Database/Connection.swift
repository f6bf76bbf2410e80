import Foundation
import GRDB

/// Runs SQL in a read or a write of the ``Database``. Must not be used after it. The arguments replace the SQL's `?` in order.
package struct Connection {
    private let database: GRDB.Database

    init(_ database: GRDB.Database) { self.database = database }

    package func rows(_ sql: String, _ arguments: [any SQLValue] = []) throws -> [Row] {
        try GRDB.Row.fetchAll(database, sql: sql, arguments: Self.arguments(arguments)).map(Row.init)
    }

    /// Returns the first row; `nil` if there is none.
    package func row(_ sql: String, _ arguments: [any SQLValue] = []) throws -> Row? {
        try GRDB.Row.fetchOne(database, sql: sql, arguments: Self.arguments(arguments)).map(Row.init)
    }

    /// Returns the first row of one statement that is kept, because it is run often; `nil` if there is none.
    package func rowOften(_ sql: String, _ arguments: [any SQLValue]) throws -> Row? {
        try GRDB.Row.fetchOne(database.cachedStatement(sql: sql), arguments: Self.arguments(arguments)).map(Row.init)
    }

    /// Returns the first column of all rows, which must not be null.
    package func strings(_ sql: String, _ arguments: [any SQLValue] = []) throws -> [String] {
        try String.fetchAll(database, sql: sql, arguments: Self.arguments(arguments))
    }

    /// Returns the first column of all rows of one statement that is kept, because it is run often. No value may be null.
    package func stringsOften(_ sql: String, _ arguments: [any SQLValue]) throws -> [String] {
        try String.fetchAll(database.cachedStatement(sql: sql), arguments: Self.arguments(arguments))
    }

    /// Returns whether there is a row.
    package func exists(_ sql: String, _ arguments: [any SQLValue] = []) throws -> Bool {
        try GRDB.Row.fetchOne(database, sql: sql, arguments: Self.arguments(arguments)) != nil
    }

    /// Runs one statement, or several without arguments, separated by semicolons.
    package func execute(_ sql: String, _ arguments: [any SQLValue] = []) throws {
        try database.execute(sql: sql, arguments: Self.arguments(arguments))
    }

    /// Runs one statement that is kept, because it is run often.
    package func executeOften(_ sql: String, _ arguments: [any SQLValue]) throws {
        try database.cachedStatement(sql: sql).execute(arguments: Self.arguments(arguments))
    }

    /// The number of rows that the last INSERT, UPDATE or DELETE changed.
    package var changesCount: Int { database.changesCount }

    private static func arguments(_ values: [any SQLValue]) -> StatementArguments {
        StatementArguments(
            values.map { value -> DatabaseValue in
                switch value.stored {
                case .null: .null
                case .integer(let integer): integer.databaseValue
                case .real(let number): number.databaseValue
                case .text(let text): text.databaseValue
                case .bytes(let bytes): Data(bytes).databaseValue
                }
            }
        )
    }
}
