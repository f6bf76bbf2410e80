package import Definitions
import Foundation

extension QueryParameter {
    static let workspace = QueryParameter("workspace")
    /// A workspace, or all.
    static let workspaces = QueryParameter(
        "workspace",
        .described("The name of a workspace, or `*` for all, which are listed in pages.", .string())
    )
    /// A workspace that a list is narrowed to.
    static let workspaceFilter = QueryParameter(
        "workspace",
        .described("Only those of the pipelines of this workspace. By default, or with `*`, of all.", .string())
    )
}

extension [QueryParameter] {
    /// What a deletion may take along.
    static let deletion = [QueryParameter("force", .boolean), QueryParameter("log", .boolean)]
}

extension [QueryParameter] {
    /// A page of a list.
    package static let page = [
        QueryParameter("search", .described("Only those whose names contain this.", .string())),
        QueryParameter(
            "limit",
            .described("A page of this size, in the order of the names.", .integer(min: 1, max: 1000))
        ),
        QueryParameter("offset", .integer(min: 0)),
    ]

    /// A page of the versions of something.
    static let versionPage = [
        QueryParameter("limit", .described("A page of this size, newest first.", .integer(min: 1, max: 1000))),
        QueryParameter("offset", .integer(min: 0)),
    ]
}

extension Call {
    /// The page that the query asks for; `nil` for the whole list.
    func page() throws(RoostError) -> NamedPage? {
        let (limit, offset) = (try number("limit", 1...1000), try number("offset", 0...Int(Int32.max)))
        let search = query("search") ?? ""
        guard limit != nil || offset != nil || !search.isEmpty else { return nil }
        return NamedPage(search: search, limit: limit ?? 100, offset: offset ?? 0)
    }

    /// Returns the page of a list that the query asks for, or the whole list, and how many things are on all pages.
    package func page<Thing>(of all: [Thing], by name: (Thing) -> String) throws(RoostError) -> (
        found: [Thing], total: Int
    ) {
        try page()?.part(of: all, by: name) ?? (all, all.count)
    }

    var workspace: String { query("workspace") ?? Workspace.defaultName }

    /// Whether the query asks for all workspaces. No workspace has this name.
    var isForAllWorkspaces: Bool { query("workspace") == "*" }

    /// The workspace that a list is narrowed to, which shows all without it.
    var workspaceFilter: String? { isForAllWorkspaces ? nil : query("workspace") }

    /// The pipelines that a list is about.
    var pipelineFilter: PipelineFilter {
        PipelineFilter(pipeline: query("pipeline"), workspace: workspaceFilter)
    }

    /// Returns a query parameter that is true or false, by default false.
    func flag(_ name: String) throws(RoostError) -> Bool {
        try choice(name, [("true", true), ("false", false)]) ?? false
    }

    /// Returns a query parameter that is a whole number.
    func number(_ name: String, _ range: ClosedRange<Int>) throws(RoostError) -> Int? {
        guard let text = query(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw RoostError(
                .invalidInput,
                "'\(name)' must be a number from \(range.lowerBound) to \(range.upperBound), not '\(text.prefix(40))'.",
                field: name
            )
        }
        return value
    }

    /// Returns a query parameter that is a time.
    func time(_ name: String) throws(RoostError) -> Date? {
        guard let text = query(name) else { return nil }
        if let milliseconds = Int64(text) {
            let (microseconds, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
            if !overflow { return Date(microseconds: microseconds) }
        }
        // A plus sign in a query is decoded as a space.
        guard let date = NativeCoding.date(text.replacing(" ", with: "+")) else {
            throw RoostError(
                .invalidInput,
                "'\(text.prefix(40))' is not a valid time. Expected RFC 3339 or milliseconds since the epoch.",
                field: name
            )
        }
        return date
    }

    /// Returns a query parameter that is one of a few words.
    func choice<Value>(_ name: String, _ choices: [(String, Value)]) throws(RoostError) -> Value? {
        guard let text = query(name) else { return nil }
        guard let choice = choices.first(where: { $0.0 == text }) else {
            throw RoostError(
                .invalidInput,
                "Unknown value '\(text.prefix(40))' for '\(name)'. Expected one of: "
                    + "\(choices.map(\.0).joined(separator: ", ")).",
                field: name
            )
        }
        return choice.1
    }
}
