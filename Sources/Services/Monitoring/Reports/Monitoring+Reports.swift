import Catalog
package import Definitions
import Events
import Foundation
import InferenceLog
import Pipelines
import Platform
import Serving
import Statistics

/// What a kept report was computed from.
struct ReportInputs: Codable, Equatable, Sendable {
    var request: ReportRequest
    /// Inclusive, in milliseconds since the epoch.
    var start: Int64
    /// Exclusive.
    var end: Int64
    var experiment: ExperimentInputs?
    /// The goal of each challenger of the report, in its order; `nil` in a report on an experiment, or of an earlier release.
    var pairs: [PairedInputs?]?
    /// The units that an earlier step of a release had counted; `nil` for none.
    var excluded: [UInt64]?
    /// The version of the pipeline that a report on pairs is about. The pipeline may have changed since.
    var pipelineVersion: String?
}

/// A report that is not kept yet.
struct MadeReport: Sendable {
    var report: Report
    var inputs: ReportInputs
    /// The units whose outcomes count, for each challenger of a report on pairs.
    var counted: [Set<UInt64>] = []
    /// The evidence of an experiment, for each of its comparisons.
    var processes: [EProcess] = []
}

extension Monitoring {
    /// Makes a report and keeps it.
    ///
    /// - Throws: ``RoostError`` if the request does not fit the pipeline.
    package func makeReport(_ request: ReportRequest, on name: String) async throws -> Report {
        let subject = try await subject(name)
        let made = try await make(request, subject, at: now(), id: UUID().uuidString.lowercased())
        if let shadow = made.report.shadow, shadow.challengers.isEmpty {
            throw RoostError(
                .invalidInput,
                "Not enough data: the log of pipeline '\(name)' has no challengers in this window.",
                field: "start"
            )
        }
        return try await keep(made, subject)
    }

    func keep(_ made: MadeReport, _ subject: Subject) async throws -> Report {
        let events = platform.serving.events
        let report = made.report
        try await platform.storing(for: subject.pipeline) {
            try await catalog.addReport(report, inputs: made.inputs) { last in report.verdictEvents(after: last, events)
            }
        }
        events.wake()
        return report
    }

    /// - Parameter id: The identifier of the report, or the beginning of it.
    package func report(_ id: String) async throws -> Report { try await stored(id).report }

    func stored(_ id: String) async throws -> (report: Report, inputs: String) {
        let known = try await catalog.reportIDs(startingWith: id.lowercased())
        guard let found = try ShortID.find(id, in: known, id: \.self, kind: "reports", field: "report"),
            let stored = try await catalog.report(found)
        else { throw RoostError(.notFound, "Report '\(id.prefix(80))' does not exist.", field: "report") }
        return stored
    }

    /// Returns a page of the reports on a pipeline without their contents, newest first.
    ///
    /// - Parameter kind: `nil` for reports of all kinds.
    package func reports(
        of name: String,
        _ kind: ReportRequest.Kind? = nil,
        limit: Int,
        offset: Int = 0
    ) async throws -> [ReportSummary] {
        _ = try await platform.pipeline(named: name)
        return try await catalog.reports(of: name, kind, limit: limit, offset: offset)
    }

    private func kind(_ request: ReportRequest, _ subject: Subject) -> ReportRequest.Kind {
        if let kind = request.kind { return kind }
        if request.candidate != nil { return .replay }
        let hasShadow = subject.pipeline.version.steps.contains { if case .shadowDeploy = $0 { true } else { false } }
        return hasShadow && subject.pipeline.version.experiment == nil ? .shadow : .experiment
    }

    /// Reads the log and computes a report.
    ///
    /// - Parameter excluded: The units that an earlier step of a release has counted. They do not count again.
    func make(
        _ request: ReportRequest,
        _ subject: Subject,
        at time: Date,
        id: String,
        excluding excluded: Set<UInt64> = []
    ) async throws -> MadeReport {
        let kind = kind(request, subject)
        if let field = request.fieldOfAnotherKind(than: kind) {
            throw RoostError(
                .invalidInput,
                "'\(field)' cannot be used in a report of kind '\(kind.rawValue)'.",
                field: field
            )
        }
        switch kind {
        case .experiment:
            return try await compute { [self] in
                try makeExperimentReport(request, subject, at: time, id: id, excluding: excluded)
            }
        case .shadow:
            return try await compute { [self] in
                try makeShadowReport(request, subject, at: time, id: id, excluding: excluded)
            }
        case .replay: return try await makeReplayReport(request, subject, at: time, id: id, excluding: excluded)
        }
    }

    private func makeExperimentReport(
        _ request: ReportRequest,
        _ subject: Subject,
        at time: Date,
        id: String,
        excluding excluded: Set<UInt64>
    ) throws -> MadeReport {
        let found = try experiment(request.experiment, subject)
        let subject = subject.reading(found.plan)
        guard Set(found.plan.arms.map { "\($0.model) \($0.name)" }).count == found.plan.arms.count else {
            throw RoostError(
                .invalidInput,
                "Two choices of the split have the same model and name, so the log cannot tell them apart. Give them names.",
                field: "steps"
            )
        }
        let metrics = try metrics(request, subject)
        // Whole milliseconds, as in the log.
        let start = milliseconds(request.start ?? found.experiment.startedAt)
        let end = milliseconds(request.end ?? time) + (request.end == nil ? 1 : 0)
        _ = try window(start: request.start, end: request.end)
        let inputs = gather(found, metrics, subject, start: start, end: end, labelsUntil: time, excluding: excluded)
        let reporter = ExperimentReporter(
            experiment: found.experiment,
            goal: metrics.goal,
            isDeclared: metrics.isDeclared,
            guardrails: metrics.guardrails,
            inputs: inputs
        )
        let report = Report(
            id: id,
            pipeline: subject.name,
            createdAt: time,
            kind: .experiment,
            start: Date(milliseconds: start),
            end: Date(milliseconds: end),
            entries: inputs.entries,
            notes: notes(inputs, metrics.goal),
            experiment: reporter.report(),
            shadow: nil
        )
        return MadeReport(
            report: report,
            inputs: ReportInputs(
                request: request,
                start: start,
                end: end,
                experiment: inputs,
                excluded: excluded.isEmpty ? nil : excluded.sorted()
            ),
            processes: inputs.arms.indices.dropFirst().map(reporter.decidingEvidence)
        )
    }

    struct Metrics {
        var goal: ResolvedMetric
        var isDeclared: Bool
        var guardrails: [(settings: GuardrailMetric, metric: ResolvedMetric)]
    }

    /// - Throws: ``RoostError`` if there is no goal, or if a metric does not fit the pipeline.
    func metrics(_ request: ReportRequest, _ subject: Subject) throws(RoostError) -> Metrics {
        let settings = subject.settings
        guard let goal = request.goal ?? settings.goal else { throw Self.noGoal(subject.name) }
        let declared = settings.guardrails
        // Without any, a challenger that fails more often must still not win.
        let chosen =
            request.guardrails
            ?? (declared.isEmpty ? [GuardrailMetric(metric: GoalMetric(metric: "errors"))] : declared)
        var guardrails: [(settings: GuardrailMetric, metric: ResolvedMetric)] = []
        for guardrail in chosen {
            let metric = try ResolvedMetric(guardrail.metric, settings.labels, subject.layout)
            if let limit = guardrail.limit, !(limit > 0 && limit < 1 && metric.isRate && !metric.isHigherBetter) {
                throw RoostError(
                    .invalidInput,
                    "The 'limit' of a guardrail must be more than 0 and less than 1, and needs a rate of which less is better.",
                    field: "limit"
                )
            }
            guardrails.append((guardrail, metric))
        }
        return Metrics(
            goal: try ResolvedMetric(goal, settings.labels, subject.layout),
            isDeclared: goal == settings.goal,
            guardrails: guardrails
        )
    }

    /// Returns an experiment and the newest plan of it.
    func experiment(
        _ id: String?,
        _ subject: Subject
    ) throws(RoostError) -> (experiment: Experiment, plan: PipelinePlan) {
        guard let id = id ?? subject.pipeline.version.experiment?.id else {
            throw RoostError(
                .invalidInput,
                "Pipeline '\(subject.name)' has no split between models, so there is no experiment to report on.",
                field: "pipeline"
            )
        }
        var found: [(experiment: Experiment, plan: PipelinePlan)] = []
        for version in subject.versions {
            guard let experiment = version.experiment, let plan = subject.plans[version.id],
                !found.contains(where: { $0.experiment.id == experiment.id })
            else { continue }
            found.append((experiment, plan))
        }
        let kind = "experiments of pipeline '\(subject.name)'"
        guard
            let experiment = try ShortID.find(id, in: found, id: \.experiment.id, kind: kind, field: "experiment")
        else {
            throw RoostError(
                .notFound,
                "Pipeline '\(subject.name)' has no experiment '\(id.prefix(80))'.",
                field: "experiment"
            )
        }
        return experiment
    }

    /// Blocks.
    ///
    /// - Parameter excluded: The units that an earlier step of a release has counted.
    func gather(
        _ found: (experiment: Experiment, plan: PipelinePlan),
        _ metrics: Metrics,
        _ subject: Subject,
        start: Int64,
        end: Int64,
        labelsUntil: Date,
        excluding excluded: Set<UInt64> = []
    ) -> ExperimentInputs {
        var gatherer = ExperimentGatherer(
            subject,
            found.experiment,
            newest: found.plan,
            goal: metrics.goal,
            guardrails: metrics.guardrails.map(\.metric),
            excluding: excluded
        )
        let (batches, table) = labeledLog(
            of: subject,
            LogWindow(start: start, end: end),
            labelsUntil: labelsUntil
        )
        var inputs = gatherer.gather(batches, table)
        // Before its first entry, retention may have deleted others.
        inputs.isCut = log.deletedUntil(of: subject.name).map { $0 >= start } ?? false
        return inputs
    }

    private func notes(_ inputs: ExperimentInputs, _ goal: ResolvedMetric) -> [String] {
        var notes = [
            "The evidence uses the shares with which the router chose, so it may be read at any time, and stays exact while "
                + "weights change. The fixed-sample test and its interval do not."
        ]
        if inputs.withoutOutcome > 0 {
            notes.append("\(inputs.withoutOutcome) inferences have no outcome of the goal.")
        }
        if inputs.clipped > 0 {
            notes.append(
                "\(inputs.clipped) values lie outside of the goal's range. In the evidence they count as its nearest end."
            )
        }
        if inputs.isCut {
            notes.append(
                "Inferences of this window were deleted from the log, so the rest is shown but decides nothing."
            )
        }
        if inputs.repeatedIDs > 0 {
            notes.append(
                "\(inputs.repeatedIDs) labeled inferences have an id that a newer one has too. The label joins the newest."
            )
        }
        if inputs.withoutUnit > 0 {
            notes.append(
                "\(inputs.withoutUnit) entries of an earlier release are left out, because they do not tell the unit."
            )
        }
        if let counted = inputs.alreadyCounted, counted > 0 {
            notes.append("\(counted) inferences are left out, because an earlier step has counted their units.")
        }
        if inputs.skippedLines > 0 { notes.append("\(inputs.skippedLines) lines of the log are not entries.") }
        return notes
    }
}

extension ReportRequest {
    /// Returns the name of a field that is set and does not belong to a kind of report; `nil` if there is none.
    fileprivate func fieldOfAnotherKind(than kind: Kind) -> String? {
        var strange: [(field: String, isSet: Bool)] = []
        if kind != .experiment { strange += [("guardrails", guardrails != nil), ("experiment", experiment != nil)] }
        if kind != .replay {
            strange += [("candidate", candidate != nil), ("replaces", replaces != nil), ("requests", requests != nil)]
        }
        return strange.first(where: \.isSet)?.field
    }
}
