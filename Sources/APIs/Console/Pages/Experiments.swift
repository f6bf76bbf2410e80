import Definitions
import Foundation
import NativeAPI
import Words

/// Experiments: which of a pipeline's models is better, and what to do about it.
struct ExperimentPages: PageGroup {
    let api: ConsoleAPI

    var pages: [Page] {
        Page("/console/experiments") { try await list($0) }
        Page("/console/pipelines/{pipeline}/experiment") { try await experiment($0) }
    }

    var actions: [Action] {
        Action("/console/pipelines/{pipeline}/report", question: askToReport, act: report)
        Action("/console/pipelines/{pipeline}/promote", whyNot: obstacle, question: askToPromote, act: promote)
        Action("/console/pipelines/{pipeline}/rollback", whyNot: obstacle, question: askToRollBack, act: rollBack)
        Action("/console/pipelines/{pipeline}/weights", whyNot: obstacle, question: askForWeights, act: setWeights)
    }

    // MARK: List

    private struct Row: Sendable {
        var name: String
        var href: String
        var pipeline: String
        var outcome: Status
        var evidence: String
        var difference: String
        var units: String
        var since: Moment
        var made: Moment?
    }

    private struct ListView: Sendable {
        var rows: [Row]
        var isEmpty: Bool
        var pager: Pager
    }

    private func list(_ request: PageRequest) async throws -> PageContent {
        let query = [
            "kind": "experiment", "workspace": request.workspace, "limit": String(Pager.limit),
            "offset": String(request.offset),
        ]
        let found = try await api.get("/v1/comparisons", query, as: ComparisonList.self)
        var rows: [Row] = []
        for comparison in found.comparisons { rows += await self.rows(of: comparison) }
        var content = PageContent(
            template: "experiments",
            title: "Experiments",
            place: .experiments,
            body: ListView(
                rows: rows,
                isEmpty: rows.isEmpty,
                pager: try Pager(request, shown: found.comparisons.count, total: found.total)
            )
        )
        let count = found.total
        content.summary =
            (count == 0
                ? "No pipeline compares models on its requests. "
                : count == 1
                    ? "1 pipeline compares models on its requests. "
                    : "\(Numbers.count(count)) pipelines compare models on their requests. ")
            + "An experiment begins when a step of the version that answers is a split."
        content.tell(workspace: request.workspace)
        content.code = [
            .list(
                "/v1/comparisons",
                "client.comparisons",
                "",
                [("kind", "experiment"), ("workspace", request.workspace)],
                page: request.page
            )
        ]
        return content
    }

    /// A row for each challenger.
    private func rows(of comparison: Comparison) async -> [Row] {
        let made = comparison.report
        // The list is worth something without a report that was deleted meanwhile.
        var report: Report?
        if let made { report = try? await api.get("/v1/reports/\(made.id)") }
        return comparison.challengers.map { challenger in
            let experiment = report?.experiment
            let arms = experiment?.comparisons.first { $0.challenger == challenger }
            let metric = experiment.map { MetricWords($0.goal) }
            let units = experiment?.arms.reduce(0) { $0.addingReportingOverflow($1.units).partialValue }
            let evidence = arms?.verdict == .worse ? arms?.worse?.maximum : arms?.better?.maximum
            return Row(
                name: "\(challenger) against \(comparison.champion)",
                href: Links.page("pipelines", comparison.pipeline, "experiment"),
                pipeline: comparison.pipeline,
                outcome: arms.map { Status($0.verdict) } ?? Status(.unknown, "No report yet"),
                evidence: Numbers.evidence(evidence),
                // A list is looked at again and again, for which only the interval holds that is valid at any time.
                difference: metric.flatMap { words in
                    arms?.difference.map { words.difference($0.value, within: arms?.sequence) }
                } ?? Numbers.none,
                units: units.map(Numbers.count) ?? Numbers.none,
                since: Moment(comparison.since),
                made: made.map { Moment($0.createdAt) }
            )
        }
    }

    private func obstacle(_ request: PageRequest) async throws -> String? {
        try await api.obstacle(toChanging: request.parameter("pipeline"))
    }

    // MARK: One experiment

    private func experiment(_ request: PageRequest) async throws -> PageContent {
        let (pipeline, version) = try await api.running(request.parameter("pipeline"))
        let kept = try await api.reports(of: pipeline.name, .experiment)
        let chosen = request.query("report")
        var content = PipelinePages.content("experiment", pipeline, version, tab: "experiment")
        content.place = .experiments
        content.trail = .pipeline(pipeline.name) + [Link(text: "Experiments", href: Links.page("experiments"))]
        content.title = "Experiment of \(pipeline.name)"
        content.state = nil
        content.buttons = []
        let reportHref = Links.page("pipelines", pipeline.name, "report", query: ["kind": "experiment"])
        guard let id = chosen.isEmpty ? kept.first?.id : chosen else {
            content.state = Status(.unknown, version.experiment == nil ? "None" : "No report yet")
            content.summary =
                version.experiment == nil
                ? "The version that answers has no split, so nothing is compared."
                : "Nothing is decided before the first report."
            content.body = ExperimentView(pipeline.name, reportHref: version.experiment == nil ? "" : reportHref)
            return content
        }
        let report = try await api.get("/v1/reports/\(ConsoleAPI.escaped(id))", as: Report.self)
        guard report.pipeline == pipeline.name, let found = report.experiment else {
            throw RoostError(.notFound, "There is no report '\(id.prefix(80))' on an experiment of '\(pipeline.name)'.")
        }
        let gate = await gate(of: pipeline.name, found, in: version)
        let hold = try await api.hold(on: pipeline.name)
        // Only what answers now can be changed.
        let isCurrent = found.experiment == version.experiment?.id
        let canChange = isCurrent && pipeline.deployment?.state == .running && hold == nil
        let view = ExperimentView(report, found, pipeline, version, kept, gate: gate, canPromote: canChange)
        content.body = view
        fill(&content, view, report, found, pipeline)
        if canChange { offerChanges(&content, view, pipeline, version) }
        content.giveWay(to: hold)
        if version.experiment != nil { content.buttons.insert(Button(text: "Report now…", href: reportHref), at: 0) }
        return content
    }

    private func fill(
        _ content: inout PageContent,
        _ view: ExperimentView,
        _ report: Report,
        _ found: ExperimentReport,
        _ pipeline: Pipeline
    ) {
        let name = pipeline.name
        let main = view.main
        if let main {
            content.title = "\(main.challenger) against \(main.champion)"
            content.state = main.outcome
            content.verdict = Verdict(word: main.outcome.word, sentence: main.sentence)
        }
        let length = Span.long(max(0, report.end.timeIntervalSince(found.startedAt)))
        let metric = MetricWords(found.goal)
        content.summary =
            "Goal “\(metric.name)”, \(metric.isHigherBetter ? "larger" : "smaller") is better"
            + (found.isDeclared ? "" : ", chosen for this report") + ". "
            + "\(view.split) since \(Moment.minute(found.startedAt)) UTC, \(length). Report from \(Moment(report.createdAt).text)."
        content.code = [
            CodeLine(
                curl: "curl -s $ROOST_URL/v1/reports/\(report.id)",
                python: "client.report(\"\(report.id)\")",
                roost: "roost report show \(report.id.prefix(8))"
            ),
            CodeLine(
                curl: "curl -s -X POST $ROOST_URL/v1/pipelines/\(name)/reports",
                python: "client.build_pipeline(\"\(name)\").report()",
                roost: "roost report \(name)"
            ),
        ]
    }

    private func offerChanges(
        _ content: inout PageContent,
        _ view: ExperimentView,
        _ pipeline: Pipeline,
        _ version: PipelineVersion
    ) {
        let name = pipeline.name
        if version.split != nil {
            content.buttons.append(Button(text: "Weights…", href: Links.page("pipelines", name, "weights")))
        }
        if pipeline.deployment?.previousVersion != nil {
            content.buttons.append(
                Button(text: "Roll back…", href: Links.page("pipelines", name, "rollback"), isDangerous: true)
            )
        }
        // Of several challengers, each has a link of its own beside what it must meet.
        if let main = view.main, view.isOne || main.isReady {
            content.buttons.append(
                Button(text: "Promote \(main.challenger)…", href: main.promoteHref, isMain: main.isReady)
            )
        }
    }

    /// What the pipeline's gate says of the challengers; `nil` if the pipeline has none.
    func gate(
        of name: String,
        _ found: ExperimentReport,
        in version: PipelineVersion
    ) async -> [String: GateVerdict]? {
        let path = "/v1/gates/\(ConsoleAPI.escaped(name))"
        guard (try? await api.get(path, as: Gate.self)) != nil else { return nil }
        var verdicts: [String: GateVerdict] = [:]
        for arm in found.arms.dropFirst() {
            let model = "\(arm.model)@\(arm.modelVersion)"
            verdicts[arm.name] = try? await api.get(path + "/verdict", ["model": model], as: GateVerdict.self)
        }
        return verdicts
    }
}

extension ConsoleAPI {
    /// The newest reports of a kind that are kept, the newest first.
    func reports(of pipeline: String, _ kind: ReportRequest.Kind) async throws -> [ReportSummary] {
        try await get(
            "/v1/pipelines/\(ConsoleAPI.escaped(pipeline))/reports",
            ["kind": kind.rawValue, "limit": "20"],
            as: ReportList.self
        ).reports
    }
}

extension PipelineVersion {
    /// The random split that the experiment is about, with the index of its step.
    var split: (index: Int, split: RandomSplit)? {
        guard let index = Experiment.step(in: steps), case .randomSplit(let split) = steps[index] else { return nil }
        return (index, split)
    }

    /// The shares of the models of the split by their names; empty without one.
    var shares: [String: Double] {
        guard let (index, split) = split else { return [:] }
        return Dictionary(zip(steps[index].comparedNames, Experiment.shares(of: split))) { first, _ in first }
    }
}
