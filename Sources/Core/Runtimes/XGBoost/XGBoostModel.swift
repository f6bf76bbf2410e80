import CRuntimes
import Definitions
import Foundation
import Synchronization
import Tensors

/// An XGBoost model: the library's booster, and its trees laid out as a ``Forest`` if that predicts the same.
final class XGBoostModel: LoadedModel {
    private let booster: Booster
    /// `nil` if only the library can predict with this model.
    let forest: Forest?
    let signature: Signature
    let objective: Objective?
    let hasBoundedCost = true
    let boosting: Boosting?

    /// A model that is larger as JSON is not laid out: the saved overhead would be small compared with its trees.
    private static let forestByteLimit = 8 << 20

    /// - Parameter bytes: A model in XGBoost's JSON or UBJSON format.
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

    /// Whether it predicts classes, not numbers that can be averaged.
    var answersClasses: Bool { ["multi:softmax", "binary:hinge"].contains(objective?.name) }

    /// Lays out the trees of a model; returns `nil` if they do not predict the same as the library.
    ///
    /// - Throws: If the trees are not valid.
    private static func forest(of booster: Booster) throws(RuntimeError) -> Forest? {
        guard let json = booster.json(limit: forestByteLimit),
            let file = try? JSONDecoder().decode(XGBoostFile.self, from: json)
        else { return nil }
        let trees = file.learner.gradient_booster.trees
        if let index = trees.firstIndex(where: { !$0.isTree(featureCount: booster.featureCount) }) {
            throw .modelRejected(
                framework: "XGBoost",
                reason:
                    "tree \(index) is not valid: its nodes form a cycle or refer to nodes or features that do not exist"
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
        // The forest reads the rows through a pointer.
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
/// threads; a booster that does not support it predicts under a lock. Nothing else is called after `init`.
private final class Booster: @unchecked Sendable {
    private let runtime: XGBoostRuntime
    private let handle: BoosterHandle
    /// `false` for linear boosters, which need a matrix.
    private var predictsInPlace = true
    private let matrixLock = Mutex(())
    private(set) var featureCount = 0
    /// Predicted values per row.
    private(set) var outputCount = 1

    let configuration: XGBoostFile.Configuration
    /// `nil` for a booster that has no trees.
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
        // From here on, `deinit` frees the handle.
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
                    "it was saved by XGBoost \(saved), which is newer than the runtime's \(runtime.version): \(reason)"
            )
        }
        return made
    }

    /// Requests already run concurrently; more threads within one would only compete with them.
    private static func setThreads(of handle: BoosterHandle, _ runtime: XGBoostRuntime) -> Bool {
        runtime.setParameter(handle, "nthread", "1") == 0
    }

    // MARK: Configuration

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
            throw .modelRejected(framework: "XGBoost", reason: "the library does not report its features and classes")
        }
        return whole.learner
    }

    /// The numbers of features and classes allowed even in a small file: each costs memory on every prediction.
    private static let (freeFeatures, freeClasses) = (65_536, 4096)

    /// Checks the counts that a file claims against its size.
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
                        "it claims to have \(value.map(String.init) ?? "an unreadable number of") \(what); the limit "
                        + "for a file of \(byteCount) bytes is \(max(free, byteCount))"
                )
            }
            return value
        }
        let classes = try checked(Int(numbers.num_class), "classes", free: freeClasses)
        let targets = try checked(Int(numbers.num_target ?? "1"), "targets", free: freeClasses)
        let (outputs, overflow) = max(classes, 1).multipliedReportingOverflow(by: max(targets, 1))
        _ = try checked(overflow ? nil : outputs, "values per row of output", free: freeClasses)
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
                    "it has no best iteration, which training with early_stopping_rounds sets; use trees=all"
            )
        }
        return hasRounds ? Boosting(rounds: Int(rounds), bestIteration: best, trees: trees) : nil
    }

    /// Returns a model of only the selected trees. Frees `whole` if it returns another model.
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

    /// Returns the model as JSON; `nil` if it is larger than `limit` bytes.
    func json(limit: Int) -> Data? {
        var count: UInt64 = 0
        var bytes: UnsafePointer<CChar>?
        guard runtime.save(handle, #"{"format":"json"}"#, &count, &bytes) == 0, let bytes, count <= limit else {
            return nil
        }
        return Data(bytes: bytes, count: Int(count))
    }

    var objective: Objective {
        Objective(
            name: configuration.objective.name,
            classCount: Int(configuration.learner_model_param.num_class) ?? 0
        )
    }

    /// The names of its features; `nil` if it was trained without names, or if they are not unique.
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

    /// Returns the predictions of a library call, which keeps the rows alive while it runs.
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

    /// Predictions of all trees, in the objective's own shape. NaN is a missing value.
    private static let predictAll =
        #"{"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true,"missing":NaN,"cache_id":0}"#
}
