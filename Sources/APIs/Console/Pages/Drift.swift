import Definitions
import Foundation
import NativeAPI

/// Drift: what assays say about the windows of pipelines.
struct DriftPages: PageGroup {
    let api: ConsoleAPI

    /// The most windows that a page of an assay shows.
    private static let windowLimit = 100

    var pages: [Page] {
        Page("/console/drift") { try await list($0) }
        Page("/console/drift/{assay}") { try await assay($0) }
        Page("/console/assays/preview", takesForm: true) { try await preview($0) }
    }

    var actions: [Action] {
        Action("/console/assays/add", question: askToAdd, act: add)
        Action(
            "/console/drift/{assay}/pause",
            question: { try await askToChange($0, "pause") },
            act: { try await change($0, "pause") }
        )
        Action(
            "/console/drift/{assay}/resume",
            question: { try await askToChange($0, "resume") },
            act: { try await change($0, "resume") }
        )
        Action("/console/drift/{assay}/delete", question: askToDelete, act: delete)
    }

    private static let trail = [Link(text: "Drift", href: Links.page("drift"))]

    private func path(_ request: PageRequest) -> String {
        "/v1/assays/\(ConsoleAPI.escaped(request.parameter("assay")))"
    }

    // MARK: List

    private struct ListView: Sendable {
        var strip: HeatStrip
        var isEmpty: Bool
        var pipeline: String
        var note: String
        var pager: Pager
    }

    private func list(_ request: PageRequest) async throws -> PageContent {
        let pipeline = request.query("pipeline")
        let all = try await api.get("/v1/assays", ["pipeline": pipeline], as: AssayList.self).assays
        let shown = Array(all.dropFirst(request.offset).prefix(Pager.limit))
        var results: [[AssayResult]] = []
        for assay in shown {
            // It may have been deleted since.
            let path = "/v1/assays/\(ConsoleAPI.escaped(assay.name))/results"
            let found = try? await api.get(path, ["limit": String(HeatStrip.windowLimit)], as: AssayResultList.self)
            results.append(found?.results ?? [])
        }
        var content = PageContent(
            template: "drift",
            title: pipeline.isEmpty ? "Drift" : "Drift of \(pipeline)",
            place: .drift,
            body: ListView(
                strip: HeatStrip(shown, results),
                isEmpty: shown.isEmpty,
                pipeline: pipeline,
                note: "\(Numbers.count(all.count)) in all, one column a window; newest right",
                pager: Pager(request, shown: shown.count, total: all.count)
            )
        )
        if !pipeline.isEmpty { content.trail = Self.trail }
        let active = all.filter { !$0.definition.isPaused }
        let (alerts, warnings) = (active.count { $0.level == .alert }, active.count { $0.level == .warning })
        if alerts + warnings > 0 {
            let words = [(alerts, "alert"), (warnings, "warning")].filter { $0.0 > 0 }
                .map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
            content.state = Status(alerts > 0 ? .bad : .warn, words.joined(separator: ", "))
        } else if !all.isEmpty {
            content.state = Status(.ok, "Nothing alerts")
        }
        content.summary =
            "An assay compares the values of a window with a baseline. It alerts if enough of its last windows did."
        if let worst = active.first(where: { $0.level == .alert }) ?? active.first(where: { $0.level == .warning }),
            let last = worst.last
        {
            content.verdict = Verdict(
                word: "\(worst.name): \(Status(worst.level).word.lowercased())",
                sentence: "The newest window, which ended \(Moment(last.end).text): \(last.sentence)"
            )
        }
        content.buttons = [
            Button(
                text: "New assay…",
                href: "/console/assays/preview" + (pipeline.isEmpty ? "" : "?" + Links.query(["pipeline": pipeline])),
                isMain: all.isEmpty
            )
        ]
        content.refresh = 5
        content.code = [
            CodeLine(
                curl: "curl -s " + Quoted.url("/v1/assays", [("pipeline", pipeline)]),
                python: "client.assays(\(pipeline.isEmpty ? "" : Quoted.json(pipeline)))",
                roost: "roost assay list"
            )
        ]
        return content
    }

    // MARK: One assay

    private func assay(_ request: PageRequest) async throws -> PageContent {
        let assay = try await api.get(path(request), as: Assay.self)
        let limit = ["limit": String(Self.windowLimit)]
        let results = try await api.get(path(request) + "/results", limit, as: AssayResultList.self).results
        let wanted = NativeCoding.date(request.query("window"))
        var chosen = results.first { $0.end == wanted } ?? (wanted == nil ? results.first : nil)
        if chosen == nil, let wanted {
            let query = [
                "start": NativeCoding.timestamp(wanted),
                "end": NativeCoding.timestamp(wanted.addingTimeInterval(0.001)),
            ]
            chosen = try await api.get(path(request) + "/results", query, as: AssayResultList.self).results.first
        }
        let name = assay.name
        let definition = assay.definition
        var content = PageContent(
            template: "assay",
            title: name,
            place: .drift,
            body: AssayWindows(assay, results, chosen, isChosen: wanted != nil)
        )
        content.trail = Self.trail
        content.state = definition.isPaused ? Status(.off, "Paused") : Status(assay.level)
        let next = assay.nextEnd.map { " The next one ends \(Moment($0).text)." } ?? ""
        content.summary =
            "\(definition.metric) of \(definition.pipeline)\(definition.model.map { ", answered by \($0)" } ?? ""), compared by "
            + "\(definition.statisticWords) with a baseline of \(Numbers.count(assay.baseline.count, "value")). Windows of "
            + "\(definition.window.words), \(definition.rhythm); an alert needs \(definition.alerts ?? AssayDefinition.defaultAlerts) of the "
            + "last \(definition.outOf ?? max(AssayDefinition.defaultOutOf, definition.alerts ?? 0)).\(next)"
        if let chosen {
            content.verdict = Verdict(
                word:
                    "\(HeatStrip.title(chosen.end, exact: HeatStrip.needsSeconds(results))): \(Status(chosen.status).word.lowercased())",
                sentence: chosen.sentence
            )
        }
        content.buttons = [
            definition.isPaused
                ? Button(text: "Resume…", href: Links.page("drift", name, "resume"), isMain: true)
                : Button(text: "Pause…", href: Links.page("drift", name, "pause")),
            Button(text: "Delete…", href: Links.page("drift", name, "delete"), isDangerous: true),
        ]
        content.refresh = 5
        let encoded = ConsoleAPI.escaped(name)
        content.code = [
            CodeLine(
                curl: "curl -s " + Quoted.url("/v1/assays/\(encoded)/results", [("limit", String(Self.windowLimit))]),
                python: "client.assay(\(Quoted.json(name))).results(limit=\(Self.windowLimit))",
                roost: "roost assay results \(Quoted.shell(name)) --limit \(Self.windowLimit)"
            )
        ]
        return content
    }

    // MARK: Actions

    private func trail(_ name: String) -> [Link] { Self.trail + [Link(text: name, href: Links.page("drift", name))] }

    private func askToChange(_ request: PageRequest, _ verb: String) async throws -> Question {
        let name = try await api.get(path(request), as: Assay.self).name
        let isPause = verb == "pause"
        return Question(
            title: "\(isPause ? "Pause" : "Resume") \(name)?",
            text: isPause
                ? "No window is checked until it is resumed, and it does not alert. Its results stay."
                : "Windows are checked again from now on. Those that ended in the meantime are not.",
            button: "\(isPause ? "Pause" : "Resume") \(name)",
            place: .drift,
            trail: trail(name),
            code: [
                CodeLine(
                    curl: Quoted.curl("POST", "/v1/assays/\(ConsoleAPI.escaped(name))/\(verb)"),
                    python: "client.assay(\(Quoted.json(name))).\(verb)()",
                    roost: "roost assay \(verb) \(Quoted.shell(name))"
                )
            ]
        )
    }

    private func change(_ request: PageRequest, _ verb: String) async throws -> String {
        try await api.perform(.post, path(request) + "/\(verb)")
        return Links.page("drift", request.parameter("assay"))
    }

    private func askToDelete(_ request: PageRequest) async throws -> Question {
        let assay = try await api.get(path(request), as: Assay.self)
        let name = assay.name
        return Question(
            title: "Delete assay \(name) and its results?",
            text:
                "This cannot be undone. \(assay.definition.metric) of \(assay.definition.pipeline) is no longer watched in this "
                + "way. The log and other assays stay.",
            button: "Delete \(name)",
            isDangerous: true,
            nameToType: name,
            place: .drift,
            trail: trail(name),
            code: [
                CodeLine(
                    curl: Quoted.curl("DELETE", "/v1/assays/\(ConsoleAPI.escaped(name))"),
                    python: "client.assay(\(Quoted.json(name))).delete()",
                    roost: "roost assay remove \(Quoted.shell(name))"
                )
            ]
        )
    }

    private func delete(_ request: PageRequest) async throws -> String {
        try await api.perform(.delete, path(request))
        return Links.page("drift")
    }
}
