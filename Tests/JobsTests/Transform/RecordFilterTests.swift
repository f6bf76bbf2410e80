import Definitions
import Testing

@testable import Jobs

struct RecordFilterTests {
    static func csv(_ path: String, _ row: String) throws -> String {
        let filter = try RecordFilter(path, .input)
        var output: [UInt8] = []
        try Array(row.utf8).withUnsafeBytes { try filter.choose(fromCSV: $0, appendingTo: &output) }
        return String(decoding: output, as: UTF8.self)
    }

    static func json(_ path: String, _ record: String) throws -> String {
        let filter = try RecordFilter(path, .input)
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
        #expect(throws: RoostError.self) { try RecordFilter(path, .input) }
    }

    @Test func whatIsNotThereIsAnError() {
        #expect(throws: RecordError.self) { try Self.csv("$[5]", "1,2") }
        #expect(throws: RecordError.self) { try Self.json("$.a", #"{"b":1}"#) }
        #expect(throws: RecordError.self) { try Self.json("$[2]", "[1,2]") }
        #expect(throws: RecordError.self) { try Self.json("$.a", "[1,2]") }
    }

    @Test("an error names the filter", arguments: [RecordFilter.Place.input, .output])
    func errorsNameTheFilter(place: RecordFilter.Place) throws {
        for path in ["$[", "$[0:2].a"] {
            #expect {
                try RecordFilter(path, place)
            } throws: {
                guard let error = $0 as? RoostError else { return false }
                return error.field == place.field && error.message.contains("the \(place.rawValue) '\(path)'")
                    || error.message.hasPrefix("The \(place.rawValue) '\(path)'")
            }
        }
        for (path, record) in [("$[2]", "[1,2]"), ("$.a", #"{"b":1}"#), ("$.a", "[1,2]")] {
            let filter = try RecordFilter(path, place)
            #expect {
                try Array(record.utf8).withUnsafeBytes { try filter.choose(fromJSON: $0) }
            } throws: {
                ($0 as? RecordError)?.message.hasPrefix("the \(place.rawValue) '\(path)'") == true
            }
        }
        for (path, row) in [("$[5]", "1,2"), ("$.a", "1,2")] {
            let filter = try RecordFilter(path, place)
            #expect {
                var output: [UInt8] = []
                try Array(row.utf8).withUnsafeBytes { try filter.choose(fromCSV: $0, appendingTo: &output) }
            } throws: {
                ($0 as? RecordError)?.message.hasPrefix("the \(place.rawValue) '\(path)'") == true
            }
        }
    }
}
