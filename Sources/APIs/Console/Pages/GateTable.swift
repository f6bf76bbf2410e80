import Definitions
import Foundation
import NativeAPI
import Words

/// The gates of pipelines, with what they say about the newest versions of their models.
struct GateTable: Sendable {
    struct Required: Sendable {
        var name: String
        var href: String
    }

    struct Admission: Sendable {
        var model: String
        var modelHref: String
        var verdict: Status
        var problems: String
        /// Empty if the version is admitted.
        var overrideHref: String
    }

    struct Row: Sendable {
        var pipeline: String
        var href: String
        var required: [Required]
        /// How many more suites are required.
        var others: String
        var admissions: [Admission]
        var hasAdmissions: Bool
        var overrides: [Override]
        var set: Moment
        var by: String
    }

    struct Override: Sendable {
        var version: String
        var reason: String
        var decidedBy: String
        var decided: Moment
    }

    /// The parameter of the query on the page of suites.
    static let section = "gates"
    /// The most suites of a gate that are named.
    private static let suiteLimit = 5
    /// The most characters of problems that are shown.
    private static let problemLimit = 400

    let rows: [Row]
    let hasRows: Bool
    let note: String
    /// The number of versions on this page that are refused.
    let refused: Int
    let pager: Pager

    init(_ request: PageRequest, _ api: ConsoleAPI) async throws {
        let query = [
            "verdicts": "true", "workspace": request.workspace, "limit": String(Pager.limit),
            "offset": String(request.offset(Self.section)),
        ]
        let found = try await api.get("/v1/gates", query, as: GateList.self)
        let verdicts = Dictionary(grouping: found.verdicts ?? [], by: \.pipeline)
        rows = found.gates.map { Self.row($0, verdicts[$0.pipeline] ?? []) }
        hasRows = !rows.isEmpty
        note = Numbers.count(found.total)
        refused = rows.reduce(0) { $0 + $1.admissions.count { !$0.overrideHref.isEmpty } }
        pager = try Pager(request, shown: rows.count, total: found.total, in: Self.section)
    }

    private static func row(_ gate: Gate, _ verdicts: [GateVerdict]) -> Row {
        Row(
            pipeline: gate.pipeline,
            href: Links.page("pipelines", gate.pipeline),
            required: gate.suites.prefix(suiteLimit).map { Required(name: $0, href: Links.page("suites", $0)) },
            others: gate.suites.count > suiteLimit ? "and \(gate.suites.count - suiteLimit) more" : "",
            admissions: verdicts.map { admission($0, gate) },
            hasAdmissions: !verdicts.isEmpty,
            overrides: gate.overrides.suffix(10).reversed().map { each in
                Override(
                    version: SuitePages.short(each.model.description),
                    reason: each.reason,
                    decidedBy: each.by ?? "",
                    decided: Moment(each.createdAt)
                )
            },
            set: Moment(gate.updatedAt),
            by: gate.by ?? ""
        )
    }

    private static func admission(_ verdict: GateVerdict, _ gate: Gate) -> Admission {
        let isOverridden = gate.overrides.contains { $0.model == verdict.model }
        let problems = verdict.isAdmitted ? "" : Identifiers.brief(verdict.problems.prefix(3).joined(separator: " "))
        return Admission(
            model: SuitePages.short(verdict.model.description),
            modelHref: Links.page("models", verdict.model.name, query: ModelPages.place(verdict.workspace)),
            verdict: Status(verdict, isOverridden: isOverridden && !verdict.problems.isEmpty),
            problems: problems.count > problemLimit ? "\(problems.prefix(problemLimit))…" : problems,
            overrideHref: verdict.isAdmitted
                ? "" : Links.page("gates", gate.pipeline, "override", query: ["model": verdict.model.description])
        )
    }
}
