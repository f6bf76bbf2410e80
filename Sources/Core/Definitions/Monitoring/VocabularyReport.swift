/// What new texts have to do with a vocabulary.
public struct VocabularyReport: Sendable, Hashable, Codable {
    public struct Word: Sendable, Hashable, Codable {
        public var word: String
        /// In the texts.
        public var count: Int

        public init(word: String, count: Int) {
            self.word = word
            self.count = count
        }
    }

    /// The number of words of the vocabulary.
    public var vocabularyWords: Int
    /// How many of the most frequent words of the texts would be their vocabulary.
    public var mostFrequent: Int
    /// The number of texts, of their tokens, and of the different ones among these.
    public var texts: Int
    public var tokens: Int
    public var distinctTokens: Int
    /// The share of the tokens that are not in the vocabulary, with Wilson's interval at 95 %; `nil` without tokens.
    public var unknown: Estimate?
    /// The most frequent tokens that are not in the vocabulary, at most 50.
    public var unknownWords: [Word]
    /// Those of the most frequent words of the texts that the vocabulary lacks, the most frequent ones first.
    public var entered: [Word]
    /// The words of the vocabulary that are not among the most frequent ones of the texts, in the order of the alphabet.
    public var left: [Word]
    public var notes: [String]

    private enum CodingKeys: String, CodingKey {
        case texts, tokens, unknown, entered, left, notes
        case vocabularyWords = "vocabulary_words"
        case mostFrequent = "most_frequent"
        case distinctTokens = "distinct_tokens"
        case unknownWords = "unknown_words"
    }

    public init(
        vocabularyWords: Int,
        mostFrequent: Int,
        texts: Int,
        tokens: Int,
        distinctTokens: Int,
        unknown: Estimate?,
        unknownWords: [Word],
        entered: [Word],
        left: [Word],
        notes: [String]
    ) {
        self.vocabularyWords = vocabularyWords
        self.mostFrequent = mostFrequent
        self.texts = texts
        self.tokens = tokens
        self.distinctTokens = distinctTokens
        self.unknown = unknown
        self.unknownWords = unknownWords
        self.entered = entered
        self.left = left
        self.notes = notes
    }
}
