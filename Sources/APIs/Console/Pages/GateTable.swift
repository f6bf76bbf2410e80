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
        var admissions: [Admission]
        /// What could not be found out.
        var failure: String
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

    /// The most models of a gate that are asked about.
    private static let modelLimit = 10

    let rows: [Row]
    let hasRows: Bool
    let note: String
    /// The number of versions that are refused.
    let refused: Int

    init(_ gates: [Gate], _ api: ConsoleAPI) async {
        var rows: [Row] = []
        for gate in gates.prefix(Pager.limit) { rows.append(await Self.row(gate, api)) }
        self.rows = rows
        hasRows = !rows.isEmpty
        note =
            gates.count > rows.count
            ? "the first \(rows.count) of \(Numbers.count(gates.count))" : Numbers.count(gates.count)
        refused = rows.reduce(0) { $0 + $1.admissions.count { !$0.overrideHref.isEmpty } }
    }

    private static func row(_ gate: Gate, _ api: ConsoleAPI) async -> Row {
        var admissions: [Admission] = []
        var failure = ""
        do {
            let name = ConsoleAPI.escaped(gate.pipeline)
            let pipeline = try await api.get("/v1/pipelines/\(name)", as: Pipeline.self)
            var models: [String] = []
            for model in pipeline.version.steps.flatMap(\.models).map(\.name) where !models.contains(model) {
                models.append(model)
            }
            for model in models.prefix(modelLimit) {
                let verdict = try await api.get("/v1/gates/\(name)/verdict", ["model": model], as: GateVerdict.self)
                admissions.append(Self.admission(verdict, gate, pipeline.workspace))
            }
        } catch {
            failure = RoostError(operation: error)?.message ?? "The verdict of the gate could not be read."
        }
        return Row(
            pipeline: gate.pipeline,
            href: Links.page("pipelines", gate.pipeline),
            required: gate.suites.map { Required(name: $0, href: Links.page("suites", $0)) },
            admissions: admissions,
            failure: failure,
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

    private static func admission(_ verdict: GateVerdict, _ gate: Gate, _ workspace: String) -> Admission {
        let isOverridden = gate.overrides.contains { $0.model == verdict.model }
        return Admission(
            model: SuitePages.short(verdict.model.description),
            modelHref: Links.page("models", verdict.model.name, query: ModelPages.place(workspace)),
            verdict: Status(verdict, isOverridden: isOverridden && !verdict.problems.isEmpty),
            problems: verdict.isAdmitted ? "" : verdict.problems.prefix(3).joined(separator: " "),
            overrideHref: verdict.isAdmitted
                ? "" : Links.page("gates", gate.pipeline, "override", query: ["model": verdict.model.description])
        )
    }
}
