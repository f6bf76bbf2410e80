import Runtimes
import Synchronization

/// The actual durations of a model's runs by input size, because a cost that was measured with a few zeros may be far too low.
///
/// Threads record runs concurrently without a lock. One of two simultaneous records may be lost; later runs make up for it.
/// Sendable: all mutable state is atomic.
final class RunHistory: @unchecked Sendable {
    /// One size class for each number of binary digits in the number of rows.
    private static let sizes = Int.bitWidth + 1
    /// The moving average in nanoseconds for each size class; 0 while its runs are cheap.
    private let averages = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: sizes)
    /// Whether any average is not 0. A run of a cheap model checks only this.
    private let hasAny = Atomic<Bool>(false)

    init() {
        for size in 0..<Self.sizes { (averages + size).initialize(to: Atomic(0)) }
    }

    deinit {
        averages.deinitialize(count: Self.sizes)
        averages.deallocate()
    }

    func nanoseconds(rows: Int) -> Int {
        guard hasAny.load(ordering: .relaxed) else { return 0 }
        return averages[Self.size(of: rows)].load(ordering: .relaxed)
    }

    /// Returns whether ``note(rows:nanoseconds:)`` must be called for a run. Costs two comparisons after every run.
    func cares(about nanoseconds: Int) -> Bool {
        nanoseconds > RunCost.eventLoopNanoseconds || hasAny.load(ordering: .relaxed)
    }

    /// Records the duration of a run.
    func note(rows: Int, nanoseconds: Int) {
        let size = Self.size(of: rows)
        let known = averages[size].load(ordering: .relaxed)
        guard max(known, nanoseconds) > RunCost.eventLoopNanoseconds else { return }
        // A single run that the machine delayed counts for an eighth, and fades away.
        let average = known + (nanoseconds - known) / 8
        averages[size].store(average, ordering: .relaxed)
        guard nanoseconds > known else { return }
        // Larger inputs cost at least as much.
        for larger in (size + 1)..<Self.sizes where averages[larger].load(ordering: .relaxed) < average {
            averages[larger].store(average, ordering: .relaxed)
        }
        hasAny.store(true, ordering: .relaxed)
    }

    private static func size(of rows: Int) -> Int { Int.bitWidth - max(rows, 0).leadingZeroBitCount }
}
