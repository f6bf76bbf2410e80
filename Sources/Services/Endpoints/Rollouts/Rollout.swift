package import Definitions

/// Decides how traffic moves to something new in stages, and when it moves back.
///
/// A state machine without a clock and without effects: times are passed in, as durations since the roll-out began to be watched,
/// and it returns what to do next. What it was told can be recorded and told to another one, which then goes on where it stood.
package struct Rollout: Sendable {
    package enum Action: Sendable, Equatable {
        /// Let this stage answer, then call ``routed(at:)``.
        case route(stage: Int)
        /// Keep calling ``observed(_:_:at:mayAdvance:)`` until this time.
        case watch(until: Duration)
        /// All traffic may go to what is new for good.
        case complete
        case rollBack(reason: String)
    }

    package let plan: RolloutPlan
    /// When the time limit is reached.
    private let limit: Duration?
    package private(set) var position: RolloutPosition
    /// The units that what is new answered in the stage before.
    package private(set) var unitsBefore = 0
    private(set) var evidence: RolloutEvidence
    /// When it was last observed.
    private var last: Duration?

    /// - Parameters:
    ///   - elapsed: How long ago the change was requested.
    ///   - position: Where an earlier server stood.
    ///   - counts: What it had counted.
    package init(
        _ plan: RolloutPlan,
        elapsed: Duration,
        position: RolloutPosition = RolloutPosition(),
        counts: some Sequence<RolloutCounts> = EmptyCollection()
    ) {
        self.plan = plan
        limit = plan.timeLimit.map { $0 - elapsed }
        self.position = position
        self.position.stage = min(max(0, position.stage), max(0, plan.stages.count - 1))
        evidence = RolloutEvidence(plan.rates)
        for counts in counts { evidence.add(counts) }
    }

    package func begin() -> Action {
        guard !plan.stages.isEmpty, !plan.isImmediate else { return .complete }
        return .route(stage: position.stage)
    }

    /// The stage of the last action answers.
    package mutating func routed(at time: Duration) -> Action {
        last = time
        return .watch(until: end(at: time))
    }

    /// Something was counted, or time has passed.
    ///
    /// - Parameters:
    ///   - seen: What the new variants did since the stage began, for the thresholds.
    ///   - counts: What was counted since the last call.
    ///   - isHeld: Whether the time of the stage stands still.
    ///   - mayAdvance: Whether the next stage may begin.
    package mutating func observed(
        _ seen: VariantObservation = VariantObservation(),
        _ counts: [RolloutCounts] = [],
        at time: Duration,
        isHeld: Bool = false,
        mayAdvance: Bool = true
    ) -> Action {
        if let last, !isHeld { position.watched += time - last }
        last = time
        for counts in counts {
            evidence.add(counts)
            position.units += counts.new.units
        }
        for guardrail in plan.guardrails {
            guard let what = guardrail.trip(seen) else { continue }
            return .rollBack(reason: "because of alarm \"\(guardrail.name)\": \(what).")
        }
        if let problem = evidence.problem { return .rollBack(reason: "because \(problem).") }
        if let limit, let timeLimit = plan.timeLimit, time > limit {
            return .rollBack(reason: "because it took longer than its limit of \(timeLimit.components.seconds) s.")
        }
        guard !isHeld, mayAdvance, position.watched >= bakingTime,
            position.units >= plan.stages[position.stage].minUnits
        else { return .watch(until: end(at: time)) }
        guard !isLastStage else { return .complete }
        unitsBefore = position.units
        position = RolloutPosition(stage: position.stage + 1)
        return .route(stage: position.stage)
    }

    /// The share of the requests that goes to what is new in the current stage.
    package var share: Double { plan.stages.isEmpty ? 1 : plan.stages[position.stage].share }

    package var isLastStage: Bool { position.stage >= plan.stages.count - 1 }

    /// Whether what is new answers all requests after the current stage.
    var isBeforeAllTraffic: Bool { isLastStage || plan.stages[position.stage + 1].share == 1 }

    private var bakingTime: Duration {
        plan.stages[position.stage].bakingTime + (isLastStage ? plan.terminationWait : .zero)
    }

    private func end(at time: Duration) -> Duration { time + max(.zero, bakingTime - position.watched) }
}
