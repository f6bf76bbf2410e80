package import Definitions
package import Synchronization

/// A histogram of durations with fixed buckets, for Prometheus.
///
/// Sendable: what is behind the pointer is atomic.
package final class Histogram: @unchecked Sendable {
    /// Upper bounds in nanoseconds, in 1-2.5-5 steps from 10 µs to 10 s.
    package static let bounds: [Int] = [
        10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
        50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]

    private let counts: UnsafeMutablePointer<Atomic<Int>>
    private let sum = Atomic<Int>(0)

    package init() {
        counts = .allocate(capacity: Self.bounds.count + 1)
        for index in 0...Self.bounds.count { (counts + index).initialize(to: Atomic(0)) }
    }

    deinit { counts.deallocate() }

    package func observe(nanoseconds: Int) {
        var low = 0
        var high = Self.bounds.count
        while low < high {
            let middle = (low + high) / 2
            if nanoseconds <= Self.bounds[middle] { high = middle } else { low = middle + 1 }
        }
        counts[low].wrappingAdd(1, ordering: .relaxed)
        sum.wrappingAdd(nanoseconds, ordering: .relaxed)
    }

    /// Returns the number of durations within each bound, followed by the number of all, and their sum in nanoseconds.
    package func cumulative() -> (counts: [Int], sum: Int) {
        var total = 0
        let cumulative = (0...Self.bounds.count).map { index in
            total &+= counts[index].load(ordering: .relaxed)
            return total
        }
        return (cumulative, sum.load(ordering: .relaxed))
    }
}

/// The metrics of one pipeline.
package final class PipelineMetrics: Sendable {
    package let pipeline: String
    package let requests = Atomic<Int>(0)
    /// The time from the request's last byte to its result, less the time inside the models.
    package let overhead = Histogram()
    /// Differs between two pipelines that had the same name one after the other.
    package let generation = PipelineMetrics.generations.wrappingAdd(1, ordering: .relaxed).newValue
    private static let generations = Atomic<UInt64>(0)
    private let errors = Mutex<[RoostError.Code: Int]>([:])
    /// By variant, and of the requests that no variant answers.
    private let traffic = Mutex(RetainedSeries<Traffic>())
    private let models = Mutex(RetainedSeries<ModelMetrics>())

    init(pipeline: String) { self.pipeline = pipeline }

    package func count(_ error: RoostError.Code) { errors.withLock { $0[error, default: 0] += 1 } }
    package func errorCounts() -> [RoostError.Code: Int] { errors.withLock { $0 } }

    /// - Parameter variant: `nil` for the requests that no variant answers.
    func traffic(ofVariant variant: String? = nil) -> Traffic {
        // A variant has a name.
        traffic.withLock { $0.value(variant ?? "") { Traffic(variant: variant) } }
    }

    /// Returns the counts of each variant that has any since the last call.
    package func takeTraffic() -> [(variant: String?, counts: TrafficCounts)] {
        traffic.withLock { $0.values(at: .now) }.compactMap { traffic in traffic.take().map { (traffic.variant, $0) } }
    }

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
