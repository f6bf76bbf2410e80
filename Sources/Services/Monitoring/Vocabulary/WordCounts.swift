import Definitions

/// How often each word occurs, within bounds.
struct WordCounts {
    /// The most different words that are counted.
    static let distinctLimit = 1_000_000
    /// The most bytes that these have together.
    static let byteLimit = 64 << 20

    private(set) var counts: [[UInt8]: Int] = [:]
    private(set) var texts = 0
    private(set) var tokens = 0
    private var byteCount = 0
    private let tokenizer: Tokenizer
    /// What the texts are in the request.
    private let field: String

    init(_ tokenizer: Tokenizer, field: String) {
        self.tokenizer = tokenizer
        self.field = field
    }

    /// - Throws: ``RoostError`` if there are too many different words.
    mutating func add(_ text: TextSource.Text) throws(RoostError) {
        texts += 1
        switch text {
        case .string(let text): try tokenizer.forEachToken(of: text) { word throws(RoostError) in try add(word) }
        case .tokens(let words): for word in words { try add(Array(word.utf8)) }
        }
    }

    private mutating func add(_ word: [UInt8]) throws(RoostError) {
        tokens += 1
        if let known = counts.index(forKey: word) {
            counts.values[known] += 1
            return
        }
        byteCount += word.count
        guard counts.count < Self.distinctLimit, byteCount <= Self.byteLimit else {
            throw RoostError(
                .tooLarge,
                "The texts have more than \(Self.distinctLimit) different words, or these are longer than \(Self.byteLimit >> 20) MiB. "
                    + "Are they texts? Compare parts of them.",
                field: field
            )
        }
        counts[word] = 1
    }

    /// The words and their counts, the most frequent ones first, and of those that are as frequent the first ones of the alphabet.
    var ordered: [(word: [UInt8], count: Int)] {
        counts.map { (word: $0.key, count: $0.value) }.sorted { one, other in
            one.count == other.count ? one.word.lexicographicallyPrecedes(other.word) : one.count > other.count
        }
    }
}

extension VocabularyReport.Word {
    init(_ word: [UInt8], _ count: Int) { self.init(word: String(decoding: word, as: UTF8.self), count: count) }
}
