import Archives
import Definitions
import Foundation
import Tensors

/// The parameters of a built-in algorithm's model: `model.json` in its `model.tar.gz`.
package protocol LearnedParameters: Codable, Sendable {
    /// Values in a row of the input.
    var featureCount: Int { get }
    /// The name of each output and its number of values per row.
    var outputs: [(name: String, width: Int)] { get }
    /// The inconsistency between the parts; `nil` if there is none.
    var defect: String? { get }

    /// - Parameters:
    ///   - row: ``featureCount`` values.
    ///   - results: Space for one row of each of ``outputs``.
    func evaluate(_ row: UnsafePointer<Float>, _ results: [UnsafeMutablePointer<Float>])
}

/// The name of the file with the parameters.
package let learnedModelFile = "model.json"

/// A model of a built-in algorithm that Roost runs itself.
///
/// Sendable: it is immutable.
final class LearnedModel<Parameters: LearnedParameters>: LoadedModel {
    private let parameters: Parameters
    let signature: Signature
    let hasBoundedCost = true

    /// - Parameter path: An archive with `model.json`.
    init(path: String, framework: Framework) throws(RuntimeError) {
        func rejected(_ reason: String) -> RuntimeError {
            .modelRejected(framework: framework.rawValue, reason: reason)
        }
        let bytes: [UInt8]?
        do {
            var limits = Archive.Limits()
            limits.bytes = 1 << 30
            bytes = try Archive(path: path, limits: limits).contents(ofFileNamed: learnedModelFile)
        } catch {
            throw rejected(error.description)
        }
        guard let bytes else { throw rejected("the archive contains no file '\(learnedModelFile)'") }
        do {
            parameters = try JSONDecoder().decode(Parameters.self, from: Data(bytes))
        } catch {
            throw rejected("'\(learnedModelFile)' was not written by this algorithm")
        }
        if let defect = parameters.defect { throw rejected(defect) }
        signature = Signature(
            inputs: [TensorSpec(name: "features", dataType: .fp32, shape: [-1, parameters.featureCount])],
            outputs: parameters.outputs.map { output in
                TensorSpec(name: output.name, dataType: .fp32, shape: output.width == 1 ? [-1] : [-1, output.width])
            }
        )
    }

    func run(_ inputs: [Tensor], cancellation: RunCancellation?) throws(RuntimeError) -> [Tensor] {
        // The loop below reads the rows through a pointer.
        let rowCount = try inputs[0].rowCount(ofWidth: parameters.featureCount)
        let widths = parameters.outputs.map(\.width)
        var storages: [TensorStorage] = []
        for width in widths { storages.append(try TensorStorage(floats: [rowCount, width])) }
        let features = inputs[0].storage.bytes.bindMemory(to: Float.self)
        if rowCount > 0, let base = features.baseAddress {
            var results = storages.compactMap { $0.bytes.bindMemory(to: Float.self).baseAddress }
            for row in 0..<rowCount {
                parameters.evaluate(base + row * parameters.featureCount, results)
                for index in results.indices { results[index] += widths[index] }
            }
        }
        return zip(widths, storages).map { width, storage in
            Tensor(dataType: .fp32, shape: width == 1 ? [rowCount] : [rowCount, width], storage: storage)
        }
    }
}
