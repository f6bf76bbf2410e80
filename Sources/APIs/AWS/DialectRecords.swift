import Catalog
import Foundation
import Platform

/// The kinds of records that the AWS APIs keep in addition to the platform's own.
enum RecordKind: String {
    case model = "sagemaker-model"
    case endpointConfig = "sagemaker-endpoint-config"
    case endpoint = "sagemaker-endpoint"
    case quotaRequest = "quota-request"
    /// A raised limit, by its quota code.
    case quota = "quota"
}

/// A record with its decoded document.
struct Recorded<Value> {
    var value: Value
    let name: String
    let createdAt: Date
    let modifiedAt: Date
}

extension Platform {
    func recorded<Value: Decodable & SendableMetatype>(_ type: Value.Type, _ kind: RecordKind, _ name: String)
        async throws
        -> Recorded<Value>?
    {
        try await catalog.record(kind: kind.rawValue, name: name).map(Self.recorded)
    }

    /// Returns all records of a kind, oldest first.
    func allRecorded<Value: Decodable & SendableMetatype>(_ type: Value.Type, _ kind: RecordKind) async throws
        -> [Recorded<Value>]
    {
        try Catalog.readable(try await catalog.records(kind: kind.rawValue), Self.recorded)
    }

    /// Returns `false` if the record already exists.
    func addRecord(_ value: some Encodable, _ kind: RecordKind, _ name: String, at time: Date) async throws -> Bool {
        let document = try Self.document(value)
        return try await catalog.addRecord(kind: kind.rawValue, name: name, document: document, at: time)
    }

    func putRecord(_ value: some Encodable, _ kind: RecordKind, _ name: String, at time: Date) async throws {
        let document = try Self.document(value)
        try await catalog.putRecord(kind: kind.rawValue, name: name, document: document, at: time)
    }

    /// Returns `false` if the record does not exist.
    func removeRecord(_ kind: RecordKind, _ name: String) async throws -> Bool {
        try await catalog.removeRecord(kind: kind.rawValue, name: name)
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

/// One entry of a list operation of models, endpoint configurations or endpoints.
struct ListedResource {
    let name: String
    let createdAt: Date
    let modifiedAt: Date
    let summary: JSON

    /// Returns the requested page: filtered by name and time and sorted, newest first by default.
    ///
    /// - Parameter member: The member of the response that holds the summaries.
    static func page(_ call: AWSCall, _ resources: [ListedResource], as member: String) throws -> JSON {
        let page = try Page(call)
        let input = call.input
        func isWanted(_ resource: ListedResource) -> Bool {
            if let part = input["NameContains"]?.string, !resource.name.contains(part) { return false }
            if let after = input["CreationTimeAfter"]?.date, resource.createdAt < after { return false }
            if let before = input["CreationTimeBefore"]?.date, resource.createdAt > before { return false }
            if let after = input["LastModifiedTimeAfter"]?.date, resource.modifiedAt < after { return false }
            if let before = input["LastModifiedTimeBefore"]?.date, resource.modifiedAt > before { return false }
            return true
        }
        var wanted = resources.filter(isWanted).sorted { first, second in
            switch input["SortBy"]?.string {
            case "Name": first.name < second.name
            case "Status":
                (first.summary["EndpointStatus"]?.string ?? "", first.name)
                    < (second.summary["EndpointStatus"]?.string ?? "", second.name)
            default: (first.createdAt, first.name) < (second.createdAt, second.name)
            }
        }
        if input["SortOrder"]?.string != "Ascending" { wanted.reverse() }
        let (found, next) = page.cut(wanted)
        return .members([member: .array(found.map(\.summary)), "NextToken": next])
    }
}
