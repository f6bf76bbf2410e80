import Foundation
import TestSupport
import Testing

@testable import Learning

@Suite("Reading training data")
struct ReaderTests {
    /// Reads one file as a channel `train`.
    private func channel(_ text: String, in folder: String) throws -> LearningFolder.Channel {
        let path = folder + "/a.csv"
        try Data(text.utf8).write(to: URL(filePath: path))
        return .init(name: "train", contentType: nil, files: [(path, "train/a.csv")])
    }

    private func csv(_ text: String, weights: Bool = false, threads: Int = 1) throws -> TrainingData {
        try withTemporaryFolder { folder in
            try CSVReader(labelSize: 1, hasWeights: weights, threads: threads).read(try channel(text, in: folder))
        }
    }

    private func libsvm(_ text: String) throws -> TrainingData {
        try withTemporaryFolder { folder in
            try LibsvmReader(threads: 1).read(try channel(text, in: folder))
        }
    }

    private func values(_ data: TrainingData) -> [Float] {
        guard case .dense(let buffer) = data.features else { return [] }
        return Array(buffer.elements)
    }

    private func reason(_ body: () throws -> TrainingData) -> String {
        do {
            _ = try body()
            return "read"
        } catch {
            return "\(error)"
        }
    }

    @Test("the label comes first, then the weight if there is one, then the features")
    func columns() throws {
        let data = try csv("1,0.5,3,4\n2,0.25,-5e1,6\n", weights: true)
        #expect(data.rowCount == 2)
        #expect(data.columnCount == 2)
        #expect(data.labels == [1, 2])
        #expect(data.weights == [0.5, 0.25])
        #expect(values(data) == [3, 4, -50, 6])
    }

    @Test("spaces, quotes, blank lines, Windows line endings and a missing final one do not matter")
    func shapes() throws {
        let data = try csv("\u{FEFF} 1 , \"2\",3\r\n\r\n   \n4,5, 6 \r\n7,8,9")
        #expect(data.labels == [1, 4, 7])
        #expect(values(data) == [2, 3, 5, 6, 8, 9])
    }

    @Test("other delimiters are detected from the first line", arguments: ["\t", ";", "|"])
    func delimiters(_ delimiter: String) throws {
        let data = try csv("1,2,3\n4,5,6\n".replacing(",", with: delimiter))
        #expect(values(data) == [2, 3, 5, 6])
    }

    @Test("an empty field and nan are missing values")
    func missing() throws {
        let data = try csv("1,,3\n2,nan,\n3,\"\",5\n")
        #expect(values(data).map(\.isNaN) == [true, false, true, true, true, false])
    }

    @Test("many threads read the same rows as one, in order")
    func threads() throws {
        // Several blocks of 4 MiB.
        let rows = 400_000
        let text = (0..<rows).map { "\($0),\($0 % 1000).5,-\($0 % 77)e-1\n" }.joined()
        let data = try csv(text, threads: 4)
        #expect(data.rowCount == rows)
        #expect(data.labels == (0..<rows).map(Float.init))
        #expect(values(data)[2 * 123_456] == 456.5)
        #expect(values(data)[2 * 399_999 + 1] == -Float(399_999 % 77) / 10)
        #expect(
            reason { try csv(text + "1,2,x\n", threads: 4) }.contains("line 400001, column 3: 'x' is not a number.")
        )
    }

    @Test(
        "errors name the file, the line and the column",
        arguments: [
            ("a,b\n1,2\n", "train/a.csv, line 1, column 1: 'a' is not a number. If the line is a header, remove it"),
            ("1,2\n3,4 5\n", "train/a.csv, line 2, column 2: '4 5' is not a number."),
            ("1,2\n3,4,5\n", "train/a.csv, line 2: the row has 3 columns, but the first row has 2."),
            ("1,2\n3\n", "train/a.csv, line 2: the row has 1 column, but the first row has 2."),
            ("1,2\n\n,4\n", "train/a.csv, line 3, column 1: the label is missing."),
            ("1,1e60\n", "train/a.csv, line 1, column 2: the number is infinite or too large for FP32."),
            ("\n \n", "No data in channel 'train': its files are empty."),
            ("1,2\n3,\"4\n", "train/a.csv, line 2, column 2: '\"4' is not a number."),
        ]
    )
    func mistakes(_ text: String, _ message: String) {
        #expect(reason { try csv(text) }.hasPrefix("ClientError: " + message))
    }

    @Test("a gzip file is not read as text")
    func gzip() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/a.csv"
            try Data([0x1F, 0x8B, 8, 0, 0x0A, 0x31]).write(to: URL(filePath: path))
            let channel = LearningFolder.Channel(name: "train", contentType: nil, files: [(path, "train/a.csv")])
            #expect(reason { try LibsvmReader(threads: 1).read(channel) }.contains("gzip"))
        }
    }

    @Test("libsvm rows have columns, weights and queries")
    func sparse() throws {
        let data = try libsvm("1:0.5 qid:7 0:1.5 3:-2 # note\n0 qid:7 1:4\n\n2 qid:9\n")
        #expect(data.rowCount == 3)
        #expect(data.columnCount == 4)
        #expect(data.labels == [1, 0, 2])
        #expect(data.weights == [0.5, 1, 1])
        #expect(data.groups == [2, 1])
        guard case .sparse(let offsets, let columns, let values) = data.features else {
            Issue.record("The rows are not sparse.")
            return
        }
        #expect(offsets == [0, 2, 3, 3])
        #expect(columns == [0, 3, 1])
        #expect(values == [1.5, -2, 4])
    }

    @Test(
        "errors in libsvm text are explained",
        arguments: [
            ("a 1:2\n", "the label 'a' is not a number. If the line is a header, remove it"),
            ("1 a:2\n", "'a:2' is not of the form COLUMN:VALUE."),
            ("1 0:x\n", "the value in '0:x' is not a number."),
            ("1 999999999999:1\n", "the column in '999999999999:1' is greater than 100000000."),
            ("1:-2 0:1\n", "the weight in '1:-2' must be a number that is 0 or greater."),
            ("1 qid:1 0:1\n1 0:1\n", "Some rows of channel 'train' have a qid and others do not."),
        ]
    )
    func sparseMistakes(_ text: String, _ message: String) {
        #expect(reason { try libsvm(text) }.contains(message))
    }

    @Test("CSV that is read as libsvm gets its own error", arguments: ["0.2,0.3,1\n", "a, b\n"])
    func csvAsLibsvm(_ text: String) throws {
        try withTemporaryFolder { folder in
            let path = folder + "/a.csv"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let reasons = [nil, "libsvm"].map { type in
                let channel = LearningFolder.Channel(name: "train", contentType: type, files: [(path, "train/a.csv")])
                return reason { try LibsvmReader(threads: 1).read(channel) }
            }
            #expect(
                reasons == [
                    "ClientError: train/a.csv, line 1: the channel has no ContentType and was read as libsvm, but this "
                        + "looks like CSV. Set the channel's ContentType to text/csv.",
                    "ClientError: train/a.csv, line 1: the channel's ContentType is libsvm, but this looks like CSV. "
                        + "Set the ContentType to text/csv.",
                ]
            )
        }
    }

    @Test("a content type sets the format of the files")
    func contentTypes() throws {
        let type = try ContentType("text/csv; label_size=0; charset=utf-8", default: .libsvm, channel: "train")
        #expect(type.format == .csv)
        #expect(type.labelSize == 0)
        #expect(try ContentType(nil, default: .libsvm, channel: "train").format == .libsvm)
        #expect(throws: LearningError.self) { try ContentType("text/html", default: .csv, channel: "train") }
        #expect(throws: LearningError.self) { try ContentType("csv;label_size=2", default: .csv, channel: "train") }
    }
}
