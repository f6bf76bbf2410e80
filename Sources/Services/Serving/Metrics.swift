package import Definitions
package import Synchronization

/// A histogram of durations with fixed buckets, for Prometheus.
package final class Histogram: Sendable {
    /// Upper bounds in nanoseconds, in 1-2.5-5 steps from 10 µs to 10 s.
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

    /// Returns the number of durations within each bound, followed by the number of all, and their sum in nanoseconds.
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

/// The metrics of one pipeline.
package final class PipelineMetrics: Sendable {
    package let pipeline: String
    package let requests = Atomic<Int>(0)
    /// The time from the request's last byte to its result, less the time inside the models.
    package let overhead = Histogram()
    private let errors = Mutex<[RoostError.Code: Int]>([:])
    private let models = Mutex(RetainedSeries<ModelMetrics>())

    init(pipeline: String) { self.pipeline = pipeline }

    package func count(_ error: RoostError.Code) { errors.withLock { $0[error, default: 0] += 1 } }
    package func errorCounts() -> [RoostError.Code: Int] { errors.withLock { $0 } }

    /// - Parameter name: The model's name in this pipeline; `nil` for its own name.
    func model(_ version: ModelVersion, name: String? = nil) -> ModelMetrics {
        let name = name ?? version.model
        let key = name + "@" + version.id
        return models.withLock { $0.value(key) { ModelMetrics(name, version: version.id) } }
    }

    /// Removes the metrics of versions that were deleted.
    func forget(modelVersions ids: Set<String>) {
        models.withLock { models in
            models.remove { key in key.split(separator: "@").last.map { ids.contains(String($0)) } ?? false }
        }
    }

    package func allModels() -> [ModelMetrics] {
        models.withLock { $0.values(at: .now) }.sorted { ($0.model, $0.version) < ($1.model, $1.version) }
    }
}

/// The metrics of one model version in one pipeline.
package final class ModelMetrics: Sendable {
    package let model: String
    package let version: String
    package let runTime = Histogram()
    package let failedValidations = Atomic<Int>(0)
    /// Runs as a challenger that failed, were refused by a full queue, or did not finish in time.
    package let failedRuns = Atomic<Int>(0)

    init(_ model: String, version: String) {
        self.model = model
        self.version = version
    }
}
