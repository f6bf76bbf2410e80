import Definitions
import Foundation
import NativeAPI
import Words

/// What happened on the server.
struct EventPages: PageGroup {
    let api: ConsoleAPI

    private static let limit = 100

    var pages: [Page] { Page("/console/events") { try await events($0) } }

    /// Kinds that can be chosen: of a group all, or one.
    private struct Group: Sendable {
        var group: String
        var kinds: [Kind]
    }

    private struct Kind: Sendable {
        var pattern: String
        var text: String
        var isCurrent: Bool
    }

    private struct EventsView: Sendable {
        var events: [EventRow]
        var isEmpty: Bool
        var isFiltered: Bool
        var older: String
        var pipeline: String
        var groups: [Group]
        /// Why the filter cannot be used.
        var problem: String
    }

    private func events(_ request: PageRequest) async throws -> PageContent {
        let (kind, pipeline) = (request.query("kind"), request.query("pipeline"))
        // An address that was changed by hand.
        let before = Int(request.query("before")).flatMap { $0 >= 0 ? String($0) : nil } ?? ""
        var found: [Event] = []
        var problem = ""
        do {
            found = try await api.get(
                "/v1/events",
                ["limit": String(Self.limit), "kind": kind, "before": before, "pipeline": pipeline],
                as: EventList.self
            ).events
        } catch let error as RoostError where error.code == .invalidInput {
            problem =
                error.field == "kind" ? "Unknown kind “\(kind.prefix(80))”. Choose one of the list." : error.message
        }
        let query = [
            "kind": kind, "pipeline": pipeline, "before": found.last.map { String($0.sequence) } ?? "",
        ]
        var content = PageContent(
            template: "events",
            title: pipeline.isEmpty ? "Events" : "Events of \(pipeline)",
            place: .events,
            body: EventsView(
                events: found.map { EventRow($0) },
                isEmpty: found.isEmpty,
                isFiltered: !(kind + pipeline + before).isEmpty,
                older: found.count == Self.limit ? Links.page("events", query: query) : "",
                pipeline: pipeline,
                groups: Self.groups(kind),
                problem: problem
            )
        )
        content.summary = "What happened on this server, the newest first."
        content.refresh = before.isEmpty && problem.isEmpty ? 5 : nil
        let filter = [("kind", kind), ("pipeline", pipeline), ("before", before)]
        let given = filter.map { name, value in
            (name, value.isEmpty || name == "before" ? value : Quoted.json(value))
        }
        content.code = [
            CodeLine(
                curl: "curl -s \(Quoted.url("/v1/events", filter))",
                python: "client.events(\(Quoted.arguments(given)))",
                roost: "roost events" + Quoted.options(Array(filter.dropLast()))
            )
        ]
        return content
    }

    private static func groups(_ chosen: String) -> [Group] {
        var groups: [Group] = []
        for kind in EventKind.allCases where kind != .webhookTest {
            let parts = kind.rawValue.split(separator: ".", maxSplits: 1).map(String.init)
            let name = parts[0].prefix(1).uppercased() + parts[0].dropFirst()
            if groups.last?.group != name {
                let all = Kind(pattern: parts[0] + ".*", text: "\(name): all", isCurrent: chosen == parts[0] + ".*")
                groups.append(Group(group: name, kinds: [all]))
            }
            let words = parts.dropFirst().joined().replacing("_", with: " ")
            groups[groups.count - 1].kinds.append(
                Kind(pattern: kind.rawValue, text: "\(name): \(words)", isCurrent: chosen == kind.rawValue)
            )
        }
        return groups
    }
}

struct EventRow: Sendable {
    let time: String
    let moment: Moment
    let group: String
    let message: String
    let by: String

    init(_ event: Event) {
        time = Moment.clock(event.time)
        moment = Moment(event.time)
        group = String(event.kind.rawValue.prefix { $0 != "." })
        message = event.message
        // Some messages say it themselves.
        by = event.by.flatMap { event.message.contains(" by \($0).") ? nil : $0 } ?? ""
    }
}
