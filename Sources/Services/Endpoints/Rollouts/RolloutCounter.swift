import Definitions
import Pipelines
import Serving

/// Counts what the two sides of a roll-out do, in all versions of its pipeline that still answer.
struct RolloutCounter {
    /// How long requests of a replaced version are waited for. They may take a minute.
    private static let patience: Duration = .seconds(120)

    /// A version, which is not held on to, so that its models can be freed.
    private struct Source {
        let arms: [ArmCounts]
        let weight: Double
        var last: [ArmCounts.Tally]
        var lastSeen: Duration
    }

    /// The arms that answered before come first.
    private let oldCount: Int
    private var sources: [Source] = []

    init(oldCount: Int) { self.oldCount = oldCount }

    /// Returns what was counted since the last call, for each weight.
    mutating func read(_ current: ServedVersion?, at time: Duration) -> [RolloutCounts] {
        if let current { note(current, at: time) }
        sources.removeAll { time - $0.lastSeen > Self.patience }
        var found: [RolloutCounts] = []
        for index in sources.indices {
            let tallies = sources[index].arms.map(\.tally)
            var counts = RolloutCounts(weight: sources[index].weight, old: .init(), new: .init())
            for (arm, now) in tallies.enumerated() {
                let more = now.new(since: &sources[index].last[arm])
                if arm < oldCount { counts.old.add(more) } else { counts.new.add(more) }
            }
            if !counts.isEmpty { found.append(counts) }
        }
        return found
    }

    private mutating func note(_ current: ServedVersion, at time: Duration) {
        if let known = sources.firstIndex(where: { $0.arms.first === current.arms.first }) {
            sources[known].lastSeen = time
            return
        }
        let shares = current.executable.plan.arms.compactMap(\.share)
        guard shares.count == current.arms.count, shares.count > oldCount else { return }
        let total = shares.reduce(0, +)
        sources.append(
            Source(
                arms: current.arms,
                weight: total > 0 ? min(1, shares.dropFirst(oldCount).reduce(0, +) / total) : 0,
                last: current.arms.map { _ in ArmCounts.Tally() },
                lastSeen: time
            )
        )
    }
}

extension ArmCounts.Tally {
    /// Returns what was counted since another tally, which then has it, too.
    ///
    /// An answer may turn out to be an error just after it was counted. Such an error waits for the next unit.
    fileprivate func new(since last: inout ArmCounts.Tally) -> RolloutCounts.Tally {
        var more = RolloutCounts.Tally(units: max(0, units - last.units))
        more.failed = min(max(0, failed - last.failed), more.units)
        let answers = more.units - more.failed
        more.checkFailed = min(max(0, checkFailed - last.checkFailed), answers)
        more.slow = min(max(0, slow - last.slow), answers)
        last.units += more.units
        last.failed += more.failed
        last.checkFailed += more.checkFailed
        last.slow += more.slow
        return more
    }
}

extension RolloutCounts.Tally {
    fileprivate mutating func add(_ more: RolloutCounts.Tally) {
        units += more.units
        failed += more.failed
        checkFailed += more.checkFailed
        slow += more.slow
    }
}
