import Definitions
import Foundation
import NativeAPI
import Words

/// A suite's cases as one run left them, and its runs.
struct SuiteView: Sendable {
    struct Case: Sendable {
        var name: String
        var kind: String
        var result: Status
        var got: String
        var demanded: String
        var compared: String
        var message: String
        var took: String
    }

    struct Run: Sendable {
        var id: String
        var fullID: String
        var href: String
        var isShown: Bool
        var outcome: Status
        var version: String
        var cause: String
        var asked: Moment
        var took: String
    }

    /// The most measures of a case that are named.
    private static let measureLimit = 4

    let caseNote: String
    /// Those that failed first.
    let cases: [Case]
    let hasResults: Bool
    /// Why there are no results.
    let waiting: String
    let runs: [Run]
    let hasRuns: Bool
    let pager: Pager

    init(_ suite: Suite, _ runs: SuiteRunList, _ shown: SuiteRun?, _ request: PageRequest) throws(Elsewhere) {
        let results = shown?.cases ?? []
        hasResults = !results.isEmpty
        let version = shown.map { "\($0.model.name)@\(($0.model.version ?? "").prefix(8))" } ?? ""
        let champion = shown?.champion.map { ", compared with \(($0.version ?? "").prefix(8))" } ?? ""
        caseNote = hasResults ? "on \(version)\(champion)" : Numbers.count(suite.definition.cases.count)
        waiting =
            switch shown?.outcome {
            case .pending: "The run on \(version) waits for its turn."
            case .running: "The run on \(version) started \(shown?.startedAt.map { Moment($0).text } ?? "now")."
            case .error: "The run on \(version) could not be done."
            case .passed, .failed: ""
            case nil: "The suite has never been run."
            }
        cases =
            hasResults
            ? (results.filter { !$0.passed } + results.filter(\.passed)).map(Self.describe)
            : suite.definition.cases.map { each in
                Case(
                    name: each.name,
                    kind: each.kind.words,
                    result: Status(.unknown, "Not run"),
                    got: "",
                    demanded: "",
                    compared: "",
                    message: "",
                    took: Numbers.none
                )
            }
        let offset = request.offset > 0 ? String(request.offset) : ""
        self.runs = runs.runs.map { run in
            let span = run.startedAt.flatMap { start in run.endedAt?.timeIntervalSince(start) }
            let by = run.job.map { "job \($0)" } ?? run.by.map { "by \($0)" } ?? ""
            return Run(
                id: String(run.id.prefix(8)),
                fullID: run.id,
                href: Links.page("suites", suite.name, query: ["run": run.id, "offset": offset]),
                isShown: run.id == shown?.id,
                outcome: Status(Optional(run)),
                version: String((run.model.version ?? "").prefix(8)),
                cause: [run.cause.words, by].filter { !$0.isEmpty }.joined(separator: ", "),
                asked: Moment(run.createdAt),
                took: span.map { Span.long($0) } ?? Numbers.none
            )
        }
        hasRuns = !runs.runs.isEmpty
        pager = try Pager(request, shown: runs.runs.count, total: runs.total)
    }

    private static func describe(_ result: SuiteCaseResult) -> Case {
        let measures = result.measures.prefix(measureLimit)
        let rest = result.measures.count - measures.count
        func list(_ words: (SuiteCaseResult.Measure) -> String?) -> String {
            let found = measures.compactMap(words)
            return found.joined(separator: "; ") + (rest > 0 && !found.isEmpty ? "; \(rest) more" : "")
        }
        return Case(
            name: result.name,
            kind: result.kind.words,
            result: result.passed ? Status(.ok, "Passed") : Status(.bad, "Failed"),
            got: list { measure in
                "\(measure.words)\(measure.on.map { " on \($0)" } ?? "") \(measure.text(measure.value))"
            },
            demanded: list { measure in
                let bounds = [
                    measure.minimum.map { "≥ \(measure.text($0))" },
                    measure.maximum.map { "≤ \(measure.text($0))" },
                ]
                let words = bounds.compactMap(\.self)
                return words.isEmpty ? nil : words.joined(separator: ", ")
            },
            compared: list { measure in
                guard let champion = measure.champion else { return nil }
                let ends = measure.lower.flatMap { lower in
                    measure.upper.map { " (difference \(measure.text(lower)) to \(measure.text($0)))" }
                }
                return "\(measure.text(champion))\(ends ?? "")"
            },
            message: result.message,
            took: Numbers.with("ms", Numbers.measure(result.elapsedMilliseconds))
        )
    }
}
