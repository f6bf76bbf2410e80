import Definitions
import Synchronization

/// What a pipeline or a variant of an endpoint has answered and refused since it was last taken.
///
/// Each request adds to a few numbers, and nothing is allocated but the histograms, when the first request is answered.
package final class Traffic: Sendable {
    /// The variant of an endpoint; `nil` for the requests that no variant answers.
    package let variant: String?
    private let clientErrors = Atomic<Int>(0)
    private let serverErrors = Atomic<Int>(0)
    private let withdrawn = Atomic<Int>(0)
    private let checkFailures = Atomic<Int>(0)
    private let modelNanoseconds = Atomic<Int>(0)
    private let overheadNanoseconds = Atomic<Int>(0)
    /// Where the counts of the buckets begin: those of the model's latency, the request's, and the overhead; 0 until they are needed.
    private let buckets = Atomic<UInt>(0)

    private static let bucketCount = 3 * LatencyBuckets.count

    init(variant: String? = nil) { self.variant = variant }

    deinit { Self.pointer(buckets.load(ordering: .acquiring))?.deallocate() }

    /// Counts a request that was answered.
    ///
    /// - Parameters:
    ///   - modelTime: The nanoseconds inside the models.
    ///   - elapsed: The nanoseconds since the request's last byte.
    func answer(modelTime: Int, elapsed: Int, checkFailed: Bool) {
        let overhead = max(0, elapsed &- modelTime)
        let counts = Self.pointer(buckets.load(ordering: .acquiring)) ?? makeBuckets()
        modelNanoseconds.wrappingAdd(modelTime, ordering: .relaxed)
        overheadNanoseconds.wrappingAdd(overhead, ordering: .relaxed)
        counts[LatencyBuckets.index(of: modelTime)].wrappingAdd(1, ordering: .relaxed)
        counts[LatencyBuckets.count + LatencyBuckets.index(of: elapsed)].wrappingAdd(1, ordering: .relaxed)
        // Only CloudWatch asks for it, and it knows nothing but endpoints.
        if variant != nil {
            counts[2 * LatencyBuckets.count + LatencyBuckets.index(of: overhead)].wrappingAdd(1, ordering: .relaxed)
        }
        if checkFailed { checkFailures.wrappingAdd(1, ordering: .relaxed) }
    }

    /// Counts a request that failed.
    func fail(_ code: RoostError.Code) {
        if code.isOfClient {
            clientErrors.wrappingAdd(1, ordering: .relaxed)
        } else {
            serverErrors.wrappingAdd(1, ordering: .relaxed)
        }
    }

    /// Makes an answer that was counted an error: of the client, who asked for a form that it does not have, or of the model's program.
    func withdrawAnswer(isOfClient: Bool) {
        if isOfClient {
            clientErrors.wrappingAdd(1, ordering: .relaxed)
        } else {
            serverErrors.wrappingAdd(1, ordering: .relaxed)
        }
        withdrawn.wrappingAdd(1, ordering: .relaxed)
    }

    /// Returns what was counted since the last call; `nil` if nothing was.
    ///
    /// A request that ends meanwhile may be counted in part in the next call.
    package func take() -> TrafficCounts? {
        var taken = TrafficCounts()
        taken.clientErrors = clientErrors.exchange(0, ordering: .relaxed)
        taken.serverErrors = serverErrors.exchange(0, ordering: .relaxed)
        taken.withdrawn = withdrawn.exchange(0, ordering: .relaxed)
        taken.checkFailures = checkFailures.exchange(0, ordering: .relaxed)
        taken.modelNanoseconds = modelNanoseconds.exchange(0, ordering: .relaxed)
        taken.overheadNanoseconds = overheadNanoseconds.exchange(0, ordering: .relaxed)
        if let counts = Self.pointer(buckets.load(ordering: .acquiring)) {
            taken.model = Self.take(counts)
            taken.request = Self.take(counts + LatencyBuckets.count)
            taken.overhead = Self.take(counts + 2 * LatencyBuckets.count)
        }
        return taken == TrafficCounts() ? nil : taken
    }

    private static func take(_ counts: UnsafeMutablePointer<Atomic<UInt32>>) -> [LatencyBuckets.Entry] {
        var taken: [LatencyBuckets.Entry] = []
        for index in 0..<LatencyBuckets.count where counts[index].load(ordering: .relaxed) > 0 {
            let count = counts[index].exchange(0, ordering: .relaxed)
            taken.append(LatencyBuckets.Entry(bucket: UInt8(truncatingIfNeeded: index), count: Int(count)))
        }
        return taken
    }

    private static func pointer(_ address: UInt) -> UnsafeMutablePointer<Atomic<UInt32>>? {
        UnsafeMutablePointer(bitPattern: address)
    }

    private func makeBuckets() -> UnsafeMutablePointer<Atomic<UInt32>> {
        let made = UnsafeMutablePointer<Atomic<UInt32>>.allocate(capacity: Self.bucketCount)
        for index in 0..<Self.bucketCount { (made + index).initialize(to: Atomic(0)) }
        let (isMine, known) = buckets.compareExchange(
            expected: 0,
            desired: UInt(bitPattern: made),
            ordering: .acquiringAndReleasing
        )
        guard !isMine, let known = Self.pointer(known) else { return made }
        made.deallocate()
        return known
    }
}

/// What was counted in a span of time.
package struct TrafficCounts: Sendable, Equatable {
    /// Requests that failed because of what the client sent.
    package var clientErrors = 0
    /// Other requests that failed, also those that were refused because the server was busy.
    package var serverErrors = 0
    /// Errors among the answered requests: the answer did not have the form that was asked for.
    package var withdrawn = 0
    /// Answered requests of which a validation failed.
    package var checkFailures = 0
    package var modelNanoseconds = 0
    package var overheadNanoseconds = 0
    /// How many answered requests had which latency inside the models, by bucket in ascending order.
    package var model: [LatencyBuckets.Entry] = []
    /// Their whole latency.
    package var request: [LatencyBuckets.Entry] = []
    /// Their latency outside of the models, of endpoints' variants only.
    package var overhead: [LatencyBuckets.Entry] = []

    package init() {}
}

/// Buckets of durations whose widths grow with the durations: eight for each doubling, from 512 ns to 137 s.
///
/// The middle of a bucket differs from each duration in it by at most 1/16 of the duration, which is 6.25 %. Shorter durations have
/// buckets of 64 ns. Longer ones are in the last bucket.
package enum LatencyBuckets {
    /// A bucket, and how many durations are in it.
    package struct Entry: Sendable, Equatable {
        package var bucket: UInt8
        package var count: Int

        package init(bucket: UInt8, count: Int) {
            self.bucket = bucket
            self.count = count
        }
    }

    package static let count = 232

    /// Returns the bucket of a duration in nanoseconds.
    package static func index(of nanoseconds: Int) -> Int {
        let units = min(UInt(max(0, nanoseconds)) >> 6, (1 << 31) - 1)
        guard units >= 8 else { return Int(units) }
        let exponent = 63 - units.leadingZeroBitCount
        return (exponent - 2) * 8 + Int(units >> UInt(exponent - 3)) & 7
    }

    /// Returns the middle of a bucket in nanoseconds.
    package static func middle(of bucket: Int) -> Double {
        guard bucket >= 8 else { return Double(max(0, bucket)) * 64 + 32 }
        let width = Double(sign: .plus, exponent: min(bucket, count - 1) / 8 - 1, significand: 64)
        return (Double(8 + bucket % 8) + 0.5) * width
    }
}

extension RoostError.Code {
    /// Whether the client has to change something. That the server is busy is not the client's fault.
    fileprivate var isOfClient: Bool {
        self != .busy && RoostError(self, "").httpStatus < 500
    }
}
