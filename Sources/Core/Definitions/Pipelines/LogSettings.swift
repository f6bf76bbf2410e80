/// What the log keeps of a pipeline's inferences.
public struct LogSettings: Sendable, Hashable, Codable {
    /// How much is kept of large inputs and outputs.
    public enum Keep: Sendable, Hashable {
        /// All of them.
        case all
        /// Inputs and outputs up to a number of bytes each. Larger ones are left out and counted.
        case bytes(Int)
        /// The first rows.
        case firstRows(Int)
        /// Rows chosen at random, by the inference's id.
        case sampleRows(Int)
    }

    public static let defaultBytes = 32 << 10

    public var keep: Keep
    /// The names of inputs, features and keys that are left out.
    public var omit: [String]
    /// The names of inputs, features and keys whose values are replaced by `"***"`.
    public var mask: [String]

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case keep, omit, mask
    }

    public init(keep: Keep = .bytes(defaultBytes), omit: [String] = [], mask: [String] = []) {
        self.keep = keep
        self.omit = omit
        self.mask = mask
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        keep = try container.decodeIfPresent(Keep.self, forKey: .keep) ?? .bytes(Self.defaultBytes)
        omit = try container.decodeIfPresent([String].self, forKey: .omit) ?? []
        mask = try container.decodeIfPresent([String].self, forKey: .mask) ?? []
    }
}

extension LogSettings.Keep: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case bytes
        case firstRows = "first_rows"
        case sampleRows = "sample_rows"
    }

    /// Decodes `"all"`, or an object with exactly one field.
    public init(from decoder: any Decoder) throws {
        func invalid() -> DecodingError {
            .dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription:
                        "expected \"all\" or an object with exactly one of: bytes, first_rows, sample_rows"
                )
            )
        }
        if let word = try? decoder.singleValueContainer().decode(String.self) {
            guard word == "all" else { throw invalid() }
            self = .all
            return
        }
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let key = container.allKeys.first, container.allKeys.count == 1 else { throw invalid() }
        let count = try container.decode(Int.self, forKey: key)
        guard (0...1 << 40).contains(count) else {
            throw DecodingError.dataCorruptedError(
                forKey: key,
                in: container,
                debugDescription: "expected 0 or more, not \(count)"
            )
        }
        self =
            switch key {
            case .bytes: .bytes(count)
            case .firstRows: .firstRows(count)
            case .sampleRows: .sampleRows(count)
            }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .all:
            var container = encoder.singleValueContainer()
            try container.encode("all")
        case .bytes(let count): try Self.encode(count, .bytes, encoder)
        case .firstRows(let count): try Self.encode(count, .firstRows, encoder)
        case .sampleRows(let count): try Self.encode(count, .sampleRows, encoder)
        }
    }

    private static func encode(_ count: Int, _ key: CodingKeys, _ encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(count, forKey: key)
    }
}
