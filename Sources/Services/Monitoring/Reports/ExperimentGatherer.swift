import Definitions
import Foundation
import InferenceLog
import Pipelines
import Statistics

/// Reads an experiment from the log and the labels.
struct ExperimentGatherer {
    private let arms: [PipelinePlan.Arm]
    private let models: [ModelVersion]
    private let plans: [String: PipelinePlan]
    private let experiment: Experiment
    private let layout: TensorLayout
    private let goal: ResolvedMetric
    private let guardrails: [ResolvedMetric]
    private let hashKey: String?
    private let excluded: Set<UInt64>
    /// The shares of each version, in the order of the arms.
    private var shares: [[Double]] = []
    private var shareIndex: [String: Int] = [:]

    /// The first choice of each unit, for which its outcome counts.
    private var firstRoles: [UInt64: Role] = [:]
    private var seenOutcomes: Set<UInt64> = []
    /// The units whose outcome a guardrail with labels has, for each guardrail.
    private var seenByGuardrail: [Set<UInt64>]
    private var tallies: [Collected]
    private var inputs: ExperimentInputs
    /// The weights of the last unit that was assigned.
    private var lastWeights: Int?
    private var assignments = UpdateQueue<ExperimentInputs.Assignments>()
    private var outcomes = UpdateQueue<ExperimentInputs.Batch>()
    /// Outcomes that wait for being sorted by the arrival of their labels.
    private var labeled: [LabeledOutcome] = []

    private struct Collected {
        var requests = 0
        var units = 0
        var labeled = 0
        var failed = 0
        var checkFailed = 0
        var elapsed: [Double] = []
        var goal = TallyBuilder()
        /// The goal's values by the weights of their assignment.
        var byWeights: [Int: TallyBuilder] = [:]
        var guardrails: [TallyBuilder]
    }

    private struct LabeledOutcome {
        /// The index of the guardrail; `nil` for the goal.
        var guardrail: Int?
        var time: Int64
        var role: Role
        var value: Double
        var unit: UInt64?
    }

    /// - Parameter excluded: The units that an earlier step of a release has counted, as ``CountedUnits`` names them.
    init(
        _ subject: Monitoring.Subject,
        _ experiment: Experiment,
        newest: PipelinePlan,
        goal: ResolvedMetric,
        guardrails: [ResolvedMetric],
        excluding excluded: Set<UInt64> = []
    ) {
        self.excluded = excluded
        self.experiment = experiment
        self.goal = goal
        self.guardrails = guardrails
        seenByGuardrail = guardrails.map { _ in [] }
        arms = newest.arms
        models = newest.models
        plans = subject.plans
        layout = subject.layout
        // It is the same in all versions of the experiment.
        hashKey = subject.versions.lazy.filter { $0.experiment?.id == experiment.id }.compactMap(\.hashKey).first
        tallies = arms.map { _ in Collected(guardrails: guardrails.map { _ in TallyBuilder() }) }
        inputs = ExperimentInputs(
            arms: [],
            assignments: [],
            batches: [],
            entries: 0,
            clipped: 0,
            withoutOutcome: 0,
            repeatedIDs: 0,
            skippedLines: 0,
            withoutUnit: 0
        )
        for version in subject.versions where version.experiment?.id == experiment.id {
            guard let plan = subject.plans[version.id], plan.arms.count == arms.count else { continue }
            let known = plan.arms.compactMap(\.share)
            guard known.count == arms.count else { continue }
            if let same = shares.firstIndex(of: known) {
                shareIndex[version.id] = same
            } else {
                shareIndex[version.id] = shares.count
                shares.append(known)
            }
        }
    }

    /// What a subject of the log is in the experiment.
    private struct Role {
        // Small, because there is one for each unit.
        private let packedArm: Int32
        private let packedWeights: Int32

        init(arm: Int, weights: Int?) {
            packedArm = Int32(clamping: arm)
            packedWeights = Int32(clamping: weights ?? -1)
        }

        var arm: Int { Int(packedArm) }
        /// An index into ``shares``; `nil` if they are not known.
        var weights: Int? { packedWeights < 0 ? nil : Int(packedWeights) }
    }

    mutating func gather(_ batches: [LogBatch], _ table: LabelTable) -> ExperimentInputs {
        for (index, batch) in batches.enumerated() { add(batch, index, table) }
        addLabeled()
        assignments.flush()
        outcomes.flush()
        inputs.assignments = assignments.updates
        inputs.batches = outcomes.updates
        inputs.repeatedIDs = table.repeatedIDs
        inputs.arms = arms.indices.map(arm)
        return inputs
    }

    private mutating func add(_ batch: LogBatch, _ index: Int, _ table: LabelTable) {
        inputs.skippedLines += batch.skippedLines
        let roles = batch.subjects.map(role)
        guard roles.contains(where: { $0 != nil }) else { return }
        let codes = batch.subjectCodes
        var goalValues = BatchMetric(goal, layout, batch)
        var guardrailValues = guardrails.map { BatchMetric($0, layout, batch) }
        let names = CountedUnits(batch, hashKey: hashKey)
        let hasLabeledGuardrails = guardrails.contains(where: \.needsLabel)
        for range in batch.entryRanges {
            for entry in range {
                guard let role = roles[Int(codes[entry])] else { continue }
                if !excluded.isEmpty, excluded.contains(names[entry]) {
                    inputs.alreadyCounted = (inputs.alreadyCounted ?? 0) + 1
                    continue
                }
                let unit = batch.unit(at: entry)
                if hashKey != nil, unit == nil, batch.subjects[Int(codes[entry])].experiment == nil {
                    inputs.withoutUnit += 1
                    continue
                }
                let flags = batch.flags(at: entry)
                let slot = table.isEmpty ? nil : table.slot(batch, index: index, entry: entry)
                inputs.entries += 1
                count(role.arm, flags, batch.elapsed[entry], isLabeled: slot != nil)
                let time = batch.times[entry]
                let first = unit.flatMap { firstRoles[$0] }
                if let unit, first == nil { firstRoles[unit] = role }
                let isNew = first == nil
                var values: [Double?] = []
                for guardrail in isNew || hasLabeledGuardrails ? guardrailValues.indices : 0..<0 {
                    let isLabeled = guardrails[guardrail].needsLabel
                    let value = isNew || isLabeled ? guardrailValues[guardrail].value(at: entry, slot) : nil
                    if isLabeled {
                        if let value { keep(value, of: guardrail, first ?? role, unit, slot, time) }
                        values.append(nil)
                    } else {
                        if let value { tallies[role.arm].guardrails[guardrail].add(value) }
                        values.append(value)
                    }
                }
                if isNew {
                    tallies[role.arm].units += 1
                    assign(role, values, at: time)
                }
                guard let value = goalValues.value(at: entry, slot) else {
                    inputs.withoutOutcome += 1
                    continue
                }
                // A unit that moved counts for the choice that it saw first.
                let counted = first ?? role
                if goal.needsLabel {
                    keep(value, of: nil, counted, unit, slot, time)
                } else if unit.map({ seenOutcomes.insert($0).inserted }) ?? true {
                    take(value, counted, at: time)
                }
            }
        }
    }

    /// Keeps an outcome until all are there, because they count in the order in which their labels came.
    private mutating func keep(
        _ value: Double,
        of guardrail: Int?,
        _ role: Role,
        _ unit: UInt64?,
        _ slot: LabelTable.Slot?,
        _ time: Int64
    ) {
        labeled.append(
            LabeledOutcome(
                guardrail: guardrail,
                // A label that came before its inference was known only then.
                time: max(slot?.firstTime ?? time, time),
                role: role,
                value: value,
                unit: unit
            )
        )
    }

    /// Returns `nil` if the subject is not part of the experiment.
    private func role(of subject: LogEntrySubject) -> Role? {
        guard subject.role == "champion" else { return nil }
        let candidates: [Int]
        if subject.experiment == experiment.id, let variant = subject.variant {
            candidates = arms.indices.filter { arms[$0].name == variant }
        } else if subject.experiment == nil, subject.variant == nil,
            plans[subject.pipelineVersion]?.experiment?.id == experiment.id
        {
            // An entry of a release that did not log experiments.
            candidates = Array(arms.indices)
        } else {
            return nil
        }
        let arm: Int
        if candidates.count == 1 {
            arm = candidates[0]
        } else {
            let same = candidates.filter { models[arms[$0].model].id == subject.modelVersion }
            guard same.count == 1 else { return nil }
            arm = same[0]
        }
        return Role(arm: arm, weights: shareIndex[subject.pipelineVersion])
    }

    private mutating func count(_ arm: Int, _ flags: LogEntryFlags, _ elapsed: Int64, isLabeled: Bool) {
        tallies[arm].requests += 1
        if isLabeled { tallies[arm].labeled += 1 }
        if flags.contains(.failed) {
            tallies[arm].failed += 1
        } else {
            if !flags.contains(.valid) { tallies[arm].checkFailed += 1 }
            tallies[arm].elapsed.append(Double(elapsed) / 1e6)
        }
    }

    // MARK: Assignments

    private mutating func assign(_ role: Role, _ values: [Double?], at time: Int64) {
        lastWeights = role.weights
        let scaled = zip(values, guardrails).map { value, guardrail in value.flatMap(guardrail.scaled) }
        update(role.weights, at: time) { batch in
            batch.units[role.arm] += 1
            for (guardrail, value) in scaled.enumerated() {
                // For a guardrail, more is worse.
                if let value { batch.guardrails[guardrail][role.arm].add(1 - value) }
            }
        }
    }

    /// Changes what waits for the next update of the evidence.
    private mutating func update(
        _ weights: Int?,
        at time: Int64,
        _ change: (inout ExperimentInputs.Assignments) -> Void
    ) {
        assignments.add(
            weights: weights ?? -1,
            at: time,
            ExperimentInputs.Assignments(
                time: time,
                weights: weights.map { shares[$0] } ?? [],
                units: arms.map { _ in 0 },
                guardrails: guardrails.map { _ in arms.map { _ in ExperimentInputs.Outcomes() } }
            ),
            change
        )
    }

    // MARK: Outcomes

    private mutating func addLabeled() {
        // Labels enter in the order of their arrival. The sort is stable, so equal times keep the order of the log.
        let order = labeled.indices.sorted { (labeled[$0].time, $0) < (labeled[$1].time, $1) }
        for index in order {
            let outcome = labeled[index]
            if let guardrail = outcome.guardrail {
                let isFirst = outcome.unit.map { seenByGuardrail[guardrail].insert($0).inserted } ?? true
                if isFirst { take(outcome, ofGuardrail: guardrail) }
                continue
            }
            guard outcome.unit.map({ seenOutcomes.insert($0).inserted }) ?? true else { continue }
            take(outcome.value, outcome.role, at: outcome.time)
        }
    }

    /// Counts the outcome of a guardrail whose unit was counted when it was assigned.
    private mutating func take(_ outcome: LabeledOutcome, ofGuardrail guardrail: Int) {
        let role = outcome.role
        tallies[role.arm].guardrails[guardrail].add(outcome.value)
        guard let scaled = guardrails[guardrail].scaled(outcome.value) else { return }
        update(role.weights, at: outcome.time) { batch in
            // For a guardrail, more is worse.
            batch.guardrails[guardrail][role.arm].add(1 - scaled)
        }
    }

    private mutating func take(_ value: Double, _ role: Role, at time: Int64) {
        let arm = role.arm
        tallies[arm].goal.add(value)
        tallies[arm].byWeights[role.weights ?? -1, default: TallyBuilder()].add(value)
        guard let weights = role.weights, let scaled = goal.scaled(value) else { return }
        if let range = goal.range, !range.contains(value) { inputs.clipped += 1 }
        outcomes.add(
            weights: weights,
            at: time,
            ExperimentInputs.Batch(
                time: time,
                weights: shares[weights],
                outcomes: arms.map { _ in ExperimentInputs.Outcomes() },
                squares: arms.map { _ in 0 }
            )
        ) { batch in
            batch.outcomes[arm].add(scaled)
            batch.squares?[arm] += scaled * scaled
        }
    }

    // MARK: Arms

    private func arm(_ index: Int) -> ExperimentInputs.Arm {
        let collected = tallies[index]
        let model = models[arms[index].model]
        return ExperimentInputs.Arm(
            name: arms[index].name,
            model: model.model,
            modelVersion: model.id,
            share: arms[index].share,
            requests: collected.requests,
            units: collected.units,
            labeled: collected.labeled,
            failed: collected.failed,
            checkFailed: collected.checkFailed,
            latency: ExperimentInputs.Latency(collected.elapsed, budget: budget),
            goal: collected.goal.tally,
            current: (collected.byWeights[lastWeights ?? -1] ?? TallyBuilder()).tally,
            guardrails: collected.guardrails.map(\.tally)
        )
    }

    /// The first budget of the goal or a guardrail, in milliseconds.
    private var budget: Double? { ([goal] + guardrails).lazy.compactMap(\.settings.budgetMilliseconds).first }
}
