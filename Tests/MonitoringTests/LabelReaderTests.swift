import Definitions
import Encodings
import Foundation
import Tensors
import Testing

@testable import Monitoring

@Suite("Reading labels")
struct LabelReaderTests {
    private static func read(
        _ body: String,
        _ format: LabelReader.Format,
        keys: [String] = ["user", "order"],
        kind: LabelSettings.Kind? = nil
    ) throws -> [Label] {
        let reader = LabelReader(pipeline: "p", keys: keys, kind: kind, keyHash: KeyedHash(1, 2), now: 7)
        return try Array(body.utf8).withUnsafeBytes { try reader.read($0, format) }
    }

    private static func one(_ id: String, _ number: Double, row: Int? = nil) -> Label {
        Label(.id(id), row: row, .one(.number(number)), time: 7)
    }

    @Test("JSON is one label, a list, or an object with a list")
    func json() throws {
        let texts = [
            #"{"id":"a","label":1}"#, #" [ {"label" : 1.0, "id":"a"} ] "#, #"{"labels":[{"id":"a","label":true}]}"#,
            #"{"id":"b","id":"a","row":null,"label":0,"label":1}"#,
        ]
        for text in texts { #expect(try Self.read(text, .json) == [Self.one("a", 1)], "\(text)") }
    }

    @Test("a label is a number, a Boolean, a text, or a list of them")
    func values() throws {
        let texts: [(String, Label.Values)] = [
            ("-1e308", .one(.number(-1e308))), ("false", .one(.number(0))), (#""1""#, .one(.text("1"))),
            (#""""#, .one(.text(""))), ("[1]", .rows([.number(1)])),
            (#"[1,"é",true]"#, .rows([.number(1), .text("é"), .number(1)])),
        ]
        for (text, values) in texts {
            #expect(try Self.read(#"{"id":"a","label":\#(text)}"#, .json)[0].values == values, "\(text)")
        }
    }

    @Test("a label is found by the hash of a key, whatever the type of its value")
    func keys() throws {
        let expected = Label.Target.key(
            "user",
            hash: KeyedHash(1, 2).hash(InferenceKey.hash("17", pipeline: "p", key: "user"))
        )
        for text in [#"{"key":{"user":"17"},"label":1}"#, #"{"key":{"user":17},"label":1}"#] {
            #expect(try Self.read(text, .json)[0].target == expected)
        }
        #expect(try Self.read("key:user,label\n17,1\n", .csv)[0].target == expected)
    }

    @Test("lines may be empty, and end in any way")
    func lines() throws {
        let text = "\r\n" + #"{"id":"a","label":1}"# + "\r\n \n" + #"{"id":"b","label":2,"row":3}"#
        #expect(try Self.read(text, .lines) == [Self.one("a", 1), Self.one("b", 2, row: 3)])
    }

    @Test("records of SageMaker have CSV or JSON in them")
    func records() throws {
        func record(_ data: String, _ encoding: String?) -> String {
            let more = encoding.map { #","encoding":"\#($0)""# } ?? ""
            return
                #"{"groundTruthData":{"data":\#(data)\#(more)},"eventMetadata":{"eventId":"a","x":1},"eventVersion":"0"}"#
        }
        let texts: [(String, Label.Values)] = [
            (record(#""1""#, "CSV"), .one(.number(1))), (record("1", nil), .one(.number(1))),
            (record(#""1, b""#, "CSV"), .rows([.number(1), .text("b")])),
            (record(#""\"a,b\",2""#, "CSV"), .rows([.text("a,b"), .number(2)])),
            (record(#""1\n0\n""#, "CSV"), .rows([.number(1), .number(0)])),
            (record(#""[1,2]""#, "JSON"), .rows([.number(1), .number(2)])),
            (record(#""\"b\"""#, "JSON"), .one(.text("b"))),
        ]
        for (text, values) in texts {
            #expect(try Self.read(text, .lines) == [Label(.id("a"), values, time: 7)], "\(text)")
        }
        let wrong: [(String, String)] = [
            (record(#""AQ==""#, "BASE64"), "'BASE64'"), (record(#""1 2""#, "JSON"), "after the JSON value"),
            (record(#""""#, "CSV"), "must be a number"), (record(#""[1,""#, "JSON"), "ends early"),
            (record(#""1,a\"b""#, "CSV"), "has a quote inside a field"),
            (record(#""1,2\n3,4""#, "CSV"), "several lines with several values"),
        ]
        for (text, part) in wrong {
            let error = try #require(throws: RoostError.self) { try Self.read(text, .lines) }
            #expect(error.message.contains(part) && error.message.hasPrefix("Line 1"), "\(error.message)")
        }
    }

    @Test("CSV may have quotes, empty lines, and rows")
    func csv() throws {
        let text = "id,label,row\r\n\"a,b\",1,\r\n\r\n\"say \"\"x\"\"\",\"2\",3\r\nc,\"\"\"\",\n"
        let labels = try Self.read(text, .csv)
        #expect(labels[..<2] == [Self.one("a,b", 1), Self.one("say \"x\"", 2, row: 3)])
        #expect(labels[2].values == .one(.text("\"")))
        #expect(try Self.read("label,id\ntrue,a\nFalse,b", .csv) == [Self.one("a", 1), Self.one("b", 0)])
        #expect(try Self.read("id,label\na,017", .csv, kind: .text)[0].values == .one(.text("017")))
        for text in ["nan", "inf", "1e999", "-Infinity"] {
            #expect(try Self.read("id,label\na,\(text)", .csv)[0].values == .one(.text(text)))
        }
    }

    private static let wrong: [(LabelReader.Format, String, String)] = [
        (.json, "", "empty"), (.json, "[]", "no labels"), (.json, #"{"labels":[]}"#, "no labels"),
        (.json, "7", "Expected a label"), (.json, #"{"labels":7}"#, "a list of labels"),
        (.json, #"{"labels":[],"x":1}"#, "'x'"), (.json, #"[{"id":"a","label":1}] 2"#, "after the JSON value"),
        (.json, #"[{"id":"a","label":1},{"id":"b"}]"#, "Label 2: the label has no 'label'"),
        (.json, #"[{"id":"a","label":1},{"label":1}]"#, "Label 2: the label must have either 'id' or 'key'"),
        (.json, #"[{"id":"a","label":1},{"id":"b","label":1e999}]"#, "Label 2: "),
        (.json, #"[{"id":"a","label":1},7]"#, "Label 2: Expected a label"),
        (.json, #"{"id":"a","label":NaN}"#, "NaN"), (.json, #"{"id":"a","label":null}"#, "must be a number"),
        (.json, #"{"id":"a","label":[]}"#, "must be a number"),
        (.json, #"{"id":"a","label":[1,{}]}"#, "must be a number"),
        (.json, #"{"id":"a","label":[[1]]}"#, "must be a number"), (.json, #"{"id":"","label":1}"#, "1 to 128 bytes"),
        (.json, #"{"id":"a","key":{"user":"b"},"label":1}"#, "either 'id' or 'key'"),
        (.json, #"{"key":{"age":"b"},"label":1}"#, "unknown key 'age'. The pipeline has: user, order"),
        (.json, #"{"key":{},"label":1}"#, "either 'id' or 'key'"),
        (.json, #"{"key":{"user":1,"order":2},"label":1}"#, "one key"),
        (.json, #"{"key":"b","label":1}"#, "an object with one key"),
        (.json, #"{"id":"a","row":-1,"label":1}"#, "'row'"),
        (.json, #"{"id":"a","row":2147483648,"label":1}"#, "'row'"),
        (.json, #"{"id":"a","row":99999999999999999999,"label":1}"#, "an integer"),
        (.json, #"{"id":"a","row":0,"label":[1,2]}"#, "several values for one row"),
        (.json, #"{"id":"a","truth":1}"#, "unknown field 'truth'"),
        (.lines, #"{"id":"a","label":1}"# + "\n" + #"{"id":"a","label":}"#, "Line 2: "),
        (.lines, "\n" + #"{"id":"a","label":1}x"#, "Line 2: "),
        (.lines, #"{"id":"a"}"#, "Line 1: the label has no 'label'"),
        (.csv, "", "no labels"), (.csv, "id,label\n", "no labels"), (.csv, "id\na", "must name the columns"),
        (.csv, "id,label,age\n", "Unknown column 'age'"), (.csv, "id,key:user,label\n", "must name the columns"),
        (.csv, "id,label,row,row\n", "must name the columns"),
        (.csv, "id,label\na,1,2", "Line 2 has 3 fields, but the header has 2"),
        (.csv, "id,label\na,1\nb,", "line 3 has no 'label'"), (.csv, "id,label\n\"a,1\n", "Line 2 has a quote"),
        (.csv, "id,label\n\na\"b,1\n", "Line 3 has a quote inside a field"),
        (.csv, "id,label,row\na,1,x", "row 'x'"), (.csv, "key:age,label\na,1", "unknown key 'age'"),
    ]

    @Test("an error names the label or the line", arguments: wrong)
    func errors(format: LabelReader.Format, text: String, part: String) throws {
        let error = try #require(throws: RoostError.self) { try Self.read(text, format) }
        #expect(error.code == .invalidInput && error.field == "labels")
        #expect(error.message.contains(part), "\(error.message)")
    }

    @Test("a label must be of the declared type")
    func kinds() throws {
        let wrong: [(LabelSettings.Kind, String)] = [
            (.number, #""a""#), (.number, #"[1,"a"]"#), (.text, "1"), (.text, "true"), (.class, "0.5"),
            (.class, "[1,1.5]"),
        ]
        for (kind, text) in wrong {
            #expect(throws: RoostError.self) { try Self.read(#"{"id":"a","label":\#(text)}"#, .json, kind: kind) }
        }
        for text in ["1", "1e300", "true", #""a""#] {
            #expect(try Self.read(#"{"id":"a","label":\#(text)}"#, .json, kind: .class).count == 1)
        }
    }

    @Test("a body has at most a million labels, each row's counted")
    func limits() throws {
        let full = Array(repeating: "1", count: LabelReader.maxLabels).joined(separator: ",")
        #expect(try Self.read(#"[{"id":"a","label":[\#(full)]}]"#, .json)[0].values.count == LabelReader.maxLabels)
        for text in [#"[{"id":"a","label":[\#(full),1]}]"#, #"[{"id":"b","label":1},{"id":"a","label":[\#(full)]}]"#] {
            let error = try #require(throws: RoostError.self) { try Self.read(text, .json) }
            #expect(error.message.contains("more than 1000000 labels"))
        }
        let lines = #"{"id":"a","label":[\#(full)]}"# + "\n" + #"{"id":"b","label":1}"#
        let error = try #require(throws: RoostError.self) { try Self.read(lines, .lines) }
        #expect(error.message.contains("More than 1000000 labels"))
    }

    @Test("deep nesting is an error")
    func nesting() throws {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        for text in [deep, #"{"id":"a","label":\#(deep)}"#, #"{"x":\#(deep),"labels":[]}"#] {
            #expect(throws: RoostError.self) { try Self.read(text, .json) }
        }
    }

    @Test("what is written to the store is read back", arguments: [nil, 3])
    func lines(row: Int?) throws {
        let values: [Label.Values] =
            row == nil
            ? [.rows([.number(1), .text("\u{0}é\"\n")]), .one(.number(-1e308))] : [.one(.number(0.1)), .one(.text(""))]
        for target in [Label.Target.id("a\"b"), .key("user", hash: .max)] {
            for value in values {
                let label = Label(target, row: row, value, time: .min + 1)
                var writer = JSONWriter(capacity: 64)
                label.write(to: &writer)
                #expect(writer.bytes.withUnsafeBytes { Label(line: $0) } == label)
            }
        }
    }
}
