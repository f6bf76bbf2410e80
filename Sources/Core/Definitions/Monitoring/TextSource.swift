public import Foundation

/// Where words or texts come from. Exactly one of ``values``, ``data``, ``uri`` and ``pipeline`` is set.
public struct TextSource: Sendable, Hashable, Codable {
    /// Words or texts in the request itself.
    public enum Values: Sendable, Hashable, Codable {
        case list([Text])
        /// The words of a vocabulary with their positions.
        case positions([String: Int])

        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let positions = try? container.decode([String: Int].self) {
                self = .positions(positions)
            } else {
                self = .list(try container.decode([Text].self))
            }
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .list(let texts): try container.encode(texts)
            case .positions(let positions): try container.encode(positions)
            }
        }
    }

    public enum Text: Sendable, Hashable, Codable {
        case string(String)
        /// A text that was divided already.
        case tokens([String])

        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .string(text)
            } else {
                self = .tokens(try container.decode([String].self))
            }
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .string(let text): try container.encode(text)
            case .tokens(let tokens): try container.encode(tokens)
            }
        }
    }

    public enum Format: String, Sendable, Hashable, Codable, CaseIterable {
        /// A word or text in each line.
        case lines
        case csv
        /// A list, or an object with the words of a vocabulary and their positions.
        case json
        case jsonLines = "json_lines"

        /// That of a file, by its name.
        public init(named name: String) {
            let ends: [(String, Format)] = [
                (".csv", .csv), (".json", .json), (".jsonl", .jsonLines), (".ndjson", .jsonLines),
            ]
            self = ends.first { name.lowercased().hasSuffix($0.0) }?.1 ?? .lines
        }
    }

    public enum Content: String, Sendable, Hashable, Codable, CaseIterable {
        /// The words of a vocabulary.
        case words
        /// Texts, of which the most frequent words are taken.
        case texts
    }

    public var values: Values?
    /// What a file contains, in ``format``.
    public var data: String?
    /// An object, or the prefix of objects.
    public var uri: String?
    /// `nil` for that of the object's name.
    public var format: Format?
    /// The name of the member or column with the texts; for CSV without a header, its number from 0. `nil` for the only one.
    public var column: String?
    /// The name of the pipeline whose requests have the texts.
    public var pipeline: String?
    /// The field of the requests that has the texts; `nil` for the only one with strings.
    public var input: String?
    /// The requests of a pipeline from this time on; `nil` for all.
    public var start: Date?
    /// Exclusive; `nil` for now.
    public var end: Date?
    /// Only of a vocabulary; `nil` for words, and for the texts of a pipeline.
    public var content: Content?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case values, data, format, column, pipeline, input, start, end, content
        case uri = "s3_uri"
    }

    public init(
        values: Values? = nil,
        data: String? = nil,
        uri: String? = nil,
        format: Format? = nil,
        column: String? = nil,
        pipeline: String? = nil,
        input: String? = nil,
        start: Date? = nil,
        end: Date? = nil,
        content: Content? = nil
    ) {
        self.values = values
        self.data = data
        self.uri = uri
        self.format = format
        self.column = column
        self.pipeline = pipeline
        self.input = input
        self.start = start
        self.end = end
        self.content = content
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        values = try container.decodeIfPresent(Values.self, forKey: .values)
        data = try container.decodeIfPresent(String.self, forKey: .data)
        uri = try container.decodeIfPresent(String.self, forKey: .uri)
        format = try container.decodeIfPresent(Format.self, forKey: .format)
        column = try container.decodeIfPresent(String.self, forKey: .column)
        pipeline = try container.decodeIfPresent(String.self, forKey: .pipeline)
        input = try container.decodeIfPresent(String.self, forKey: .input)
        start = try container.decodeIfPresent(Date.self, forKey: .start)
        end = try container.decodeIfPresent(Date.self, forKey: .end)
        content = try container.decodeIfPresent(Content.self, forKey: .content)
    }

    /// - Parameter field: The name of the source in the request.
    /// - Throws: ``RoostError`` if there is not exactly one source, or a field that belongs to another.
    func check(as field: String) throws(RoostError) {
        let sources = [values != nil, data != nil, uri != nil, pipeline != nil]
        guard sources.count(where: \.self) == 1 else {
            throw RoostError(
                .invalidInput,
                "'\(field)' must have exactly one of 'values', 'data', 's3_uri' and 'pipeline'.",
                field: field
            )
        }
        let isFile = data != nil || uri != nil
        let misplaced: [(String, Bool)] = [
            ("format", format != nil && !isFile), ("column", column != nil && !isFile),
            ("input", input != nil && pipeline == nil), ("start", start != nil && pipeline == nil),
            ("end", end != nil && pipeline == nil), ("content", content == .words && pipeline != nil),
        ]
        if let found = misplaced.first(where: \.1) {
            throw RoostError(
                .invalidInput,
                "'\(found.0)' does not belong to such a source of '\(field)'.",
                field: "\(field).\(found.0)"
            )
        }
        guard data == nil || format != nil else {
            throw RoostError(.invalidInput, "'data' needs a 'format'.", field: "\(field).format")
        }
    }
}
