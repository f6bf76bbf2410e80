import CRuntimes
import Foundation

/// XGBoost's training functions. Only a separate process uses them, because they start OpenMP threads.
///
/// Sendable: the function pointers are constant, and the library keeps its last error per thread.
package final class XGBoostTraining: @unchecked Sendable {
    fileprivate let runtime: XGBoostRuntime
    fileprivate let fromCSR: XGDMatrixCreateFromCSRFunction
    fileprivate let sliceMatrix: XGDMatrixSliceDMatrixFunction
    fileprivate let setFloats: XGDMatrixSetFloatInfoFunction
    fileprivate let setIntegers: XGDMatrixSetUIntInfoFunction
    fileprivate let update: XGBoosterUpdateOneIterFunction
    fileprivate let evaluate: XGBoosterEvalOneIterFunction
    fileprivate let slice: XGBoosterSliceFunction
    fileprivate let setAttribute: XGBoosterSetAttrFunction
    fileprivate let rounds: XGBoosterBoostedRoundsFunction

    /// - Parameter verbosity: What XGBoost writes to the process's output: 0 nothing, 1 warnings, 2 information, 3 everything.
    package init(search: RuntimeLibrary.SearchPath, verbosity: Int = 1) throws(RuntimeError) {
        let path = try RuntimeLibrary.find(.xgboost, in: search).path
        runtime = try XGBoostRuntime(path: path)
        let library = try SharedLibrary(runtime: XGBoostRuntime.name, path: path)
        fromCSR = try library.function("XGDMatrixCreateFromCSR", as: XGDMatrixCreateFromCSRFunction.self)
        sliceMatrix = try library.function("XGDMatrixSliceDMatrix", as: XGDMatrixSliceDMatrixFunction.self)
        setFloats = try library.function("XGDMatrixSetFloatInfo", as: XGDMatrixSetFloatInfoFunction.self)
        setIntegers = try library.function("XGDMatrixSetUIntInfo", as: XGDMatrixSetUIntInfoFunction.self)
        update = try library.function("XGBoosterUpdateOneIter", as: XGBoosterUpdateOneIterFunction.self)
        evaluate = try library.function("XGBoosterEvalOneIter", as: XGBoosterEvalOneIterFunction.self)
        slice = try library.function("XGBoosterSlice", as: XGBoosterSliceFunction.self)
        setAttribute = try library.function("XGBoosterSetAttr", as: XGBoosterSetAttrFunction.self)
        rounds = try library.function("XGBoosterBoostedRounds", as: XGBoosterBoostedRoundsFunction.self)
        runtime.setVerbosity(verbosity)
    }

    fileprivate func check(_ status: Int32) throws(RuntimeError) {
        guard status == 0 else { throw .runFailed(reason: runtime.lastError()) }
    }
}

/// Owns one XGBoost `DMatrixHandle`: rows, their labels and weights.
///
/// Not thread-safe: XGBoost fills caches in it.
package final class TrainingMatrix {
    fileprivate let handle: DMatrixHandle
    private let training: XGBoostTraining

    private init(_ handle: DMatrixHandle?, _ training: XGBoostTraining) throws(RuntimeError) {
        guard let handle else { throw .runFailed(reason: "XGBoost created no matrix") }
        self.handle = handle
        self.training = training
    }

    deinit { _ = training.runtime.freeMatrix(handle) }

    /// Copies `values`, which is `[rows, columns]` in row-major order; NaN is a missing value.
    package convenience init(
        dense values: UnsafeBufferPointer<Float>,
        rows: Int,
        columns: Int,
        threads: Int,
        training: XGBoostTraining
    ) throws(RuntimeError) {
        var handle: DMatrixHandle?
        try training.check(
            training.runtime.fromDense(
                XGBoostRuntime.interface(values.baseAddress, shape: [rows, columns], type: "<f4"),
                Self.configuration(threads),
                &handle
            )
        )
        try self.init(handle, training)
    }

    /// Copies sparse rows: row `i` has the entries `offsets[i]..<offsets[i + 1]`.
    package convenience init(
        offsets: UnsafeBufferPointer<UInt64>,
        columns: UnsafeBufferPointer<UInt32>,
        values: UnsafeBufferPointer<Float>,
        columnCount: Int,
        threads: Int,
        training: XGBoostTraining
    ) throws(RuntimeError) {
        var handle: DMatrixHandle?
        try training.check(
            training.fromCSR(
                XGBoostRuntime.interface(offsets.baseAddress, shape: [offsets.count], type: "<u8"),
                XGBoostRuntime.interface(columns.baseAddress, shape: [columns.count], type: "<u4"),
                XGBoostRuntime.interface(values.baseAddress, shape: [values.count], type: "<f4"),
                UInt64(columnCount),
                Self.configuration(threads),
                &handle
            )
        )
        try self.init(handle, training)
    }

    /// - Parameter field: `label`, `weight`, `label_lower_bound` …
    package func set(_ field: String, _ values: [Float]) throws(RuntimeError) {
        try training.check(training.setFloats(handle, field, values, UInt64(values.count)))
    }

    /// Sets how many consecutive rows belong to each query.
    package func setGroups(_ counts: [UInt32]) throws(RuntimeError) {
        try training.check(training.setIntegers(handle, "group", counts, UInt64(counts.count)))
    }

    /// Returns a copy of some of the rows with their fields. Fails if the rows have groups.
    package func rows(_ indices: [Int32]) throws(RuntimeError) -> TrainingMatrix {
        var slice: DMatrixHandle?
        try training.check(training.sliceMatrix(handle, indices, UInt64(indices.count), &slice))
        return try TrainingMatrix(slice, training)
    }

    private static func configuration(_ threads: Int) -> String { #"{"missing":NaN,"nthread":\#(threads)}"# }
}

/// Owns one XGBoost `BoosterHandle` for training.
///
/// Not thread-safe.
package final class TrainingBooster {
    private let handle: BoosterHandle
    private let training: XGBoostTraining

    private init(_ handle: BoosterHandle?, _ training: XGBoostTraining) throws(RuntimeError) {
        guard let handle else { throw .runFailed(reason: "XGBoost created no model") }
        self.handle = handle
        self.training = training
    }

    deinit { _ = training.runtime.free(handle) }

    /// - Parameters:
    ///   - matrices: All matrices that training uses; XGBoost caches predictions for them.
    ///   - parameters: In order; a name may occur several times, as `eval_metric` does.
    ///   - model: A saved model to continue from, JSON or UBJSON.
    package convenience init(
        matrices: [TrainingMatrix],
        parameters: [(name: String, value: String)],
        model: [UInt8]?,
        training: XGBoostTraining
    ) throws(RuntimeError) {
        var handle: BoosterHandle?
        let handles = matrices.map { Optional($0.handle) }
        try training.check(training.runtime.create(handles, UInt64(handles.count), &handle))
        try self.init(handle, training)
        if let model {
            let status = model.withUnsafeBytes {
                training.runtime.load(self.handle, $0.baseAddress, UInt64($0.count))
            }
            guard status == 0 else {
                throw .modelRejected(framework: "XGBoost", reason: training.runtime.lastError())
            }
        }
        for (name, value) in parameters {
            try training.check(training.runtime.setParameter(self.handle, name, value))
        }
    }

    package func roundCount() throws(RuntimeError) -> Int {
        var count: Int32 = 0
        try training.check(training.rounds(handle, &count))
        return Int(count)
    }

    /// Trains one round.
    package func update(_ round: Int, with matrix: TrainingMatrix) throws(RuntimeError) {
        try training.check(training.update(handle, Int32(round), matrix.handle))
    }

    /// Returns XGBoost's line of metrics: `[12]\ttrain-rmse:1.23\tvalidation-rmse:2.34`.
    package func evaluate(
        _ round: Int,
        on matrices: [(name: String, matrix: TrainingMatrix)]
    ) throws(RuntimeError) -> String {
        let names = matrices.map { strdup($0.name) }
        defer { names.forEach { free($0) } }
        let handles = matrices.map { Optional($0.matrix.handle) }
        var result: UnsafePointer<CChar>?
        try training.check(
            training.evaluate(
                handle,
                Int32(round),
                handles,
                names.map { UnsafePointer($0) },
                UInt64(names.count),
                &result
            )
        )
        return result.map { String(cString: $0) } ?? ""
    }

    /// Returns the predictions for the rows of a matrix, in row-major order.
    ///
    /// - Parameter margin: Whether to skip the objective's last step: log odds instead of probabilities.
    package func predict(_ matrix: TrainingMatrix, margin: Bool = false) throws(RuntimeError) -> [Float] {
        let type = margin ? 1 : 0
        let configuration =
            #"{"type":\#(type),"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false}"#
        var answer = XGBoostPrediction()
        try training.check(
            training.runtime.predictMatrix(
                handle,
                matrix.handle,
                configuration,
                &answer.shape,
                &answer.rank,
                &answer.values
            )
        )
        return answer.elements.map { Array($0) } ?? []
    }

    package func setAttribute(_ name: String, _ value: String) throws(RuntimeError) {
        try training.check(training.setAttribute(handle, name, value))
    }

    /// Returns the first `rounds` rounds; only for trees.
    package func first(_ rounds: Int) throws(RuntimeError) -> TrainingBooster {
        var slice: BoosterHandle?
        try training.check(training.slice(handle, 0, Int32(rounds), 1, &slice))
        return try TrainingBooster(slice, training)
    }

    /// Returns the model as UBJSON.
    package func save() throws(RuntimeError) -> [UInt8] {
        var count: UInt64 = 0
        var bytes: UnsafePointer<CChar>?
        try training.check(training.runtime.save(handle, #"{"format":"ubj"}"#, &count, &bytes))
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
    }
}
