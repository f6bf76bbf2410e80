import CRuntimes
import Definitions
import Tensors

/// Reads the signature of a session.
extension OnnxModel {
    enum Side: String {
        case input, output
    }

    typealias CountFunction = (OpaquePointer?, UnsafeMutablePointer<Int>?) -> OpaquePointer?
    typealias NameFunction = (
        OpaquePointer?, Int, OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    ) -> OpaquePointer?
    typealias TypeFunction = (OpaquePointer?, Int, UnsafeMutablePointer<OpaquePointer?>?) -> OpaquePointer?

    static func specs(
        of session: OpaquePointer,
        _ runtime: OnnxRuntime,
        _ side: Side,
        count: CountFunction,
        name: NameFunction,
        type: TypeFunction
    ) throws(RuntimeError) -> [TensorSpec] {
        var length = 0
        try runtime.check(count(session, &length))
        guard length > 0 else {
            throw .modelRejected(framework: "ONNX", reason: "it has no \(side)s")
        }
        var specs: [TensorSpec] = []
        for index in 0..<length {
            var text: UnsafeMutablePointer<CChar>?
            try runtime.check(name(session, index, runtime.allocator, &text))
            let specName = text.map { String(cString: $0) } ?? ""
            try runtime.check(runtime.api.pointee.AllocatorFree(runtime.allocator, text))
            var info: OpaquePointer?
            try runtime.check(type(session, index, &info))
            defer { runtime.api.pointee.ReleaseTypeInfo(info) }
            specs.append(try spec("\(side) '\(specName)'", named: specName, side, info, runtime))
        }
        return specs
    }

    private static func spec(
        _ what: String,
        named name: String,
        _ side: Side,
        _ info: OpaquePointer?,
        _ runtime: OnnxRuntime
    ) throws(RuntimeError) -> TensorSpec {
        let type = try OnnxType(info, runtime)
        switch type {
        case .tensor(let code, let shape):
            guard let dataType = DataType(onnxCode: code) else {
                throw .modelRejected(
                    framework: "ONNX",
                    reason:
                        "\(what) is a tensor of \(OnnxType.name(of: code)), which is not supported. Cast it in the "
                        + "graph to one of: \(DataType.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            return TensorSpec(name: name, dataType: dataType, shape: shape)
        // scikit-learn's classifiers return a sequence of maps from class to probability: one row per map.
        case .sequence(.map(.tensor(let code, _))) where side == .output && OnnxType.isNumber(code):
            return TensorSpec(name: name, dataType: .fp32, shape: [-1, -1])
        default:
            var reason = "\(what) is \(type), but only tensors can be \(side == .input ? "sent" : "returned")"
            if case .map = type { reason += Self.withoutMaps }
            if case .sequence(.map) = type { reason += Self.withoutMaps }
            throw .modelRejected(framework: "ONNX", reason: reason)
        }
    }

    private static let withoutMaps =
        #". Convert a scikit-learn classifier with skl2onnx.to_onnx(model, X[:1], options={"zipmap": False})"#

    static func typeAndShape(
        _ info: OpaquePointer?,
        _ runtime: OnnxRuntime
    ) throws(RuntimeError) -> (code: Int32, shape: [Int]) {
        var code: Int32 = 0
        try runtime.check(runtime.api.pointee.GetTensorElementType(info, &code))
        var rank = 0
        try runtime.check(runtime.api.pointee.GetDimensionsCount(info, &rank))
        var shape = [Int64](repeating: 0, count: rank)
        if rank > 0 { try runtime.check(runtime.api.pointee.GetDimensions(info, &shape, rank)) }
        return (code, shape.map(Int.init))
    }
}

/// The type of an ONNX value.
indirect enum OnnxType: CustomStringConvertible {
    case tensor(code: Int32, shape: [Int])
    case sequence(OnnxType)
    case map(value: OnnxType)
    case other(String)

    init(_ info: OpaquePointer?, _ runtime: OnnxRuntime) throws(RuntimeError) {
        let api = runtime.api.pointee
        var kind: Int32 = 0
        try runtime.check(api.GetOnnxTypeFromTypeInfo(info, &kind))
        switch OnnxModel.Kind(rawValue: kind) ?? .unknown {
        case .tensor:
            var tensor: OpaquePointer?
            try runtime.check(api.CastTypeInfoToTensorInfo(info, &tensor))
            let (code, shape) = try OnnxModel.typeAndShape(tensor, runtime)
            self = .tensor(code: code, shape: shape)
        case .sequence:
            var sequence: OpaquePointer?
            try runtime.check(api.CastTypeInfoToSequenceTypeInfo(info, &sequence))
            var element: OpaquePointer?
            try runtime.check(api.GetSequenceElementType(sequence, &element))
            defer { api.ReleaseTypeInfo(element) }
            self = .sequence(try OnnxType(element, runtime))
        case .map:
            var map: OpaquePointer?
            try runtime.check(api.CastTypeInfoToMapTypeInfo(info, &map))
            var value: OpaquePointer?
            try runtime.check(api.GetMapValueType(map, &value))
            defer { api.ReleaseTypeInfo(value) }
            self = .map(value: try OnnxType(value, runtime))
        case .optional: self = .other("an optional value")
        case .sparseTensor: self = .other("a sparse tensor")
        case .opaque: self = .other("an opaque value")
        case .unknown: self = .other("of an unknown type")
        }
    }

    var description: String {
        switch self {
        case .tensor(let code, _): "a tensor of \(Self.name(of: code))"
        case .sequence(let element): "a sequence, each element \(element)"
        case .map(let value): "a map, each value \(value)"
        case .other(let text): text
        }
    }

    static func isNumber(_ code: Int32) -> Bool {
        DataType(onnxCode: code).map { $0 != .bytes && $0 != .bool } ?? false
    }

    /// Returns the name of an element type in the Open Inference Protocol, or ONNX's name if it has none there.
    static func name(of code: Int32) -> String {
        let others: [Int32: String] = [
            14: "COMPLEX64", 15: "COMPLEX128", 16: "BFLOAT16", 17: "FLOAT8E4M3FN", 18: "FLOAT8E4M3FNUZ",
            19: "FLOAT8E5M2", 20: "FLOAT8E5M2FNUZ", 21: "UINT4", 22: "INT4", 23: "FLOAT4E2M1",
        ]
        return DataType(onnxCode: code)?.rawValue ?? others[code] ?? "an unknown type"
    }
}
