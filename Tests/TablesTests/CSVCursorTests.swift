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
        for (line, separator) in [
            ("1,2;3", ","), ("1;2|3", ";"), ("\n1;2\r3,4", ";"), ("1|2", "|"), ("1\t2", "\t"), ("1", ","),
        ] {
            let found = Array(line.utf8).withUnsafeBytes { CSVFormat.separator(of: $0) }
            #expect(found == separator.utf8.first)
        }
        #expect(read("1;2", separator: ";").rows == [[1, 2]])
    }

    @Test("a comma within quotes does not separate fields")
    func fields() throws {
        #expect(try fields("a,\"b,c\",") == [0..<1, 2..<7, 8..<8])
        #expect(try fields("\"a\"\"\",") == [0..<5, 6..<6])
        #expect(try fields("") == [0..<0])
    }

    @Test(
        "fields are those of one record, with quotes around whole fields",
        arguments: [
            ("1,\"2,3", CSVProblem.Reason.openQuote), ("4,a\"b,5", .strayQuote), ("\"a\"b,5", .strayQuote),
            ("1, \"2\"", .strayQuote), ("1\n2", .lineEnd), ("1\r2", .lineEnd), ("1\0,2", .nul),
        ]
    )
    func badFields(_ text: String, _ reason: CSVProblem.Reason) throws {
        let problem = #expect(throws: CSVProblem.self) { try fields(text) }
        #expect(problem?.reason == reason)
    }

    private func fields(_ text: String) throws -> [Range<Int>] {
        try Array(text.utf8).withUnsafeBytes { try CSVFormat.fields(of: $0) }
    }

    @Test("the first line ends at any line end, and blank lines and a mark of UTF-8 do not count")
    func firstLine() {
        for text in ["1;2\r3;4\r", "\u{FEFF}\n  \r\n1;2\r\n3;4", "1;2"] {
            let line = Array(text.utf8).withUnsafeBytes { bytes in
                CSVFormat.firstLine(of: bytes).map { String(decoding: $0, as: UTF8.self) }
            }
            #expect(line == "1;2")
        }
        #expect(Array("\n \r\n".utf8).withUnsafeBytes { CSVFormat.firstLine(of: $0) == nil })
    }
}
