import Definitions
import Foundation
import NativeAPI
import Words

/// A place in the navigation.
enum Place: String, Sendable, CaseIterable {
    case home, pipelines, endpoints, functions, apis
    case experiments, shadow, releases
    case log, drift, events
    case models, suites, jobs, loops
    case buckets

    /// The page that its item in the navigation leads to.
    var href: String { self == .home ? "/" : "\(Console.root)/\(rawValue)" }

    /// The place of a page, also of one that does not exist; `nil` if its path is in none.
    ///
    /// - Parameter path: Percent-encoded, from the root of the server.
    init?(path: String) {
        let parts = path.split(separator: "/").dropFirst().map(String.init)
        guard let first = parts.first else { return nil }
        switch first {
        case "pipelines":
            // Its pages about one topic are in the topic's place.
            let topics = ["experiment": Place.experiments, "shadow": .shadow, "log": .log]
            self = parts.count > 2 ? topics[parts[2]] ?? .pipelines : .pipelines
        case "endpoint-configurations": self = .endpoints
        case "gates": self = .suites
        default: self.init(rawValue: first)
        }
    }

    /// What a link to its list says.
    var listText: String {
        switch self {
        case .home: "Go to the first page"
        case .apis: "Show all APIs"
        case .log, .experiments, .shadow: "Choose a pipeline"
        case .drift: "Show all assays"
        default: "Show all \(rawValue)"
        }
    }
}

/// What a template gets: the page, and what all pages have around it.
struct Shell: Sendable {
    /// A code line with an ID of its own in the page.
    struct Code: Sendable {
        var id: String
        var curl: String
        var python: String
        var roost: String
    }

    struct Group: Sendable {
        var title: String
        var items: [Item]
    }

    struct Item: Sendable {
        var text: String
        var href: String
        var isCurrent: Bool
        /// A count; empty if there is nothing to count.
        var note: String
        /// The name of the place, for the keys that lead there.
        var place: String
        /// A shape before the count, where something needs a person.
        var status: Status?
    }

    /// The place of the page in the hierarchy: the pages above it.
    let trail: [Link]
    let hasTrail: Bool
    let title: String
    let state: Status?
    let summary: String
    let buttons: [Button]
    let whyNot: String
    let tabs: [Tab]
    let hasTabs: Bool
    let verdict: Verdict?
    let code: [Code]
    let hasCode: Bool
    /// Seconds; `nil` for a page that does not change by itself.
    let refresh: Int?
    let now: Moment
    let clock: String
    /// The number of things that need a person.
    let needCount: Int
    let needs: String
    let groups: [Group]
    let workspaceChoices: [WorkspaceChoice.Option]
    let hasWorkspaceChoices: Bool
    /// The place to which the choice of a workspace leads; empty on pages that are in no place.
    let placeName: String
    let version: String
    let address: String
    /// The token of the forms.
    let token: String
    /// What the page's own template inserts.
    let body: any Sendable

    init(_ content: PageContent, overview: Overview?, version: String, _ call: PageRequest, token: String) {
        trail = content.trail
        hasTrail = !content.trail.isEmpty
        title = content.title
        state = content.state
        summary = content.summary
        buttons = content.buttons
        whyNot = content.whyNot
        tabs = content.tabs
        hasTabs = !content.tabs.isEmpty
        verdict = content.verdict
        code = content.code.enumerated().map { index, line in
            Code(id: "code-\(index + 1)", curl: line.curl, python: line.python, roost: line.roost)
        }
        hasCode = !content.code.isEmpty
        refresh = content.refresh
        now = Moment(Date())
        clock = Moment.clock(Date())
        needCount = overview?.needs.count ?? 0
        needs = needCount == 0 ? "" : needCount == 1 ? "1 thing needs you" : "\(needCount) things need you"
        let sizes = overview?.workspaces ?? []
        let chosen = call.workspace
        groups = Self.groups(overview, content.place, sizes.first { $0.name == chosen })
        workspaceChoices = WorkspaceChoice(sizes, chosen: chosen).options
        hasWorkspaceChoices = sizes.count > 1 || !chosen.isEmpty
        placeName = content.place?.rawValue ?? ""
        self.version = version
        address = call.request.host
        self.token = token
        body = content.body
    }

    private static func needing(_ count: Int) -> Status { Status(.bad, count == 1 ? "needs you" : "need you") }

    /// - Parameter workspace: What is in the chosen workspace; `nil` for all workspaces.
    private static func groups(
        _ overview: Overview?,
        _ current: Place?,
        _ workspace: Overview.WorkspaceSize?
    ) -> [Group] {
        func item(_ text: String, _ place: Place, _ count: Int? = nil, _ status: Status? = nil) -> Item {
            Item(
                text: text,
                href: place.href,
                isCurrent: place == current,
                note: count.map { $0 == 0 ? "" : Numbers.count($0) } ?? "",
                place: place.rawValue,
                status: status
            )
        }
        /// An item whose count is of what needs a person, if something does.
        func alert(_ text: String, _ place: Place, _ kinds: Set<Overview.Item.Kind>, else count: Int? = nil) -> Item {
            let needs = overview?.needs.count { kinds.contains($0.kind) } ?? 0
            return needs > 0 ? item(text, place, needs, Self.needing(needs)) : item(text, place, count)
        }
        let counts = overview?.counts
        let releases = overview?.underWay.count { $0.kind == .releaseRunning } ?? 0
        let all = overview?.needs.count ?? 0
        return [
            Group(title: "", items: [item("Home", .home, all, all > 0 ? needing(all) : nil)]),
            Group(
                title: "Answer",
                items: [
                    alert(
                        "Pipelines",
                        .pipelines,
                        [.deploymentFailed],
                        else: workspace?.pipelines ?? counts?.pipelines
                    ),
                    alert("Endpoints", .endpoints, [.endpointFailed], else: counts?.endpoints),
                    item("Functions", .functions, counts?.functions), item("APIs", .apis),
                ]
            ),
            Group(
                title: "Decide",
                items: [
                    item("Experiments", .experiments), item("Shadow", .shadow),
                    item("Releases", .releases, releases, releases > 0 ? Status(.busy, "under way") : nil),
                ]
            ),
            Group(
                title: "Watch",
                items: [
                    item("Log", .log), alert("Drift", .drift, [.driftAlert], else: counts?.assays),
                    item("Events", .events),
                ]
            ),
            Group(
                title: "Make",
                items: [
                    item("Models", .models, workspace?.models ?? counts?.models),
                    alert("Suites", .suites, [.suiteFailed], else: counts?.suites),
                    alert("Jobs", .jobs, [.jobFailed]), alert("Loops", .loops, [.loopFailed], else: counts?.loops),
                ]
            ),
            Group(title: "Keep", items: [item("Buckets", .buckets, counts?.buckets)]),
        ]
    }
}

/// Another page has what was asked for.
struct Elsewhere: Error {
    let href: String
}

/// The rows of a table on several pages.
struct Pager: Sendable {
    /// The most rows of a page.
    static let limit = 100
    /// The parameter of the query that says how many rows to skip.
    static let parameter = "offset"

    /// 1 – 100 of 1 219
    let text: String
    /// Empty on the first page.
    let earlier: String
    /// Empty on the last page.
    let later: String
    let isNeeded: Bool

    /// - Parameters:
    ///   - total: `nil` if nobody has counted; then there is a later page if this one is full.
    ///   - limit: The most rows of a page of this table.
    ///   - section: The second table of a page that has two: its parameter in the query, and the ID of its section.
    /// - Throws: ``Elsewhere`` if the page is behind the last one, perhaps because rows were deleted.
    init(
        _ request: PageRequest,
        shown: Int,
        total: Int?,
        limit: Int = Pager.limit,
        in section: String? = nil
    ) throws(Elsewhere) {
        let offset = request.offset(section ?? Self.parameter)
        func link(_ offset: Int) -> String { Self.link(request, offset, section) }
        guard shown > 0 || offset == 0 else {
            let last = max(0, (total ?? 0) - 1) / limit * limit
            throw Elsewhere(href: link(last < offset ? last : 0))
        }
        let last = offset + shown
        let of = total.map { " of \(Numbers.count($0))" } ?? ""
        text = shown == 0 ? "None" : "\(Numbers.count(offset + 1)) – \(Numbers.count(last))\(of)"
        let hasLater = total.map { last < $0 } ?? (shown == limit)
        earlier = offset > 0 ? link(max(0, offset - limit)) : ""
        later = hasLater ? link(last) : ""
        isNeeded = hasLater || offset > 0
    }

    private static func link(_ request: PageRequest, _ offset: Int, _ section: String?) -> String {
        var query = request.request.query.filter { !$0.value.isEmpty }
        query[section ?? parameter] = offset > 0 ? String(offset) : nil
        return request.request.path + (query.isEmpty ? "" : "?" + Links.query(query)) + (section.map { "#\($0)" } ?? "")
    }
}

/// Paths of pages.
enum Links {
    static func query(_ pairs: [String: String]) -> String {
        pairs.sorted { $0.key < $1.key }
            .map { "\(ConsoleAPI.escaped($0.key))=\(ConsoleAPI.escaped($0.value))" }
            .joined(separator: "&")
    }

    /// The path of a page below the console, from names that are not encoded.
    static func page(_ segments: String..., query pairs: [String: String] = [:]) -> String {
        let query = query(pairs.filter { !$0.value.isEmpty })
        return ([Console.root] + segments.map { ConsoleAPI.escaped($0) }).joined(separator: "/")
            + (query.isEmpty ? "" : "?" + query)
    }
}
