import Runtimes
import Synchronization

/// What runs of a model really took, by the size of their input: a cost that was measured on a few zeros may be far too low.
///
/// Any number of threads note runs side by side without a lock; of two notes at once one may be lost, and the next run makes up
/// for that. Sendable: all that changes is atomic.
final class RunHistory: @unchecked Sendable {
    /// One for each number of binary digits that a number of rows has.
    private static let sizes = Int.bitWidth + 1
    /// A moving average of nanoseconds for each size; 0 while runs of it are cheap.
    private let averages = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: sizes)
    /// Some average is not 0: all that a cheap model's run has to look at.
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

    /// Whether ``note(rows:nanoseconds:)`` has anything to do for a run that took so long: two comparisons after every run.
    func cares(about elapsed: Duration) -> Bool { elapsed > Self.cheap || hasAny.load(ordering: .relaxed) }

    private static let cheap = Duration.nanoseconds(RunCost.eventLoopNanoseconds)

    /// Takes note of what a run took.
    func note(rows: Int, nanoseconds: Int) {
        let size = Self.size(of: rows)
        let known = averages[size].load(ordering: .relaxed)
        guard max(known, nanoseconds) > RunCost.eventLoopNanoseconds else { return }
        // One run that the machine held up counts for an eighth, and is forgotten again.
        let average = known + (nanoseconds - known) / 8
        averages[size].store(average, ordering: .relaxed)
        guard nanoseconds > known else { return }
        // A larger input costs no less.
        for larger in (size + 1)..<Self.sizes where averages[larger].load(ordering: .relaxed) < average {
            averages[larger].store(average, ordering: .relaxed)
        }
        hasAny.store(true, ordering: .relaxed)
    }

    private static func size(of rows: Int) -> Int { Int.bitWidth - max(rows, 0).leadingZeroBitCount }
}
