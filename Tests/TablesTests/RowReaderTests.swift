import Tables
import Tensors
import Testing

@Suite("Rows of bodies")
struct RowReaderTests {
    static let reader = RowReader(width: 3, takesMissing: false, isOmittedMissing: false)

    static func rows(_ text: String, _ format: RowFormat, _ reader: RowReader = reader) throws -> [Float] {
        let rows = try Array(text.utf8).withUnsafeBytes { try reader.readFloats($0, as: format) }
        #expect(rows.rowCount * (rows.width ?? 0) == rows.tensor(rowShape: [rows.width ?? 0]).elementCount)
        return rows.tensor(rowShape: [rows.width ?? 0]).withElements(of: Float.self) { Array($0) }
    }

    @Test(
        "rows are the same in every text format",
        arguments: [
            ("1,2,3\n4,5,6\n", .csv), ("1;2;3\r\n\r\n 4;\t5;6\r\n", .csv), ("[[1,2,3],[4,5,6]]", .json),
            ("[1,2,3]\n{\"features\":[4,5,6]}\n", .jsonLines), ("9 0:1 1:2 2:3\n0:4 1:5 2:6 # end", .libsvm),
            ("qid:7 0:1 1.0:2 +2:3\n\n7 2:6 1:5 0:4\n", .libsvm),
        ] as [(String, RowFormat)]
    )
    func formats(_ text: String, _ format: RowFormat) throws {
        #expect(try Self.rows(text, format) == [1, 2, 3, 4, 5, 6])
        let doubles = try Array(text.utf8).withUnsafeBytes { try Self.reader.readDoubles($0, as: format) }
        #expect(doubles.tensor(rowShape: [3]).withElements(of: Double.self) { Array($0) } == [1, 2, 3, 4, 5, 6])
    }

    @Test("the first row decides how many numbers a row has if nobody said so")
    func width() throws {
        let reader = RowReader(width: nil, takesMissing: true, isOmittedMissing: true)
        #expect(try Self.rows("\n1,2\n3,4", .csv, reader) == [1, 2, 3, 4])
        #expect(try Self.rows("[[1,2],[3,4]]", .json, reader) == [1, 2, 3, 4])
        #expect(throws: RowProblem(row: 2, .width(found: 1, expected: 2))) {
            try Self.rows("1,2\n3", .csv, reader)
        }
        #expect(throws: RowProblem(row: 1, .widthUnknown)) { try Self.rows("1 0:2", .libsvm, reader) }
    }

    @Test("what is missing or omitted is not a number where that is allowed")
    func missing() throws {
        let reader = RowReader(width: 2, takesMissing: true, isOmittedMissing: true)
        for (text, format) in [(",1", RowFormat.csv), ("[null,1]", .json), ("1:1", .libsvm)] {
            #expect(try Self.rows(text, format, reader).map(\.isNaN) == [true, false])
        }
    }

    @Test(
        "a problem has its row, column and what was found",
        arguments: [
            ("1,2,3\n1,,3", .csv, RowProblem(row: 2, column: 2, .notANumber(""))),
            ("1,2,x", .csv, RowProblem(row: 1, column: 3, .notANumber("x"))),
            ("1,2\r3,4", .csv, RowProblem(row: 1, column: 2, .notANumber("2"))),
            ("1,2,3,4", .csv, RowProblem(row: 1, .width(found: 4, expected: 3))),
            ("0:1\n\n0:1 x", .libsvm, RowProblem(row: 2, .libsvm(.pair("x")))),
            ("0:1 2:y", .libsvm, RowProblem(row: 1, column: 2, .libsvm(.value("2:y")))),
            ("300000000:1", .libsvm, RowProblem(row: 1, column: 300_000_000, .width(found: 300_000_001, expected: 3))),
            ("[[1,2,3],[1,2]]", .json, RowProblem(row: 2, .width(found: 2, expected: 3))),
        ] as [(String, RowFormat, RowProblem)]
    )
    func problems(_ text: String, _ format: RowFormat, _ problem: RowProblem) {
        #expect(throws: problem) { try Self.rows(text, format) }
    }
}
