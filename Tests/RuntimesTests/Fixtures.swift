import Definitions
import Foundation
import Tensors
import Testing

@testable import Runtimes

/// The installed runtimes.
enum Installed {
    private static let environment = ProcessInfo.processInfo.environment

    /// Whether tests that need runtimes run; otherwise they are skipped.
    static let isExpected =
        environment["ROOST_RUNTIMES"]?.isEmpty == false || environment["ROOST_REQUIRE_RUNTIMES"] == "1"

    static let loader = ModelLoader(
        search: RuntimeLibrary.SearchPath(dataFolder: nil),
        scratchFolder: FileManager.default.temporaryDirectory.path(percentEncoded: false)
    )
}

/// An example model with inputs and expected outputs.
struct Example {
    static let folder = #filePath.components(separatedBy: "/Tests/RuntimesTests/")[0] + "/Examples"

    static func path(_ file: String) -> String { folder + "/models/" + file }

    let model: any LoadedModel
    let inputs: [Tensor]
    /// One per output of the model.
    let outputs: [Tensor]

    init(_ file: String, _ framework: Framework) throws {
        model = try Installed.loader.load(framework, path: Self.path(file))
        let name = String(file.prefix { $0 != "." })
        let data = try #require(FileManager.default.contents(atPath: "\(Self.folder)/expected/\(name).json"))
        let expected = try #require(try JSONSerialization.jsonObject(with: data) as? [String: [String: Any]])
        inputs = try model.signature.inputs.map { try Self.tensor($0, of: expected["inputs"] ?? [:], "input") }
        outputs = try model.signature.outputs.map { try Self.tensor($0, of: expected["outputs"] ?? [:], "0") }
    }

    /// - Parameter only: The key in the expected file for a framework without names.
    private static func tensor(_ spec: TensorSpec, of values: [String: Any], _ only: String) throws -> Tensor {
        let value = try #require(values[spec.name] ?? values[only], "\(spec.name)")
        let json = Array(try JSONSerialization.data(withJSONObject: value))
        return try json.withUnsafeBytes { bytes in
            var cursor = try JSONCursor(bytes)
            return try cursor.readTensor(of: spec.dataType)
        }
    }

    /// Returns whether `answer` is as expected: floats with a relative tolerance of 1e-5, everything else exactly.
    func agrees(_ answer: [Tensor]) -> Bool {
        answer.count == outputs.count
            && zip(answer, outputs).allSatisfy { actual, expected in
                guard actual.dataType == expected.dataType, actual.shape == expected.shape else { return false }
                guard [.fp16, .fp32, .fp64].contains(actual.dataType) else {
                    return actual.json == expected.json
                }
                return (0..<actual.elementCount).allSatisfy { index in
                    guard let left = actual.number(at: index), let right = expected.number(at: index) else {
                        return false
                    }
                    return abs(left - right) <= 1e-6 + 1e-5 * abs(right)
                }
            }
    }
}

extension Tensor {
    var json: String {
        var writer = JSONWriter()
        writer.nested(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Returns a tensor of ones, except for the first element.
    static func ones(_ shape: [Int], first: Float = 1) -> Tensor {
        var elements = [Float](repeating: 1, count: shape.reduce(1, *))
        if !elements.isEmpty { elements[0] = first }
        return Tensor(.fp32, shape: shape, elements: elements)
    }
}
