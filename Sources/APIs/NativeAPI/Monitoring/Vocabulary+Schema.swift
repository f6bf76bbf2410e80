package import Definitions

extension TextSource: WireType {
    private static let text = Schema.oneOf([.string(), .list(.string())])

    package static let schema = Schema.described(
        "Words or texts: exactly one of values, data, s3_uri and pipeline.",
        .object(optional: [
            "values": .described(
                "Texts, each a string or a list of tokens; words; or an object with words and their positions.",
                .oneOf([.list(text), .map(.integer())])
            ),
            "data": .described("What a file contains.", .string()),
            "s3_uri": .described("An object, or the prefix of objects.", .string()),
            "format": .described("The default is that of the object's name.", .choice(of: Format.self)),
            "column": .described(
                "The member or column that has the texts. For CSV without a header, its number from 0.",
                .string()
            ),
            "pipeline": .described("The pipeline whose requests have the texts.", .name),
            "input": .described("The field of the requests. The default is the only one with strings.", .string()),
            "start": .time, "end": .time,
            "content": .described(
                "Whether a vocabulary is made of words, or of the most frequent words of texts.",
                .choice(of: Content.self)
            ),
        ])
    )
}

extension VocabularyRequest: WireType {
    package static let schema = Schema.object(
        ["vocabulary": .reference(TextSource.self), "texts": .reference(TextSource.self)],
        optional: [
            "most_frequent": .described(
                "How many of the most frequent words of the texts are compared. The default is \(defaultMostFrequent).",
                .integer(min: 1, max: wordLimit)
            ),
            "tokens": .described(
                "How texts are divided: `words` also changes them to lower case and removes punctuation.",
                .choice(of: Tokens.self)
            ),
        ]
    )
}

extension VocabularyReport: WireType {
    private static let word = Schema.object(["word": .string(), "count": .integer(min: 0)])

    package static let schema = Schema.object(
        [
            "vocabulary_words": .integer(min: 0), "most_frequent": .integer(min: 1), "texts": .integer(min: 0),
            "tokens": .integer(min: 0), "distinct_tokens": .integer(min: 0),
            "unknown_words": .described("The most frequent tokens that the vocabulary lacks.", .list(word)),
            "entered": .described("The most frequent words of the texts that the vocabulary lacks.", .list(word)),
            "left": .described(
                "The words of the vocabulary that are not among the most frequent ones of the texts.",
                .list(word)
            ),
            "notes": .list(.string()),
        ],
        optional: [
            "unknown": .described("The share of the tokens that the vocabulary lacks.", .reference(Estimate.self))
        ]
    )
}
