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
        for source in sources {
            var counts = RolloutCounts(weight: source.weight, old: .init(), new: .init())
            for (index, arm) in source.arms.enumerated() {
                if index < oldCount { counts.old.add(arm.take()) } else { counts.new.add(arm.take()) }
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
                lastSeen: time
            )
        )
    }
}
