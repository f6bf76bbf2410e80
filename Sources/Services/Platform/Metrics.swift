package import Definitions
package import Synchronization

/// A count of durations in fixed buckets, to be read by Prometheus.
package final class Histogram: Sendable {
    /// Upper ends, in nanoseconds: 1-2.5-5 steps from 10 µs to 10 s.
    package static let bounds: [Int] = [
        10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
        50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]

    private let state = Mutex((counts: [Int](repeating: 0, count: bounds.count + 1), sum: 0))

    package func observe(nanoseconds: Int) {
        var low = 0
        var high = Self.bounds.count
        while low < high {
            let middle = (low + high) / 2
            if nanoseconds <= Self.bounds[middle] { high = middle } else { low = middle + 1 }
        }
        state.withLock {
            $0.counts[low] += 1
            $0.sum += nanoseconds
        }
    }

    /// How many were at most each bound, at last all; and the sum in nanoseconds.
    package func cumulative() -> (counts: [Int], sum: Int) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var total = 0
        return (
            counts.map { count in
                total += count
                return total
            }, sum
        )
    }
}

/// What is counted of one pipeline.
package final class PipelineMetrics: Sendable {
    package let pipeline: String
    package let requests = Atomic<Int>(0)
    /// From the last byte of the request to the answer, less the time inside the models.
    package let overhead = Histogram()
    private let errors = Mutex<[RoostError.Code: Int]>([:])
    private let models = Mutex(RetainedSeries<ModelMetrics>())

    init(pipeline: String) { self.pipeline = pipeline }

    package func count(_ error: RoostError.Code) { errors.withLock { $0[error, default: 0] += 1 } }
    package func errorCounts() -> [RoostError.Code: Int] { errors.withLock { $0 } }

    /// - Parameter name: What the model is called in this pipeline; `nil` for its own name.
    func model(_ version: ModelVersion, name: String? = nil) -> ModelMetrics {
        let name = name ?? version.model
        let key = name + "@" + version.id
        return models.withLock { $0.value(key) { ModelMetrics(name, version: version.id) } }
    }

    package func allModels() -> [ModelMetrics] {
        models.withLock { $0.values(at: .now) }.sorted { ($0.model, $0.version) < ($1.model, $1.version) }
    }
}

/// What is counted of one model version in one pipeline.
package final class ModelMetrics: Sendable {
    package let model: String
    package let version: String
    package let runTime = Histogram()
    package let failedValidations = Atomic<Int>(0)
    /// Challengers that failed, were refused by a full queue, or did not answer in time.
    package let failedRuns = Atomic<Int>(0)

    init(_ model: String, version: String) {
        self.model = model
        self.version = version
    }
}
