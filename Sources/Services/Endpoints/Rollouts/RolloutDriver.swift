import Catalog
import Definitions
import Logging
import Serving

/// Runs a roll-out: counts, decides, records, and acts. It goes on where an earlier server stood.
struct RolloutDriver: Sendable {
    /// How much sooner than ``RolloutBeat/interval`` is soon enough for counts to become evidence.
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
    let beat: RolloutBeat
    let recorder: RolloutRecorder
    let catalog: Catalog
    let clock: any Clock<Duration>
    let logger: Logger
    /// Lets a stage answer, which is that of the position.
    let route: @Sendable (Rollout) async throws -> Void
    /// Returns the version that answers.
    let current: @Sendable () -> ServedVersion?
    /// Is told how far the roll-out had come before what is counted now. `nil` if it depends on nothing but the plan.
    var gate: (nonisolated(nonsending) @Sendable (Rollout) async -> Gate)?
    /// Is told how far the roll-out has come.
    var note: (nonisolated(nonsending) @Sendable (Rollout) async -> Void)?

    /// Returns how the roll-out ended, and where.
    ///
    /// It runs where its caller does. What belongs to the caller's actor, such as the gate, then costs no change of threads.
    nonisolated(nonsending) func run() async throws -> (end: End, rollout: Rollout) {
        let time = clock.stopwatch()
        var (rollout, latest) = try await resume()
        var counter = RolloutCounter(oldCount: oldCount)
        var (counted, recorded) = (Duration.zero, Duration.zero)
        // What has a gate goes through it, even if its plan waits for nothing.
        var action = gate == nil ? rollout.begin() : .route(stage: rollout.position.stage)
        while true {
            switch action {
            case .route:
                // Recorded before it is done, so that a server that is killed meanwhile does it again.
                try await record(rollout.position, &latest)
                try await route(rollout)
                action = rollout.routed(at: time())
            case .watch(let end):
                try Task.checkCancellation()
                let now = time()
                let isDue = now - counted >= RolloutBeat.interval - Self.tolerance || now >= end
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
                        for counts in counts { latest.append(counts) }
                        await tryToRecord(rollout.position, &latest)
                    }
                }
                guard case .watch(let end) = action else { continue }
                try await pause(for: end - now)
            case .complete: return (.complete, rollout)
            case .rollBack(let reason): return (.rollBack(reason: reason), rollout)
            }
        }
    }

    /// Returns the roll-out where an earlier server left it, and what was counted since the last full block.
    private func resume() async throws -> (Rollout, latest: RolloutBlock) {
        let stored = try await catalog.rollout(id)
        return (Rollout(plan, elapsed: elapsed, position: stored.position, counts: stored.counts), stored.latest)
    }

    /// Waits until something may have changed, which is no later than the end of the stage.
    ///
    /// - Parameter rest: The time until the end of the stage. It has passed if the stage waits for units, or for its gate.
    nonisolated(nonsending) private func pause(for rest: Duration) async throws {
        let isOver = rest <= .zero
        if plan.watchesNothing, gate == nil, !isOver {
            try await clock.sleep(for: rest)
        } else if !plan.guardrails.isEmpty || plan.timeLimit != nil {
            try await clock.sleep(for: isOver ? Self.thresholdInterval : min(rest, Self.thresholdInterval))
        } else if isOver || rest >= RolloutBeat.interval {
            await beat.wait()
        } else {
            try await clock.sleep(for: rest)
        }
    }

    nonisolated(nonsending) private func record(_ position: RolloutPosition, _ latest: inout RolloutBlock) async throws
    {
        try await recorder.record(RolloutStep(rollout: id, position: position, counts: latest))
        if latest.isFull { latest = RolloutBlock() }
    }

    /// What cannot be recorded is recorded with what comes next. It must not stop this server.
    nonisolated(nonsending) private func tryToRecord(_ position: RolloutPosition, _ latest: inout RolloutBlock) async {
        do {
            try await record(position, &latest)
        } catch is CancellationError {
            return
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
