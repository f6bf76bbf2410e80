import Definitions
import Foundation
import NativeAPI
import Words

/// What happened on the server, by kind and pipeline.
struct EventsPage {
    private struct EventsView: Sendable {
        var kinds: [Choice]
        var kindProblem: String
        var pipeline: String
        var pipelineProblem: String
        var events: [EventRow]
        var hasEvents: Bool
        var isEmpty: Bool
        /// Whether the filter leaves something out.
        var isFiltered: Bool
        var older: String
    }

    private struct Choice: Sendable {
        var value: String
        var text: String
        var isCurrent: Bool
    }

    let api: ConsoleAPI
    private let kind: String
    private let pipeline: String
    private let before: String

    init(api: ConsoleAPI, _ request: PageRequest) {
        self.api = api
        let typed = request.query("kind").trimmingCharacters(in: .whitespaces)
        // A group may be named without its star.
        kind = EventWords.groups.contains(typed) ? typed + ".*" : typed
        pipeline = request.query("pipeline").trimmingCharacters(in: .whitespaces)
        before = Int(request.query("before")).flatMap { $0 >= 0 ? String($0) : nil } ?? ""
    }

    func content() async throws -> PageContent {
        var events: [Event] = []
        var problem: RoostError?
        do {
            let query = ["limit": "100", "kind": kind, "before": before, "pipeline": pipeline]
            events = try await api.get("/v1/events", query, as: EventList.self).events
        } catch let error as RoostError where error.code == .invalidInput {
            problem = error
        }
        let oldest = events.last.map { String($0.sequence) } ?? ""
        var content = PageContent(
            template: "events",
            title: "Events",
            place: .events,
            body: EventsView(
                kinds: Self.choices(kind),
                kindProblem: problem.flatMap { $0.field == "pipeline" ? nil : $0.message } ?? "",
                pipeline: pipeline,
                pipelineProblem: problem.flatMap { $0.field == "pipeline" ? $0.message : nil } ?? "",
                events: events.map { EventRow($0) },
                hasEvents: !events.isEmpty,
                isEmpty: events.isEmpty && problem == nil,
                isFiltered: !(kind + pipeline + before).isEmpty,
                older: events.count == 100
                    ? Links.page("events", query: ["kind": kind, "pipeline": pipeline, "before": oldest]) : ""
            )
        )
        content.summary = "What happened on this server, newest first. Times are in UTC."
        content.refresh = before.isEmpty && problem == nil ? 5 : nil
        if problem == nil { content.code = [code] }
        return content
    }

    private static func choices(_ kind: String) -> [Choice] {
        var choices = [Choice(value: "", text: "any", isCurrent: kind.isEmpty)]
        for choice in EventWords.choices {
            choices.append(Choice(value: choice.value, text: choice.text, isCurrent: choice.value == kind))
        }
        // What was typed stays beside its error.
        if !choices.contains(where: \.isCurrent) { choices.append(Choice(value: kind, text: kind, isCurrent: true)) }
        return choices
    }

    private var code: CodeLine {
        typealias Pair = (name: String, value: String)
        let filter: [Pair] = [("kind", kind), ("pipeline", pipeline)]
        let page: [Pair] = [("before", before), ("limit", "100")]
        let quoted: [Pair] = filter.map { ($0.name, $0.value.isEmpty ? "" : Quoted.json($0.value)) }
        return CodeLine(
            curl: "curl -s " + Quoted.url("/v1/events", filter + page),
            python: "client.events(\(Quoted.arguments(quoted + page)))",
            // The command shows the newest ones.
            roost: before.isEmpty ? "roost events" + Quoted.options(filter) + " --limit 100" : ""
        )
    }
}

struct EventRow: Sendable {
    /// Date and time in UTC.
    let time: String
    let moment: Moment
    let group: String
    let message: String
    let by: String

    init(_ event: Event) {
        moment = Moment(event.time)
        time = String(moment.exact.prefix(19))
        group = String(event.kind.rawValue.prefix { $0 != "." })
        // Some messages say it themselves.
        let by = event.by.flatMap { event.message.contains(" by \($0).") ? nil : $0 } ?? ""
        // Who asked is the end of the sentence.
        let isOpen = !by.isEmpty && event.message.hasSuffix(".")
        message = isOpen ? String(event.message.dropLast()) : event.message
        self.by = by
    }
}
