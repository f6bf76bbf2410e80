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
    let boosting: Boosting?

    /// A model that is larger as JSON is not laid out: what that saves is little beside its trees.
    private static let forestByteLimit = 8 << 20

    /// - Parameter bytes: A model as XGBoost saves it, JSON or UBJSON.
    init(bytes: UnsafeRawBufferPointer, runtime: XGBoostRuntime, trees: TreeSelection) throws(RuntimeError) {
        booster = try Booster(bytes: bytes, runtime: runtime, trees: trees)
        boosting = booster.boosting
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
        forest = bytes.count <= Self.forestByteLimit ? try Self.forest(of: booster) : nil
        objective = booster.objective
    }

    /// Whether it answers with a class and not with a number that has a mean.
    var answersClasses: Bool { ["multi:softmax", "binary:hinge"].contains(objective?.name) }

    /// The trees of a model, where what they answer is what the library answers.
    ///
    /// - Throws: Where they are no trees.
    private static func forest(of booster: Booster) throws(RuntimeError) -> Forest? {
        guard let json = booster.json(limit: forestByteLimit),
            let file = try? JSONDecoder().decode(XGBoostFile.self, from: json)
        else { return nil }
        let trees = file.learner.gradient_booster.trees
        if let index = trees.firstIndex(where: { !$0.isTree(featureCount: booster.featureCount) }) {
            throw .modelRejected(
                framework: "XGBoost",
                reason:
                    "tree \(index) is none: nodes of it point nowhere or in circles, or to features that are not there"
            )
        }
        guard var forest = Forest(file), forest.featureCount == booster.featureCount,
            forest.outputCount == booster.outputCount
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

    let configuration: XGBoostFile.Configuration
    /// `nil` of a booster that has no trees.
    let boosting: Boosting?

    init(bytes: UnsafeRawBufferPointer, runtime: XGBoostRuntime, trees: TreeSelection) throws(RuntimeError) {
        self.runtime = runtime
        var current = try Self.load(bytes, runtime)
        do throws(RuntimeError) {
            let boosting = try Self.boosting(of: current, trees, runtime)
            current = try Self.slice(current, boosting, runtime)
            configuration = try Self.configuration(of: current, runtime)
            self.boosting = boosting
        } catch {
            _ = runtime.free(current)
            throw error
        }
        handle = current
        // From here on this is freed with the handle.
        featureCount = try Self.checkClaims(configuration, byteCount: bytes.count)
        let zeros = [Float](repeating: 0, count: featureCount)
        let probe = Tensor(.fp32, shape: [1, featureCount], elements: zeros)
        if let answer = try? Self.predictInPlace(probe, handle, runtime) {
            outputCount = answer.shape[1]
        } else if let answer = try? Self.predictMatrix(probe, handle, runtime) {
            predictsInPlace = false
            outputCount = answer.shape[1]
        } else {
            throw .modelRejected(framework: "XGBoost", reason: runtime.lastError())
        }
    }

    private static func load(
        _ bytes: UnsafeRawBufferPointer,
        _ runtime: XGBoostRuntime
    ) throws(RuntimeError) -> BoosterHandle {
        var made: BoosterHandle?
        guard runtime.create(nil, 0, &made) == 0, let made else { throw .runFailed(reason: runtime.lastError()) }
        guard runtime.load(made, bytes.baseAddress, UInt64(bytes.count)) == 0, setThreads(of: made, runtime) else {
            let reason = runtime.lastError()
            _ = runtime.free(made)
            let saved = XGBoostFile.version(of: bytes)
            guard let saved, saved.compare(runtime.version, options: .numeric) == .orderedDescending else {
                throw .modelRejected(framework: "XGBoost", reason: reason)
            }
            throw .modelRejected(
                framework: "XGBoost",
                reason:
                    "it was saved by XGBoost \(saved), which is newer than the runtime, \(runtime.version): \(reason)"
            )
        }
        return made
    }

    /// Requests run side by side; within one, threads would only get in each other's way.
    private static func setThreads(of handle: BoosterHandle, _ runtime: XGBoostRuntime) -> Bool {
        runtime.setParameter(handle, "nthread", "1") == 0
    }

    // MARK: What it says of itself

    private static func configuration(
        of handle: BoosterHandle,
        _ runtime: XGBoostRuntime
    ) throws(RuntimeError) -> XGBoostFile.Configuration {
        struct Whole: Decodable { let learner: XGBoostFile.Configuration }
        var count: UInt64 = 0
        var bytes: UnsafePointer<CChar>?
        guard runtime.saveConfiguration(handle, &count, &bytes) == 0, let bytes else {
            throw .modelRejected(framework: "XGBoost", reason: runtime.lastError())
        }
        let data = Data(bytes: bytes, count: Int(clamping: count))
        guard let whole = try? JSONDecoder().decode(Whole.self, from: data) else {
            throw .modelRejected(framework: "XGBoost", reason: "the library says nothing of its features and classes")
        }
        return whole.learner
    }

    /// Features and classes that a model of few bytes may have: each costs memory with each prediction.
    private static let (freeFeatures, freeClasses) = (65_536, 4096)

    /// Holds what a file claims against what it has.
    ///
    /// - Returns: The number of features.
    private static func checkClaims(
        _ configuration: XGBoostFile.Configuration,
        byteCount: Int
    ) throws(RuntimeError) -> Int {
        let numbers = configuration.learner_model_param
        func checked(_ value: Int?, _ what: String, free: Int) throws(RuntimeError) -> Int {
            guard let value, (0...max(free, byteCount)).contains(value) else {
                throw .modelRejected(
                    framework: "XGBoost",
                    reason:
                        "it says that it has \(value.map(String.init) ?? "a number that cannot be read of") \(what), but its "
                        + "\(byteCount) bytes can only have \(max(free, byteCount)): up to \(free), or as many as bytes"
                )
            }
            return value
        }
        let classes = try checked(Int(numbers.num_class), "classes", free: freeClasses)
        let targets = try checked(Int(numbers.num_target ?? "1"), "targets", free: freeClasses)
        let (outputs, overflow) = max(classes, 1).multipliedReportingOverflow(by: max(targets, 1))
        _ = try checked(overflow ? nil : outputs, "values in an answer", free: freeClasses)
        return try checked(Int(numbers.num_feature), "features", free: freeFeatures)
    }

    private static func boosting(
        of handle: BoosterHandle,
        _ trees: TreeSelection,
        _ runtime: XGBoostRuntime
    ) throws(RuntimeError) -> Boosting? {
        var rounds: Int32 = 0
        var text: UnsafePointer<CChar>?
        var isThere: Int32 = 0
        let hasRounds = runtime.rounds(handle, &rounds) == 0 && rounds > 0
        guard runtime.attribute(handle, "best_iteration", &text, &isThere) == 0 else {
            throw .modelRejected(framework: "XGBoost", reason: runtime.lastError())
        }
        let said = isThere != 0 ? text.flatMap { Int(String(cString: $0)) } : nil
        let best = said.flatMap { (0..<Int(rounds)).contains($0) ? $0 : nil }
        guard trees == .all || best != nil else {
            throw .modelRejected(
                framework: "XGBoost",
                reason:
                    "it has no best iteration to stop at, as training with early_stopping_rounds sets it; use trees=all"
            )
        }
        return hasRounds ? Boosting(rounds: Int(rounds), bestIteration: best, trees: trees) : nil
    }

    /// A model of the trees that are to answer; `whole` is freed where they are not all.
    private static func slice(
        _ whole: BoosterHandle,
        _ boosting: Boosting?,
        _ runtime: XGBoostRuntime
    ) throws(RuntimeError) -> BoosterHandle {
        guard let boosting, boosting.trees == .best, let best = boosting.bestIteration, best + 1 < boosting.rounds
        else {
            return whole
        }
        var slice: BoosterHandle?
        guard runtime.slice(whole, 0, Int32(best + 1), 1, &slice) == 0, let slice, setThreads(of: slice, runtime) else {
            throw .modelRejected(framework: "XGBoost", reason: runtime.lastError())
        }
        _ = runtime.free(whole)
        return slice
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

    /// What it was trained for.
    var objective: Objective {
        Objective(
            name: configuration.objective.name,
            classCount: Int(configuration.learner_model_param.num_class) ?? 0
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
                runtime.predict(handle, interface, predictAll, proxy, &answer.shape, &answer.rank, &answer.values)
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
            runtime.predictMatrix(handle, matrix, predictAll, &answer.shape, &answer.rank, &answer.values)
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
    private static let predictAll =
        #"{"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true,"missing":NaN,"cache_id":0}"#
}
