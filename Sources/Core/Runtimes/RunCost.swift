package import Definitions
import Tensors

/// The cost of a run, as measured while the model was warmed up.
///
/// The cost is counted in rows. A row is the size of one row if every free dimension is 1, so an input that is long in another
/// dimension counts as several rows.
package struct RunCost: Sendable, Equatable {
    /// Nanoseconds of a run with one row.
    package let oneRow: Int
    /// Picoseconds for each further row: a row of one number may cost less than a nanosecond.
    package let perRow: Int

    /// A request that costs less than this runs on the event loop that read it: handing it over costs a tenth of this.
    package static let eventLoopNanoseconds = 200_000

    package init(oneRow: Int, perRow: Int) {
        self.oneRow = oneRow
        self.perRow = perRow
    }

    package func nanoseconds(rows: Int) -> Int {
        let (more, overflow) = max(0, rows - 1).multipliedReportingOverflow(by: perRow)
        let (sum, sumOverflow) = oneRow.addingReportingOverflow(more / 1000)
        return overflow || sumOverflow ? .max : sum
    }

    /// Returns the number of rows that `elements` of an input count as.
    package static func rows(elements: Int, rowSize: Int) -> Int { elements / max(rowSize, 1) }

    /// Returns the elements in one row of each input if every free dimension is 1.
    package static func rowSizes(of inputs: [TensorSpec]) -> [Int] {
        inputs.map { Tensor.elementCount(of: $0.shape.dropFirst().map { max($0, 1) }) ?? .max }
    }

    // MARK: Measuring

    /// The assumed cost of a model that could not be measured, which sends it to the thread pool.
    package static let unknown = RunCost(oneRow: 1_000_000, perRow: 10_000_000)

    /// Runs the model once on zeros, as ``measure(_:timeLimit:)`` does first.
    ///
    /// - Throws: The model's error. Many models reject zeros, which is not a fault.
    static func tryOnce(_ model: any LoadedModel, timeLimit: Duration = .seconds(5)) throws(RuntimeError) {
        try WarmUp(model, timeLimit).tryOnce()
    }

    /// Measures a loaded model by running it a few times on zeros. Do not call this on an event loop.
    ///
    /// - Parameter timeLimit: A model that does not finish its first run in this time counts as costly.
    package static func measure(_ model: any LoadedModel, timeLimit: Duration = .seconds(5)) -> RunCost {
        let warmUp = WarmUp(model, timeLimit)
        guard model.hasBoundedCost else {
            // Still warmed up, but the cost of one input says nothing about the next.
            let one = warmUp.best(of: 2) ?? 0
            return RunCost(oneRow: max(one, unknown.oneRow), perRow: unknown.perRow)
        }
        guard let one = warmUp.best(of: 5) else { return unknown }
        let inKind = RunCost(oneRow: one, perRow: one.multipliedReportingOverflow(by: 1000).partialValue)
        guard one < 100_000_000 else { return inKind }
        let free = warmUp.freeDimensions
        guard !free.isEmpty else { return RunCost(oneRow: one, perRow: 0) }
        let found = free.compactMap { warmUp.perRow(along: $0, oneRow: one) }
        return found.max().map { RunCost(oneRow: one, perRow: $0) } ?? inKind
    }
}

/// Runs a model on zeros in the shapes of its signature.
private struct WarmUp {
    private let model: any LoadedModel
    private let timeLimit: Duration
    private let rowSizes: [Int]

    /// The maximum number of elements in all inputs of such a run: a signature is untrusted and may contain any shape.
    private static let elementLimit = 8 << 20

    init(_ model: any LoadedModel, _ timeLimit: Duration) {
        self.model = model
        self.timeLimit = timeLimit
        rowSizes = RunCost.rowSizes(of: model.signature.inputs)
    }

    /// The dimensions that are free in any input: usually the batch first, and perhaps the length of a sequence.
    var freeDimensions: [Int] {
        Set(model.signature.inputs.flatMap { spec in spec.shape.indices.filter { spec.shape[$0] < 0 } }).sorted()
    }

    private func shapes(_ dimension: Int?, _ length: Int) -> [[Int]] {
        model.signature.inputs.map { spec in
            spec.shape.enumerated().map { index, fixed in fixed >= 0 ? fixed : index == dimension ? length : 1 }
        }
    }

    /// Returns the picoseconds per row that a longer `dimension` adds; `nil` if the model accepts no other length.
    func perRow(along dimension: Int, oneRow: Int) -> Int? {
        var found: Int?
        var length = 32
        // Lengthen the run until its cost stands out from the fixed cost of a run.
        while let many = best(of: 2, dimension, length) {
            let rows = rowCount(shapes(dimension, length)) - rowCount(shapes(nil, 1))
            guard rows > 0 else { return 0 }
            found = max(0, many - oneRow) * 1000 / rows
            guard many < 2 * oneRow + 2000, many < 1_000_000 else { break }
            length *= 32
        }
        return found
    }

    private func rowCount(_ shapes: [[Int]]) -> Int {
        zip(shapes, rowSizes).reduce(1) { max($0, RunCost.rows(elements: $1.0.reduce(1, *), rowSize: $1.1)) }
    }

    func tryOnce() throws(RuntimeError) {
        guard let inputs = inputs(nil, 1) else { return }
        let cancellation = RunCancellation()
        let watchdog = Watchdog(timeLimit) { cancellation.cancel() }
        defer { watchdog.end() }
        _ = try model.run(inputs, cancellation: cancellation)
    }

    /// Returns zeros for each input; `nil` if they would be too large.
    private func inputs(_ dimension: Int?, _ length: Int) -> [Tensor]? {
        let shapes = shapes(dimension, length)
        var rest = Self.elementLimit
        for shape in shapes {
            guard let elements = Tensor.elementCount(of: shape), elements <= rest else { return nil }
            rest -= elements
        }
        return zip(model.signature.inputs, shapes).map { Tensor.zeros($0.dataType, shape: $1) }
    }

    /// Returns the nanoseconds of the shortest of a few runs; `nil` if the model fails or takes too long, or the inputs are too
    /// large.
    func best(of count: Int, _ dimension: Int? = nil, _ length: Int = 1) -> Int? {
        guard let inputs = inputs(dimension, length) else { return nil }
        let cancellation = RunCancellation()
        let watchdog = Watchdog(timeLimit) { cancellation.cancel() }
        defer { watchdog.end() }
        var best: Int?
        for _ in 0..<count {
            let start = ContinuousClock.now
            guard (try? model.run(inputs, cancellation: cancellation)) != nil else { return nil }
            let elapsed = start.duration(to: .now)
            let nanoseconds =
                Int(elapsed.components.seconds) * 1_000_000_000 + Int(elapsed.components.attoseconds / 1_000_000_000)
            best = min(best ?? .max, nanoseconds)
            if nanoseconds > 50_000_000 { break }
        }
        return best
    }
}

/// Calls `onTimeout` once if ``end()`` is not called in time.
private final class Watchdog: Sendable {
    private let task: Task<Void, Never>

    init(_ limit: Duration, onTimeout: @escaping @Sendable () -> Void) {
        task = Task.detached {
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            onTimeout()
        }
    }

    func end() { task.cancel() }
}

extension Tensor {
    /// Returns a tensor of zeros, of `false` or of empty strings.
    static func zeros(_ dataType: DataType, shape: [Int]) -> Tensor {
        let count = shape.reduce(1, *)
        guard let width = dataType.byteWidth else {
            return Tensor(shape: shape, strings: [[UInt8]](repeating: [], count: count))
        }
        let storage = TensorStorage(byteCount: count * width)
        storage.bytes.initializeMemory(as: UInt8.self, repeating: 0)
        return Tensor(dataType: dataType, shape: shape, storage: storage)
    }
}
