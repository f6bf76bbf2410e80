import Definitions
import Foundation
import NativeAPI
import Words

/// Shadow deploys: how challengers would have answered the requests that their champion answered.
struct ShadowPages: PageGroup {
    let api: ConsoleAPI

    var pages: [Page] {
        Page("/console/shadow") { try await list($0) }
        Page("/console/pipelines/{pipeline}/shadow") { try await shadow($0) }
    }

    // MARK: List

    private struct Row: Sendable {
        var name: String
        var href: String
        var pipeline: String
        var outcome: Status
        var agreement: String
        var difference: String
        var rows: String
        var failed: String
        var made: Moment?
    }

    private struct ListView: Sendable {
        var rows: [Row]
        var isEmpty: Bool
        var pager: Pager
    }

    private func list(_ request: PageRequest) async throws -> PageContent {
        let query = [
            "kind": "shadow", "workspace": request.workspace, "limit": String(Pager.limit),
            "offset": String(request.offset),
        ]
        let found = try await api.get("/v1/comparisons", query, as: ComparisonList.self)
        var rows: [Row] = []
        for comparison in found.comparisons { rows += await self.rows(of: comparison) }
        var content = PageContent(
            template: "shadows",
            title: "Shadow",
            place: .shadow,
            body: ListView(
                rows: rows,
                isEmpty: rows.isEmpty,
                pager: try Pager(request, shown: found.comparisons.count, total: found.total)
            )
        )
        content.summary =
            "In a shadow deploy the champion answers, and challengers see the same requests without answering. "
            + (found.total == 1
                ? "1 pipeline has one." : "\(found.total == 0 ? "No" : Numbers.count(found.total)) pipelines have one.")
        content.tell(workspace: request.workspace)
        content.code = [
            .list(
                "/v1/comparisons",
                "client.comparisons",
                "",
                [("kind", "shadow"), ("workspace", request.workspace)],
                page: request.page
            )
        ]
        return content
    }

    private func rows(of comparison: Comparison) async -> [Row] {
        let made = comparison.report
        // The list is worth something without a report that was deleted meanwhile.
        var report: Report?
        if let made { report = try? await api.get("/v1/reports/\(made.id)") }
        return comparison.challengers.map { challenger in
            let pair = report?.shadow?.challengers.first { $0.name == challenger }
            return Row(
                name: "\(challenger) in the shadow of \(comparison.champion)",
                href: Links.page("pipelines", comparison.pipeline, "shadow", query: ["challenger": challenger]),
                pipeline: comparison.pipeline,
                outcome: pair.map { Status($0) } ?? Status(.unknown, "No report yet"),
                agreement: Numbers.percent(pair?.agreement?.value),
                difference: Numbers.measure(pair?.differences?.mean),
                rows: pair.map { Numbers.count($0.rows) } ?? Numbers.none,
                failed: Numbers.percent(pair?.failures?.value),
                made: made.map { Moment($0.createdAt) }
            )
        }
    }

    // MARK: One shadow deploy

    private func shadow(_ request: PageRequest) async throws -> PageContent {
        let (pipeline, version) = try await api.running(request.parameter("pipeline"))
        let name = pipeline.name
        let kept = try await api.reports(of: name, .shadow)
        let chosen = request.query("report")
        var content = PipelinePages.content("shadow", pipeline, version, tab: "shadow")
        content.place = .shadow
        content.trail = .pipeline(name) + [Link(text: "Shadow", href: Links.page("shadow"))]
        content.title = "Shadow of \(name)"
        content.state = nil
        let reportHref = version.hasShadow ? Links.page("pipelines", name, "report", query: ["kind": "shadow"]) : ""
        content.buttons = reportHref.isEmpty ? [] : [Button(text: "Report now…", href: reportHref)]
        guard let id = chosen.isEmpty ? kept.first?.id : chosen else {
            content.state = Status(.unknown, version.hasShadow ? "No report yet" : "None")
            content.summary =
                version.hasShadow
                ? "The champion answers; the challengers are only compared."
                : "The version that answers has no shadow deploy."
            content.body = ShadowView(name, reportHref: reportHref)
            return content
        }
        let report = try await api.get("/v1/reports/\(ConsoleAPI.escaped(id))", as: Report.self)
        guard report.pipeline == name, report.kind == .shadow, let challengers = report.shadow?.challengers else {
            throw RoostError(.notFound, "There is no report '\(id.prefix(80))' on a shadow deploy of '\(name)'.")
        }
        let wanted = request.query("challenger")
        guard let pair = challengers.first(where: { $0.name == wanted }) ?? challengers.first else {
            throw RoostError(.notFound, "Report '\(id.prefix(8))' compares nothing.")
        }
        content.body = try await view(pair, report, kept, pipeline)
        content.title = "\(pair.name) in the shadow of \(pair.champion)"
        content.state = Status(pair)
        content.verdict = Verdict(word: pair.headline, sentence: pair.sentence)
        content.summary =
            "\(Numbers.count(pair.requests, "request")) from \(Moment.minute(report.start)) to \(Moment.minute(report.end)) UTC. "
            + "The champion answers; the challenger is only compared. Report from \(Moment(report.createdAt).text)."
        let hold = try await api.hold(on: name)
        if version.hasShadow, pipeline.deployment?.state == .running, hold == nil {
            content.buttons.append(
                Button(
                    text: "Promote \(pair.name)…",
                    href: Links.page(
                        "pipelines",
                        name,
                        "promote",
                        query: ["challenger": pair.name, "report": report.id]
                    ),
                    isMain: pair.verdict == .better
                )
            )
        }
        content.code = [
            CodeLine(
                curl: "curl -s $ROOST_URL/v1/reports/\(report.id)",
                python: "client.report(\"\(report.id)\")",
                roost: "roost report show \(report.id.prefix(8))"
            ),
            CodeLine(
                curl: "curl -s $ROOST_URL/v1/reports/\(report.id)/differences",
                python: "client.report(\"\(report.id)\").differences()",
                roost: ""
            ),
        ]
        return content
    }

    private func view(
        _ pair: ShadowComparison,
        _ report: Report,
        _ kept: [ReportSummary],
        _ pipeline: Pipeline
    ) async throws -> ShadowView {
        // The report is worth something when the log no longer holds its inferences.
        let path = "/v1/reports/\(report.id)/differences"
        let differences = try? await api.get(path, as: ReportDifferences.self)
        let histogram = differences?.challengers.first { $0.name == pair.name }
        let shown = pair.disagreements.prefix(Self.exampleLimit)
        let requests = (try? await requests(of: shown, in: pipeline.name)) ?? []
        let labels = try? await LabelsOfEntries(requests.map(\.record), of: pipeline.name, api)
        let examples = shown.map { example in
            ShadowView.Example(example, requests.first { $0.isRequest(of: example) }, labels, in: pipeline.name)
        }
        return ShadowView(report, pair, histogram, examples, kept, pipeline)
    }

    /// The most rows on which the two disagree.
    private static let exampleLimit = 20

    /// The requests of rows, as far as the log holds them.
    private func requests(
        of examples: some Collection<ShadowComparison.Example>,
        in pipeline: String
    ) async throws -> [LoggedRequest] {
        let times = examples.map(\.time)
        guard let first = times.min(), let last = times.max() else { return [] }
        let query = [
            "id": Set(examples.map(\.id)).joined(separator: " "), "start": NativeCoding.timestamp(first),
            "end": NativeCoding.timestamp(last.addingTimeInterval(0.001)),
        ]
        // Each request has an entry of each model. An identifier may have been used more than once.
        let path = "/v1/pipelines/\(ConsoleAPI.escaped(pipeline))/logs/export"
        let lines = try await api.lines(path, query, after: 0, limit: 50 * Self.exampleLimit).lines
        return lines.compactMap { line in
            (try? JSONDecoder().decode(LogRecord.self, from: line)).flatMap { record in
                record.role == "champion" ? LoggedRequest(record: record, inputs: LogRecord.inputs(in: line)) : nil
            }
        }
    }
}

extension PipelineVersion {
    var hasShadow: Bool {
        steps.contains { step in
            if case .shadowDeploy = step { true } else { false }
        }
    }
}
