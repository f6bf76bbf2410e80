import Definitions
import Foundation
import NativeAPI
import Words

/// Test suites with their runs, and the gates that require them.
struct SuitePages: PageGroup {
    let api: ConsoleAPI

    var pages: [Page] {
        Page("/console/suites") { try await list($0) }
        Page("/console/suites/{suite}") { try await suite($0) }
    }

    var actions: [Action] {
        Action("/console/suites/{suite}/run", question: askToRun, act: run)
        Action("/console/suites/{suite}/delete", whyNot: obstacle, question: askToDelete, act: delete)
        Action("/console/gates/{pipeline}/override", question: askToOverride, act: override)
    }

    // MARK: List

    private struct Row: Sendable {
        var name: String
        var href: String
        var subject: String
        var count: String
        var result: Status
        var version: String
        var gates: String
        var ran: Moment?
    }

    private struct ListView: Sendable {
        var search: String
        var rows: [Row]
        var isEmpty: Bool
        var isFiltered: Bool
        var pager: Pager
        var gates: GateTable
    }

    private func list(_ request: PageRequest) async throws -> PageContent {
        let search = String(request.query("search").prefix(128))
        let query = [
            "search": search, "workspace": request.workspace, "limit": String(Pager.limit),
            "offset": String(request.offset),
        ]
        async let found = api.get("/v1/suites", query, as: SuiteList.self)
        let gates = try await GateTable(request, api)
        let list = try await found
        var content = PageContent(
            template: "suites",
            title: "Suites",
            place: .suites,
            body: ListView(
                search: search,
                rows: list.suites.map { suite in
                    Row(
                        name: suite.name,
                        href: Links.page("suites", suite.name),
                        subject: suite.model,
                        count: Numbers.count(suite.caseCount),
                        result: Status(suite.lastRun),
                        version: suite.lastRun.map { String(($0.model.version ?? "").prefix(8)) } ?? "",
                        gates: suite.gates.joined(separator: ", "),
                        ran: Moment(suite.lastRun?.createdAt)
                    )
                },
                isEmpty: list.suites.isEmpty,
                isFiltered: !search.isEmpty,
                pager: try Pager(request, shown: list.suites.count, total: list.total),
                gates: gates
            )
        )
        let failed = list.outcomes[SuiteRun.Outcome.failed.rawValue] ?? 0
        let words = [
            failed > 0 ? "\(Numbers.count(failed)) failed" : "",
            gates.refused > 0 ? "\(gates.refused) refused\(gates.pager.isNeeded ? " on this page" : "")" : "",
        ].filter { !$0.isEmpty }
        if !words.isEmpty { content.state = Status(failed > 0 ? .bad : .warn, words.joined(separator: ", ")) }
        content.summary =
            "A suite tests versions of a model. A gate lets a version answer in a pipeline only if it has passed its suites."
        content.tell(workspace: request.workspace)
        content.refresh = 5
        let narrowed = [("workspace", request.workspace)]
        content.code = [
            CodeLine(
                curl: "curl -s " + Quoted.url("/v1/suites", [("search", search)] + narrowed + request.page),
                python: Quoted.named(search, "suite", in: "client.suites(\(Quoted.texts(narrowed)))"),
                // The command does not search for names.
                roost: search.isEmpty ? "roost test list" + Quoted.options(narrowed) : ""
            ),
            .list(
                "/v1/gates",
                "client.gates",
                "roost gate list",
                narrowed,
                page: request.page(in: GateTable.section)
            ),
        ]
        return content
    }

    // MARK: One suite

    private func path(_ request: PageRequest) -> String {
        "/v1/suites/\(ConsoleAPI.escaped(request.parameter("suite")))"
    }

    private func suite(_ request: PageRequest) async throws -> PageContent {
        let suite = try await api.get(path(request), as: Suite.self)
        let runs = try await api.get(
            path(request) + "/runs",
            ["cases": "false", "limit": String(Pager.limit), "offset": String(request.offset)],
            as: SuiteRunList.self
        )
        let wanted = request.query("run")
        var shown = wanted.isEmpty || wanted == suite.lastRun?.id ? suite.lastRun : nil
        if shown == nil, !wanted.isEmpty {
            let run = try await api.get("/v1/suite-runs/\(ConsoleAPI.escaped(wanted))", as: SuiteRun.self)
            guard run.suite == suite.name else {
                throw RoostError(.notFound, "Suite '\(suite.name)' has no run '\(wanted.prefix(80))'.", field: "run")
            }
            shown = run
        }
        let name = suite.name
        var content = PageContent(
            template: "suite",
            title: name,
            place: .suites,
            body: try SuiteView(suite, runs, shown, request)
        )
        content.trail = [Link(text: "Suites", href: Links.page("suites"))]
        content.state = Status(suite.lastRun)
        let subject =
            suite.definition.pipeline.map { "the model \(suite.model) in the pipeline \($0)" }
            ?? "the model \(suite.model)"
        let count = suite.caseCount
        content.summary =
            "\(count) \(count == 1 ? "case" : "cases") for versions of \(subject). Revision \(suite.revision), changed "
            + "\(Moment(suite.updatedAt).text)."
        content.verdict = shown.flatMap(Self.verdict)
        content.buttons = [
            Button(text: "Run now…", href: Links.page("suites", name, "run"), isMain: suite.lastRun == nil)
        ]
        if let obstacle = try await api.obstacle(toDeletingSuite: name) {
            content.whyNot = obstacle
        } else {
            content.buttons.append(
                Button(text: "Delete…", href: Links.page("suites", name, "delete"), isDangerous: true)
            )
        }
        content.refresh = shown?.outcome.isFinal == false ? 2 : 5
        let path = "/v1/suites/\(ConsoleAPI.escaped(name))"
        content.code = [
            wanted.isEmpty
                ? CodeLine(
                    curl: "curl -s $ROOST_URL\(path)",
                    python: "client.suite(\(Quoted.json(name)))",
                    roost: "roost test show \(Quoted.shell(name))"
                )
                : CodeLine(
                    curl: "curl -s $ROOST_URL/v1/suite-runs/\(ConsoleAPI.escaped(wanted))",
                    python: "client.suite_run(\(Quoted.json(wanted)))",
                    roost: "roost test runs \(Quoted.shell(name))" + Quoted.options([("run", wanted)])
                )
        ]
        return content
    }

    private static func verdict(_ run: SuiteRun) -> Verdict? {
        let version = "\(run.model.name)@\((run.model.version ?? "").prefix(8))"
        switch run.outcome {
        case .pending, .running: return nil
        case .passed:
            let count = run.cases.count
            return Verdict(
                word: "Passed",
                sentence: "\(version) passed \(count == 1 ? "the only case" : "all \(count) cases")."
            )
        case .error: return Verdict(word: "Could not be run", sentence: run.reason ?? "The server log says why.")
        case .failed:
            let failures = run.failures
            let first = failures.prefix(2).map { "\($0.name): \($0.message)" }.joined(separator: " ")
            let rest = failures.count - 2
            return Verdict(
                word: "Failed",
                sentence: "\(version) failed \(failures.count) of \(run.cases.count) cases. \(first)"
                    + (rest > 0 ? " And \(rest) more." : "")
            )
        }
    }

    // MARK: Actions

    private func trail(_ name: String) -> [Link] {
        [Link(text: "Suites", href: Links.page("suites")), Link(text: name, href: Links.page("suites", name))]
    }

    private func askToRun(_ request: PageRequest) async throws -> Question {
        let suite = try await api.get(path(request), as: Suite.self)
        let name = suite.name
        return Question(
            title: "Run \(name)?",
            text: "The cases run on this machine, one suite at a time. The page shows when it has ended.",
            button: "Run \(name)",
            fields: [
                Question.Field(
                    name: "version",
                    label: "Version of \(suite.model)",
                    hint: "an ID, the beginning of one, or a tag; empty for the newest"
                )
            ],
            place: .suites,
            trail: trail(name),
            code: [
                CodeLine(
                    curl: Quoted.curl("POST", "/v1/suites/\(ConsoleAPI.escaped(name))/runs"),
                    python: "client.suite(\(Quoted.json(name))).run()",
                    roost: "roost test run \(Quoted.shell(name))"
                )
            ]
        )
    }

    private func run(_ request: PageRequest) async throws -> String {
        let version = request.field("version").trimmingCharacters(in: .whitespaces)
        let run = try await api.send(
            .post,
            path(request) + "/runs",
            SuiteRunRequest(version: version.isEmpty ? nil : version, by: ConsoleAPI.requester),
            query: ["wait": "false"],
            as: SuiteRun.self
        )
        return Links.page("suites", request.parameter("suite"), query: ["run": run.id])
    }

    private func obstacle(_ request: PageRequest) async throws -> String? {
        try await api.obstacle(toDeletingSuite: request.parameter("suite"))
    }

    private func askToDelete(_ request: PageRequest) async throws -> Question {
        let name = try await api.get(path(request), as: Suite.self).name
        return Question(
            title: "Delete suite \(name)?",
            text:
                "This cannot be undone. Its runs stay with the versions of models.",
            button: "Delete \(name)",
            isDangerous: true,
            nameToType: name,
            place: .suites,
            trail: trail(name),
            code: [
                CodeLine(
                    curl: Quoted.curl("DELETE", "/v1/suites/\(ConsoleAPI.escaped(name))"),
                    python: "client.suite(\(Quoted.json(name))).delete()",
                    roost: "roost test delete \(Quoted.shell(name))"
                )
            ]
        )
    }

    private func delete(_ request: PageRequest) async throws -> String {
        try await api.perform(.delete, path(request))
        return Links.page("suites")
    }

    // MARK: Gates

    private func askToOverride(_ request: PageRequest) async throws -> Question {
        let path = "/v1/gates/\(ConsoleAPI.escaped(request.parameter("pipeline")))"
        let gate = try await api.get(path, as: Gate.self)
        let model = request.field("model").isEmpty ? request.query("model") : request.field("model")
        let verdict = model.isEmpty ? nil : try await api.get(path + "/verdict", ["model": model], as: GateVerdict.self)
        let reference = verdict?.model.description ?? model
        let shown = reference.isEmpty ? "MODEL@VERSION" : reference
        let problems = Identifiers.brief(verdict?.problems.prefix(5).joined(separator: " ") ?? "")
        return Question(
            title: reference.isEmpty
                ? "Override the gate of \(gate.pipeline)?"
                : "Let \(Self.short(reference)) answer in \(gate.pipeline) although its gate refuses it?",
            text: (problems.isEmpty ? "" : problems + " ")
                + "The version is admitted from now on, and until the gate is removed. The reason is kept with the gate and in the events.",
            button: "Override the gate of \(gate.pipeline)",
            isDangerous: true,
            fields: [
                Question.Field(
                    name: "model",
                    label: "Model version",
                    hint: "NAME@VERSION",
                    kind: reference.isEmpty ? .line : .hidden,
                    value: reference
                ),
                Question.Field(
                    name: "reason",
                    label: "Reason",
                    hint: "why it may answer",
                    kind: .text,
                    isRequired: true
                ),
                Question.Field(name: "by", label: "Who decides", hint: "your name, for the records"),
            ],
            place: .suites,
            trail: [Link(text: "Suites", href: Links.page("suites") + "#gates")],
            code: [
                CodeLine(
                    curl: Quoted.curl(
                        "POST",
                        path + "/overrides",
                        "{\"model\": \(Quoted.json(shown)), \"reason\": \"REASON\", \"by\": \"NAME\"}"
                    ),
                    python:
                        "client.gate(\(Quoted.json(gate.pipeline))).override(\(Quoted.json(shown)), \"REASON\", by=\"NAME\")",
                    roost:
                        "roost gate override --reason REASON --by NAME" + Quoted.operands(gate.pipeline, shown)
                )
            ]
        )
    }

    static func short(_ reference: String) -> String {
        let model = ModelReference(parsing: reference)
        return model.version.map { "\(model.name)@\($0.prefix(8))" } ?? model.name
    }

    private func override(_ request: PageRequest) async throws -> String {
        let by = request.field("by").trimmingCharacters(in: .whitespaces)
        try await api.perform(
            .post,
            "/v1/gates/\(ConsoleAPI.escaped(request.parameter("pipeline")))/overrides",
            GateOverrideRequest(
                model: ModelReference(parsing: request.field("model")),
                reason: request.field("reason").replacing("\r\n", with: "\n"),
                by: by.isEmpty ? ConsoleAPI.requester : by
            )
        )
        return Links.page("suites") + "#gates"
    }
}
