public import Definitions
import Encodings
public import Foundation
package import Monitoring

/// `POST /v1/pipelines/{pipeline}/ground-truth/search`: the inferences whose labels are wanted.
public struct LabelSearch: Sendable, Hashable, Codable {
    /// The most IDs and hashes of a request.
    package static let limit = 1000

    /// The IDs of inferences.
    public var ids: [String]
    /// The hashes of keys' values as the log has them, 16 hexadecimal digits each, by the names of the keys.
    public var keys: [String: [String]]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case ids, keys
    }

    public init(ids: [String], keys: [String: [String]] = [:]) {
        self.ids = ids
        self.keys = keys
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        ids = try container.decodeIfPresent([String].self, forKey: .ids) ?? []
        keys = try container.decodeIfPresent([String: [String]].self, forKey: .keys) ?? [:]
    }

    /// Returns the hashes as numbers.
    ///
    /// - Throws: ``RoostError`` if one is not a hash, or if there are too many.
    package func hashes() throws(RoostError) -> [String: [UInt64]] {
        guard keys.values.reduce(ids.count, { $0 + $1.count }) <= Self.limit else {
            throw RoostError(.invalidInput, "A search can have \(Self.limit) IDs and hashes.", field: "ids")
        }
        var found: [String: [UInt64]] = [:]
        for (key, texts) in keys {
            for text in texts {
                guard text.utf8.count == 16, let hash = UInt64(text, radix: 16) else {
                    throw RoostError(
                        .invalidInput,
                        "'\(text.prefix(40))' is not a hash. Expected 16 hexadecimal digits, as the log's field 'keys' has them.",
                        field: "keys"
                    )
                }
                found[key, default: []].append(hash)
            }
        }
        return found
    }
}

/// A label that was found.
public struct FoundLabel: Sendable, Hashable, Codable {
    /// The inference's ID; `nil` if the label is about a key's value.
    public var id: String?
    public var key: String?
    /// The hash of the key's value.
    public var hash: String?
    /// The row that it is about; `nil` for the inference as a whole.
    public var row: Int?
    /// A number or a string, or a list with one for each row. A Boolean is 0 or 1.
    public var label: DocumentValue
    /// When it came.
    public var time: Date

    package init(_ label: Label) {
        switch label.target {
        case .id(let id): self.id = id
        case .key(let name, let hash):
            key = name
            self.hash = hash.hexadecimal
        }
        row = label.row
        self.label =
            switch label.values {
            case .one(let value): Self.value(value)
            case .rows(let values): .list(values.map(Self.value))
            }
        time = Date(timeIntervalSince1970: Double(label.time) / 1000)
    }

    private static func value(_ value: Label.Value) -> DocumentValue {
        switch value {
        case .number(let number): .number(number)
        case .text(let text): .string(text)
        }
    }
}

/// The labels that were found, in the order in which they came.
public struct FoundLabels: Sendable, Hashable, Codable {
    public var labels: [FoundLabel]
}

extension LabelSearch: WireType {
    package static let schema = Schema.object(optional: [
        "ids": .list(.string()),
        "keys": .described(
            "Hashes as the log's field `keys` has them, by the names of the keys.",
            .map(.list(.string()))
        ),
    ])
}

extension FoundLabels: WireType {
    private static let value = Schema.oneOf([.number(), .string()])

    package static let schema = Schema.object([
        "labels": .list(
            .object(
                ["label": .oneOf([value, .list(value)]), "time": .time],
                optional: ["id": .string(), "key": .string(), "hash": .string(), "row": .integer(min: 0)]
            )
        )
    ])
}

extension MonitoringOperations {
    /// Finds labels, by POST because IDs may be long and may have any characters.
    var labelSearch: APIOperation {
        APIOperation(
            .post,
            "/v1/pipelines/{pipeline}/ground-truth/search",
            id: "findLabels",
            "Find the labels of inferences; of each row the last one",
            body: LabelSearch.self,
            returns: FoundLabels.self
        ) { call, search in
            let hashes = try search.hashes()
            let found = try await monitoring.labels(of: call.parameter("pipeline"), ids: search.ids, keys: hashes)
            return FoundLabels(labels: found.map { FoundLabel($0) })
        }
    }
}
