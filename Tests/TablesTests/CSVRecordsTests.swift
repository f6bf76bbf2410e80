import Tables
import Testing

@Suite("Records of CSV")
struct CSVRecordsTests {
    /// Reads all records; what was read before a problem is lost.
    private func read(_ text: String, isRectangular: Bool = false) throws(CSVProblem) -> [[String?]] {
        try read(Array(text.utf8), isRectangular: isRectangular)
    }

    private func read(_ text: [UInt8], isRectangular: Bool = false) throws(CSVProblem) -> [[String?]] {
        let result = text.withUnsafeBytes { bytes in
            Result { () throws(CSVProblem) in
                var records = CSVRecords(bytes, isRectangular: isRectangular)
                var fields: [String?] = []
                var all: [[String?]] = []
                while try records.next(into: &fields) { all.append(fields) }
                return all
            }
        }
        return try result.get()
    }

    @Test("any line end separates records, and lines without fields are skipped")
    func lines() throws {
        #expect(try read("a,b\r\n\r\n1,2\n\n3,4\r5,6") == [["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"]])
        #expect(try read("").isEmpty && read("\n\r\n").isEmpty)
    }

    @Test("a field without any character is missing, an empty one in quotes is not")
    func missing() throws {
        #expect(try read(",\"\",\n1,,") == [[nil, "", nil], ["1", nil, nil]])
    }

    @Test("quotes keep commas, line breaks and quotes")
    func quotes() throws {
        #expect(try read("\"a,b\",\"c\nd\",\"e\"\"f\"\n\"\"\"\"") == [["a,b", "c\nd", "e\"f"], ["\""]])
    }

    @Test(
        "a quote inside a field is a problem of its record",
        arguments: ["1,2\n4,a\"b,5\n6,7", "1,2\n\"a\"b,5", "1,\"2,\n3\"4\"", "1,2\n5\" disk", "\n1, \"2\""]
    )
    func strayQuotes(_ text: String) {
        let problem = #expect(throws: CSVProblem.self) { try read(text) }
        #expect(problem?.reason == .strayQuote)
        #expect(problem?.line == (text.hasPrefix("1,\"") ? 1 : 2))
    }

    @Test("CSV is UTF-8 text")
    func text() throws {
        #expect(throws: CSVProblem.self) { try read([0x61, 0x0A, 0x62, 0xFF]) }
        #expect(throws: CSVProblem.self) { try read("a,b\0") }
        // A spreadsheet's "Unicode text" is UTF-16.
        #expect(throws: CSVProblem.self) { try read([0xFF, 0xFE, 0x31, 0x00, 0x2C, 0x00]) }
    }

    @Test("records may have to have as many fields as the first")
    func ragged() throws {
        #expect(try read("1,2\n3").count == 2)
        let problem = #expect(throws: CSVProblem.self) { try read("1,2\n\n3,4,", isRectangular: true) }
        #expect(problem?.line == 3 && problem?.reason == .width(found: 3, expected: 2))
        #expect(problem?.description == "has 3 fields, but the first record has 2")
    }

    @Test("a mark of UTF-8 does not belong to the first field")
    func mark() throws { #expect(try read("\u{FEFF}a,b") == [["a", "b"]]) }

    @Test("a quote that is not closed is a problem of its record")
    func open() {
        #expect(throws: CSVProblem.self) { try read("a\n\n\"b\nc") }
        let line = Array("a\n\n\"b\nc".utf8).withUnsafeBytes { bytes -> Int? in
            var records = CSVRecords(bytes)
            var fields: [String?] = []
            do throws(CSVProblem) {
                while try records.next(into: &fields) {}
                return nil
            } catch {
                return error.line
            }
        }
        #expect(line == 3)
    }

    @Test("a record knows the line in which it begins")
    func numbers() throws {
        let lines = try Array("a\r\n\"b\nc\"\n\nd".utf8).withUnsafeBytes { bytes in
            var records = CSVRecords(bytes)
            var fields: [String?] = []
            var lines: [Int] = []
            while try records.next(into: &fields) { lines.append(records.line) }
            return lines
        }
        #expect(lines == [1, 2, 5])
    }
}
