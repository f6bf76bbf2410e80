import Encodings
import Foundation
import TestSupport
import Testing

@testable import InferenceLog

@Suite("Reading the log by columns")
struct LogBatchTests {
    @Test("the facts of an entry are read, and its line")
    func facts() throws {
        let experiment = #","experiment":"e1","variant":"b","share":0.25"#
        let subject = #"{"time":5,"id":"two","valid":false,"model_name":"n","model_version":"3","role":"challenger","#
        let second =
            subject
            + #""pipeline_name":"p","pipeline_version":"4"\#(experiment),"elapsed":9,"unit":"00000000000000ff","#
            + #""keys":{"session_id":"8000000000000001","user":"0000000000000002"},"check_failures":[{"a":1}],"error":"x","#
            + #""original_data":{"x":[[1],[2]]}}"# + "\n"
        try withSegments(line("one", time: 4) + second) { log, _ in
            let batch = try log.batch()
            #expect(batch.entryCount == 2 && batch.rowCount == 3 && batch.skippedLines == 0)
            #expect(Array(batch.times) == [4, 5] && Array(batch.elapsed) == [7, 9])
            #expect(Array(batch.idHashes) == [StableHash.hash("one"), StableHash.hash("two")])
            #expect(batch.flags(at: 0) == [.valid] && batch.flags(at: 1) == [.failed, .hasUnit])
            #expect(batch.unit(at: 0) == nil && batch.unit(at: 1) == 255)
            #expect(batch.keyNames == ["session_id", "user"])
            let session = try #require(batch.keyHashes("session_id"))
            #expect(session[0] == nil && session[1] == 0x8000_0000_0000_0001)
            #expect(batch.keyHashes("user")?[1] == 2 && batch.keyHashes("other") == nil)
            #expect(batch.rows(at: 0) == 0..<1 && batch.rows(at: 1) == 1..<3 && batch.totalRows(at: 1) == 2)
            var first = LogEntrySubject()
            (first.modelName, first.modelVersion, first.role, first.pipelineVersion) = ("m", "1", "champion", "2")
            #expect(batch.subject(at: 0) == first)
            var other = LogEntrySubject()
            (other.modelName, other.modelVersion, other.role, other.pipelineVersion) = ("n", "3", "challenger", "4")
            (other.experiment, other.variant, other.share) = ("e1", "b", 0.25)
            #expect(batch.subject(at: 1) == other)
            #expect(batch.line(at: 1) + "\n" == second)
            #expect(batch.id(at: 0) == "one" && batch.id(at: 1) == "two")
        }
    }

    @Test("subjects that begin alike are told apart")
    func subjects() throws {
        let head = #"{"time":1,"id":"1","valid":true,"model_name":"m","model_version":"1","variant":"v","share":"#
        let lines = ["0.3", "0.33", "0.3", #"0.3,"role":"champion""#, #"0.3,"elapsed":1,"role":"challenger""#, "null"]
        try withSegments(lines.map { head + $0 + "}\n" }.joined()) { log, _ in
            let batch = try log.batch()
            #expect(Array(batch.subjectCodes) == [0, 1, 0, 2, 3, 4])
            #expect(batch.subjects.map(\.share) == [0.3, 0.33, 0.3, 0.3, nil])
            #expect(batch.subjects.map(\.role) == ["", "", "champion", "challenger", ""])
        }
    }

    @Test(
        "numbers are stored in the narrowest type that keeps them",
        arguments: [
            (["0", "255"], LogNumberType.uint8), (["1", "256"], .int16), (["1", "-1"], .int16),
            (["300", "-32768"], .int16),
            (["1", "70000", "2"], .int32), (["-2147483648", "0"], .int32), (["1", "2147483648"], .int64),
            (["9007199254740993", "1"], .int64), (["-9223372036854775808", "9223372036854775807"], .int64),
            (["0.5", "3", "-1.25"], .float32), (["1", "300", "0.5"], .float32), (["16777216", "0.5"], .float32),
            (["16777217", "0.5"], .float64), (["0.5", "16777217"], .float64), (["0.1", "1"], .float64),
            (["1", "0.1"], .float64), (["0.5", "0.1"], .float64), (["1e300", "-1e-300"], .float64),
            (["true", "false"], .boolean), (["true", "2"], .uint8), (["1.0", "2e2"], .uint8),
            (["-0.0", "1"], .float32),
            (["1", "300", "70000", "5000000000", "7"], .int64), (["5000000000", "0.5"], .float32),
            (["5000000001", "0.5"], .float64),
        ]
    )
    func numbers(values: [String], type: LogNumberType) throws {
        let text = values.map { line(input: #"{"x":[[\#($0)]]}"#) }.joined()
        try withSegments(text) { log, _ in
            let column = try #require(try log.batch().value(.input("x")))
            #expect(column.numberType == type && column.isComplete && column.texts.isEmpty)
            let expected = values.map { $0 == "true" ? 1 : $0 == "false" ? 0 : Double($0) ?? .nan }
            #expect((0..<values.count).map { column.number(at: $0) } == expected)
            #expect(column.numbers(of: 0..<values.count) == expected)
            #expect(column.number(at: -1) == nil && column.number(at: values.count) == nil)
            for (row, value) in values.enumerated() {
                if let integer = Int64(value) { #expect(column.integer(at: row) == integer) }
            }
        }
    }

    @Test("rows of several outputs and inputs are found by element, row by row")
    func rows() throws {
        let outputs =
            #""outputs":[{"Float":{"data":[1,2,3,4,5,6],"dim":[3,2],"v":1}},{"String":{"data":["a","b","a"],"dim":[3],"v":1}},"#
            + #"{"Bool":{"data":[true,false,null],"dim":[3,1],"v":1}}]"#
        let input = #"{"x":[[[1],[2]],[[3],[4]],[[5],[6]]],"y":[7,8,9],"z":"all"}"#
        try withSegments(line(result: outputs, input: input) + line()) { log, _ in
            let batch = try log.batch()
            #expect(batch.rows(at: 0) == 0..<3 && batch.rowCount == 4)
            #expect(batch.value(.output(0))?.all == ["1", "3", "5", "0.5"])
            #expect(batch.value(.output(0), .element(1))?.all == ["2", "4", "6", "-"])
            #expect(batch.value(.output(1))?.all == ["'a'", "'b'", "'a'", "-"])
            #expect(batch.value(.output(1))?.texts == ["a", "b"])
            #expect(batch.value(.output(2))?.all == ["1", "0", "-", "-"])
            #expect(batch.value(.output(2))?.numberType == .boolean)
            #expect(batch.value(.input("x"), .element(1))?.all == ["2", "4", "6", "-"])
            #expect(batch.value(.input("y"))?.all == ["7", "8", "9", "-"])
            #expect(batch.value(.input("z"))?.all == ["'all'", "'all'", "'all'", "-"])
            #expect(batch.value(.output(3)) == nil && batch.value(.input("w")) == nil)
            #expect(batch.value(.input("y"))?.numbers(of: 1..<4).map { $0.isNaN ? 0 : $0 } == [8, 9, 0])
            #expect(batch.value(.output(1))?.withCodes(Array.init) == [1, 2, 1, 0])
            #expect(batch.valueColumns.count == 8 && batch.droppedColumns.isEmpty)
            let text = LogColumnSummary(name: LogColumnName(.output(1)), numberType: nil, hasTexts: true)
            #expect(batch.valueColumns[2] == text)
        }
    }

    @Test("rows that are objects are found by feature")
    func features() throws {
        let rows = #"[{"a":1,"b":"x"},{"b":"y","c":[1],"a":null},{"é\n":2.5,"a":3,"a":4}]"#
        let result = #""outputs":[{"Float":{"data":[1,2,3],"dim":[3],"v":1}}]"#
        try withSegments(line(result: result, input: #"{"t":\#(rows)}"#) + line(result: result, input: rows)) {
            log,
            _ in
            let batch = try log.batch()
            for (source, first) in [(LogColumnName.Source.input("t"), 0), (.input(""), 3)] {
                func values(_ feature: String) -> [String] {
                    batch.value(source, .feature(feature)).map { Array($0.all[first..<first + 3]) } ?? []
                }
                #expect(values("a") == ["1", "-", "4"])
                #expect(values("b") == ["'x'", "'y'", "-"])
                #expect(values("c") == ["-", "-", "-"])
                #expect(values("é\n") == ["-", "-", "2.5"])
            }
        }
    }

    @Test("a column with numbers and texts has both, and names of numbers beside numbers are missing")
    func mixed() throws {
        func lines(_ values: [String]) -> String { values.map { line(input: #"{"x":\#($0)}"#) }.joined() }
        let cases: [([String], [String])] = [
            (["1", #""a""#, "0.5", "null"], ["1", "'a'", "0.5", "-"]),
            (["1", #""NaN""#, #""-Infinity""#], ["1", "-", "-"]),
            ([#""NaN""#, #""Infinity""#], ["-", "-"]),
            ([#""NaN""#, #""a""#], ["'NaN'", "'a'"]),
            (["1e999", "1"], ["-", "1"]),
            ([#""""#, #""é\u0000😀""#], ["''", "'é\0😀'"]),
            (["null"], ["-"]),
        ]
        for (values, expected) in cases {
            try withSegments(lines(values)) { log, _ in
                let batch = try log.batch()
                #expect(batch.value(.input("x"))?.all == expected)
            }
        }
    }

    @Test("entries without outputs have the rows of their inputs, or one")
    func missing() throws {
        let text =
            line("0", result: #""error":"failed""#, input: #"{"x":[[1,2],[3,4]]}"#)
            + line("1", result: #""outputs":null"#, input: #"{"x":[[5,6]]}"#, more: #","omitted":{"outputs":40000}"#)
            + line("2", result: #""error":"failed""#, input: "null", more: #","omitted":{"original_data":40000}"#)
            + line("3", result: #""outputs":null"#, input: #"{"x":7}"#, more: #","rows":{"total":5000,"kept":[3]}"#)
            + line("4", input: #"{"x":[[1,2],[3,4]]}"#) + line("5", input: #"{"x":[[1],[2,3]]}"#)
            + line("6", result: #""outputs":[{"Float":{"data":[1,2,3],"dim":[2,2],"v":1}}]"#, input: #"{"x":[[8]]}"#)
            + line("7", result: #""outputs":[{"Float":{"data":[],"dim":[0,2],"v":1}}]"#, input: #"{"x":[]}"#)
            + line("8", result: #""outputs":[{"Float":{"data":[],"dim":[1000000000,0],"v":1}}]"#)
        try withSegments(text) { log, _ in
            let batch = try log.batch()
            #expect((0..<9).map { batch.rows(at: $0).count } == [2, 1, 1, 1, 1, 1, 1, 0, 1])
            #expect(batch.value(.input("x"))?.all == ["1", "3", "5", "-", "7", "-", "-", "8", "-"])
            #expect(batch.value(.input("x"), .element(1))?.all == ["2", "4", "6", "-", "-", "-", "-", "-", "-"])
            #expect(batch.value(.output(0))?.all == ["-", "-", "-", "-", "-", "0.5", "0.5", "-", "-"].map { $0 })
            let flags = (0..<9).map { batch.flags(at: $0).subtracting(.valid) }
            #expect(flags == [.failed, .omitted, [.failed, .omitted], .cut, [], [], [], [], []])
            #expect(batch.totalRows(at: 3) == 5000 && batch.totalRows(at: 0) == 2)
        }
    }

    @Test("lines that are not entries are skipped and counted, and entries of earlier servers are read")
    func strangers() throws {
        let text =
            ["", "[]", "{}", "x", #"{"time":1}"#, entry("1", time: 1), "\u{0}", #"{"time":1,"id":"b","valid":true,"#]
            .joined(separator: "\n")
        let half = #"{"time":9,"id":"half","valid":true,"model_name":"m""#
        try withSegments(text + "\n" + line("2") + half, half, "") { log, _ in
            let batches = Array(log.batches(of: "p"))
            #expect(batches.count == 1)
            #expect(batches[0].entryCount == 2 && batches[0].skippedLines == 6)
            #expect(batches[0].id(at: 0) == "1" && batches[0].id(at: 1) == "2")
            #expect(batches[0].value(.output(0))?.all == ["-", "0.5"])
            #expect(Array(log.batches(of: "none")).isEmpty)
        }
    }

    @Test("a window has the entries from its start to its end, also if they are not in order")
    func windows() throws {
        let hour: Int64 = 3_600_000
        let text = [0, 20, 10, 30, 40].map { line("\($0)", time: hour + $0) }.joined()
        let later = [50, 60].map { line("\($0)", time: 2 * hour + $0) }.joined()
        try withSegments(text, later) { log, _ in
            func ids(_ window: LogWindow) -> [String] {
                log.batches(of: "p", window).flatMap { batch in
                    zip(batch.entryRanges, batch.rowRanges).flatMap { entries, rows in
                        #expect(entries == rows)
                        return entries.map { batch.id(at: $0) }
                    }
                }
            }
            #expect(ids(LogWindow()) == ["0", "20", "10", "30", "40", "50", "60"])
            #expect(ids(LogWindow(start: hour + 20)) == ["20", "30", "40", "50", "60"])
            #expect(ids(LogWindow(end: hour + 20)) == ["0", "10"])
            #expect(ids(LogWindow(start: hour + 10, end: hour + 31)) == ["20", "10", "30"])
            #expect(ids(LogWindow(start: hour + 40, end: 2 * hour + 51)) == ["40", "50"])
            #expect(ids(LogWindow(start: hour + 31, end: hour + 40)) == [])
            #expect(ids(LogWindow(start: 5, end: 5)) == [])
        }
    }

    @Test("the open segment is read with all entries that were appended, and gets no column file")
    func openSegment() throws {
        try withLog { log, folder in
            log.append(.fake("1"))
            var batch = try log.batch()
            #expect(batch.entryCount == 1)
            log.append(.fake("2"), .fake("3"))
            batch = try log.batch()
            #expect(batch.entryCount == 3 && batch.id(at: 2) == "3")
            log.buildColumns()
            #expect(files(in: folder).count == 1)
        }
    }

    @Test("a column file is built after a segment was closed, and at the next start")
    func background() async throws {
        try await withTemporaryFolder { folder in
            func waitForColumns(_ count: Int) async {
                while files(in: folder).filter({ $0.hasSuffix(".columns") }).count < count {
                    try? await Task.sleep(for: .milliseconds(1))
                }
            }
            var log = try InferenceLog(folder: folder, configuration: .manual { $0.segmentBytes = 1 })
            for id in ["1", "2"] {
                log.append(.fake(id))
                log.flush()
            }
            await waitForColumns(1)
            #expect(segments(in: folder).count == 2)
            log.close()
            try Data().write(to: URL(filePath: "\(folder)/p/1.columns"))
            try Data().write(to: URL(filePath: "\(folder)/p/2.columns.x.partial"))
            log = try InferenceLog(folder: folder, configuration: .manual())
            defer { log.close() }
            await waitForColumns(2)
            log.buildColumns()
            #expect(files(in: folder).count == 4)
        }
    }

    @Test("columns beyond the limits are listed as dropped")
    func limits() throws {
        let long = (0...ColumnLimits.rowElements).map { "\($0)" }.joined(separator: ",")
        try withSegments(line(input: #"{"x":[[\#(long)]],"y":[[1]]}"#)) { log, _ in
            let batch = try log.batch()
            #expect(batch.value(.input("x"), .element(8191))?.all == ["8191"])
            let dropped = LogColumnName(.input("x"), .element(8192))
            #expect(batch.value(dropped) == nil && batch.value(.input("y"))?.all == ["1"])
            #expect(batch.droppedColumns == [LogDroppedColumn(name: dropped, reason: .rowTooLong)])
        }
        let wide = (0..<9).map { #""x\#($0)":[[\#(long.dropLast(5))]]"# }.joined(separator: ",")
        try withSegments(line(input: "{\(wide)}")) { log, _ in
            let batch = try log.batch()
            #expect(batch.valueColumns.count == ColumnLimits.columns)
            #expect(batch.droppedColumns.map(\.reason) == [.tooManyColumns, .tooManyColumns])
        }
    }
}
