import Catalog
package import Definitions
package import Foundation

/// A kind of records that an API keeps in addition to the platform's own. Only that API reads them.
package struct RecordKind: Sendable {
    let name: String

    package init(_ name: String) { self.name = name }
}

/// A record with its decoded document.
package struct Recorded<Value> {
    package var value: Value
    package let name: String
    package let createdAt: Date
    package let modifiedAt: Date

    package init(value: Value, name: String, createdAt: Date, modifiedAt: Date) {
        self.value = value
        self.name = name
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
    }
}

extension Platform {
    package func recorded<Value: Decodable & SendableMetatype>(_ type: Value.Type, _ kind: RecordKind, _ name: String)
        async throws
        -> Recorded<Value>?
    {
        try await catalog.record(kind: kind.name, name: name).map(Self.recorded)
    }

    /// Returns all records of a kind, oldest first.
    package func allRecorded<Value: Decodable & SendableMetatype>(_ type: Value.Type, _ kind: RecordKind) async throws
        -> [Recorded<Value>]
    {
        try Catalog.readable(try await catalog.records(kind: kind.name), Self.recorded)
    }

    /// Returns a page of the records of a kind, newest first, and how many there are on all pages.
    package func recorded<Value: Decodable & SendableMetatype>(
        _ type: Value.Type,
        _ kind: RecordKind,
        _ page: NamedPage
    ) async throws -> (found: [Recorded<Value>], total: Int) {
        let (found, total) = try await catalog.records(kind: kind.name, page)
        return (try Catalog.readable(found, Self.recorded), total)
    }

    /// Returns `false` if the record already exists.
    package func addRecord(
        _ value: some Encodable,
        _ kind: RecordKind,
        _ name: String,
        at time: Date
    ) async throws -> Bool {
        let document = try Self.document(value)
        return try await catalog.addRecord(kind: kind.name, name: name, document: document, at: time)
    }

    package func putRecord(_ value: some Encodable, _ kind: RecordKind, _ name: String, at time: Date) async throws {
        let document = try Self.document(value)
        try await catalog.putRecord(kind: kind.name, name: name, document: document, at: time)
    }

    /// Returns `false` if the record does not exist.
    package func removeRecord(_ kind: RecordKind, _ name: String) async throws -> Bool {
        try await catalog.removeRecord(kind: kind.name, name: name)
    }

    /// Whether there is a record whose name is this one in lower case.
    package func hasRecord(_ kind: RecordKind, lowercased name: String) async throws -> Bool {
        try await catalog.hasRecord(kind: kind.name, lowercased: name)
    }

    private static func recorded<Value: Decodable & SendableMetatype>(_ record: DialectRecord) throws -> Recorded<Value>
    {
        Recorded(
            value: try JSONDecoder().decode(Value.self, from: Data(record.document.utf8)),
            name: record.name,
            createdAt: record.createdAt,
            modifiedAt: record.modifiedAt
        )
    }

    private static func document(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
