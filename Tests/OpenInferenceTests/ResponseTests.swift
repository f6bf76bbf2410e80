import Definitions
import Tensors
import Testing

@testable import OpenInference

@Suite("Open Inference responses")
struct ResponseTests {
    private let specs = [
        TensorSpec(name: "score", dataType: .fp32, shape: [-1, 1]),
        TensorSpec(name: "label", dataType: .bytes, shape: [-1]),
    ]
    private let outputs = [
        Tensor(.fp32, shape: [2, 1], elements: [0.5, 1] as [Float]),
        Tensor(shape: [2], strings: [Array("a\"".utf8), []]),
    ]

    private func write(id: String? = nil, wanted: [String]? = nil) -> String {
        var writer = JSONWriter()
        OpenInference.encode(
            model: "m",
            version: "7",
            id: id,
            specs: specs,
            outputs: outputs,
            wanted: wanted,
            into: &writer
        )
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private let score = #"{"name":"score","datatype":"FP32","shape":[2,1],"data":[0.5,1.0]}"#
    private let label = #"{"name":"label","datatype":"BYTES","shape":[2],"data":["a\"",""]}"#

    @Test("all outputs are returned in the model's order, with flat data")
    func all() throws {
        #expect(write() == #"{"model_name":"m","model_version":"7","outputs":[\#(score),\#(label)]}"#)
    }

    @Test("an id is returned as it was sent")
    func id() throws {
        #expect(
            write(id: "a\"b", wanted: ["score"])
                == #"{"model_name":"m","model_version":"7","id":"a\"b","outputs":[\#(score)]}"#
        )
    }

    @Test("requested outputs are returned in the requested order")
    func wanted() throws {
        #expect(write(wanted: ["label", "score"]).contains("[\(label),\(score)]"))
    }

    @Test("an unknown output is refused, and the error names the model's outputs")
    func unknownOutput() throws {
        let request = #"{"inputs":[\#(input("x"))],"outputs":[{"name":"score"},{"name":"sum"}]}"#
        let error = try #require(throws: RoostError.self) { try decode(request, outputs: specs) }
        #expect(error.code == .invalidInput && error.field == "outputs")
        #expect(error.message.contains("'sum'") && error.message.contains("'label'"))
    }

    @Test("tensors have the same format in requests and responses")
    func roundTrip() throws {
        let tensor = try decode(inputs(input("x", shape: "[1,2]", data: "[0.1,-3.5e-7]"))).inputs[0]
        var writer = JSONWriter()
        OpenInference.encode(
            model: "m",
            version: "7",
            id: nil,
            specs: [.x],
            outputs: [tensor],
            wanted: nil,
            into: &writer
        )
        let again = try decode(
            String(decoding: writer.bytes, as: UTF8.self).replacing("\"outputs\"", with: "\"inputs\"")
        ).inputs[0]
        let values = [tensor, again].map { $0.withElements(of: Float.self) { Array($0) } }
        #expect(values[0] == values[1])
    }

    @Test("the metadata of a model lists its tensors")
    func metadata() {
        var writer = JSONWriter()
        OpenInference.modelMetadata(
            name: "m",
            versions: ["1", "2"],
            platform: "onnx",
            signature: Signature(inputs: [.x], outputs: specs),
            into: &writer
        )
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"name":"m","versions":["1","2"],"platform":"onnx","#
                + #""inputs":[{"name":"x","datatype":"FP32","shape":[-1,2]}],"#
                + #""outputs":[{"name":"score","datatype":"FP32","shape":[-1,1]},"#
                + #"{"name":"label","datatype":"BYTES","shape":[-1]}]}"#
        )
    }

    @Test("an error and the server's metadata have the protocol's format")
    func small() {
        var writer = JSONWriter()
        OpenInference.error(RoostError(.notFound, "No \"m\"."), into: &writer)
        writer.raw("\n")
        OpenInference.serverMetadata(version: "1.0", into: &writer)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"error":"No \"m\"."}"# + "\n" + #"{"name":"roost","version":"1.0","extensions":[]}"#
        )
    }
}
