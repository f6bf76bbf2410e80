package import Definitions
import Pipelines
import Synchronization

/// How many requests an arm of an experiment has answered since a version of the pipeline began to answer, and how long each took.
///
/// Sendable: what is behind the pointer is atomic.
package final class ArmLatency: @unchecked Sendable {
    /// By the buckets of ``LatencyBuckets``.
    private let counts: UnsafeMutablePointer<Atomic<Int>>

    init() {
        counts = .allocate(capacity: LatencyBuckets.count)
        for index in 0..<LatencyBuckets.count { (counts + index).initialize(to: Atomic(0)) }
    }

    deinit { counts.deallocate() }

    func observe(nanoseconds: Int) {
        counts[LatencyBuckets.index(of: nanoseconds)].wrappingAdd(1, ordering: .relaxed)
    }

    /// The buckets that are not empty, in ascending order.
    package var entries: [LatencyBuckets.Entry] {
        (0..<LatencyBuckets.count).compactMap { index in
            let count = counts[index].load(ordering: .relaxed)
            return count > 0 ? LatencyBuckets.Entry(bucket: UInt8(truncatingIfNeeded: index), count: count) : nil
        }
    }
}

extension ServedVersion {
    /// What an arm of the experiment has answered.
    package struct ArmTally: Sendable {
        package let name: String
        package let model: ModelReference
        /// `nil` if the requests themselves say who answers.
        package let share: Double?
        package let latencies: [LatencyBuckets.Entry]
    }

    /// The identifier of the version.
    package var id: String { executable.versionID }

    /// What each arm has answered since the version began to answer, the champion's first.
    package var armTallies: [ArmTally] {
        zip(executable.plan.arms, armLatencies).map { arm, latency in
            let version = executable.models[arm.model].version
            return ArmTally(
                name: arm.name,
                model: ModelReference(name: version.model, version: version.id),
                share: arm.share,
                latencies: latency.entries
            )
        }
    }
}
