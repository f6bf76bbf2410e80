import Definitions
import Foundation
import NativeAPI
import Words

/// Releases: candidates that take the place of a model step by step, or go back.
struct ReleasePages: PageGroup {
    let api: ConsoleAPI

    private static let eventLimit = 20

    var pages: [Page] {
        Page("/console/releases") { try await list($0) }
        Page("/console/releases/new", takesForm: true) { try await plan($0) }
        Page("/console/releases/{release}") { try await release($0) }
    }

    var actions: [Action] {
        Action("/console/releases/new/start", question: askToStart, act: start)
        Action("/console/releases/{release}/pause", whyNot: ended, question: askToPause, act: pause)
        Action("/console/releases/{release}/resume", whyNot: ended, question: askToResume, act: resume)
        Action("/console/releases/{release}/promote", whyNot: ended, question: askToPromote, act: promote)
        Action("/console/releases/{release}/abort", whyNot: ended, question: askToAbort, act: abort)
    }

    // MARK: List

    private struct Row: Sendable {
        var name: String
        var href: String
        var pipeline: String
        var outcome: Status
        var evidence: String
        var took: String
        var started: Moment
        var by: String
    }

    private struct ListView: Sendable {
        var rows: [Row]
        var isEmpty: Bool
        var pipeline: String
        /// Why there are no releases of the pipeline that was asked for; empty if they could be read.
        var problem: String
        var isFiltered: Bool
        var pager: Pager
    }

    private func list(_ request: PageRequest) async throws -> PageContent {
        let pipeline = request.query("pipeline")
        // A pipeline's name is that of no other workspace's pipeline.
        let workspace = pipeline.isEmpty ? request.workspace : ""
        var (found, problem) = (ReleaseList(releases: [], total: 0, open: 0), "")
        do {
            let query = [
                "pipeline": pipeline, "workspace": workspace, "limit": String(Pager.limit),
                "offset": String(request.offset),
            ]
            found = try await api.get("/v1/releases", query, as: ReleaseList.self)
        } catch let error as RoostError where !pipeline.isEmpty && [.notFound, .invalidInput].contains(error.code) {
            problem = error.message
        }
        var content = PageContent(
            template: "releases",
            title: "Releases",
            place: .releases,
            body: ListView(
                rows: found.releases.map(Self.row),
                isEmpty: found.releases.isEmpty,
                pipeline: pipeline,
                problem: problem,
                isFiltered: !pipeline.isEmpty,
                pager: try Pager(request, shown: found.releases.count, total: found.total)
            )
        )
        content.state = found.open > 0 ? Status(.busy, "\(Numbers.count(found.open)) under way") : nil
        content.summary =
            "A release climbs a ladder: perhaps a replay and a shadow, then a growing share of the requests. Each guardrail can "
            + "roll it back."
        content.tell(workspace: workspace)
        content.buttons = [
            Button(text: "New release…", href: Links.page("releases", "new", query: ["pipeline": pipeline]))
        ]
        content.refresh = 5
        content.code = [
            CodeLine(
                curl: "curl -s "
                    + Quoted.url(
                        "/v1/releases",
                        [("pipeline", pipeline), ("workspace", workspace)] + request.page
                    ),
                python:
                    "client.releases(\(Quoted.texts([("pipeline", pipeline), ("workspace", workspace)])))",
                roost: "roost release list" + Quoted.options([("workspace", workspace)])
                    + Quoted.operands(pipeline)
            )
        ]
        return content
    }

    private static func row(_ release: Release) -> Row {
        let end = release.endedAt ?? Date()
        let added = release.steps.compactMap(\.evidence)
        return Row(
            name: release.candidate.brief,
            href: Links.page("releases", release.id),
            pipeline: release.pipeline,
            outcome: ReleaseWords.state(of: release),
            evidence: added.isEmpty ? Numbers.none : Numbers.evidence(exp(added.map { log($0) }.reduce(0, +))),
            took: Span.long(end.timeIntervalSince(release.createdAt)),
            started: Moment(release.createdAt),
            by: release.by ?? ""
        )
    }

    // MARK: One release

    func status(_ request: PageRequest) async throws -> ReleaseStatus {
        try await api.get("/v1/releases/\(ConsoleAPI.escaped(request.parameter("release")))")
    }

    private func release(_ request: PageRequest) async throws -> PageContent {
        let status = try await status(request)
        let release = status.release
        // The page is worth something without its chart and its events.
        let path = "/v1/releases/\(ConsoleAPI.escaped(release.id))/evidence"
        let evidence = try? await api.get(path, as: ReleaseEvidence.self)
        let events = (try? await self.events(of: release)) ?? []
        var content = PageContent(
            template: "release",
            title: "\(release.pipeline): \(release.champion.brief) to \(release.candidate.brief)",
            place: .releases,
            body: ReleaseView(status, evidence, events.map { EventRow($0) })
        )
        content.trail = Self.trail(release).dropLast().map { $0 }
        content.state = ReleaseWords.state(status)
        content.summary =
            "Steps: \(ReleaseWords.outline(release)). Started \(Moment(release.createdAt).text)"
            + (release.by.map { " by \($0)" } ?? "") + "."
        content.verdict = ReleaseWords.verdict(status)
        content.buttons = Self.buttons(release)
        content.refresh = release.state.isOpen ? 5 : nil
        content.code = [
            CodeLine(
                curl: "curl -s $ROOST_URL/v1/releases/\(release.id)",
                python: "client.get_release(\"\(release.id)\").status()",
                roost: "roost release status \(release.id.prefix(8))" + (release.state.isOpen ? " --follow" : "")
            )
        ]
        return content
    }

    /// The newest events of a release: its own, and those of its pipeline that it caused, such as a larger share.
    private func events(of release: Release) async throws -> [Event] {
        let own = try await api.get(
            "/v1/events",
            ["subject": "release:\(release.id)", "limit": String(Self.eventLimit)],
            as: EventList.self
        ).events
        // After its end the pipeline goes on without it.
        let end = release.state.isOpen ? nil : own.first.map { String($0.sequence) }
        let caused = try await api.get(
            "/v1/events",
            ["pipeline": release.pipeline, "kind": "release.stage", "before": end ?? "", "limit": "100"],
            as: EventList.self
        ).events.filter { $0.details["release"] == release.id }
        return Array((own + caused).sorted { $0.sequence > $1.sequence }.prefix(Self.eventLimit))
    }

    private static func buttons(_ release: Release) -> [Button] {
        guard release.state.isOpen else { return [] }
        func link(_ verb: String) -> String { Links.page("releases", release.id, verb) }
        let pause =
            release.state == .paused
            ? Button(text: "Resume…", href: link("resume"), isMain: true) : Button(text: "Pause…", href: link("pause"))
        return [
            pause, Button(text: "Promote…", href: link("promote")),
            Button(text: "Roll back…", href: link("abort"), isDangerous: true),
        ]
    }

    /// The pages above an action, of which the last is the release's.
    static func trail(_ release: Release) -> [Link] {
        .pipeline(release.pipeline) + [
            Link(text: "Releases", href: Links.page("releases")),
            Link(text: release.candidate.brief, href: Links.page("releases", release.id)),
        ]
    }
}
