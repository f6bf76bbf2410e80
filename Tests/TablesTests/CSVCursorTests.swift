import Tables
import Testing

@Suite("Rows of CSV")
struct CSVCursorTests {
    /// Reads rows of two numbers, and what is wrong with the first row that cannot be read.
    private func read(_ text: String, separator: String = ",") -> (rows: [[Float]], problem: RowProblem?) {
        let format = CSVFormat.file(separator: separator.utf8.first ?? 0, width: 2)
        var rows: [[Float]] = []
        let problem = Array(text.utf8).withUnsafeBufferPointer { bytes -> RowProblem? in
            guard var cursor = CSVCursor(bytes, format) else { return nil }
            let row = UnsafeMutablePointer<Float>.allocate(capacity: 2)
            defer { row.deallocate() }
            do throws(RowProblem) {
                while try cursor.next(into: row) { rows.append([row[0], row[1]]) }
                return nil
            } catch {
                return error
            }
        }
        return (rows, problem)
    }

    @Test("quotes, spaces, blank lines and any line end change nothing")
    func shapes() {
        let (rows, problem) = read(" 1 ,\"2\"\r\n\r\n  \n3, 4 \r5,6")
        #expect(rows == [[1, 2], [3, 4], [5, 6]] && problem == nil)
    }

    @Test("missing values are not numbers")
    func missing() {
        let rows = read(",\"\"\nnan,1\n").rows
        #expect(rows.count == 2 && rows.joined().map(\.isNaN) == [true, true, true, false])
    }

    @Test(
        "a problem has its row, line, column and what was found",
        arguments: [
            ("\n1,2\n\n3, four \n", RowProblem(row: 2, line: 4, column: 2, .notANumber(" four "))),
            ("1,2,3\n", RowProblem(row: 1, line: 1, .width(found: 3, expected: 2))),
            ("1\n", RowProblem(row: 1, line: 1, .width(found: 1, expected: 2))),
            ("1,inf\n", RowProblem(row: 1, line: 1, column: 2, .infinite)),
            ("\",2\n", RowProblem(row: 1, line: 1, column: 1, .notANumber("\""))),
            ("1,\"2\n", RowProblem(row: 1, line: 1, column: 2, .notANumber("\"2"))),
        ]
    )
    func problems(_ text: String, _ problem: RowProblem) {
        #expect(read(text).problem == problem)
    }

    @Test("a comma separates before other bytes do")
    func separators() {
        for (line, separator) in [("1,2;3", ","), ("1;2|3", ";"), ("1|2", "|"), ("1\t2", "\t"), ("1", ",")] {
            let found = Array(line.utf8).withUnsafeBytes { CSVFormat.separator(of: $0) }
            #expect(found == separator.utf8.first)
        }
        #expect(read("1;2", separator: ";").rows == [[1, 2]])
    }

    @Test("a comma within quotes does not separate fields")
    func fields() {
        let fields = Array("a,\"b,c\",".utf8).withUnsafeBytes { CSVFormat.fields(of: $0) }
        #expect(fields == [0..<1, 2..<7, 8..<8])
    }
}
