import Foundation
import Tensors
import Testing

@testable import Analyses

@Suite("Rows of data sets")
struct DatasetTests {
    private func body(_ json: String, path: [String] = []) throws -> DataBody {
        let result = Array(json.utf8).withUnsafeBytes { bytes in
            Result { () throws(JSONError) in try JSONTable(path: path).body(bytes) }
        }
        return try result.get()
    }

    private func named(_ fields: KeyValuePairs<String, String?>) -> DataRow {
        DataRow(named: fields.map { DataRow.Field(name: $0.key, value: $0.value) })
    }

    @Test("an object is a row, with a column for each value in it")
    func objects() throws {
        let found = try body(#"{"a": 1.0, "b": {"c": "x", "d": null}, "e": [true, {"f": -2e3}]}"#)
        #expect(found == .rows([named(["a": "1.0", "b.c": "x", "b.d": nil, "e_0": "true", "e_1.f": "-2e3"])]))
    }

    @Test("a list of objects or lists has a row for each, with or without a name")
    func lists() throws {
        let rows = DataBody.rows([named(["score": "0.5"]), named(["score": "0.25"])])
        #expect(try body(#"[{"score": 0.5}, {"score": 0.25}]"#) == rows)
        #expect(try body(#"{"predictions": [{"score": 0.5}, {"score": 0.25}]}"#) == rows)
        #expect(try body("{\"score\": 0.5}\n{\"score\": 0.25}\n") == rows)
        #expect(try body("[[1, 2], [3, 4]]") == .rows([DataRow(unnamed: ["1", "2"]), DataRow(unnamed: ["3", "4"])]))
        #expect(try body("[1, null]") == .list(name: nil, ["1", nil]))
        #expect(try body(#"{"p": [1, 2]}"#) == .list(name: "p", ["1", "2"]))
        #expect(try body("7") == .rows([DataRow(unnamed: ["7"])]))
    }

    @Test("a path selects a part of a document")
    func path() throws {
        #expect(
            try body(#"{"id": 4, "data": {"features": [1, 2]}}"#, path: ["data", "features"])
                == .list(name: nil, ["1", "2"])
        )
        #expect(throws: JSONError.self) { try body(#"{"data": 1}"#, path: ["features"]) }
    }

    @Test("JSON that is damaged or nested too deep is an error")
    func damaged() {
        for text in ["{", "[1,", "{} x", String(repeating: "[", count: 100_000), ""] {
            #expect(throws: JSONError.self) { try body(text) }
        }
    }

    @Test("values in one list are a row, or one of each row of the request")
    func pairs() throws {
        let three = DataBody.rows([DataRow(unnamed: ["1"]), DataRow(unnamed: ["2"]), DataRow(unnamed: ["3"])])
        let answer = DataBody.list(name: nil, ["a", "b", "c"])
        let found = try #require(DataBody.pairs(output: answer, input: three))
        #expect(found.map(\.row.unnamed) == [["a", "1"], ["b", "2"], ["c", "3"]])
        let one = try #require(DataBody.pairs(output: answer, input: .list(name: "x", ["7"])))
        #expect(one.map(\.row) == [DataRow(unnamed: ["a", "b", "c"], named: [.init(name: "x", value: "7")])])
        let wide = try #require(DataBody.pairs(output: nil, input: .list(name: "x", ["7", "8"])))
        #expect(wide.map(\.row.named) == [[.init(name: "x_0", value: "7"), .init(name: "x_1", value: "8")]])
        #expect(DataBody.pairs(output: .rows([DataRow(unnamed: ["a"]), DataRow(unnamed: ["b"])]), input: three) == nil)
        #expect(DataBody.pairs(output: nil, input: nil) == [])
    }

    @Test("an input with the name of an output gets another name")
    func sameNames() {
        let pair = DataBody.Pair(output: named(["score": "1"]), input: named(["score": "2", "age": "3"]))
        #expect(pair.row.named.map(\.name) == ["score", "input.score", "age"])
    }

    @Test("columns without names get those of the baseline, and then their positions")
    func names() {
        var names = ColumnNames(["label", "age", "score"])
        let first = names.fields(of: .init(output: DataRow(unnamed: ["1"]), input: DataRow(unnamed: ["2", "3", "4"])))
        #expect(first.map(\.name) == ["label", "age", "score", "_c3"])
        var mixed = ColumnNames(["label", "age"])
        let second = mixed.fields(of: .init(output: DataRow(unnamed: ["1"]), input: named(["age": "2"])))
        #expect(second == [.init(name: "label", value: "1"), .init(name: "age", value: "2")])
    }

    @Test("columns are left out by their names, or as inputs by their positions")
    func excluded() {
        var names = ColumnNames(["label", "id", "age", "zip"], excluded: ["0", "zip", "99999999999999999999"])
        let fields = names.fields(of: .init(output: DataRow(unnamed: ["1"]), input: DataRow(unnamed: ["2", "3", "4"])))
        #expect(fields == [.init(name: "label", value: "1"), .init(name: "age", value: "3")])
        #expect(names.excluded.isSuperset(of: ["id", "zip"]))
        var named = ColumnNames(excluded: ["1"])
        let rest = named.fields(of: .init(output: DataRow(unnamed: ["1"]), input: self.named(["a": "2", "b": "3"])))
        #expect(rest.map(\.name) == ["_c0", "a"])
    }

    @Test("a column is found by its name or its position")
    func values() {
        let row = DataRow(unnamed: ["a", nil], named: [.init(name: "p", value: "b")])
        #expect(
            row.value(of: "0") == .some("a") && row.value(of: "p") == .some("b") && row.value(of: "2") == .some("b")
        )
        #expect(row.value(of: "1") == .some(nil))
        #expect(row.value(of: "3") == nil && row.value(of: "-1") == nil && row.value(of: "x") == nil)
    }
}

@Suite("Captured invocations")
struct CapturedInvocationTests {
    private func read(_ line: String) throws -> CapturedInvocation {
        let result = Array(line.utf8).withUnsafeBytes { bytes in
            Result { () throws(JSONError) in try CapturedInvocation(line: bytes) }
        }
        return try result.get()
    }

    @Test("a line has the bodies, the time and the IDs of an invocation")
    func line() throws {
        let found = try read(
            #"""
            {"captureData":{"endpointInput":{"observedContentType":"text/csv","mode":"INPUT","data":"1,2\n3,","encoding":"CSV"},
            "endpointOutput":{"observedContentType":"text/csv; charset=utf-8","mode":"OUTPUT","data":"0.5,0.25","encoding":"CSV"}},
            "eventMetadata":{"eventId":"e1","inferenceTime":"2026-03-01T10:20:30Z"},"eventVersion":"0"}
            """#
        )
        #expect(found.id == "e1" && found.labelID == "e1" && found.time == at("2026-03-01T10:20:30Z"))
        #expect(
            try found.input?.body() == .rows([DataRow(unnamed: ["1", "2"]), DataRow(unnamed: ["3", nil])])
        )
        #expect(try found.output?.body() == .list(name: nil, ["0.5", "0.25"]))
    }

    @Test("the ID that the caller gave comes before that of the event")
    func ids() throws {
        let found = try read(
            #"{"captureData":{},"eventMetadata":{"eventId":"e","inferenceId":"i","inferenceTime":"x"}}"#
        )
        #expect(found.labelID == "i" && found.time == nil && found.input == nil)
    }

    @Test("a body in base64 is read by its content type")
    func base64() throws {
        func part(_ text: String, _ type: String?) -> CapturedInvocation.Part {
            .init(text: Data(text.utf8).base64EncodedString(), encoding: "BASE64", contentType: type)
        }
        #expect(try part("1,2", "text/csv; charset=utf-8").body() == .list(name: nil, ["1", "2"]))
        #expect(try part("1,2", nil).body() == .list(name: nil, ["1", "2"]))
        #expect(try part("[1,2]", "application/json").body() == .list(name: nil, ["1", "2"]))
        for (part, problem) in [
            (part("x", "image/png"), "is neither CSV nor JSON, but image/png"),
            (.init(text: "!", encoding: "BASE64"), "is not valid base64"),
            (.init(text: "1", encoding: "XML"), "has the unknown encoding 'XML'"),
            (.init(text: "\"1", encoding: "CSV"), "has a quote that is not closed"),
        ] {
            #expect(throws: CapturedInvocation.Part.Problem(text: problem)) { try part.body() }
        }
    }

    @Test("the newest label of an ID counts, for as many rows as it has values")
    func labels() throws {
        var table = GroundTruthTable()
        func add(_ line: String) throws {
            let result = Array(line.utf8).withUnsafeBytes { bytes in
                Result { () throws(JSONError) in try table.add(line: bytes) }
            }
            try result.get()
        }
        try add(
            #"{"groundTruthData":{"data":"0","encoding":"CSV"},"eventMetadata":{"eventId":"a"},"eventVersion":"0"}"#
        )
        try add(
            #"{"groundTruthData":{"data":"1","encoding":"CSV"},"eventMetadata":{"eventId":"a"},"eventVersion":"0"}"#
        )
        try add(#"{"groundTruthData":{"data":"1,0","encoding":"CSV"},"eventMetadata":{"eventId":"b"}}"#)
        try add(#"{"groundTruthData":{"data":2.5},"eventMetadata":{"eventId":"c"}}"#)
        try add(#"{"groundTruthData":{"data":"{\"label\":\"x\"}","encoding":"JSON"},"eventMetadata":{"eventId":"d"}}"#)
        #expect(table.label(of: "a", row: 0, of: 1) == "1")
        #expect(table.label(of: "b", row: 1, of: 2) == "0" && table.label(of: "b", row: 0, of: 3) == nil)
        #expect(table.label(of: "c", row: 0, of: 1) == "2.5" && table.label(of: "d", row: 0, of: 1) == "x")
        #expect(table.label(of: "e", row: 0, of: 1) == nil)
        for line in [
            "{}", "[]", #"{"groundTruthData":{"data":"1"}}"#,
            #"{"groundTruthData":{},"eventMetadata":{"eventId":"a"}}"#,
        ] {
            #expect(throws: JSONError.self) { try add(line) }
        }
    }
}
