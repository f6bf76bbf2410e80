import Catalog
package import Definitions
package import Foundation
import Pipelines
package import Statistics

/// What a step of a release shows about its candidate, from units that both models saw.
package struct PairedGoal: Sendable {
    package enum Step: Sendable {
        /// The candidate answers logged requests again: the newest of the window, or as many of them as are not counted yet.
        case replay(requests: Int, replaces: String? = nil)
        /// The log has what the candidate answered as a challenger.
        case shadow
    }

    /// ``PairedEvidence/better`` is the step's evidence for the candidate.
    package let evidence: PairedEvidence
    /// What the evidence is computed from; `nil` if there is no pair with outcomes yet.
    package let inputs: PairedInputs?
    /// The units that the evidence counts. No other step may count them.
    package let countedUnits: Set<UInt64>
    /// `nil` if the window has no pair.
    package let report: Report?
}

/// What an experiment shows about a candidate.
package struct ExperimentGoal: Sendable {
    /// ``EProcess/better`` is the evidence for the candidate. Nothing is counted if the goal cannot decide; the report says why.
    package let evidence: EProcess
    package let report: Report
}

extension Monitoring {
    /// Compares a candidate that gets a share of the requests with the champion.
    ///
    /// - Parameters:
    ///   - goal: `nil` for the goal of the pipeline's definition.
    ///   - start: `nil` for the beginning of the experiment.
    ///   - experiment: The experiment's ID; `nil` for the current one.
    ///   - excluded: The units that earlier steps of the release have counted.
    ///   - isKept: Whether the report is kept.
    /// - Throws: ``RoostError`` if there is no goal, or if the candidate is not a challenger of the experiment.
    package func experimentGoal(
        of name: String,
        _ goal: GoalMetric?,
        guardrails: [GuardrailMetric],
        start: Date? = nil,
        experiment: String? = nil,
        candidate: ModelReference,
        excluding excluded: Set<UInt64>,
        isKept: Bool
    ) async throws -> ExperimentGoal {
        let subject = try await subject(name)
        let version = try await catalog.modelVersion(candidate, in: subject.pipeline.workspace)
        let request = ReportRequest(
            kind: .experiment,
            start: start,
            experiment: experiment,
            goal: goal,
            guardrails: guardrails
        )
        let made = try await make(request, subject, at: now(), id: UUID().uuidString.lowercased(), excluding: excluded)
        let arms = made.report.experiment?.arms.dropFirst() ?? []
        guard let index = arms.firstIndex(where: { $0.modelVersion == version.id }) else {
            throw RoostError(
                .invalidInput,
                "Model version '\(version.reference)' is not a challenger of the experiment of pipeline '\(name)'.",
                field: "candidate"
            )
        }
        let report = isKept ? try await keep(made, subject) : made.report
        return ExperimentGoal(evidence: made.processes[index - 1], report: report)
    }

    /// Compares a candidate with the champion in a goal.
    ///
    /// - Parameters:
    ///   - goal: `nil` for the goal of the pipeline's definition.
    ///   - excluded: The units that earlier steps of the release have counted.
    ///   - isKept: Whether the report is kept.
    /// - Throws: ``RoostError`` if there is no goal, or if the candidate does not fit the pipeline.
    package func pairedGoal(
        of name: String,
        _ goal: GoalMetric?,
        start: Date?,
        end: Date?,
        candidate: ModelReference,
        in step: PairedGoal.Step,
        excluding excluded: Set<UInt64> = [],
        isKept: Bool = true
    ) async throws -> PairedGoal {
        let subject = try await subject(name)
        guard let goal = goal ?? subject.settings.goal else { throw Self.noGoal(name) }
        var request = ReportRequest(kind: .shadow, start: start, end: end, goal: goal)
        if case .replay(let requests, let replaces) = step {
            (request.kind, request.candidate, request.requests) = (.replay, candidate, requests)
            request.replaces = replaces
        }
        let version = try await catalog.modelVersion(candidate, in: subject.pipeline.workspace)
        let made = try await make(request, subject, at: now(), id: UUID().uuidString.lowercased(), excluding: excluded)
        guard let shadow = made.report.shadow,
            // The champion may have been another one earlier in the window.
            let index = shadow.challengers.firstIndex(where: {
                $0.modelVersion == version.id && $0.championVersion == subject.championVersion
            })
        else { return PairedGoal(evidence: PairedEvidence(), inputs: nil, countedUnits: [], report: nil) }
        let inputs = made.inputs.pairs?[index]
        return PairedGoal(
            evidence: inputs?.evidence ?? PairedEvidence(),
            inputs: inputs,
            countedUnits: made.counted[index],
            report: isKept ? try await keep(made, subject) : made.report
        )
    }

    static func noGoal(_ pipeline: String) -> RoostError {
        RoostError(
            .invalidInput,
            "Pipeline '\(pipeline)' declares no goal. Name the metric that decides, such as 'outputs[0][0] > 0.5' or "
                + "'accuracy'.",
            field: "goal"
        )
    }

    /// Returns the goal that pairs are compared in, if there is one, and what the reader should know about it.
    func pairedGoal(
        _ request: ReportRequest,
        _ subject: Subject
    ) throws(RoostError) -> (settings: PairedGoalSettings?, notes: [String]) {
        guard let goal = request.goal ?? subject.settings.goal else { return (nil, []) }
        if case .latency = try ResolvedMetric(goal, subject.settings.labels, subject.layout).kind {
            let reason = "The latency of a model that does not answer cannot be compared with that of the champion."
            if request.goal != nil {
                throw RoostError(.invalidInput, "\(reason) Choose another goal.", field: "goal")
            }
            return (nil, ["\(reason) So the pipeline's goal is left out."])
        }
        return (PairedGoalSettings(metric: goal, isDeclared: goal == subject.settings.goal), [])
    }

    static func notes(on pairs: GatheredPairs, _ table: LabelTable) -> [String] {
        var notes: [String] = []
        if pairs.challengers.contains(where: { $0.inputs != nil }) {
            notes.append(
                "The evidence of the goal counts each unit once, and a request on which the challenger fails as its worst outcome. It "
                    + "may be read at any time."
            )
        }
        let uncounted = pairs.challengers.map { $0.inputs?.uncounted ?? 0 }.max() ?? 0
        if uncounted > 0 {
            notes.append(
                "The evidence counts the first \(PairedOutcomes.differenceLimit) differences. \(uncounted) later outcomes are left out."
            )
        }
        if table.repeatedIDs > 0 {
            notes.append(
                "\(table.repeatedIDs) labeled inferences have an id that a newer one has too. The label joins the newest."
            )
        }
        return notes
    }
}

extension MadeReport {
    init(
        _ report: Report,
        _ request: ReportRequest,
        _ subject: Monitoring.Subject,
        start: Int64,
        end: Int64,
        _ pairs: GatheredPairs,
        excluding excluded: Set<UInt64>
    ) {
        self.init(
            report: report,
            inputs: ReportInputs(
                request: request,
                start: start,
                end: end,
                pairs: pairs.challengers.map(\.inputs),
                excluded: excluded.isEmpty ? nil : excluded.sorted(),
                pipelineVersion: subject.pipeline.version.id
            ),
            counted: pairs.challengers.map(\.counted)
        )
    }
}
