import Definitions
import Tensors

@testable import OpenInference

extension TensorSpec {
    static let x = TensorSpec(name: "x", dataType: .fp32, shape: [-1, 2])
    static let n = TensorSpec(name: "n", dataType: .int64, shape: [-1])
    /// An input of any shape with three dimensions.
    static let free = TensorSpec(name: "free", dataType: .fp32, shape: [-1, -1, -1])
}

func decode(
    _ text: String,
    _ specs: [TensorSpec] = [.x],
    keys: [String] = [],
    outputs: [TensorSpec] = [.x]
) throws(RoostError) -> OpenInference.Request {
    let bytes = Array(text.utf8)
    return try bytes.withUnsafeBytes { buffer in
        Result { () throws(RoostError) in
            try OpenInference.decode(
                buffer,
                for: OpenInference.Target(name: "m", version: "7"),
                inputs: specs,
                keys: keys,
                outputs: outputs
            )
        }
    }.get()
}

/// Returns a request with these inputs.
func inputs(_ inputs: String...) -> String { #"{"inputs":[\#(inputs.joined(separator: ","))]}"# }

/// Returns an input of a request.
func input(_ name: String, _ dataType: String = "FP32", shape: String = "[1,2]", data: String = "[1,2]") -> String {
    #"{"name":"\#(name)","datatype":"\#(dataType)","shape":\#(shape),"data":\#(data)}"#
}
