import Foundation
import TestSupport
import Testing

@testable import Learning

@Suite("Reading records")
struct RecordIOReaderTests {
    private static let magic: [UInt8] = [0x0A, 0x23, 0xD7, 0xCE]

    /// Returns a record with a sparse or dense `Float32Tensor` and perhaps labels.
    private static func record(
        _ values: [Float],
        keys: [UInt8] = [],
        width: UInt8? = nil,
        labels: [Float] = [1]
    ) -> [UInt8] {
        func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
            [number << 3 | 2, UInt8(content.count)] + content
        }
        func floats(_ values: [Float]) -> [UInt8] {
            values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
        }
        func map(_ number: UInt8, _ tensor: [UInt8]) -> [UInt8] {
            field(number, field(1, Array("values".utf8)) + field(2, field(2, tensor)))
        }
        let features = field(1, floats(values)) + field(2, keys) + (width.map { field(3, [$0]) } ?? [])
        let bytes = map(1, features) + (labels.isEmpty ? [] : map(2, field(1, floats(labels))))
        let padding = [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
        return magic + [UInt8(bytes.count), 0, 0, 0] + bytes + padding
    }

    private func read(
        _ files: [[UInt8]],
        isLabeled: Bool = true,
        contentType: String? = "application/x-recordio-protobuf"
    ) throws -> TrainingData {
        try withTemporaryFolder { folder in
            var paths: [(path: String, name: String)] = []
            for (index, bytes) in files.enumerated() {
                let path = "\(folder)/matrix_\(index).pbr"
                try Data(bytes).write(to: URL(filePath: path))
                paths.append((path, "train/matrix_\(index).pbr"))
            }
            let channel = LearningFolder.Channel(name: "train", contentType: contentType, files: paths)
            return try #require(try ChannelReader(threads: 1, isLabeled: isLabeled).read(channel))
        }
    }

    private func reason(_ files: [[UInt8]]) -> String {
        do {
            _ = try read(files)
            return "read"
        } catch {
            return "\(error)"
        }
    }

    @Test("dense records in several files become rows in order")
    func dense() throws {
        let data = try read([
            Self.record([1, 2], labels: [7]) + Self.record([3, 4], labels: [8]), [], Self.record([5, 6], labels: [9]),
        ])
        #expect(data.rowCount == 3 && data.columnCount == 2)
        #expect(data.labels == [7, 8, 9])
        guard case .dense(let values) = data.features else {
            Issue.record("The rows are not dense.")
            return
        }
        #expect(Array(values.elements) == [1, 2, 3, 4, 5, 6])
    }

    @Test("sparse records stay sparse")
    func sparse() throws {
        let data = try read([
            Self.record([1.5, -2], keys: [1, 3], width: 9) + Self.record([], width: 9)
                + Self.record([4], keys: [8], width: 9)
        ])
        #expect(data.rowCount == 3 && data.columnCount == 9)
        guard case .sparse(let offsets, let columns, let values) = data.features else {
            Issue.record("The rows are not sparse.")
            return
        }
        #expect(offsets == [0, 2, 2, 3])
        #expect(columns == [1, 3, 8])
        #expect(values == [1.5, -2, 4])
    }

    @Test("labels are ignored if the algorithm needs none")
    func unlabeled() throws {
        let data = try read([Self.record([1], labels: []) + Self.record([2], labels: [1, 2])], isLabeled: false)
        #expect(data.rowCount == 2 && data.labels.isEmpty)
    }

    @Test("records without a content type are recognized by their first bytes")
    func unsaid() throws {
        #expect(try read([Self.record([1, 2])], contentType: nil).columnCount == 2)
        #expect(try read([Array("1,2,3\n".utf8)], contentType: nil).columnCount == 2)
    }

    @Test(
        "errors name the file and the record",
        arguments: [
            ([record([1, 2]), record([1, 2]) + record([1])], "matrix_1.pbr, record 2: it has 1 features, but "),
            ([record([1, 2]) + record([1], keys: [1], width: 2)], "2: it is sparse, but the first record is not."),
            ([record([1], keys: [1], width: 2) + record([1, 2])], "2: it is dense, but the first record is not."),
            ([record([1, 2]) + record([1, 2], labels: [])], "matrix_0.pbr, record 2: it has no label."),
            ([record([1, 2], labels: [1, 2])], "record 1: its label has 2 values; it must have exactly one."),
            ([record([1], labels: [.nan])], "record 1: its label is not finite or too large for FP32."),
            ([record([1, -.infinity])], "record 1: a value is infinite or too large for FP32."),
            ([record([1, .nan])], "row 1, feature 2: the value is missing or not finite"),
            (
                [record([1], keys: [0], width: 3) + record([.nan], keys: [2], width: 3)],
                "row 2, feature 3: the value is"
            ),
            ([Array(record([1, 2]).dropLast(6))], "matrix_0.pbr, record 1: its frame has a length of"),
            ([Array("1,2\n".utf8)], "matrix_0.pbr, record 1: expected the magic number 0xced7230a of its frame"),
            ([[], []], "No data in channel 'train': its files are empty."),
            ([[0x1F, 0x8B, 8, 0]], "train/matrix_0.pbr is a gzip file."),
        ] as [([[UInt8]], String)]
    )
    func mistakes(_ files: [[UInt8]], _ message: String) {
        let reason = reason(files)
        #expect(reason.hasPrefix("ClientError: ") && reason.contains(message), "\(reason)")
    }
}
