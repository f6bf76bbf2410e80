import Definitions
import Tensors
import Testing

@testable import OpenInference

@Suite("Open Inference requests")
struct RequestReaderTests {
    private func floats(_ text: String) throws -> [Float] {
        try decode(text).inputs[0].withElements(of: Float.self) { Array($0) }
    }

    private func permutations(_ items: [String]) -> [[String]] {
        guard let last = items.last else { return [[]] }
        return permutations(items.dropLast()).flatMap { shorter in
            (0...shorter.count).map { Array(shorter[..<$0]) + [last] + Array(shorter[$0...]) }
        }
    }

    @Test("the members of an input may come in any order, even the data before the name")
    func anyOrder() throws {
        let fields = [#""name":"x""#, #""datatype":"FP32""#, #""shape":[2,2]"#, #""data":[1,2,3,4]"#]
        for order in permutations(fields) {
            let request = try decode(inputs("{\(order.joined(separator: ","))}"))
            #expect(request.inputs[0].shape == [2, 2])
            #expect(request.inputs[0].withElements(of: Float.self) { Array($0) } == [1, 2, 3, 4], "\(order)")
        }
    }

    @Test(
        "data may be flat, or nested like the shape",
        arguments: ["[1,2,3,4]", "[[1,2],[3,4]]", " [ [ 1.0 , 2.0 ] , [ 3 , 4 ] ] "]
    )
    func nesting(data: String) throws {
        let request = try decode(inputs(input("x", shape: "[2,2]", data: data)))
        #expect(request.inputs[0].shape == [2, 2])
        #expect(request.inputs[0].withElements(of: Float.self) { Array($0) } == [1, 2, 3, 4])
    }

    @Test(
        "data that is nested otherwise is refused",
        arguments: [
            "[1,2,3]", "[1,2,3,4,5]", "[[1,2,3,4]]", "[[1],[2],[3],[4]]", "[[[1,2],[3,4]]]", "[]", "1", "[[1,2],[3]]",
        ]
    )
    func wrongNesting(data: String) throws {
        let error = try #require(throws: RoostError.self) {
            try decode(inputs(input("x", shape: "[2,2]", data: data)))
        }
        #expect(error.code == .invalidInput && error.field == "x", "\(error)")
    }

    @Test("the shape of a scalar is empty")
    func scalar() throws {
        let spec = TensorSpec(name: "s", dataType: .fp64, shape: [])
        for data in ["1.5", "[1.5]"] {
            #expect(try decode(inputs(input("s", "FP64", shape: "[]", data: data)), [spec]).inputs[0].shape == [])
        }
    }

    @Test(
        "a datatype other than the model's is refused, and the error names both",
        arguments: ["FP64", "INT64", "BYTES", "fp32", ""]
    )
    func wrongDataType(dataType: String) throws {
        let error = try #require(throws: RoostError.self) { try decode(inputs(input("x", dataType))) }
        #expect(error.field == "x" && error.message.contains("FP32") && error.message.contains(dataType))
    }

    @Test("a wrong datatype is reported even if the data has that type")
    func wrongDataTypeWithItsData() throws {
        let error = try #require(throws: RoostError.self) {
            try decode(inputs(input("x", "BYTES", data: #"["a","b"]"#)))
        }
        #expect(error.field == "x" && error.message.contains("FP32") && error.message.contains("BYTES"), "\(error)")
    }

    @Test(
        "a shape whose element count overflows an integer is refused",
        arguments: [
            "[4611686018427387904,2,2]", "[9223372036854775807,9223372036854775807,1]", "[3037000500,3037000500,1]",
            "[2,4611686018427387904,0]",
        ]
    )
    func shapeOverflow(shape: String) throws {
        for data in ["[]", "[1]"] {
            let error = try #require(throws: RoostError.self) {
                try decode(inputs(input("free", shape: shape, data: data)), [.free])
            }
            #expect(error.code == .invalidInput && error.field == "free")
        }
    }

    @Test("a large shape with little data is refused before anything is allocated")
    func largeShape() throws {
        let error = try #require(throws: RoostError.self) {
            try decode(inputs(input("free", shape: "[1000000,1000000,1000000]", data: "[1]")), [.free])
        }
        #expect(error.message.contains("[1]"))
    }

    @Test(
        "a shape has at most 16 lengths, each an integer of 0 or more",
        arguments: [
            "[-1,2]", "[1,-2]", "[1.5,2]", "[\"1\",2]", "[9223372036854775808,1]", "[null]", "[[1],2]", "1", "{}",
            "\"[1,2]\"",
            "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2]",
        ]
    )
    func wrongLengths(shape: String) throws {
        let error = try #require(throws: RoostError.self) { try decode(inputs(input("x", shape: shape))) }
        #expect(error.code == .invalidInput)
    }

    @Test(
        "a shape that the model does not accept is refused",
        arguments: [("[2]", "[1,2]"), ("[1,1]", "[1]"), ("[1,2,1]", "[1,2]")]
    )
    func wrongShape(shape: String, data: String) throws {
        let error = try #require(throws: RoostError.self) { try decode(inputs(input("x", shape: shape, data: data))) }
        #expect(error.field == "x" && error.message.contains("[-1, 2]"))
    }

    @Test("an input may have no rows")
    func noRows() throws {
        #expect(try decode(inputs(input("x", shape: "[0,2]", data: "[]"))).inputs[0].shape == [0, 2])
    }

    @Test(
        "an input without a required member is refused, and the error names the member",
        arguments: ["name", "datatype", "shape", "data"]
    )
    func missingField(field: String) throws {
        let fields = [
            "name": #""name":"x""#, "datatype": #""datatype":"FP32""#, "shape": #""shape":[1,2]"#,
            "data": #""data":[1,2]"#,
        ]
        let rest = fields.filter { $0.key != field }.values.joined(separator: ",")
        let error = try #require(throws: RoostError.self) { try decode(inputs("{\(rest)}")) }
        #expect(error.message.contains("'\(field)'"), "\(error)")
    }

    @Test(
        "inputs are matched by name, in any order",
        arguments: [("x", "n"), ("n", "x")]
    )
    func namesAndPositions(first: String, second: String) throws {
        let x = input(first == "n" ? second : first)
        let n = input(first == "n" ? first : second, "INT64", shape: "[1]", data: "[3]")
        let request = try decode(first == "n" ? inputs(n, x) : inputs(x, n), [.x, .n])
        #expect(request.inputs.map(\.dataType) == [.fp32, .int64])
    }

    @Test(
        "an input that is missing, unknown or listed twice is refused",
        arguments: [
            (inputs(), "x"), (inputs(input("x")), "n"), (inputs(input("x"), input("x")), "x"),
            (inputs(input("x"), input("y", "INT64", shape: "[1]", data: "[3]")), "y"),
            (inputs(input("y"), input("n", "INT64", shape: "[1]", data: "[3]")), "y"),
            (inputs(input("y"), input("z", "INT64", shape: "[1]", data: "[3]")), "y"),
            ("{}", "inputs"), (#"{"inputs":{}}"#, "inputs"), (#"{"inputs":[5]}"#, "inputs"),
        ]
    )
    func wrongInputs(text: String, field: String) throws {
        let error = try #require(throws: RoostError.self) { try decode(text, [.x, .n]) }
        #expect(error.code == .invalidInput && error.field == field, "\(error)")
    }

    @Test("a single input may have any name, but there must be exactly one")
    func oneInput() throws {
        #expect(try decode(inputs(input("y"))).inputs[0].shape == [1, 2])
        for text in [inputs(input("y"), input("z")), inputs(input("y"), input("x")), inputs(input("x"), input("y"))] {
            let error = try #require(throws: RoostError.self) { try decode(text) }
            #expect(error.message.hasPrefix("There is no input '"), "\(error)")
        }
    }

    @Test("null is a missing value in a floating-point input, flat or nested")
    func missing() throws {
        for data in ["[1,null]", "[[1,null]]", #"[1,"NaN"]"#] {
            let values = try floats(inputs(input("x", data: data)))
            #expect(values[0] == 1 && values[1].isNaN)
        }
        #expect(throws: RoostError.self) {
            try decode(inputs(input("n", "INT64", shape: "[2]", data: "[1,null]")), [.n])
        }
    }

    @Test("a parameter that changes the response is applied, and its value is checked")
    func parameters() throws {
        func asked(_ parameters: String) throws -> OpenInference.Request {
            try decode(#"{"parameters":\#(parameters),"inputs":[\#(input("x"))]}"#, keys: ["timeout"])
        }
        #expect(try asked("{}").nonFinite == .null)
        #expect(try asked(#"{"non_finite":"string"}"#).nonFinite == .string)
        // A key of the pipeline takes precedence.
        #expect(try asked(#"{"timeout":"soon"}"#).keys == ["soon"])
        let request = try decode(#"{"parameters":{"timeout":1500},"inputs":[\#(input("x"))]}"#)
        #expect(request.timeLimit == .microseconds(1500))
        for value in ["-1", "1.5", "true", "[1]", "99999999999999999999"] {
            let error = try #require(throws: RoostError.self) {
                try decode(#"{"parameters":{"timeout":\#(value)},"inputs":[\#(input("x"))]}"#)
            }
            #expect(error.field == "timeout")
        }
    }

    @Test("the id, the requested outputs and the values of keys are read, and empty members are ignored")
    func aroundInputs() throws {
        let request = try decode(
            """
            {"id":"42","parameters":{"session":"s","other":[ ],"count":7},"extra":{ },"model_version":"7",
             "outputs":[{"name":"b","parameters":{"binary_data":false}},{"name":"a"}],
             "inputs":[{"name":"x","parameters":{"content_type":"np"},"datatype":"FP32","shape":[1,2],"data":[1,2]}]}
            """,
            keys: ["count", "session", "none"],
            outputs: ["a", "b"].map { TensorSpec(name: $0, dataType: .fp32, shape: [-1]) }
        )
        #expect(request.id == "42")
        #expect(request.outputs == ["b", "a"])
        #expect(request.keys == ["7", "s", nil])
    }

    @Test(
        "an input is kept as it was sent if it is nested like its shape, or flat with one row",
        arguments: [
            ("[1,2]", "[1, 2.50]", #"{"x":[[1, 2.50]]}"#), ("[1,2]", "[[1,2e0]]", #"{"x":[[1,2e0]]}"#),
            ("[2,2]", "[[1,2],[3,4]]", #"{"x":[[1,2],[3,4]]}"#), ("[2,2]", "[1,2,3,4]", nil),
        ] as [(String, String, String?)]
    )
    func original(shape: String, data: String, kept: String?) throws {
        let request = try decode(inputs(input("x", shape: shape, data: data)))
        #expect(request.originalData.map { String(decoding: $0, as: UTF8.self) } == kept)
    }

    @Test("by default there is no id, and all outputs are requested")
    func onlyInputs() throws {
        for text in [inputs(input("x")), #"{"outputs":[],"inputs":[\#(input("x"))]}"#] {
            let request = try decode(text)
            #expect(request.id == nil && request.outputs == nil && request.keys.isEmpty)
        }
    }

    @Test(
        "text that is not valid JSON is refused",
        arguments: [
            "", "{", "[]x", inputs(input("x")) + "x", #"{"inputs":[{"name":"x","data":[1,]}]}"#, #"{"id":"\x"}"#,
        ]
    )
    func noJSON(text: String) throws {
        let error = try #require(throws: RoostError.self) { try decode(text) }
        #expect(error.code == .invalidInput)
    }
}
