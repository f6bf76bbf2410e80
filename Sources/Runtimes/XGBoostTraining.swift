import CRuntimes
package import Foundation

/// XGBoost's library and those of its functions that training calls.
///
/// One thread at a time: XGBoost uses threads of its own within a call.
package final class XGBoostTraining {
    /// Why XGBoost could not do what it was asked to, in its own words.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let lastError: XGBGetLastErrorFunction
    private let createDense: XGDMatrixCreateFromDenseFunction
    private let createSparse: XGDMatrixCreateFromCSRFunction
    fileprivate let freeMatrix: XGDMatrixFreeFunction
    private let setInfo: XGDMatrixSetInfoFromInterfaceFunction
    private let createBooster: XGBoosterCreateFunction
    fileprivate let freeBooster: XGBoosterFreeFunction
    private let setParameter: XGBoosterSetParamFunction
    private let load: XGBoosterLoadModelFromBufferFunction
    private let save: XGBoosterSaveModelToBufferFunction
    private let update: XGBoosterUpdateOneIterFunction
    private let evaluate: XGBoosterEvalOneIterFunction
    private let slice: XGBoosterSliceFunction
    private let boostedRounds: XGBoosterBoostedRoundsFunction
    private let predict: XGBoosterPredictFromDMatrixFunction

    /// Loads the newest library that is installed.
    package init(search: RuntimeLibrary.SearchPath) throws(RuntimeError) {
        let path = try RuntimeLibrary.find(.xgboost, in: search).path
        let library = try SharedLibrary(runtime: RuntimeName.xgboost.rawValue, path: path)
        lastError = try library.function("XGBGetLastError", as: XGBGetLastErrorFunction.self)
        createDense = try library.function("XGDMatrixCreateFromDense", as: XGDMatrixCreateFromDenseFunction.self)
        createSparse = try library.function("XGDMatrixCreateFromCSR", as: XGDMatrixCreateFromCSRFunction.self)
        freeMatrix = try library.function("XGDMatrixFree", as: XGDMatrixFreeFunction.self)
        setInfo = try library.function(
            "XGDMatrixSetInfoFromInterface",
            as: XGDMatrixSetInfoFromInterfaceFunction.self
        )
        createBooster = try library.function("XGBoosterCreate", as: XGBoosterCreateFunction.self)
        freeBooster = try library.function("XGBoosterFree", as: XGBoosterFreeFunction.self)
        setParameter = try library.function("XGBoosterSetParam", as: XGBoosterSetParamFunction.self)
        load = try library.function("XGBoosterLoadModelFromBuffer", as: XGBoosterLoadModelFromBufferFunction.self)
        save = try library.function("XGBoosterSaveModelToBuffer", as: XGBoosterSaveModelToBufferFunction.self)
        update = try library.function("XGBoosterUpdateOneIter", as: XGBoosterUpdateOneIterFunction.self)
        evaluate = try library.function("XGBoosterEvalOneIter", as: XGBoosterEvalOneIterFunction.self)
        slice = try library.function("XGBoosterSlice", as: XGBoosterSliceFunction.self)
        boostedRounds = try library.function("XGBoosterBoostedRounds", as: XGBoosterBoostedRoundsFunction.self)
        predict = try library.function("XGBoosterPredictFromDMatrix", as: XGBoosterPredictFromDMatrixFunction.self)
    }

    private func check(_ status: Int32) throws {
        guard status != 0 else { return }
        let text = lastError().map { String(cString: $0) } ?? "unknown reason"
        // `[TIME] FILE:LINE: what failed`, then a trace of addresses.
        let lines = text.split(separator: "\n").prefix { !$0.hasPrefix("Stack trace") }
        let line = lines.joined(separator: " ")
        throw Failure(
            description: line.split(separator: #/\.(cc|cu|h):\d+: /#, maxSplits: 1).last.map(String.init) ?? line
        )
    }

    // MARK: Data

    /// Owns one `DMatrixHandle`: rows with their labels and weights, copied.
    package final class Matrix {
        fileprivate let handle: DMatrixHandle
        private let library: XGBoostTraining

        fileprivate init(_ handle: DMatrixHandle, _ library: XGBoostTraining) {
            self.handle = handle
            self.library = library
        }

        deinit { _ = library.freeMatrix(handle) }
    }

    /// - Parameter values: Shape `[rows, columns]`, row after row. NaN is a missing value.
    package func matrix(dense values: [Float], columns: Int, threads: Int) throws -> Matrix {
        var handle: DMatrixHandle?
        try values.withUnsafeBufferPointer { values in
            let shape = [values.count / max(columns, 1), columns]
            try check(createDense(Self.interface(values, "<f4", shape), Self.configuration(threads), &handle))
        }
        guard let handle else { throw Failure(description: "XGBoost made no matrix") }
        return Matrix(handle, self)
    }

    /// - Parameters:
    ///   - rowStarts: Where each row begins in `columns` and `values`, and the end of the last one.
    ///   - columns: The column of each value.
    package func matrix(
        rowStarts: [UInt64],
        columns: [UInt32],
        values: [Float],
        columnCount: Int,
        threads: Int
    ) throws -> Matrix {
        var handle: DMatrixHandle?
        try rowStarts.withUnsafeBufferPointer { starts in
            try columns.withUnsafeBufferPointer { columns in
                try values.withUnsafeBufferPointer { values in
                    try check(
                        createSparse(
                            Self.interface(starts, "<u8", [starts.count]),
                            Self.interface(columns, "<u4", [columns.count]),
                            Self.interface(values, "<f4", [values.count]),
                            UInt64(columnCount),
                            Self.configuration(threads),
                            &handle
                        )
                    )
                }
            }
        }
        guard let handle else { throw Failure(description: "XGBoost made no matrix") }
        return Matrix(handle, self)
    }

    /// - Parameter field: `label` or `weight`; one value a row.
    package func set(_ field: String, _ values: [Float], on matrix: Matrix) throws {
        try values.withUnsafeBufferPointer { values in
            try check(setInfo(matrix.handle, field, Self.interface(values, "<f4", [values.count])))
        }
    }

    /// NumPy's array interface, as JSON; XGBoost refuses a null pointer even for nothing.
    private static func interface<Element>(
        _ values: UnsafeBufferPointer<Element>,
        _ type: String,
        _ shape: [Int]
    ) -> String {
        let address = values.baseAddress.map { UInt(bitPattern: $0) } ?? 16
        return #"{"data":[\#(address),true],"shape":\#(shape),"typestr":"\#(type)","version":3}"#
    }

    private static func configuration(_ threads: Int) -> String { #"{"missing":NaN,"nthread":\#(threads)}"# }

    // MARK: Boosting

    /// Owns one `BoosterHandle`.
    package final class Booster {
        fileprivate let handle: BoosterHandle
        private let library: XGBoostTraining

        fileprivate init(_ handle: BoosterHandle, _ library: XGBoostTraining) {
            self.handle = handle
            self.library = library
        }

        deinit { _ = library.freeBooster(handle) }
    }

    package func booster(for matrices: [Matrix]) throws -> Booster {
        var handle: BoosterHandle?
        let handles: [DMatrixHandle?] = matrices.map(\.handle)
        try check(createBooster(handles, UInt64(handles.count), &handle))
        guard let handle else { throw Failure(description: "XGBoost made no booster") }
        return Booster(handle, self)
    }

    package func set(_ name: String, _ value: String, on booster: Booster) throws {
        try check(setParameter(booster.handle, name, value))
    }

    /// One round more.
    package func update(_ booster: Booster, round: Int, on matrix: Matrix) throws {
        try check(update(booster.handle, Int32(round), matrix.handle))
    }

    /// `[3]	train-rmse:1.25	validation-rmse:1.5`
    package func evaluate(_ booster: Booster, round: Int, on watched: [(name: String, matrix: Matrix)]) throws -> String
    {
        var handles: [DMatrixHandle?] = watched.map(\.matrix.handle)
        let names = watched.map { strdup($0.name) }
        defer { for name in names { free(name) } }
        var pointers = names.map { UnsafePointer<CChar>($0) }
        var text: UnsafePointer<CChar>?
        try check(evaluate(booster.handle, Int32(round), &handles, &pointers, UInt64(names.count), &text))
        return text.map { String(cString: $0) } ?? ""
    }

    /// Values of the model as its objective transforms them, shape `[rows, outputs]`.
    package func predict(_ booster: Booster, on matrix: Matrix) throws -> [Float] {
        let configuration =
            #"{"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true}"#
        var shape: UnsafePointer<UInt64>?
        var rank: UInt64 = 0
        var result: UnsafePointer<Float>?
        try check(predict(booster.handle, matrix.handle, configuration, &shape, &rank, &result))
        guard let shape, let result else { return [] }
        let count = UnsafeBufferPointer(start: shape, count: Int(rank)).reduce(1) { $0 * Int($1) }
        return Array(UnsafeBufferPointer(start: result, count: count))
    }

    /// Rounds that the booster has.
    package func rounds(of booster: Booster) throws -> Int {
        var count: Int32 = 0
        try check(boostedRounds(booster.handle, &count))
        return Int(count)
    }

    /// The first `rounds` of a booster.
    package func prefix(_ rounds: Int, of booster: Booster) throws -> Booster {
        var handle: BoosterHandle?
        try check(slice(booster.handle, 0, Int32(rounds), 1, &handle))
        guard let handle else { throw Failure(description: "XGBoost made no booster") }
        return Booster(handle, self)
    }

    /// Takes over a model that XGBoost saved, JSON or UBJSON.
    package func load(_ model: Data, into booster: Booster) throws {
        try model.withUnsafeBytes { try check(load(booster.handle, $0.baseAddress, UInt64($0.count))) }
    }

    /// The model in UBJSON.
    package func save(_ booster: Booster) throws -> Data {
        var count: UInt64 = 0
        var bytes: UnsafePointer<CChar>?
        try check(save(booster.handle, #"{"format":"ubj"}"#, &count, &bytes))
        return bytes.map { Data(bytes: $0, count: Int(count)) } ?? Data()
    }
}
