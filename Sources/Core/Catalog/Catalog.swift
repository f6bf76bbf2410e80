import Database
import Definitions
import Foundation

/// The records of everything that users have defined. Changes survive a crash once a call has returned.
package struct Catalog: Sendable {
    let database: Database

    /// Opens the database at `path`, and creates or migrates it if necessary.
    ///
    /// - Throws: ``RoostError`` if a newer release has migrated the database, which is then left as it is.
    package init(path: String) throws {
        do {
            database = try Database(path: path, migrations: Self.migrations)
        } catch let migration as UnknownMigration {
            throw RoostError(
                .conflict,
                "The data folder was last used by a newer release of Roost and cannot be opened by this one (its catalog has "
                    + "the unknown migration '\(migration.name)'). Use the newer release."
            )
        }
    }

    /// Returns whether a record could not be written because the disk is full.
    package static func isDiskFull(_ error: any Error) -> Bool { Database.isDiskFull(error) }

    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    /// Returns the elements of a list that can be decoded. A damaged element must not affect the others; requesting it by name
    /// reports the error.
    package static func readable<Element, Value>(
        _ elements: some Sequence<Element>,
        _ read: (Element) throws -> Value
    ) throws -> [Value] {
        try elements.compactMap { element in
            do {
                return try read(element)
            } catch is DecodingError {
                return nil
            }
        }
    }
}
