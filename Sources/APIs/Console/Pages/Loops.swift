import Definitions
import Foundation
import NativeAPI
import Words

/// Loops and their runs: what started them, what each step came to, and what can be done about them.
struct LoopPages: PageGroup {
    let api: ConsoleAPI

    var pages: [Page] {
        Page("/console/loops") { try await list($0) }
        Page("/console/loops/{loop}") { try await loop($0) }
        Page("/console/loops/{loop}/runs/{run}") { try await run($0) }
    }

    var actions: [Action] {
        Action("/console/loops/{loop}/run", whyNot: obstacle, question: askToRun, act: start)
        Action("/console/loops/{loop}/pause", question: askToPause) { try await change($0, "pause") }
        Action("/console/loops/{loop}/resume", question: askToResume) { try await change($0, "resume") }
        Action("/console/loops/{loop}/runs/{run}/abort", question: askToAbort, act: abort)
    }

    // MARK: List

    private struct Row: Sendable {
        var name: String
        var href: String
        var pipeline: String
        var pipelineHref: String
        var trigger: String
        var steps: String
        var state: Status
        var next: Moment?
        var ran: Moment?
    }

    private struct ListView: Sendable {
        var rows: [Row]
        var isEmpty: Bool
        var pager: Pager
    }

    private func list(_ request: PageRequest) async throws -> PageContent {
        let query = [
            "workspace": request.workspace, "limit": String(Pager.limit), "offset": String(request.offset),
        ]
        let found = try await api.get("/v1/loops", query, as: LoopList.self)
        var content = PageContent(
            template: "loops",
            title: "Loops",
            place: .loops,
            body: ListView(
                rows: found.loops.map { loop in
                    Row(
                        name: loop.name,
                        href: Links.page("loops", loop.name),
                        pipeline: loop.definition.pipeline,
                        pipelineHref: Links.page("pipelines", loop.definition.pipeline),
                        trigger: loop.definition.when.words,
                        steps: loop.definition.then.words,
                        state: loop.state,
                        next: Moment(loop.nextAt),
                        ran: Moment(loop.last?.startedAt)
                    )
                },
                isEmpty: found.loops.isEmpty,
                pager: try Pager(request, shown: found.loops.count, total: found.total)
            )
        )
        content.summary =
            "On an event or a schedule: build data, train, test, release. Each run is recorded."
        content.tell(workspace: request.workspace)
        content.refresh = 5
        content.code = [
            .list(
                "/v1/loops",
                "client.loops",
                "roost loop list",
                [("workspace", request.workspace)],
                page: request.page
            )
        ]
        return content
    }

    // MARK: One loop

    private struct RunRow: Sendable {
        var id: String
        var fullID: String
        var href: String
        var state: Status
        var cause: String
        var outcome: String
        var took: String
        var began: Moment
    }

    private struct LoopView: Sendable {
        var facts: [Detail]
        var last: LoopRunView?
        var runs: [RunRow]
        var hasRuns: Bool
        var pager: Pager
    }

    private func found(_ request: PageRequest) async throws -> Loop {
        try await api.get("/v1/loops/\(ConsoleAPI.escaped(request.parameter("loop")))")
    }

    private func loop(_ request: PageRequest) async throws -> PageContent {
        let loop = try await found(request)
        let name = loop.name
        let pipeline = try? await api.get(
            "/v1/pipelines/\(ConsoleAPI.escaped(loop.definition.pipeline))",
            as: Pipeline.self
        )
        let runs = try await api.get(
            "/v1/loops/\(ConsoleAPI.escaped(name))/runs",
            ["limit": String(Pager.limit), "offset": String(request.offset)],
            as: LoopRunList.self
        )
        var content = PageContent(
            template: "loop",
            title: name,
            place: .loops,
            body: LoopView(
                facts: Self.facts(loop, workspace: pipeline.map(PipelineSteps.query) ?? [:]),
                last: loop.last.map { LoopRunView($0) },
                runs: runs.runs.map(Self.row),
                hasRuns: !runs.runs.isEmpty,
                pager: try Pager(request, shown: runs.runs.count, total: runs.total)
            )
        )
        content.trail = [Link(text: "Loops", href: Links.page("loops"))]
        content.state = loop.state
        content.summary = "Runs \(loop.definition.when.words)."
        // A loop has one run at a time.
        content.buttons =
            loop.last?.state.isOpen == true
            ? [] : [Button(text: "Run now…", href: Links.page("loops", name, "run"), isMain: true)]
        content.buttons.append(
            loop.definition.isPaused
                ? Button(text: "Resume…", href: Links.page("loops", name, "resume"))
                : Button(text: "Pause…", href: Links.page("loops", name, "pause"))
        )
        if let last = loop.last, last.state == .running {
            content.buttons.append(
                Button(text: "Abort…", href: Links.page("loops", name, "runs", last.id, "abort"), isDangerous: true)
            )
        }
        content.refresh = 5
        // The SDK and the command list the newest runs, and at most so many.
        let last = min(request.offset + Pager.limit, 1000)
        content.code = [
            CodeLine(
                curl: "curl -s $ROOST_URL/v1/loops/\(name)",
                python: "client.loop(\"\(name)\")",
                roost: "roost loop show \(name)"
            ),
            CodeLine(
                curl: "curl -s " + Quoted.url("/v1/loops/\(name)/runs", request.page),
                python: "client.loop(\"\(name)\").runs(limit=\(last))",
                roost: "roost loop runs \(name) --limit \(last)"
            ),
        ]
        return content
    }

    private static func facts(_ loop: Loop, workspace: [String: String]) -> [Detail] {
        let definition = loop.definition
        var facts = [
            Detail(
                term: "Pipeline",
                content: definition.pipeline,
                target: Links.page("pipelines", definition.pipeline)
            ),
            Detail(term: "Runs", content: definition.when.words), Detail(term: "Does", content: definition.then.words),
        ]
        if let model = definition.model {
            facts.append(Detail(term: "Model", content: model, target: Links.page("models", model, query: workspace)))
        }
        if let cooldown = definition.cooldown {
            facts.append(Detail(term: "At most", content: "once in \(cooldown.words)"))
        }
        if let next = loop.nextAt {
            facts.append(Detail(term: "Next run", content: Moment.printed(next)))
        }
        if let ignored = loop.ignored {
            facts.append(Detail(term: "Not started", content: "\(Moment(ignored.time).text): \(ignored.reason)"))
        }
        return facts
    }

    private static func row(_ run: LoopRun) -> RunRow {
        RunRow(
            id: String(run.id.prefix(8)),
            fullID: run.id,
            href: Links.page("loops", run.loop, "runs", run.id),
            state: Status(run.state),
            cause: Identifiers.brief(run.cause.message),
            outcome: Identifiers.brief(run.reason ?? run.steps.last { $0.finding != nil }?.finding ?? ""),
            took: Span.long((run.endedAt ?? Date()).timeIntervalSince(run.startedAt)),
            began: Moment(run.startedAt)
        )
    }

    // MARK: One run

    private func foundRun(_ request: PageRequest) async throws -> LoopRun {
        let run: LoopRun = try await api.get("/v1/loop-runs/\(ConsoleAPI.escaped(request.parameter("run")))")
        guard run.loop == request.parameter("loop") else {
            throw RoostError(.notFound, "The loop has no such run.", field: "run")
        }
        return run
    }

    private func run(_ request: PageRequest) async throws -> PageContent {
        let run = try await foundRun(request)
        let short = run.id.prefix(8)
        var content = PageContent(
            template: "loop-run",
            title: "\(run.loop), run \(short)",
            place: .loops,
            body: LoopRunView(run)
        )
        content.trail = Self.trail(run.loop)
        content.state = Status(run.state)
        let span = Span.long((run.endedAt ?? Date()).timeIntervalSince(run.startedAt))
        content.summary =
            "\(Identifiers.brief(run.cause.message)) "
            + (run.state.isOpen ? "Running for \(span)." : "Began \(Moment(run.startedAt).text), took \(span).")
        content.verdict = run.reason.map { Verdict(word: Status(run.state).word, sentence: Identifiers.brief($0)) }
        if run.state == .running {
            content.buttons = [
                Button(text: "Abort…", href: Links.page("loops", run.loop, "runs", run.id, "abort"), isDangerous: true)
            ]
        }
        content.refresh = run.state.isOpen ? 5 : nil
        content.code = [
            CodeLine(
                curl: "curl -s $ROOST_URL/v1/loop-runs/\(run.id)",
                python: "client.loop_run(\"\(run.id)\")",
                roost: "roost loop status \(short)"
            )
        ]
        return content
    }

    private static func trail(_ loop: String) -> [Link] {
        [Link(text: "Loops", href: Links.page("loops")), Link(text: loop, href: Links.page("loops", loop))]
    }

    // MARK: Actions

    private func question(
        _ name: String,
        _ verb: String,
        _ text: String,
        _ path: String,
        _ python: String,
        _ command: String
    ) -> Question {
        Question(
            title: "\(verb) \(name)\(verb == "Run" ? " now" : "")?",
            text: text,
            button: "\(verb) \(name)",
            place: .loops,
            trail: Self.trail(name),
            code: [CodeLine(curl: "curl -s -X POST $ROOST_URL/v1/\(path)", python: "client.\(python)", roost: command)]
        )
    }

    private func obstacle(_ request: PageRequest) async throws -> String? {
        guard let last = try await found(request).last, last.state.isOpen else { return nil }
        return
            "Run \(last.id.prefix(8)) is in progress, and a loop has one run at a time. Wait for its end, or abort it."
    }

    private func askToRun(_ request: PageRequest) async throws -> Question {
        let loop = try await found(request)
        return question(
            loop.name,
            "Run",
            "Steps: \(loop.definition.then.words). Nothing answers requests before the tests and the release allow it.",
            "loops/\(loop.name)/runs",
            "loop(\"\(loop.name)\").run()",
            "roost loop run \(loop.name)"
        )
    }

    private func start(_ request: PageRequest) async throws -> String {
        let name = request.parameter("loop")
        let run = try await api.send(
            .post,
            "/v1/loops/\(ConsoleAPI.escaped(name))/runs",
            as: LoopRun.self
        )
        return Links.page("loops", name, "runs", run.id)
    }

    private func askToPause(_ request: PageRequest) async throws -> Question {
        let name = try await found(request).name
        return question(
            name,
            "Pause",
            "Alerts, schedules and labels no longer start it. A run in progress goes on, and people can still start runs.",
            "loops/\(name)/pause",
            "loop(\"\(name)\").pause()",
            "roost loop pause \(name)"
        )
    }

    private func askToResume(_ request: PageRequest) async throws -> Question {
        let name = try await found(request).name
        return question(
            name,
            "Resume",
            "Alerts, schedules and labels start it again from now on. Missed runs are not made up for.",
            "loops/\(name)/resume",
            "loop(\"\(name)\").resume()",
            "roost loop resume \(name)"
        )
    }

    private func change(_ request: PageRequest, _ verb: String) async throws -> String {
        let name = request.parameter("loop")
        try await api.perform(.post, "/v1/loops/\(ConsoleAPI.escaped(name))/\(verb)")
        return Links.page("loops", name)
    }

    private func askToAbort(_ request: PageRequest) async throws -> Question {
        let run = try await foundRun(request)
        return Question(
            title: "Abort run \(run.id.prefix(8)) of \(run.loop)?",
            text:
                "The job or release that its current step started is stopped too. Results of earlier steps stay. A run "
                + "cannot be resumed.",
            button: "Abort run \(run.id.prefix(8))",
            isDangerous: true,
            place: .loops,
            trail: Self.trail(run.loop),
            code: [
                CodeLine(
                    curl: "curl -s -X POST $ROOST_URL/v1/loop-runs/\(run.id)/abort",
                    python: "client.loop_run(\"\(run.id)\").abort()",
                    roost: "roost loop abort \(run.id.prefix(8))"
                )
            ]
        )
    }

    private func abort(_ request: PageRequest) async throws -> String {
        let run = try await foundRun(request)
        try await api.perform(.post, "/v1/loop-runs/\(ConsoleAPI.escaped(run.id))/abort")
        return Links.page("loops", run.loop, "runs", run.id)
    }
}
