import Definitions
import Foundation
import NativeAPI
import Words

/// The first page: what needs a person, what is under way, and how the server does.
struct HomePages: PageGroup {
    let api: ConsoleAPI

    /// The most pipelines on the first page.
    private static let pipelineLimit = 8
    private static let eventLimit = 8

    var pages: [Page] {
        Page("/") { try await home($0) }
        Page("/console/events") { try await EventsPage(api: api, $0).content() }
    }

    private struct HomeView: Sendable {
        var needs: [NeedRow]
        var underWay: [NeedRow]
        var hasNeeds: Bool
        var facts: [Fact]
        var pipelines: PipelineTable
        var pipelineNote: String
        var events: [EventRow]
        var hasEvents: Bool
    }

    private func home(_ request: PageRequest) async throws -> PageContent {
        async let overview = api.get("/v1/overview", as: Overview.self)
        async let status = api.get("/v1/status", as: ServerStatus.self)
        async let events = api.get("/v1/events", ["limit": String(Self.eventLimit)], as: EventList.self)
        let (found, server) = (try await overview, try await status)
        let shown = try await pipelines(in: found, request.workspace)
        let workspace = found.workspaces?.first { $0.name == request.workspace }
        let pipelineCount = workspace?.pipelines ?? found.counts.pipelines
        let count = found.needs.count
        let title = count == 0 ? "Nothing needs you" : count == 1 ? "1 thing needs you" : "\(count) things need you"
        let progress = found.underWay.count
        var content = PageContent(
            template: "home",
            title: title + (progress == 0 ? "" : ", \(progress) \(progress == 1 ? "is" : "are") under way"),
            place: .home,
            body: HomeView(
                needs: found.needs.map { NeedRow($0) },
                underWay: found.underWay.map { NeedRow($0) },
                hasNeeds: !found.needs.isEmpty || !found.underWay.isEmpty,
                facts: Self.facts(found, server),
                pipelines: try await PipelineTable(shown, found, api),
                pipelineNote: shown.count < pipelineCount
                    ? "\(shown.count) of \(Numbers.count(pipelineCount)); those that need you come first" : "",
                events: try await events.events.map { EventRow($0) },
                hasEvents: try await !events.events.isEmpty
            )
        )
        content.summary =
            Self.answering(found.running, of: found.counts.pipelines)
            + (request.workspace.isEmpty
                ? "" : " What needs you, the counts and the events are those of all workspaces.")
        content.overview = found
        content.refresh = 5
        content.code = [
            CodeLine(
                curl: "curl -s $ROOST_URL/v1/overview",
                python: "client.overview()",
                roost: "roost status"
            )
        ]
        return content
    }

    /// Returns those that need a person or are changing, and then the first ones by name.
    ///
    /// - Parameter workspace: Empty for all workspaces.
    private func pipelines(in overview: Overview, _ workspace: String) async throws -> [Pipeline] {
        var names: [String] = []
        for item in overview.needs + overview.underWay {
            if let name = item.pipeline, !names.contains(name), names.count < Self.pipelineLimit { names.append(name) }
        }
        var found: [Pipeline] = []
        for name in names {
            // It may have been deleted since.
            if let pipeline = try? await api.get("/v1/pipelines/\(ConsoleAPI.escaped(name))", as: Pipeline.self),
                workspace.isEmpty || pipeline.workspace == workspace
            {
                found.append(pipeline)
            }
        }
        let query = ["workspace": workspace, "limit": String(Self.pipelineLimit)]
        let page = try await api.get("/v1/pipelines", query, as: PipelineList.self)
        let more = page.pipelines.filter { pipeline in !found.contains { $0.name == pipeline.name } }
        return found + more.prefix(Self.pipelineLimit - found.count)
    }

    private static func answering(_ running: Int, of count: Int) -> String {
        switch count {
        case 0: "No pipeline yet."
        case 1: running == 1 ? "The pipeline answers." : "The pipeline does not answer."
        default:
            "\(Numbers.count(running)) of \(Numbers.count(count)) pipelines \(running == 1 ? "answers" : "answer")."
        }
    }

    private static func facts(_ overview: Overview, _ server: ServerStatus) -> [Fact] {
        let counts = overview.counts
        let stopped = max(0, counts.pipelines - overview.running)
        return [
            Fact(
                "Pipelines",
                Numbers.count(counts.pipelines),
                "\(overview.running) \(overview.running == 1 ? "answers" : "answer"), \(stopped) \(stopped == 1 ? "does" : "do") not"
            ),
            Fact("Endpoints", Numbers.count(counts.endpoints), "of SageMaker's API"),
            Fact("Models", Numbers.count(counts.models), "in all workspaces"),
            Fact("Assays", Numbers.count(counts.assays), "watch for drift"),
            Fact("Memory", Numbers.bytes(Int(saturating: server.memoryMegabytes * 1e6)), "resident"),
            Fact("Up", Span.long(server.uptimeSeconds), "roost \(server.version), \(server.state.rawValue)"),
        ]
    }
}

/// A number with its name and what it says.
struct Fact: Sendable {
    let name: String
    let value: String
    let note: String

    init(_ name: String, _ value: String, _ note: String) {
        self.name = name
        self.value = value
        self.note = note
    }
}

/// A thing that needs a person, or is under way.
struct NeedRow: Sendable {
    let state: Status
    let subject: String
    let reason: String
    let since: Moment
    /// What the link says, and where it leads: the place where the thing is settled.
    let verb: String
    let href: String

    init(_ item: Overview.Item) {
        subject = item.pipeline ?? item.subject.name
        reason = Identifiers.brief(item.words)
        since = Moment(item.since)
        let name = item.subject.name
        let pipeline = item.pipeline ?? ""
        let jobKind = item.details["kind"].flatMap { JobKind(rawValue: $0) }?.collection ?? "training-jobs"
        switch item.kind {
        case .deploymentFailed:
            (state, verb, href) = (Status(.bad, "Deployment failed"), "See the versions", Links.page("pipelines", name))
        case .driftAlert: (state, verb, href) = (Status(.bad, "Drift alert"), "See the bins", Links.page("drift", name))
        case .endpointFailed:
            (state, verb, href) = (Status(.bad, "Endpoint failed"), "See why", Links.page("endpoints", name))
        case .gateRefused:
            // The place where the version can be admitted, with what speaks against it.
            let model = item.details["models"].map { String($0.prefix { $0 != "," }) } ?? ""
            (state, verb) = (Status(.warn, "Gate refused"), "See the gate")
            href = Links.page("gates", name, "override", query: ["model": model])
        case .jobFailed:
            (state, verb, href) = (Status(.bad, "Job failed"), "Read its log", Links.page("jobs", jobKind, name))
        case .limitReached:
            (state, verb, href) = (Status(.warn, "Limit reached"), "See the events", Links.page("events"))
        case .loopFailed: (state, verb, href) = (Status(.bad, "Loop failed"), "See the run", Links.page("loops", name))
        case .monitoringAlert:
            (state, verb, href) = (Status(.bad, "Monitoring alert"), "See the events", Links.page("events"))
        case .suiteFailed:
            let isError = item.details["outcome"] == SuiteRun.Outcome.error.rawValue
            state = isError ? Status(.warn, "Suite could not be run") : Status(.bad, "Suite failed")
            (verb, href) = (isError ? "See why" : "See the cases", Links.page("suites", name))
        case .verdict:
            let isBetter = item.details["verdict"] == "better"
            (state, verb) = (
                Status(isBetter ? .ok : .bad, isBetter ? "Verdict: better" : "Verdict: worse"), "See the evidence"
            )
            href = Links.page("pipelines", pipeline, "experiment", query: ["report": name])
        case .jobRunning: (state, verb, href) = (Status(.busy, "Job"), "Watch", Links.page("jobs", jobKind, name))
        case .loopRunning: (state, verb, href) = (Status(.busy, "Loop"), "Watch", Links.page("loops", name))
        case .releaseRunning: (state, verb, href) = (Status(.busy, "Release"), "Watch", Links.page("releases", name))
        }
    }
}
