import Buckets
package import Definitions
import Foundation
import InferenceLog
import Platform
import Statistics

extension Monitoring {
    private static let shownUnknown = 50
    private static let objectLimit = (count: 1000, bytes: 1 << 30)

    /// Compares a vocabulary with the words of new texts.
    ///
    /// - Throws: ``RoostError`` if a source cannot be read, or if there are too many words.
    package func checkVocabulary(_ request: VocabularyRequest) async throws -> VocabularyReport {
        try request.check()
        let vocabulary = try await reading(request.vocabulary, as: "vocabulary")
        let texts = try await reading(request.texts, as: "texts")
        return try await compute { try Self.report(request, vocabulary, texts) }
    }

    /// Reads a source, and returns notes on it. Blocks.
    private typealias Reading = @Sendable (_ take: (TextSource.Text) throws -> Void) throws -> [String]

    private static func report(
        _ request: VocabularyRequest,
        _ vocabulary: Reading,
        _ texts: Reading
    ) throws -> VocabularyReport {
        let limit = request.mostFrequent ?? VocabularyRequest.defaultMostFrequent
        let tokenizer = Tokenizer(kind: request.tokens ?? .words)
        var known: Set<[UInt8]> = []
        var notes: [String] = []
        if request.vocabulary.areTexts {
            var counts = WordCounts(tokenizer, field: "vocabulary")
            notes += try vocabulary { try counts.add($0) }
            known = Set(counts.ordered.prefix(limit).map(\.word))
            notes.append("The vocabulary is made of the \(known.count) most frequent words of \(counts.texts) texts.")
        } else {
            notes += try vocabulary { text in
                guard case .string(let word) = text else {
                    throw RoostError(
                        .invalidInput,
                        "A word of the vocabulary must be a string, not a list. Use 'content': 'texts' for texts.",
                        field: "vocabulary"
                    )
                }
                known.insert(Array(word.utf8))
                guard known.count <= VocabularyRequest.wordLimit else {
                    throw RoostError(
                        .tooLarge,
                        "A vocabulary can have \(VocabularyRequest.wordLimit) words.",
                        field: "vocabulary"
                    )
                }
            }
        }
        guard !known.isEmpty else {
            throw RoostError(.invalidInput, "The vocabulary has no words.", field: "vocabulary")
        }
        var counts = WordCounts(tokenizer, field: "texts")
        notes += try texts { try counts.add($0) }
        if counts.tokens == 0 { notes.append("Not enough data: the texts have no words.") }
        return report(known, counts, limit, notes)
    }

    private static func report(
        _ known: Set<[UInt8]>,
        _ counts: WordCounts,
        _ limit: Int,
        _ notes: [String]
    ) -> VocabularyReport {
        let ordered = counts.ordered
        let unknown = ordered.filter { !known.contains($0.word) }
        let frequent = ordered.prefix(limit)
        let kept = Set(frequent.map(\.word))
        let left = known.subtracting(kept).sorted { $0.lexicographicallyPrecedes($1) }
        return VocabularyReport(
            vocabularyWords: known.count,
            mostFrequent: limit,
            texts: counts.texts,
            tokens: counts.tokens,
            distinctTokens: ordered.count,
            unknown: Estimate(unknown.reduce(0) { $0 + $1.count }, of: counts.tokens, alpha: 0.05),
            unknownWords: unknown.prefix(shownUnknown).map { VocabularyReport.Word($0.word, $0.count) },
            entered: frequent.filter { !known.contains($0.word) }.map { VocabularyReport.Word($0.word, $0.count) },
            left: left.map { VocabularyReport.Word($0, counts.counts[$0] ?? 0) },
            notes: notes
        )
    }

    // MARK: Sources

    /// Finds a source, and returns what reads it.
    private func reading(_ source: TextSource, as field: String) async throws -> Reading {
        let reader = TextReader(
            format: source.format ?? .lines,
            column: source.column,
            isVocabulary: field == "vocabulary" && !source.areTexts,
            field: field
        )
        if let values = source.values {
            return { take in
                switch values {
                case .list(let texts): for text in texts { try take(text) }
                case .positions(let words): for word in words.keys { try take(.string(word)) }
                }
                return []
            }
        }
        if let data = source.data {
            return { take in
                try reader.read(Data(data.utf8), take)
                return []
            }
        }
        if let uri = source.uri { return try await reading(ObjectURI(uri, field: "\(field).s3_uri"), source, reader) }
        return try await readingLog(source, as: field)
    }

    private func reading(_ uri: ObjectURI, _ source: TextSource, _ reader: TextReader) async throws -> Reading {
        let field = reader.field
        var objects = try await platform.buckets.objects(under: uri).filter {
            $0.byteCount > 0 && !$0.key.hasSuffix("/")
        }
        // The name of an object may be the beginning of others.
        if let object = objects.first, object.key == uri.key { objects = [object] }
        guard !objects.isEmpty else {
            throw RoostError(.notFound, "There are no objects under '\(uri)'.", field: "\(field).s3_uri")
        }
        guard objects.count <= Self.objectLimit.count, objects.allSatisfy({ $0.byteCount <= Self.objectLimit.bytes })
        else {
            throw RoostError(
                .tooLarge,
                "A source can have \(Self.objectLimit.count) objects of up to 1 GiB each.",
                field: "\(field).s3_uri"
            )
        }
        var files: [(key: String, file: LocalObject)] = []
        for object in objects { files.append((object.key, try await platform.buckets.localCopy(of: object))) }
        return { [files] take in
            for (key, file) in files {
                let reader = TextReader(
                    format: source.format ?? TextSource.Format(named: key),
                    column: reader.column,
                    isVocabulary: reader.isVocabulary,
                    field: field
                )
                do {
                    try reader.read(try Data(contentsOf: URL(filePath: file.path), options: .alwaysMapped), take)
                } catch let error as RoostError {
                    throw RoostError(error.code, "Object '\(key)': \(error.message)", field: error.field)
                }
            }
            return []
        }
    }

    private func readingLog(_ source: TextSource, as field: String) async throws -> Reading {
        let name = source.pipeline ?? ""
        do {
            _ = try await platform.pipeline(named: name)
        } catch let error as RoostError {
            throw RoostError(error.code, error.message, field: "\(field).pipeline")
        }
        let window: LogWindow
        do throws(RoostError) {
            window = try self.window(start: source.start, end: source.end)
        } catch {
            throw RoostError(error.code, error.message, field: "\(field).start")
        }
        return { [self] take in
            var texts = LoggedTexts(input: source.input, field: field)
            for batch in log.batches(of: name, window) { try texts.read(batch, take) }
            return texts.without > 0
                ? ["\(texts.without) requests of pipeline '\(name)' have no texts in the log."] : []
        }
    }
}

extension TextSource {
    /// Whether the source has texts, not the words of a vocabulary.
    var areTexts: Bool { content == .texts || pipeline != nil }
}
