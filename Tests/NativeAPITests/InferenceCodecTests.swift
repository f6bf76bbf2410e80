import Definitions
import Foundation
import Pipelines
import Tensors
import Testing

@testable import NativeAPI

@Suite("Inference requests")
struct InferenceCodecTests {
    private static let one = [TensorSpec(name: "tensor", dataType: .fp32, shape: [-1, 2])]
    private static let named = [TensorSpec(name: "x", dataType: .fp32, shape: [-1, 2])]
    private static let two = [
        TensorSpec(name: "a", dataType: .fp32, shape: [-1, 2]), TensorSpec(name: "b", dataType: .int64, shape: [-1]),
    ]

    private func decode(
        _ text: String,
        _ specs: [TensorSpec],
        keys: [String] = []
    ) throws(RoostError) -> NamedInputs {
        let bytes = Array(text.utf8)
        return try bytes.withUnsafeBytes { buffer in
            Result { () throws(RoostError) in try NamedInputs(json: buffer, inputs: specs, keys: keys) }
        }.get()
    }

    private func error(_ text: String, _ specs: [TensorSpec], keys: [String] = []) throws -> RoostError {
        try #require(throws: RoostError.self) { try decode(text, specs, keys: keys) }
    }

    @Test(
        "inputs are matched by name, in any order",
        arguments: [
            #"{"a":[[1,2]],"b":[3]}"#, #"{"b":[3],"a":[[1,2]]}"#, #"{"a":[[1,2]],"c":null,"b":[3]}"#,
            " {\n\"a\" : [ [ 1.0 , 2e0 ] ] , \"b\" : [ 3.0 ] } ",
        ]
    )
    func namesAndPositions(text: String) throws {
        let request = try decode(text, Self.two)
        #expect(request.inputs.map(\.dataType) == [.fp32, .int64])
        #expect(request.inputs.map(\.shape) == [[1, 2], [1]])
        #expect(request.inputs[0].withElements(of: Float.self) { Array($0) } == [1, 2])
        #expect(request.inputs[1].withElements(of: Int64.self) { Array($0) } == [3])
    }

    @Test("a single input has its own name, or 'tensor'")
    func oneInput() throws {
        for name in ["tensor", "x"] {
            #expect(try decode(#"{"\#(name)":[[1,2],[3,4]]}"#, Self.named).inputs[0].shape == [2, 2])
        }
        for name in ["y", "", "é", "X"] {
            let error = try error(#"{"\#(name)":[[1,2],[3,4]]}"#, Self.named)
            #expect(error.code == .invalidInput && error.field == name)
            #expect(error.message.contains("There is no input '\(name)'; the model takes 'x'"), "\(error)")
        }
    }

    @Test(
        "several inputs must all have their own names",
        arguments: [
            (#"{"a":[[1,2]],"y":[3]}"#, "y"), (#"{"x":[[1,2]],"b":[3]}"#, "x"), (#"{"a":[[1,2]]}"#, "b"),
            (#"{"b":[3]}"#, "a"), (#"{}"#, "a"), (#"{"a":[[1,2]],"b":[3],"c":[4]}"#, "c"),
            (#"{"x":[[1,2]],"y":[3],"z":{"deep":[1]}}"#, "x"), (#"{"x":[[1,2]]}"#, "x"),
            (#"{"x":[[1,2]],"y":[3]}"#, "x"),
            (#"{"a":null,"b":[3]}"#, "a"),
        ]
    )
    func mixed(text: String, field: String) throws {
        let error = try error(text, Self.two)
        #expect(error.code == .invalidInput && error.field == field, "\(error)")
        #expect(error.message.contains("'\(field)'"))
    }

    @Test(
        "an input that is listed twice is refused",
        arguments: [#"{"tensor":[[1,2]],"tensor":[[1,2]]}"#, #"{"x":[[1,2]],"x":[[1,2]]}"#]
    )
    func twice(text: String) throws {
        #expect(try error(text, Self.one).code == .invalidInput)
    }

    @Test("the error names all unknown and all missing inputs")
    func mismatch() throws {
        #expect(
            try error(#"{"x":[[1,2]],"y":{"z":[]}}"#, Self.two).message
                == "There is no input 'x', 'y'; the model takes 'a', 'b', and the inputs 'a' (FP32 [-1, 2]), 'b' (INT64 [-1]) "
                + "are missing."
        )
        #expect(
            try error(#"{"tensor":[[1,2]],"y":1}"#, Self.one).message
                == "There is no input 'y'; the model takes 'tensor'."
        )
        #expect(try error(#"{"y":[[1,2]],"tensor":[[1,2]]}"#, Self.one).field == "y")
    }

    @Test("rows may be objects if the model has feature names")
    func records() throws {
        let spec = TensorSpec(name: "input", dataType: .fp32, shape: [-1, 2], featureNames: ["age", "income"])
        let request = try decode(#"{"tensor":[{"income":2,"age":1},{"age":3,"income":null}]}"#, [spec])
        let values = request.inputs[0].withElements(of: Float.self) { Array($0) }
        #expect(request.inputs[0].shape == [2, 2] && values[..<3] == [1, 2, 3] && values[3].isNaN)
        let refused = try error(#"{"input":[{"pay":2,"age":1}]}"#, [spec])
        #expect(refused.field == "input")
        #expect(refused.message.contains("is missing the columns 'income', and has unknown columns: 'pay'"))
        #expect(try error(#"{"tensor":[{"age":1,"income":2}]}"#, Self.one).message.contains("an object"))
    }

    @Test("an empty array means no rows, and null a missing value or an absent input")
    func nothing() throws {
        #expect(try decode(#"{"tensor":[]}"#, Self.one).inputs[0].shape == [0, 2])
        let images = TensorSpec(name: "x", dataType: .uint8, shape: [-1, -1, 3])
        #expect(try decode(#"{"x":[]}"#, [images]).inputs[0].shape == [0, 0, 3])
        let fixed = TensorSpec(name: "x", dataType: .fp32, shape: [1, 2])
        #expect(try error(#"{"x":[]}"#, [fixed]).message.contains("[0]"))
        #expect(try decode(#"{"tensor":[[null,2]]}"#, Self.one).inputs[0].number(at: 0)?.isNaN == true)
        let scalar = TensorSpec(name: "x", dataType: .fp64, shape: [])
        #expect(try decode(#"{"x":null}"#, [scalar]).inputs[0].number(at: 0)?.isNaN == true)
        #expect(try error(#"{"tensor":null}"#, Self.one).message == "The input 'tensor' (FP32 [-1, 2]) is missing.")
    }

    @Test("the values of keys stand beside the inputs, as strings, numbers or Booleans")
    func keys() throws {
        let keys = ["session", "country"]
        func values(_ text: String) throws -> [String?] { try decode(text, Self.one, keys: keys).keys }
        #expect(try values(#"{"tensor":[[1,2]]}"#) == [nil, nil])
        #expect(try values(#"{"country":"de","tensor":[[1,2]],"session":"s-1"}"#) == ["s-1", "de"])
        #expect(try values(#"{"tensor":[[1,2]],"session":42}"#) == ["42", nil])
        #expect(try values(#"{"session":"","tensor":[[1,2]]}"#) == ["", nil])
        #expect(try values(#"{"session":true,"tensor":[[1,2]]}"#) == ["true", nil])
        for value in ["[1]", "{}"] {
            #expect(try error(#"{"tensor":[[1,2]],"session":\#(value)}"#, Self.one, keys: keys).field == "session")
        }
        #expect(try error(#"{"tensor":[[1,2]],"session":"s"}"#, Self.one).field == "session")
    }

    @Test(
        "an error in an input names the input",
        arguments: [
            (#"{"tensor":[[1,2,3]]}"#, "[1, 3]"), (#"{"tensor":[1,2]}"#, "[2]"),
            (#"{"tensor":[[[1,2]]]}"#, "[1, 1, 2]"),
            (#"{"tensor":[[1,2],[3]]}"#, "same length"), (#"{"tensor":[["1",2]]}"#, "a string"),
            (#"{"tensor":[null,[1,2]]}"#, "single values"), (#"{"tensor":[[true,2]]}"#, "true"),
            (#"{"tensor":{}}"#, "an object"),
            (#"{"tensor":[[1e39,2]]}"#, "1e39"), (#"{"tensor":[[NaN,2]]}"#, "NaN"),
            (#"{"tensor":[[1,2]"#, "ends early"),
            (#"{"tensor":[[1 2]]}"#, "2"), (#"{"tensor":"#, "ends early"),
        ]
    )
    func wrongInput(text: String, hint: String) throws {
        let error = try error(text, Self.one)
        #expect(error.code == .invalidInput && error.field == "tensor")
        #expect(error.message.contains(hint) && error.message.contains("'tensor'"), "\(error)")
    }

    @Test("an error in a renamed input names the field that was sent")
    func positionalField() throws {
        let error = try error(#"{"tensor":[[1,2,3]]}"#, Self.named)
        #expect(error.field == "tensor" && error.message.contains("[-1, 2]"))
    }

    @Test(
        "a body that is not an object of inputs is refused",
        arguments: ["", " ", "[]", "[[1,2]]", "1", "null", "\"tensor\"", "{", "{]", "{tensor:[[1,2]]}", "\u{FEFF}{}"]
    )
    func noObject(text: String) throws {
        let error = try error(text, Self.one)
        #expect(error.code == .invalidInput && error.field == "body")
    }

    @Test("text after the object is refused", arguments: ["x", "{}", "]", ","])
    func trailing(text: String) throws {
        #expect(try error(#"{"tensor":[[1,2]]}"# + text, Self.one).code == .invalidInput)
    }

    @Test("a pipeline without inputs accepts an empty object")
    func noInputs() throws {
        #expect(try decode("{}", []).inputs.isEmpty)
        #expect(try error(#"{"x":[1]}"#, []).field == "x")
    }

    @Test("an input may have no rows")
    func noRows() throws {
        #expect(try decode(#"{"a":[[1,2]],"b":[]}"#, Self.two).inputs[1].shape == [0])
    }
}

@Suite("Inference results")
struct InferenceAnswerTests {
    private let output = Tensor(.fp32, shape: [1, 1], elements: [0.5] as [Float])

    private func write(_ change: (inout InferenceCodec.Answer) -> Void = { _ in }) -> String {
        var answer = InferenceCodec.Answer(
            checkFailures: nil,
            elapsed: 1234,
            modelName: "m",
            modelVersion: "v",
            outputs: [output],
            pipelineName: "p",
            shadowOutputs: [],
            time: 1_700_000_000_123
        )
        change(&answer)
        var writer = JSONWriter()
        Array(#"{"tensor": [[1.0]]}"#.utf8).withUnsafeBytes {
            InferenceCodec.encode(answer, originalData: $0, into: &writer)
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("a result has the fields of the native API")
    func fields() {
        #expect(
            write()
                == #"{"check_failures":[],"elapsed":1234,"model_name":"m","model_version":"v","#
                + #""original_data":{"tensor": [[1.0]]},"outputs":[{"Float":{"data":[0.5],"dim":[1,1],"v":1}}],"#
                + #""pipeline_name":"p","shadow_data":{},"time":1700000000123}"#
        )
    }

    @Test("a result has the check failures and the outputs of challengers")
    func failuresAndShadows() throws {
        let text = write {
            $0.checkFailures = Array(#"[{"False":{"expr":"x"}}]"#.utf8)
            $0.shadowOutputs = [("a", [output]), ("b\"c", [])]
        }
        let result = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect((result["check_failures"] as? [[String: [String: String]]]) == [["False": ["expr": "x"]]])
        let shadows = try #require(result["shadow_data"] as? [String: [Any]])
        #expect(shadows.mapValues(\.count) == ["a": 1, "b\"c": 0])
    }
}
