public import ArgumentParser
public import Definitions
import Foundation
import NativeAPI
import RoostClient
import Words

struct VocabularyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vocabulary",
        abstract: "Compare a vocabulary with the words of new texts.",
        discussion: """
            A source is a file, or an S3 URI of an object or a prefix: text with a word or text in each line (.txt), \
            CSV (.csv), JSON Lines (.jsonl), or a JSON list or an object with words and their positions (.json).
            """
    )

    @OptionGroup var options: ClientOptions
    @Argument(help: "Vocabulary: a file or S3 URI.", completion: .file()) var vocabulary: String
    @Argument(help: "New texts: a file or S3 URI.", completion: .file()) var texts: String?
    @Option(help: "Take the texts from the requests of this pipeline.", completion: ServerNames.pipelines)
    var pipeline: String?
    @Option(help: "Field of the requests that has the texts. (default: the only one with strings)") var input: String?
    @OptionGroup var window: WindowOptions
    @Option(help: "Column or member that has the texts. For CSV without a header, its number from 0.")
    var column: String?
    @Option(help: "Column or member that has the words of the vocabulary.") var vocabularyColumn: String?
    @Flag(help: "The vocabulary is given as texts, whose most frequent words are taken.") var vocabularyTexts = false
    @Option(
        help: "How many of the most frequent words are compared. (default: \(VocabularyRequest.defaultMostFrequent))"
    )
    var mostFrequent: Int?
    @Option(help: "How texts are divided: in lower case and without punctuation, or only at white space.")
    var tokens: VocabularyRequest.Tokens?

    func validate() throws {
        guard (texts == nil) != (pipeline == nil) else {
            throw ValidationError("Pass the texts as a file or S3 URI, or --pipeline.")
        }
        guard pipeline != nil || input == nil && window.start == nil && window.end == nil else {
            throw ValidationError("--input, --start and --end are for the texts of a --pipeline.")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let request = VocabularyRequest(
                vocabulary: try Self.source(
                    vocabulary,
                    column: vocabularyColumn,
                    content: vocabularyTexts ? .texts : nil
                ),
                texts: try texts.map { try Self.source($0, column: column, content: nil) }
                    ?? TextSource(pipeline: pipeline, input: input, start: window.start, end: window.end),
                mostFrequent: mostFrequent,
                tokens: tokens
            )
            let report = try await options.client.checkVocabulary(request)
            if options.json { return try Output.json(report) }
            var page = Page.forOutput()
            page.add(report)
            page.show()
        }
    }

    private static func source(_ place: String, column: String?, content: TextSource.Content?) throws -> TextSource {
        if place.hasPrefix("s3://") { return TextSource(uri: place, column: column, content: content) }
        let bytes = try InputFile.read(place)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw RoostError(.invalidInput, "'\(place)' is not text in UTF-8.", field: "file")
        }
        return TextSource(data: text, format: TextSource.Format(named: place), column: column, content: content)
    }
}

extension VocabularyRequest.Tokens: ExpressibleByArgument {}

extension Page {
    private static let shownWords = 20

    mutating func add(_ report: VocabularyReport) {
        title("Vocabulary")
        facts([
            (name: "vocabulary", value: "\(Numbers.count(report.vocabularyWords)) words"),
            (
                name: "texts",
                value: "\(Numbers.count(report.texts)) with \(Numbers.count(report.tokens)) tokens, "
                    + "\(Numbers.count(report.distinctTokens)) different ones"
            ),
            (name: "unknown tokens", value: Numbers.rate(report.unknown)),
            (
                name: "entered",
                value:
                    "\(Numbers.count(report.entered.count)) of the \(Numbers.count(report.mostFrequent)) most frequent words"
            ),
            (name: "left", value: "\(Numbers.count(report.left.count)) of the words of the vocabulary"),
        ])
        words("Most frequent unknown words", report.unknownWords)
        words("Entered", report.entered)
        words("Left", report.left)
        list("Notes", report.notes)
    }

    private mutating func words(_ name: String, _ words: [VocabularyReport.Word]) {
        guard !words.isEmpty else { return }
        title(name)
        let shown = words.prefix(Self.shownWords).map { "\($0.word) (\(Numbers.count($0.count)))" }
        let hidden = words.count - shown.count
        sentence(shown.joined(separator: ", ") + (hidden > 0 ? ", and \(Numbers.count(hidden)) more; see --json" : ""))
    }
}
