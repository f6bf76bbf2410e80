/// A question about a vocabulary: does it still have the words of new texts?
public struct VocabularyRequest: Sendable, Hashable, Codable {
    /// How a text is divided into tokens.
    public enum Tokens: String, Sendable, Hashable, Codable, CaseIterable {
        /// In lower case, without punctuation, at white space, hyphens, slashes and pairs of line breaks in HTML.
        case words
        /// At white space.
        case whitespace
    }

    public var vocabulary: TextSource
    public var texts: TextSource
    /// How many of the most frequent words of the texts would be their vocabulary; `nil` for ``defaultMostFrequent``.
    public var mostFrequent: Int?
    /// `nil` for ``Tokens/words``.
    public var tokens: Tokens?

    public static let defaultMostFrequent = 5000
    /// The most words of a vocabulary.
    public static let wordLimit = 200_000

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case vocabulary, texts, tokens
        case mostFrequent = "most_frequent"
    }

    public init(vocabulary: TextSource, texts: TextSource, mostFrequent: Int? = nil, tokens: Tokens? = nil) {
        self.vocabulary = vocabulary
        self.texts = texts
        self.mostFrequent = mostFrequent
        self.tokens = tokens
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        vocabulary = try container.decode(TextSource.self, forKey: .vocabulary)
        texts = try container.decode(TextSource.self, forKey: .texts)
        mostFrequent = try container.decodeIfPresent(Int.self, forKey: .mostFrequent)
        tokens = try container.decodeIfPresent(Tokens.self, forKey: .tokens)
    }

    /// - Throws: ``RoostError`` that names the first field that is wrong.
    public func check() throws(RoostError) {
        try vocabulary.check(as: "vocabulary")
        try texts.check(as: "texts")
        if case .positions = texts.values {
            throw RoostError(.invalidInput, "'texts.values' must be a list of texts.", field: "texts.values")
        }
        guard texts.content != .words else {
            throw RoostError(
                .invalidInput,
                "'texts' must be texts, not the words of a vocabulary.",
                field: "texts.content"
            )
        }
        if let mostFrequent, !(1...Self.wordLimit).contains(mostFrequent) {
            throw RoostError(
                .invalidInput,
                "'most_frequent' must be a number from 1 to \(Self.wordLimit), not \(mostFrequent).",
                field: "most_frequent"
            )
        }
    }
}
