import Testing

@testable import Tensors

@Suite("Tensors in JSON")
struct TensorJSONTests {
    private func read(_ text: String, _ type: DataType) throws -> Tensor {
        try Array(text.utf8).withUnsafeBytes { bytes in
            var cursor = try JSONCursor(bytes)
            let tensor = try cursor.readTensor(of: type)
            try cursor.expectEnd()
            return tensor
        }
    }

    private func write(_ tensor: Tensor) -> String {
        var writer = JSONWriter()
        writer.nested(tensor)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test(
        "the nesting determines the shape",
        arguments: [
            ("5", []), ("[]", [0]), ("[1]", [1]), ("[[1,2,3],[4,5,6]]", [2, 3]), ("[[],[]]", [2, 0]),
            ("[[[1],[2]],[[3],[4]],[[5],[6]]]", [3, 2, 1]), (" [ [ 1 , 2 ] ,\n[ 3 , 4 ] ] ", [2, 2]),
        ] as [(String, [Int])]
    )
    func shapes(text: String, shape: [Int]) throws {
        #expect(try read(text, .int64).shape == shape)
    }

    @Test(
        "ragged rows are rejected",
        arguments: [
            "[[1,2],[3]]", "[[1],[2,3]]", "[1,[2]]", "[[1],2]", "[[[1]],[2]]", "[[],[1]]", "[[1],[]]",
            "[[1,2],[3,[4]]]",
        ]
    )
    func ragged(text: String) {
        #expect(throws: JSONError.self) { try read(text, .fp32) }
    }

    @Test(
        "invalid JSON is rejected",
        arguments: ["[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "]", "{}", "[[1],]", "[1]x", "[1]]", "[nul]", "[tru]"]
    )
    func broken(text: String) {
        #expect(throws: JSONError.self) { try read(text, .fp32) }
    }

    @Test("a megabyte of brackets is rejected without recursion")
    func brackets() {
        let text = String(repeating: "[", count: 1 << 20)
        #expect(throws: JSONError.self) { try read(text, .fp32) }
        Array(text.utf8).withUnsafeBytes { bytes in
            _ = #expect(throws: JSONError.self) {
                var cursor = try JSONCursor(bytes)
                try cursor.skipValue()
            }
        }
    }

    @Test(
        "every data type is read and written back",
        arguments: [
            (DataType.bool, "[true,false]"), (.uint8, "[0,255]"), (.uint16, "[0,65535]"), (.uint32, "[0,4294967295]"),
            (.uint64, "[0,18446744073709551615]"), (.int8, "[-128,127]"), (.int16, "[-32768,32767]"),
            (.int32, "[-2147483648,2147483647]"), (.int64, "[-9223372036854775808,9223372036854775807]"),
            (.fp16, "[65504.0,-0.5]"), (.fp32, "[3.4028235e+38,0.1]"), (.fp64, "[1.7976931348623157e+308,0.1]"),
            (.bytes, #"["","a\"b","é😀"]"#),
        ]
    )
    func roundTrip(type: DataType, text: String) throws {
        #expect(write(try read(text, type)) == text)
    }

    @Test(
        "a value that does not fit its data type is rejected",
        arguments: [
            (DataType.uint8, "256"), (.uint8, "-1"), (.int8, "128"), (.int64, "9223372036854775808"), (.int32, "1.5"),
            (.uint64, "18446744073709551616"), (.int64, "1e30"), (.int64, "true"), (.bool, "1"), (.bytes, "1"),
            (.fp32, "\"1\""),
            (.fp32, "true"), (.int64, "null"), (.bool, "null"), (.bytes, "null"), (.fp16, "65536"), (.fp32, "1e39"),
            (.fp64, "\"nan\""), (.fp64, "\"\""), (.fp64, "\"Infinity"), (.int32, "\"NaN\""), (.fp32, "\"NaN\\u0041\""),
        ]
    )
    func lossy(type: DataType, text: String) {
        #expect(throws: JSONError.self) { try read("[\(text)]", type) }
    }

    @Test("NaN and infinity are null or a string", arguments: [DataType.fp16, .fp32, .fp64])
    func nonFinite(type: DataType) throws {
        let tensor = try read(#"[[null, 1],["NaN", "Infinity"],[ "-Infinity" ,null]]"#, type)
        #expect(tensor.shape == [3, 2])
        let values = (0..<6).map { tensor.number(at: $0) ?? 0 }
        #expect(
            [0, 2, 5].allSatisfy { values[$0].isNaN } && [1, 3, 4].map { values[$0] } == [1, .infinity, -.infinity]
        )
        #expect(write(tensor) == "[[null,1.0],[null,null],[null,null]]")
        var writer = JSONWriter(nonFinite: .string)
        writer.elements(of: tensor)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == #"["NaN",1.0,"NaN","Infinity","-Infinity","NaN"]"#
        )
        #expect(try read("null", type).number(at: 0)?.isNaN == true)
        #expect(throws: JSONError.self) { try read("[[1,2],null]", type) }
    }

    @Test("rows may be objects, each with its columns in any order")
    func records() throws {
        func read(_ text: String, _ type: DataType = .fp32) throws -> Tensor {
            try Array(text.utf8).withUnsafeBytes { bytes in
                var cursor = try JSONCursor(bytes)
                let tensor = try cursor.readTensor(of: type, columns: ["a", "b", "é"])
                try cursor.expectEnd()
                return tensor
            }
        }
        let text = #" [ {"a":1,"b":2,"é":3} , {"é":6, "b":5,"a" : 4},{"b":8,"a":7,"\u00e9":null}]"#
        let tensor = try read(text)
        #expect(tensor.shape == [3, 3])
        #expect(write(tensor) == "[[1.0,2.0,3.0],[4.0,5.0,6.0],[7.0,8.0,null]]")
        #expect(write(try read("[[1,2,3]]", .int8)) == "[[1,2,3]]")
        #expect(write(try read(#"[{"b":"y","a":"x","é":"z"}]"#, .bytes)) == #"[["x","y","z"]]"#)
        for (text, message) in [
            (#"[{"a":1,"b":2}]"#, "Row 1 is missing the columns 'é'"),
            (
                #"[{"a":1,"b":2,"é":3},{"a":1,"c":2}]"#,
                "Row 2 is missing the columns 'b', 'é', and has unknown columns: 'c'"
            ),
            (#"[{"a":1,"b":2,"é":3,"a":4}]"#, "'a' appears twice in row 1"),
            (#"[{"a":1,"b":2,"é":3},[1,2,3]]"#, "like the row before it"),
            (#"[{"a":1,"b":2,"é":[3]}]"#, "an array"), (#"[{"a":1,"b":2,"é":3,}]"#, "a name"),
            (#"[{"a":1 "b":2}]"#, "','"),
            (#"[{"a":1,"b":2,"é":3}"#, "ends early"), ("[{}]", "'a', 'b', 'é'"), (#"[{"a":tru,"b":2,"é":3}]"#, ""),
        ] {
            do {
                _ = try read(text)
                Issue.record("\(text) was read")
            } catch {
                #expect("\(error)".contains(message) || message.isEmpty, "\(error)")
            }
        }
    }

    @Test("an integer may be written as a decimal", arguments: ["2.0", "2e0", "0.2e1", "20e-1", "2"])
    func wholeDecimals(text: String) throws {
        #expect(write(try read("[\(text)]", .int32)) == "[2]")
    }

    @Test("strings are unescaped")
    func strings() throws {
        let tensor = try read(#"["\u00e9\ud83d\ude00\n\\\/"]"#, .bytes)
        #expect(tensor.string(at: 0) == "é😀\n\\/")
        for bad in [#"["\ud83d"]"#, #"["\x"]"#, "[\"\u{1}\"]", "[\"abc"] {
            #expect(throws: JSONError.self) { try read(bad, .bytes) }
        }
    }

    @Test("values are converted only without loss")
    func conversion() throws {
        let floats = Tensor(.fp32, shape: [2], elements: [1, -2] as [Float])
        #expect(floats.converted(to: .int64).map(write) == "[1,-2]")
        #expect(floats.converted(to: .fp64).map(write) == "[1.0,-2.0]")
        #expect(floats.converted(to: .uint8).map(write) == nil)
        #expect(Tensor(.fp64, shape: [1], elements: [1.5]).converted(to: .int32).map(write) == nil)
        #expect(Tensor(.fp64, shape: [1], elements: [1e300]).converted(to: .fp32).map(write) == nil)
        #expect(Tensor(shape: [1], strings: [[65]]).converted(to: .fp32).map(write) == nil)
        #expect(Tensor(.uint64, shape: [1], elements: [UInt64.max]).converted(to: .int64).map(write) == nil)
    }
}
