import Catalog
import Definitions
import Foundation
import Logging
import Serving

/// Runs a roll-out: counts, decides, records, and acts. It goes on where an earlier server stood.
struct RolloutDriver: Sendable {
    /// How often counts become evidence, about.
    private static let interval: Duration = .seconds(1)
    /// How much sooner than that is soon enough.
    private static let tolerance: Duration = .milliseconds(200)
    /// How often the time of a stage is recorded if nothing is counted.
    private static let idleInterval: Duration = .seconds(5)
    /// How often thresholds are looked at. Counting is all that a request does for them.
    private static let thresholdInterval: Duration = .milliseconds(50)

    enum End: Sendable, Equatable {
        /// All traffic may go to what is new for good.
        case complete
        /// - Parameter reason: A clause that begins with "because".
        case rollBack(reason: String)
    }

    /// Whether the roll-out may go on.
    struct Gate: Sendable {
        /// Whether the time of the stage stands still.
        var isHeld = false
        /// Whether the next stage may begin.
        var mayAdvance = true
        /// How the roll-out ends now, whatever its counts say.
        var end: End?
    }

    let id: String
    let plan: RolloutPlan
    /// The time since the change was requested.
    let elapsed: Duration
    /// The number of arms that answered before.
    let oldCount: Int
    let recorder: RolloutRecorder
    let catalog: Catalog
    let clock: any Clock<Duration>
    let logger: Logger
    /// Returns the time for records.
    let now: @Sendable () -> Date
    /// Lets a stage answer, which is that of the position.
    let route: @Sendable (Rollout) async throws -> Void
    /// Returns the version that answers.
    let current: @Sendable () -> ServedVersion?
    /// Is told how far the roll-out had come before what is counted now. `nil` if it depends on nothing but the plan.
    var gate: (@Sendable (Rollout) async -> Gate)?
    /// Is told how far the roll-out has come.
    var note: (@Sendable (Rollout) async -> Void)?

    /// Returns how the roll-out ended, and where.
    func run() async throws -> (end: End, rollout: Rollout) {
        let time = clock.stopwatch()
        let saved = try await catalog.rollout(id)
        var rollout = Rollout(plan, elapsed: elapsed, position: saved.position, counts: saved.counts)
        var counter = RolloutCounter(oldCount: oldCount)
        var (counted, recorded) = (Duration.zero, Duration.zero)
        // What has a gate goes through it, even if its plan waits for nothing.
        var action = gate == nil ? rollout.begin() : .route(stage: rollout.position.stage)
        while true {
            switch action {
            case .route:
                // Recorded before it is done, so that a server that is killed meanwhile does it again.
                try await recorder.record(step(rollout.position, []))
                try await route(rollout)
                action = rollout.routed(at: time())
            case .watch(let end):
                try Task.checkCancellation()
                let now = time()
                let isDue = now - counted >= Self.interval - Self.tolerance || now >= end
                let counts = isDue ? counter.read(current(), at: now) : []
                let gate = await gate?(rollout) ?? Gate()
                if let end = gate.end { return (end, rollout) }
                action = rollout.observed(
                    plan.guardrails.isEmpty ? VariantObservation() : seen,
                    counts,
                    at: now,
                    isHeld: gate.isHeld,
                    mayAdvance: gate.mayAdvance
                )
                await note?(rollout)
                if isDue {
                    counted = now
                    if !counts.isEmpty || now - recorded >= Self.idleInterval {
                        recorded = now
                        await record(rollout.position, counts)
                    }
                }
                guard case .watch(let end) = action else { continue }
                try await clock.sleep(for: pause(until: end, at: now))
            case .complete: return (.complete, rollout)
            case .rollBack(let reason): return (.rollBack(reason: reason), rollout)
            }
        }
    }

    private func pause(until end: Duration, at time: Duration) -> Duration {
        if plan.watchesNothing, gate == nil, end > time { return end - time }
        let interval = plan.guardrails.isEmpty && plan.timeLimit == nil ? untilNextSecond : Self.thresholdInterval
        // The end of a stage that waits for units, or for its gate, has passed.
        return end > time ? min(end - time, interval) : interval
    }

    /// All roll-outs count at the same moments, so that one transaction records them.
    private var untilNextSecond: Duration {
        .milliseconds(1000 - (now().milliseconds % 1000 + 1000) % 1000)
    }

    private func step(_ position: RolloutPosition, _ counts: [RolloutCounts]) -> RolloutStep {
        RolloutStep(rollout: id, time: now(), position: position, counts: counts)
    }

    /// What cannot be recorded is lost to a later server, but must not stop this one.
    private func record(_ position: RolloutPosition, _ counts: [RolloutCounts]) async {
        do {
            try await recorder.record(step(position, counts))
        } catch {
            logger.warning("Could not record a roll-out", metadata: ["rollout": "\(id)", "error": "\(error)"])
        }
    }

    /// What the new variants did since the stage began.
    private var seen: VariantObservation {
        var seen = VariantObservation()
        for variant in current()?.variants.dropFirst(oldCount) ?? [] { seen.add(variant.counts) }
        return seen
    }
}

extension Clock where Duration == Swift.Duration {
    /// Returns a function that returns the time since this call.
    func stopwatch() -> () -> Duration {
        let start = now
        return { start.duration(to: now) }
    }
}
