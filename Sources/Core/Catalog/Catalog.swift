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
            throw Self.newerRelease(migration)
        }
    }

    private static func newerRelease(_ migration: UnknownMigration) -> RoostError {
        RoostError(
            .conflict,
            "The data folder was last used by a newer release of Roost and cannot be opened by this one (its catalog has "
                + "the unknown migration '\(migration.name)'). Use the newer release."
        )
    }

    /// Copies a consistent state of the catalog at `path`, which a server may be using, to a new file at `target`.
    package static func copy(_ path: String, to target: String) throws {
        do {
            try Database.copy(path, to: target)
        } catch {
            throw unreadable(error)
        }
    }

    /// Checks the catalog at `path`, which a server may be using, without changing it.
    ///
    /// - Returns: What is damaged; empty if nothing is.
    /// - Throws: ``RoostError`` if a newer release has migrated the catalog, or if it cannot be read.
    package static func damage(at path: String) throws -> [String] {
        do {
            return try Database.damage(at: path, migrations: migrations)
        } catch let migration as UnknownMigration {
            throw newerRelease(migration)
        } catch {
            throw unreadable(error)
        }
    }

    private static func unreadable(_ error: any Error) -> RoostError {
        isDiskFull(error)
            ? RoostError(.insufficientStorage, "The disk is full.")
            : RoostError(.unavailable, "The catalog 'roost.sqlite' cannot be read: \(error)")
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
