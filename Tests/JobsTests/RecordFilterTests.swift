import Definitions
import Testing

@testable import Jobs

struct RecordFilterTests {
    static func csv(_ path: String, _ row: String) throws -> String {
        let filter = try RecordFilter(path, field: "input_filter")
        var output: [UInt8] = []
        try Array(row.utf8).withUnsafeBytes { try filter.choose(fromCSV: $0, appendingTo: &output) }
        return String(decoding: output, as: UTF8.self)
    }

    static func json(_ path: String, _ record: String) throws -> String {
        let filter = try RecordFilter(path, field: "input_filter")
        return String(
            decoding: try Array(record.utf8).withUnsafeBytes { try filter.choose(fromJSON: $0) },
            as: UTF8.self
        )
    }

    @Test(arguments: [
        ("$", "a,b,c,d,e"), ("$[0]", "a"), ("$[-1]", "e"), ("$[1:]", "b,c,d,e"), ("$[:-1]", "a,b,c,d"),
        ("$[1:3]", "b,c"),
        ("$[0,-1]", "a,e"), ("$[0,3:]", "a,d,e"), ("$[ 4 , 0 ]", "e,a"), ("$[3:99]", "d,e"), ("$[*]", "a,b,c,d,e"),
        ("$[-2:]", "d,e"), ("$[3:1]", ""),
    ])
    func fieldsOfCSVAreChosenByPlace(path: String, expected: String) throws {
        #expect(try Self.csv(path, "a,b,c,d,e") == expected)
    }

    @Test func aCommaInQuotesSeparatesNothing() throws {
        #expect(try Self.csv("$[1]", #"1,"x, y",2"#) == #""x, y""#)
    }

    @Test(arguments: [
        ("$", #"{"id": 7, "x": [1, 2, 3], "y": {"z": "w"}}"#), ("$.x", "[1, 2, 3]"), ("$['x']", "[1, 2, 3]"),
        ("$.x[0]", "1"), ("$.x[1:]", "[2,3]"), ("$.x[0,2]", "[1,3]"), ("$.y.z", #""w""#),
        ("$['id','y']", #"{"id":7,"y":{"z": "w"}}"#), ("$.y.*", #"["w"]"#), ("$.x[-1]", "3"),
    ])
    func partsOfJSONAreChosenByNameAndPlace(path: String, expected: String) throws {
        #expect(try Self.json(path, #"{"id": 7, "x": [1, 2, 3], "y": {"z": "w"}}"#) == expected)
    }

    @Test(arguments: ["", "x", "$x", "$[", "$[1", "$[a]", "$['a]", "$.", "$[1,'a']", "$[0:2].a", "$[]", "$[1:2:3]"])
    func whatIsNoPathIsRefused(path: String) {
        #expect(throws: RoostError.self) { try RecordFilter(path, field: "input_filter") }
    }

    @Test func whatIsNotThereIsAnError() {
        #expect(throws: RecordError.self) { try Self.csv("$[5]", "1,2") }
        #expect(throws: RecordError.self) { try Self.json("$.a", #"{"b":1}"#) }
        #expect(throws: RecordError.self) { try Self.json("$[2]", "[1,2]") }
        #expect(throws: (any Error).self) { try Self.json("$.a", "[1,2]") }
    }
}
