import Definitions
import Foundation
import NativeAPI
import Words

/// Assays and their windows as tables.
extension Page {
    private static let barWidth = 16

    /// - Parameter last: The window that is shown: the last one that has enough values.
    mutating func add(_ assay: Assay, _ last: AssayResult?) {
        let words = last.map { $0.verdict(until: assay.last) }.map { "\($0.word). \($0.sentence)" }
        verdict(Status(assay), words ?? "No window has ended yet.")
        title("Assay \(assay.name)")
        sentence(assay.summary)
        guard let last else { return }
        title("The window from \(Moment.second(last.start)) to \(Moment.second(last.end)) UTC")
        table(
            ["", "BASELINE", "WINDOW"],
            last.compared.map { [$0.name, $0.baseline, $0.window] },
            numbers: [1, 2]
        )
        if !last.bins.isEmpty { bins(last) }
        list(
            "Values that the baseline does not have",
            last.newCategories.map { "\($0.category): \(Numbers.count($0.count))" }
        )
    }

    private mutating func bins(_ result: AssayResult) {
        let totals = result.bins.reduce((0.0, 0.0)) { ($0.0 + Double($1.baseline), $0.1 + Double($1.window)) }
        let rows = result.bins.map { bin in
            (
                name: bin.name, old: totals.0 > 0 ? Double(bin.baseline) / totals.0 : 0,
                new: totals.1 > 0 ? Double(bin.window) / totals.1 : 0
            )
        }
        let most = rows.reduce(0) { max($0, $1.old, $1.new) }
        func bar(_ share: Double, _ mark: String) -> String {
            let length = most > 0 ? Int(saturating: (share / most * Double(Self.barWidth)).rounded()) : 0
            return String(repeating: mark, count: length)
        }
        // The baseline is the gray of the console, and the window the blue.
        table(
            ["BIN", "BASELINE %", "WINDOW %", "POINTS", "BASELINE ░", "WINDOW █"],
            rows.map { row in
                [
                    Self.cell(row.name), Numbers.fixed(row.old * 100, 1),
                    // A window without values has no shares.
                    totals.1 > 0 ? Numbers.fixed(row.new * 100, 1) : Numbers.none,
                    totals.1 > 0 ? Numbers.points(row.new - row.old) : Numbers.none, bar(row.old, "░"),
                    bar(row.new, "█"),
                ]
            },
            numbers: [1, 2, 3]
        )
    }

    mutating func add(_ results: [AssayResult]) {
        guard !results.isEmpty else { return add("(none)") }
        table(
            ["UNTIL (UTC)", "STATE", "SCORE", Self.noise(results), "VALUES", "MISSING", "MEAN"],
            results.map {
                [
                    // With the zone in the head, the table fits a narrow terminal.
                    Moment.title($0.end).replacing(" UTC", with: ""), Status($0.status).text, Numbers.measure($0.score),
                    Numbers.measure($0.noise ?? $0.pValue), Numbers.count($0.window.count),
                    Numbers.percent($0.window.missingShare), Numbers.measure($0.window.mean),
                ]
            },
            numbers: [2, 3, 4, 5, 6]
        )
    }

    /// What the score is compared with.
    private static func noise(_ results: [AssayResult]) -> String {
        results.contains { $0.noise != nil } ? "NOISE" : "P-VALUE"
    }

    mutating func add(_ preview: AssayPreview) {
        sentence(preview.sentence(), isBold: true)
        add(preview.results)
        guard !preview.alerts.isEmpty else { return }
        add("")
        let times = preview.alerts.map { Moment.title($0) }.joined(separator: ", ")
        sentence("It would have begun to alert at: \(times).")
    }
}

extension Page {
    mutating func add(_ found: AssaySuggestions) {
        sentence(
            "Proposals from the log of \(Moment.second(found.start)) to \(Moment.second(found.end)) UTC",
            isBold: true
        )
        if found.suggestions.isEmpty {
            add("(none)")
        } else {
            table(
                ["NAME", "WINDOWS", "WARNINGS", "ALERTS", "ALARMS"],
                found.suggestions.map {
                    [
                        $0.name, Numbers.count($0.windows), Numbers.count($0.warnings), Numbers.count($0.alerts),
                        Numbers.count($0.alarms),
                    ]
                },
                numbers: [1, 2, 3, 4]
            )
            add("")
            sentence(
                "Tried on windows of \(found.suggestions[0].definition.window.words). ALARMS is how often an assay would have begun to alert."
            )
        }
        list("Not proposed", found.notes)
    }
}
