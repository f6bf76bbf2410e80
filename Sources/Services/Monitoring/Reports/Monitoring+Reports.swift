import Catalog
package import Definitions
import Events
import Foundation
import InferenceLog
import Pipelines
import Platform
import Serving

/// What a kept report was computed from.
struct ReportInputs: Codable, Equatable, Sendable {
    var request: ReportRequest
    /// Inclusive, in milliseconds since the epoch.
    var start: Int64
    /// Exclusive.
    var end: Int64
    var experiment: ExperimentInputs?
}

extension Monitoring {
    /// Makes a report and keeps it.
    ///
    /// - Throws: ``RoostError`` if the request does not fit the pipeline.
    package func makeReport(_ request: ReportRequest, on name: String) async throws -> Report {
        let subject = try await subject(name)
        let (report, inputs) = try await compute { [self] in
            try make(request, subject, at: now(), id: UUID().uuidString.lowercased())
        }
        let events = platform.serving.events
        try await platform.storing(for: subject.pipeline) {
            try await catalog.addReport(report, inputs: inputs) { last in report.verdictEvents(after: last, events) }
        }
        events.wake()
        return report
    }

    /// Makes a report that is not kept.
    package func preview(_ request: ReportRequest, on name: String) async throws -> Report {
        let subject = try await subject(name)
        return try await compute { [self] in try make(request, subject, at: now(), id: "").0 }
    }

    /// - Parameter id: The identifier of the report, or the beginning of it.
    package func report(_ id: String) async throws -> Report { try await stored(id).report }

    private func stored(_ id: String) async throws -> (report: Report, inputs: String) {
        let known = try await catalog.reportIDs(startingWith: id.lowercased())
        guard let found = try ShortID.find(id, in: known, id: \.self, kind: "reports", field: "report"),
            let stored = try await catalog.report(found)
        else { throw RoostError(.notFound, "Report '\(id.prefix(80))' does not exist.", field: "report") }
        return stored
    }

    package func reports(of name: String) async throws -> [Report] {
        _ = try await platform.pipeline(named: name)
        return try await catalog.reports(of: name)
    }

    private func kind(_ request: ReportRequest, _ subject: Subject) -> ReportRequest.Kind {
        if let kind = request.kind { return kind }
        let hasShadow = subject.pipeline.version.steps.contains { if case .shadowDeploy = $0 { true } else { false } }
        return hasShadow && subject.pipeline.version.experiment == nil ? .shadow : .experiment
    }

    /// Reads the log and computes a report. Blocks.
    private func make(
        _ request: ReportRequest,
        _ subject: Subject,
        at time: Date,
        id: String
    ) throws -> (Report, ReportInputs) {
        switch kind(request, subject) {
        case .experiment: return try makeExperimentReport(request, subject, at: time, id: id)
        case .shadow: return try makeShadowReport(request, subject, at: time, id: id)
        }
    }

    private func makeExperimentReport(
        _ request: ReportRequest,
        _ subject: Subject,
        at time: Date,
        id: String
    ) throws -> (Report, ReportInputs) {
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
        let inputs = gather(found, metrics, subject, start: start, end: end, labelsUntil: time)
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
        return (report, ReportInputs(request: request, start: start, end: end, experiment: inputs))
    }

    struct Metrics {
        var goal: ResolvedMetric
        var isDeclared: Bool
        var guardrails: [(settings: GuardrailMetric, metric: ResolvedMetric)]
    }

    /// - Throws: ``RoostError`` if there is no goal, or if a metric does not fit the pipeline.
    func metrics(_ request: ReportRequest, _ subject: Subject) throws(RoostError) -> Metrics {
        let settings = subject.settings
        guard let goal = request.goal ?? settings.goal else {
            throw RoostError(
                .invalidInput,
                "Pipeline '\(subject.name)' declares no goal. Name the metric that decides, such as 'outputs[0][0] > 0.5' or "
                    + "'accuracy'.",
                field: "goal"
            )
        }
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
    func gather(
        _ found: (experiment: Experiment, plan: PipelinePlan),
        _ metrics: Metrics,
        _ subject: Subject,
        start: Int64,
        end: Int64,
        labelsUntil: Date
    ) -> ExperimentInputs {
        var gatherer = ExperimentGatherer(
            subject,
            found.experiment,
            newest: found.plan,
            goal: metrics.goal,
            guardrails: metrics.guardrails.map(\.metric)
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
        if inputs.skippedLines > 0 { notes.append("\(inputs.skippedLines) lines of the log are not entries.") }
        return notes
    }

    // MARK: Verification

    /// Computes a kept report again from its recorded inputs, and compares these with the log.
    package func verify(_ id: String) async throws -> ReportVerification {
        let stored = try await stored(id)
        let inputs = try JSONDecoder().decode(ReportInputs.self, from: Data(stored.inputs.utf8))
        let subject = try await subject(stored.report.pipeline)
        return try await compute { [self] in try verify(stored.report, inputs, subject) }
    }

    private func verify(_ report: Report, _ inputs: ReportInputs, _ subject: Subject) throws -> ReportVerification {
        var differences: [String] = []
        var logDifferences: [String] = []
        if let recorded = inputs.experiment {
            let found = try experiment(report.experiment?.experiment, subject)
            let subject = subject.reading(found.plan)
            var request = inputs.request
            // The definition may have changed since.
            request.goal = report.experiment?.goal
            request.guardrails = report.experiment?.comparisons.first?.guardrails.map(\.metric) ?? request.guardrails
            var metrics = try metrics(request, subject)
            metrics.isDeclared = report.experiment?.isDeclared ?? false
            let reporter = ExperimentReporter(
                experiment: found.experiment,
                goal: metrics.goal,
                isDeclared: metrics.isDeclared,
                guardrails: metrics.guardrails,
                inputs: recorded
            )
            if var again = Optional(reporter.report()), let kept = report.experiment {
                // The shares and intervals of a later version of the experiment are not part of the result.
                again.startedAt = kept.startedAt
                differences = Self.differences(kept, again)
            }
            let now = gather(
                found,
                metrics,
                subject,
                start: inputs.start,
                end: inputs.end,
                labelsUntil: report.createdAt
            )
            logDifferences = Self.differences(recorded, now)
        } else {
            do {
                let (again, _) = try make(inputs.pinned, subject, at: report.createdAt, id: report.id)
                if again.shadow != report.shadow {
                    logDifferences.append("The log gives another comparison than the report has.")
                }
                if again.entries != report.entries {
                    logDifferences.append("The log holds \(again.entries) of the \(report.entries) entries.")
                }
            } catch let error as RoostError {
                logDifferences.append(error.message)
            }
        }
        return ReportVerification(
            report: report.id,
            isReproduced: differences.isEmpty,
            differences: differences,
            logAgrees: logDifferences.isEmpty,
            logDifferences: logDifferences
        )
    }

    private static func differences(_ kept: ExperimentReport, _ again: ExperimentReport) -> [String] {
        var differences: [String] = []
        if kept.arms != again.arms { differences.append("The arms differ.") }
        if kept.sampleRatio != again.sampleRatio { differences.append("The check of the sample ratio differs.") }
        for (one, two) in zip(kept.comparisons, again.comparisons) where one != two {
            differences.append(
                "The comparison of '\(one.challenger)' differs: it was \(one.verdict.rawValue) and is \(two.verdict.rawValue)."
            )
        }
        if differences.isEmpty, kept != again { differences.append("The report differs.") }
        return differences
    }

    private static func differences(_ recorded: ExperimentInputs, _ now: ExperimentInputs) -> [String] {
        guard recorded != now else { return [] }
        var differences: [String] = []
        if recorded.entries != now.entries {
            differences.append(
                "The log holds \(now.entries) inferences of the window; the report used \(recorded.entries)."
            )
        }
        for (one, two) in zip(recorded.arms, now.arms) {
            if one.requests != two.requests || one.units != two.units {
                differences.append(
                    "Arm '\(one.name)': \(two.requests) requests of \(two.units) units in the log; the report used "
                        + "\(one.requests) of \(one.units)."
                )
            }
            if one.goal != two.goal {
                differences.append(
                    "Arm '\(one.name)': \(two.goal.count) outcomes now; the report used \(one.goal.count)."
                )
            }
        }
        if let first = zip(recorded.batches, now.batches).first(where: { $0 != $1 }) {
            let time = Date(milliseconds: first.0.time)
            differences.append("The outcomes differ from \(time.formatted(.iso8601)) on.")
        }
        if differences.isEmpty { differences.append("The log gives other numbers than the report used.") }
        return differences
    }
}

extension ReportInputs {
    /// The request with the window that it had.
    fileprivate var pinned: ReportRequest {
        var pinned = request
        pinned.start = Date(milliseconds: start)
        pinned.end = Date(milliseconds: end)
        return pinned
    }
}
