package import Definitions
import Synchronization

/// What the units of one arm of an experiment came to, since a version of the pipeline began to answer.
///
/// Each unit adds to one number, so that a reader does not see half of it. Only an answer that turns out to be an error adds to two.
package final class ArmCounts: Sendable {
    package typealias Tally = RolloutCounts.Tally

    /// Nanoseconds that an answer may take; `Int.max` without a budget.
    private let latencyBudget: Int
    private let failed = Atomic<Int>(0)
    /// Answers that turned out to be errors.
    private let withdrawn = Atomic<Int>(0)
    private let good = Atomic<Int>(0)
    private let checkFailed = Atomic<Int>(0)
    private let slow = Atomic<Int>(0)
    private let slowAndCheckFailed = Atomic<Int>(0)
    /// What was taken.
    private let taken = Mutex(Tally())

    /// - Parameter latencyBudget: In nanoseconds.
    init(latencyBudget: Int?) { self.latencyBudget = latencyBudget ?? .max }

    func fail() { failed.add(1, ordering: .relaxed) }

    /// Makes an answer that was counted a failure.
    func withdrawAnswer() { withdrawn.add(1, ordering: .relaxed) }

    func answer(nanoseconds: Int, checkFailed isBad: Bool) {
        switch (nanoseconds > latencyBudget, isBad) {
        case (false, false): good.add(1, ordering: .relaxed)
        case (false, true): checkFailed.add(1, ordering: .relaxed)
        case (true, false): slow.add(1, ordering: .relaxed)
        case (true, true): slowAndCheckFailed.add(1, ordering: .relaxed)
        }
    }

    /// Returns what was counted since the last call.
    ///
    /// An answer may turn out to be an error just after it was taken. Such an error waits for the next unit.
    package func take() -> Tally {
        taken.withLock { taken in
            let now = tally
            var more = Tally()
            more.units = max(0, now.units - taken.units)
            more.failed = min(max(0, now.failed - taken.failed), more.units)
            let answers = more.units - more.failed
            more.checkFailed = min(max(0, now.checkFailed - taken.checkFailed), answers)
            more.slow = min(max(0, now.slow - taken.slow), answers)
            taken.add(more)
            return more
        }
    }

    private var tally: Tally {
        var tally = Tally()
        let both = slowAndCheckFailed.load(ordering: .relaxed)
        tally.failed = failed.load(ordering: .relaxed)
        tally.checkFailed = checkFailed.load(ordering: .relaxed) + both
        tally.slow = slow.load(ordering: .relaxed) + both
        tally.units = good.load(ordering: .relaxed) + tally.failed + tally.checkFailed + tally.slow - both
        tally.failed += withdrawn.load(ordering: .relaxed)
        return tally
    }
}

/// The units of an experiment with a hash key that have been counted, so that each counts once. It is empty unless someone watches.
///
/// It takes bounded memory: if there are more units than it holds, only half of them are counted, then a quarter, and so on. Which
/// ones depends on their hashes alone, so that what is counted stays as good as a random sample.
package final class SeenUnits: Sendable {
    private struct State {
        var units: Set<UInt64> = []
        /// The bits that are zero in the hashes of the units that are counted.
        var mask: UInt64 = 0

        mutating func insert(_ unit: UInt64, limit: Int) -> Bool {
            guard unit & mask == 0, units.insert(unit).inserted else { return false }
            while units.count > limit {
                mask = mask << 1 | 1
                units = units.filter { $0 & mask == 0 }
            }
            return true
        }
    }

    private let limit: Int
    private let state = Mutex<State?>(nil)

    /// - Parameter limit: How many units are remembered.
    init(limit: Int = 1 << 20) { self.limit = limit }

    /// Begins to tell units apart.
    ///
    /// - Parameter known: The units that were counted before.
    package func begin(with known: Set<UInt64>) {
        state.withLock { state in
            var begun = state ?? State()
            for unit in known { _ = begun.insert(unit, limit: limit) }
            state = begun
        }
    }

    package func end() { state.withLock { $0 = nil } }

    /// Returns whether a unit has not been counted, and counts it.
    func isNew(_ unit: UInt64) -> Bool { state.withLock { $0?.insert(unit, limit: limit) ?? true } }
}
