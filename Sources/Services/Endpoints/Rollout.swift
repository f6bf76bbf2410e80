package import Definitions

/// Decides how traffic moves to new variants, and when it moves back.
///
/// A state machine without a clock and without effects: times are passed in, as durations since the roll-out began, and it
/// returns what to do next.
package struct Rollout: Sendable {
    package enum Action: Sendable, Equatable {
        /// Send this share of the requests to the new variants, then call ``routed(at:)``.
        case route(share: Double)
        /// Keep calling ``observed(_:at:)`` until this time.
        case watch(until: Duration)
        /// All traffic may go to the new variants for good.
        case complete
        case rollBack(reason: String)
    }

    private let plan: RolloutPlan
    /// When the time limit is reached.
    private let limit: Duration?
    private var step = 0
    private var end: Duration = .zero

    /// - Parameter elapsed: How long ago the change was requested: a server that restarts begins the roll-out again, but not its
    ///   time limit.
    package init(_ plan: RolloutPlan, elapsed: Duration) {
        self.plan = plan
        limit = plan.timeLimit.map { $0 - elapsed }
    }

    package func begin() -> Action {
        guard let first = plan.shares.first, !plan.isImmediate else { return .complete }
        return .route(share: first)
    }

    /// The requests are routed as the last action said.
    package mutating func routed(at time: Duration) -> Action {
        end = time + plan.bakingTime + (isLastStep ? plan.terminationWait : .zero)
        return .watch(until: end)
    }

    /// The new variants have answered and failed so often since the roll-out began.
    package mutating func observed(_ seen: VariantObservation, at time: Duration) -> Action {
        for guardrail in plan.guardrails {
            guard let what = guardrail.trip(seen) else { continue }
            return .rollBack(reason: "The update was rolled back because of alarm \"\(guardrail.name)\": \(what).")
        }
        if let limit, let timeLimit = plan.timeLimit, time > limit {
            return .rollBack(
                reason: "The update was rolled back because it took longer than its limit of "
                    + "\(timeLimit.components.seconds) s."
            )
        }
        guard time >= end else { return .watch(until: end) }
        guard !isLastStep else { return .complete }
        step += 1
        return .route(share: plan.shares[step])
    }

    private var isLastStep: Bool { step == plan.shares.count - 1 }
}
