import CRuntimes
import Definitions
import Foundation
import Synchronization
import Tensors

/// A model of XGBoost: its library's booster, and its trees laid out where that answers the same.
final class XGBoostModel: LoadedModel {
    private let booster: Booster
    /// `nil` where only the library predicts this model.
    let forest: Forest?
    let signature: Signature
    let objective: Objective?
    let hasBoundedCost = true

    /// A model that is larger as JSON is not laid out: what that saves is little beside its trees.
    private static let forestByteLimit = 8 << 20

    /// - Parameter bytes: A model as XGBoost saves it, JSON or UBJSON.
    init(bytes: UnsafeRawBufferPointer, runtime: XGBoostRuntime) throws(RuntimeError) {
        booster = try Booster(bytes: bytes, runtime: runtime)
        let input = TensorSpec(
            name: "input",
            dataType: .fp32,
            shape: [-1, booster.featureCount],
            featureNames: booster.featureNames
        )
        signature = Signature(
            inputs: [input],
            outputs: [TensorSpec(name: "output", dataType: .fp32, shape: [-1, booster.outputCount])]
        )
        forest = Self.forest(of: booster)
        objective = booster.objective
    }

    /// Whether it answers with a class and not with a number that has a mean.
    var answersClasses: Bool { ["multi:softmax", "binary:hinge"].contains(objective?.name) }

    /// The trees of a model, where what they answer is what the library answers.
    private static func forest(of booster: Booster) -> Forest? {
        guard let json = booster.json(limit: forestByteLimit), var forest = Forest(json: json),
            forest.featureCount == booster.featureCount, forest.outputCount == booster.outputCount
        else { return nil }
        for beginsWithBase in [true, false] {
            forest.beginsWithBase = beginsWithBase
            let agrees = forest.agrees { rows, rowCount in
                let tensor = Tensor(.fp32, shape: [rowCount, booster.featureCount], elements: rows)
                return try? booster.predict(tensor).withElements(of: Float.self) { Array($0) }
            }
            if agrees { return forest }
        }
        return nil
    }

    func run(_ inputs: [Tensor], cancellation: RunCancellation?) throws(RuntimeError) -> [Tensor] {
        let input = inputs[0]
        // The rows are read by their address.
        let rowCount = try input.rowCount(ofWidth: booster.featureCount)
        let shape = [rowCount, booster.outputCount]
        guard forest != nil || rowCount == 0 else { return [try booster.predict(input)] }
        let storage = try TensorStorage(floats: shape)
        let results = storage.bytes.assumingMemoryBound(to: Float.self)
        input.withElements(of: Float.self) { rows in
            guard let rows = rows.baseAddress, let results = results.baseAddress else { return }
            forest?.predict(rows, rowCount: rowCount, results)
        }
        return [Tensor(dataType: .fp32, shape: shape, storage: storage)]
    }
}

/// Owns one XGBoost `BoosterHandle`.
///
/// Sendable: XGBoost documents in-place prediction (`XGBoosterPredictFromDense`) as safe to call on one booster from many
/// threads; what a booster without it does, it does under a lock. Nothing else is called after `init`.
private final class Booster: @unchecked Sendable {
    private let runtime: XGBoostRuntime
    private let handle: BoosterHandle
    /// Linear boosters do not, they want a matrix.
    private var predictsInPlace = true
    private let matrixLock = Mutex(())
    private(set) var featureCount = 0
    /// Elements in a row of the answer.
    private(set) var outputCount = 1

    init(bytes: UnsafeRawBufferPointer, runtime: XGBoostRuntime) throws(RuntimeError) {
        self.runtime = runtime
        var made: BoosterHandle?
        guard runtime.create(nil, 0, &made) == 0, let made else { throw .runFailed(reason: runtime.lastError()) }
        handle = made
        var features: UInt64 = 0
        guard runtime.load(made, bytes.baseAddress, UInt64(bytes.count)) == 0,
            // Requests run side by side; within one, threads would only get in each other's way.
            runtime.setParameter(made, "nthread", "1") == 0,
            runtime.featureCount(made, &features) == 0
        else { throw .modelRejected(framework: "XGBoost", reason: runtime.lastError()) }
        featureCount = Int(features)
        let zeros = [Float](repeating: 0, count: featureCount)
        let probe = Tensor(.fp32, shape: [1, featureCount], elements: zeros)
        if let answer = try? Self.predictInPlace(probe, made, runtime) {
            outputCount = answer.shape[1]
        } else if let answer = try? Self.predictMatrix(probe, made, runtime) {
            predictsInPlace = false
            outputCount = answer.shape[1]
        } else {
            throw .modelRejected(framework: "XGBoost", reason: runtime.lastError())
        }
    }

    deinit { _ = runtime.free(handle) }

    /// - Parameter rows: `[rows, featureCount]`, one row or more.
    func predict(_ rows: Tensor) throws(RuntimeError) -> Tensor {
        if predictsInPlace { return try Self.predictInPlace(rows, handle, runtime) }
        let answer = matrixLock.withLock { _ in (try? Self.predictMatrix(rows, handle, runtime), runtime.lastError()) }
        guard let tensor = answer.0 else { throw .runFailed(reason: answer.1) }
        return tensor
    }

    /// The model as JSON; `nil` where it has more bytes than `limit`.
    func json(limit: Int) -> Data? {
        var count: UInt64 = 0
        var bytes: UnsafePointer<CChar>?
        guard runtime.save(handle, #"{"format":"json"}"#, &count, &bytes) == 0, let bytes, count <= limit else {
            return nil
        }
        return Data(bytes: bytes, count: Int(count))
    }

    /// What it was trained for: `reg:squarederror`; `nil` where the library does not say.
    var objective: Objective? {
        struct Configuration: Decodable {
            struct Learner: Decodable {
                let objective: XGBoostFile.Objective
                let learner_model_param: Parameters
            }
            struct Parameters: Decodable { let num_class: String? }
            let learner: Learner
        }
        var count: UInt64 = 0
        var bytes: UnsafePointer<CChar>?
        guard runtime.saveConfiguration(handle, &count, &bytes) == 0, let bytes else { return nil }
        let data = Data(bytes: bytes, count: Int(count))
        guard let learner = (try? JSONDecoder().decode(Configuration.self, from: data))?.learner else { return nil }
        return Objective(
            name: learner.objective.name,
            classCount: learner.learner_model_param.num_class.flatMap { Int($0) } ?? 0
        )
    }

    /// What its features are called; `nil` where it was trained without names, or where these do not tell them apart.
    var featureNames: [String]? {
        var count: UInt64 = 0
        var names: UnsafeMutablePointer<UnsafePointer<CChar>?>?
        guard runtime.featureInfo(handle, "feature_name", &count, &names) == 0, let names, count > 0,
            count == UInt64(featureCount)
        else { return nil }
        let texts = (0..<Int(count)).map { index in names[index].map { String(cString: $0) } ?? "" }
        return Set(texts).count == texts.count && !texts.contains("") ? texts : nil
    }

    private static func predictInPlace(
        _ rows: Tensor,
        _ handle: BoosterHandle,
        _ runtime: XGBoostRuntime
    ) throws(RuntimeError) -> Tensor {
        let interface = interface(of: rows)
        return try predicted(rows, runtime) { answer in
            runtime.withProxy { proxy in
                runtime.predict(handle, interface, configuration, proxy, &answer.shape, &answer.rank, &answer.values)
            }
        }
    }

    private static func predictMatrix(
        _ rows: Tensor,
        _ handle: BoosterHandle,
        _ runtime: XGBoostRuntime
    ) throws(RuntimeError) -> Tensor {
        var matrix: DMatrixHandle?
        let made = withExtendedLifetime(rows) {
            runtime.fromDense(interface(of: rows), #"{"missing":NaN,"nthread":1}"#, &matrix)
        }
        guard made == 0, let matrix else { throw .runFailed(reason: runtime.lastError()) }
        defer { _ = runtime.freeMatrix(matrix) }
        return try predicted(rows, runtime) { answer in
            runtime.predictMatrix(handle, matrix, configuration, &answer.shape, &answer.rank, &answer.values)
        }
    }

    /// What a call of the library predicts for rows, which live as long as it runs.
    private static func predicted(
        _ rows: Tensor,
        _ runtime: XGBoostRuntime,
        _ call: (inout XGBoostPrediction) -> Int32
    ) throws(RuntimeError) -> Tensor {
        var answer = XGBoostPrediction()
        let status = withExtendedLifetime(rows) { call(&answer) }
        let rowCount = rows.shape[0]
        guard status == 0, rowCount > 0, let values = answer.elements, values.count % rowCount == 0 else {
            throw .runFailed(reason: runtime.lastError())
        }
        let storage = TensorStorage(byteCount: values.count * MemoryLayout<Float>.stride)
        storage.bytes.copyMemory(from: UnsafeRawBufferPointer(values))
        return Tensor(dataType: .fp32, shape: [rowCount, values.count / rowCount], storage: storage)
    }

    private static func interface(of rows: Tensor) -> String {
        XGBoostRuntime.interface(rows.storage.bytes.baseAddress, shape: rows.shape, type: "<f4")
    }

    /// Predicted values of all trees, with the answer's shape as the objective has it. NaN stands for a missing value.
    private static let configuration =
        #"{"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true,"missing":NaN,"cache_id":0}"#
}
