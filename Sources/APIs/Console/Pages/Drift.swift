import Definitions
import Foundation
import NativeAPI
import Words

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
        // A pipeline's name is that of no other workspace's pipeline.
        let workspace = pipeline.isEmpty ? request.workspace : ""
        let query = [
            "pipeline": pipeline, "workspace": workspace, "limit": String(HeatStrip.rowLimit),
            "offset": String(request.offset),
            "windows": String(HeatStrip.windowLimit),
        ]
        let found = try await api.get("/v1/assays", query, as: AssayList.self)
        let windows = found.assays.map { found.windows?[$0.name] ?? [] }
        var scores: [Double?] = []
        for (assay, windows) in zip(found.assays, windows) { scores.append(await score(assay.name, windows)) }
        let total = found.levels.values.reduce(0, +)
        let (alerts, warnings) = (found.count(.alert), found.count(.warning))
        var content = PageContent(
            template: "drift",
            title: pipeline.isEmpty ? "Drift" : "Drift of \(pipeline)",
            place: .drift,
            body: ListView(
                strip: HeatStrip(found.assays, windows, scores),
                isEmpty: found.assays.isEmpty,
                pipeline: pipeline,
                note: "\(Numbers.count(total)) in all, one column a window; newest right",
                pager: try Pager(request, shown: found.assays.count, total: total, limit: HeatStrip.rowLimit)
            )
        )
        if !pipeline.isEmpty { content.trail = Self.trail }
        // A pause settles nothing, so those that are paused count too, as on the first page.
        if alerts + warnings > 0 {
            let words = [(alerts, "alert"), (warnings, "warning")].filter { $0.0 > 0 }
                .map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
            content.state = Status(alerts > 0 ? .bad : .warn, words.joined(separator: ", "))
        } else if total > 0 {
            content.state = Status(.ok, "Nothing alerts")
        }
        content.summary =
            "An assay compares the values of a window with a baseline. It alerts if enough of its last windows did."
        content.tell(workspace: workspace)
        let worst = try await worst(of: pipeline, in: workspace, alerts > 0 ? .alert : warnings > 0 ? .warning : nil)
        if let worst {
            let last = await measured(worst)
            content.verdict = Verdict(
                word: "\(worst.name): \(Status(worst).word.lowercased())",
                sentence: last.map { Self.sentence($0, newest: worst.last) } ?? ""
            )
        }
        content.buttons = [
            Button(
                text: "New assay…",
                href: "/console/assays/preview" + (pipeline.isEmpty ? "" : "?" + Links.query(["pipeline": pipeline])),
                isMain: total == 0
            )
        ]
        content.refresh = 5
        content.code = [
            CodeLine(
                curl: "curl -s "
                    + Quoted.url(
                        "/v1/assays",
                        [("pipeline", pipeline), ("workspace", workspace)] + request.page(limit: HeatStrip.rowLimit)
                    ),
                python: "client.assays(\(Quoted.texts([("pipeline", pipeline), ("workspace", workspace)])))",
                roost: "roost assay list" + Quoted.options([("workspace", workspace)])
                    + Quoted.operands(pipeline)
            )
        ]
        return content
    }

    /// The first assay of the worst level.
    private func worst(of pipeline: String, in workspace: String, _ level: AssayResult.Status?) async throws -> Assay? {
        guard let level else { return nil }
        let query = ["pipeline": pipeline, "workspace": workspace, "level": level.rawValue, "limit": "1"]
        return try await api.get("/v1/assays", query, as: AssayList.self).assays.first
    }

    /// The score of the newest window that has enough values.
    ///
    /// - Parameter windows: The newest ones, the newest first.
    private func score(_ assay: String, _ windows: [AssayWindow]) async -> Double? {
        if let found = windows.first(where: { $0.status != .notEnoughData }) { return found.score }
        return windows.isEmpty ? nil : await measured(assay, limit: 1).first?.score
    }

    /// The newest window that has enough values.
    private func measured(_ assay: Assay) async -> AssayResult? {
        guard let last = assay.last else { return nil }
        return last.status == .notEnoughData ? await measured(assay.name, limit: 1).first : last
    }

    /// The newest windows that have enough values.
    private func measured(_ assay: String, limit: Int) async -> [AssayResult] {
        let path = "/v1/assays/\(ConsoleAPI.escaped(assay))/results"
        let query = ["measured": "true", "limit": String(limit)]
        return (try? await api.get(path, query, as: AssayResultList.self))?.results ?? []
    }

    /// What a window says, and whether it is the newest.
    private static func sentence(_ result: AssayResult, newest: AssayResult?) -> String {
        let isNewest = newest.map { $0.end <= result.end } ?? true
        return "\(isNewest ? "The newest window" : "The last window with enough values"), which ended "
            + "\(Moment(result.end).text): \(result.sentence)"
    }

    /// When an assay began to alert; `nil` if it does not, or if nobody knows any more.
    private func alertBegan(_ assay: Assay) async -> Date? {
        guard assay.level == .alert else { return nil }
        let query = ["kind": "assay.alert", "subject": "assay:" + assay.name, "limit": "1"]
        return (try? await api.get("/v1/events", query, as: EventList.self))?.events.first?.time
    }

    // MARK: One assay

    private func assay(_ request: PageRequest) async throws -> PageContent {
        let assay = try await api.get(path(request), as: Assay.self)
        let limit = ["limit": String(Self.windowLimit)]
        let results = try await api.get(path(request) + "/results", limit, as: AssayResultList.self).results
        let wanted = NativeCoding.date(request.query("window"))
        var measured = results.filter { $0.status != .notEnoughData }
        // Without values, many windows say nothing. What was the case before is further back.
        if measured.count < 2, results.count == Self.windowLimit {
            measured = await self.measured(assay.name, limit: Self.windowLimit)
        }
        let newest = measured.first ?? results.first
        var chosen = results.first { $0.end == wanted }
        if chosen == nil, let wanted {
            let query = [
                "start": NativeCoding.timestamp(wanted),
                "end": NativeCoding.timestamp(wanted.addingTimeInterval(0.001)),
            ]
            chosen = try await api.get(path(request) + "/results", query, as: AssayResultList.self).results.first
        }
        // A link may be older than what is kept.
        let isChosen = wanted != nil && chosen != nil
        let isGone = wanted != nil && !isChosen
        chosen = chosen ?? newest
        let name = assay.name
        let definition = assay.definition
        var content = PageContent(
            template: "assay",
            title: name,
            place: .drift,
            body: AssayWindows(assay, results, measured, chosen, isChosen: isChosen)
        )
        content.trail = Self.trail
        content.state = Status(assay)
        content.summary =
            assay.summary + (isGone ? " The window of the link is no longer kept; this is the newest." : "")
        if let chosen {
            var verdict = isChosen ? chosen.verdict : chosen.verdict(until: assay.last)
            if !isChosen, let began = await alertBegan(assay) {
                verdict.sentence += " Alert since \(Moment.title(began))."
            }
            content.verdict = verdict
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
