import Definitions
import Foundation
import Tensors
import Testing

@testable import NativeAPI

@Suite("Inference requests")
struct InferenceCodecTests {
    private static let one = [TensorSpec(name: "tensor", dataType: .fp32, shape: [-1, 2])]
    private static let two = [
        TensorSpec(name: "a", dataType: .fp32, shape: [-1, 2]), TensorSpec(name: "b", dataType: .int64, shape: [-1]),
    ]

    private func decode(
        _ text: String,
        _ specs: [TensorSpec],
        keys: [String] = []
    ) throws(RoostError) -> InferenceCodec.Request {
        let bytes = Array(text.utf8)
        return try bytes.withUnsafeBytes { buffer in
            Result { () throws(RoostError) in try InferenceCodec.decode(buffer, inputs: specs, keys: keys) }
        }.get()
    }

    private func error(_ text: String, _ specs: [TensorSpec], keys: [String] = []) throws -> RoostError {
        try #require(throws: RoostError.self) { try decode(text, specs, keys: keys) }
    }

    @Test(
        "inputs come by name in any order, or by position where no name is an input's",
        arguments: [
            #"{"a":[[1,2]],"b":[3]}"#, #"{"b":[3],"a":[[1,2]]}"#, #"{"x":[[1,2]],"y":[3]}"#,
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

    @Test("one input has any name")
    func oneInput() throws {
        for name in ["tensor", "x", "", "é"] {
            #expect(try decode(#"{"\#(name)":[[1,2],[3,4]]}"#, Self.one).inputs[0].shape == [2, 2])
        }
    }

    @Test(
        "names and positions are not mixed, and no input is left out or made up",
        arguments: [
            (#"{"a":[[1,2]],"y":[3]}"#, "y"), (#"{"x":[[1,2]],"b":[3]}"#, "x"), (#"{"a":[[1,2]]}"#, "b"),
            (#"{"b":[3]}"#, "a"), (#"{}"#, "a"), (#"{"a":[[1,2]],"b":[3],"c":[4]}"#, "c"),
            (#"{"x":[[1,2]],"y":[3],"z":{"deep":[1]}}"#, "x"), (#"{"x":[[1,2]]}"#, "x"),
        ]
    )
    func mixed(text: String, field: String) throws {
        let error = try error(text, Self.two)
        #expect(error.code == .invalidInput && error.field == field, "\(error)")
        #expect(error.message.contains("'\(field)'"))
    }

    @Test(
        "an input that comes twice is refused",
        arguments: [#"{"tensor":[[1,2]],"tensor":[[1,2]]}"#, #"{"x":[[1,2]],"x":[[1,2]]}"#]
    )
    func twice(text: String) throws {
        #expect(try error(text, Self.one).code == .invalidInput)
    }

    @Test("an input that comes twice is refused, also by position")
    func twiceByPosition() throws {
        #expect(try error(#"{"x":[[1,2]],"x":[3]}"#, Self.two).field == "x")
    }

    @Test("the values of keys come beside the inputs, as texts, numbers or truth values")
    func keys() throws {
        let keys = ["session", "country"]
        func values(_ text: String) throws -> [String?] { try decode(text, Self.one, keys: keys).keys }
        #expect(try values(#"{"tensor":[[1,2]]}"#) == [nil, nil])
        #expect(try values(#"{"country":"de","tensor":[[1,2]],"session":"s-1"}"#) == ["s-1", "de"])
        #expect(try values(#"{"tensor":[[1,2]],"session":42}"#) == ["42", nil])
        #expect(try values(#"{"session":"","x":[[1,2]]}"#) == ["", nil])
        #expect(try values(#"{"session":true,"x":[[1,2]]}"#) == ["true", nil])
        for value in ["[1]", "{}"] {
            #expect(try error(#"{"tensor":[[1,2]],"session":\#(value)}"#, Self.one, keys: keys).field == "session")
        }
        #expect(try error(#"{"tensor":[[1,2]],"session":"s"}"#, Self.one).field == "session")
    }

    @Test(
        "what is wrong with an input names it",
        arguments: [
            (#"{"tensor":[[1,2,3]]}"#, "[1, 3]"), (#"{"tensor":[1,2]}"#, "[2]"),
            (#"{"tensor":[[[1,2]]]}"#, "[1, 1, 2]"),
            (#"{"tensor":[[1,2],[3]]}"#, "one length"), (#"{"tensor":[["1",2]]}"#, "a string"),
            (#"{"tensor":[[null,2]]}"#, "null"), (#"{"tensor":[[true,2]]}"#, "true"), (#"{"tensor":{}}"#, "an object"),
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

    @Test("an error by position names the field that came")
    func positionalField() throws {
        let error = try error(#"{"x":[[1,2,3]]}"#, Self.one)
        #expect(error.field == "x" && error.message.contains("[-1, 2]"))
    }

    @Test(
        "what is no object of inputs is refused",
        arguments: ["", " ", "[]", "[[1,2]]", "1", "null", "\"tensor\"", "{", "{]", "{tensor:[[1,2]]}", "\u{FEFF}{}"]
    )
    func noObject(text: String) throws {
        let error = try error(text, Self.one)
        #expect(error.code == .invalidInput && error.field == "body")
    }

    @Test("what follows the object is refused", arguments: ["x", "{}", "]", ","])
    func trailing(text: String) throws {
        #expect(try error(#"{"tensor":[[1,2]]}"# + text, Self.one).code == .invalidInput)
    }

    @Test("a pipeline without inputs takes an empty object")
    func noInputs() throws {
        #expect(try decode("{}", []).inputs.isEmpty)
        #expect(try error(#"{"x":[1]}"#, []).field == "x")
    }

    @Test("no rows are rows too")
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

    @Test("check failures and the outputs of challengers are in it")
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
