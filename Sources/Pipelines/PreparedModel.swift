package import Definitions
package import Runtimes
import Synchronization
import Tensors

/// A model version that is loaded, warmed up, and whose run time is known.
package final class PreparedModel: Sendable {
    package let version: ModelVersion
    package let loaded: any LoadedModel
    package let cost: RunCost

    /// Loads nothing, but runs the model a few times: not for an event loop.
    ///
    /// - Parameter timeLimit: A model that does not end its first run by then counts as costly.
    package init(version: ModelVersion, loaded: any LoadedModel, timeLimit: Duration = .seconds(5)) {
        self.version = version
        self.loaded = loaded
        cost = RunCost.measure(loaded, timeLimit: timeLimit)
    }

    package var name: String { version.model }
}

/// What a run costs, as measured when the model was warmed up.
///
/// It is counted in rows: a row is what one row has where every free dimension is 1, so that an input which is long in another
/// dimension counts as many.
package struct RunCost: Sendable, Equatable {
    /// Nanoseconds of a run with one row.
    package let oneRow: Int
    /// Nanoseconds for each further row.
    package let perRow: Int

    package init(oneRow: Int, perRow: Int) {
        self.oneRow = oneRow
        self.perRow = perRow
    }

    package func nanoseconds(rows: Int) -> Int {
        let (more, overflow) = max(0, rows - 1).multipliedReportingOverflow(by: perRow)
        let (sum, sumOverflow) = oneRow.addingReportingOverflow(more)
        return overflow || sumOverflow ? .max : sum
    }

    /// A model that could not be measured goes to the thread pool.
    private static let unknown = RunCost(oneRow: 1_000_000, perRow: 10_000)

    static func measure(_ model: any LoadedModel, timeLimit: Duration) -> RunCost {
        guard model.hasBoundedCost else {
            // Warmed up all the same; but what one input costs says nothing of the next.
            let one = best(of: 2, model, rows: 1, timeLimit) ?? 0
            return RunCost(oneRow: max(one, unknown.oneRow), perRow: unknown.perRow)
        }
        guard let one = best(of: 5, model, rows: 1, timeLimit) else { return unknown }
        let manyRows = 32
        guard one < 100_000_000, let many = best(of: 2, model, rows: manyRows, timeLimit) else {
            return RunCost(oneRow: one, perRow: one)
        }
        return RunCost(oneRow: one, perRow: max(0, many - one) / (manyRows - 1))
    }

    /// The most elements of an input that a model is warmed up with.
    private static let warmUpElements = 32 << 20

    /// The shortest of a few runs on zeros; `nil` where the model refuses them or takes too long.
    private static func best(of count: Int, _ model: any LoadedModel, rows: Int, _ timeLimit: Duration) -> Int? {
        var inputs: [Tensor] = []
        for spec in model.signature.inputs {
            let shape = spec.shape.enumerated().map { index, length in length >= 0 ? length : index == 0 ? rows : 1 }
            // A signature comes from outside, and may say anything.
            guard let count = Tensor.elementCount(of: shape), count <= warmUpElements else { return nil }
            inputs.append(Tensor.zeros(spec.dataType, shape: shape))
        }
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
    /// A tensor of zeros, of `false`, or of empty texts.
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
