import Definitions
import Foundation
import NativeAPI

/// Assays and their windows as tables.
extension Page {
    static func score(_ score: Double) -> String { Figures.short(score) }

    mutating func add(_ assay: Assay) {
        let definition = assay.definition
        sentence("Assay \(assay.name): \(assay.state)", isBold: true)
        if let last = assay.last { sentence("Last window: \(last.status.words). \(last.reason)") }
        add("")
        var facts = [
            ("pipeline", definition.pipeline), ("metric", definition.metric),
            ("windows", "\(definition.window), \(definition.schedule)"),
            ("baseline", "\(Figures.count(assay.baseline.count)) values"),
        ]
        if let statistic = definition.statistic { facts.insert(("statistic", statistic.rawValue), at: 2) }
        if let end = assay.nextEnd { facts.append(("next", "the window that ends at \(Output.time(end))")) }
        self.facts(facts.map { (name: $0.0, value: $0.1) })
        guard let last = assay.last else { return }
        title("The window from \(Output.time(last.start)) to \(Output.time(last.end))")
        compare(assay.baseline, last.window)
        if !last.bins.isEmpty { bins(last) }
        if !last.newCategories.isEmpty {
            list(
                "New categories",
                last.newCategories.map { "\($0.category): \(Figures.count($0.count))" }
            )
        }
    }

    private mutating func compare(_ baseline: AssayResult.Summary, _ window: AssayResult.Summary) {
        func row(_ name: String, _ value: (AssayResult.Summary) -> Double?) -> [String] {
            [name, value(baseline).map(Figures.short) ?? "-", value(window).map(Figures.short) ?? "-"]
        }
        table(
            ["", "BASELINE", "WINDOW"],
            [
                ["values", Figures.count(baseline.count), Figures.count(window.count)],
                ["missing", Figures.count(baseline.missing), Figures.count(window.missing)],
                row("minimum") { $0.minimum }, row("median") { $0.median }, row("mean") { $0.mean },
                row("maximum") { $0.maximum }, row("deviation") { $0.deviation },
            ],
            numbers: [1, 2]
        )
    }

    private mutating func bins(_ result: AssayResult) {
        let totals = result.bins.reduce((0, 0)) { ($0.0 + $1.baseline, $0.1 + $1.window) }
        func share(_ count: Int, _ total: Int) -> Double { total > 0 ? Double(count) / Double(total) : 0 }
        table(
            ["BIN", "BASELINE", "WINDOW", ""],
            result.bins.map { bin in
                let (old, new) = (share(bin.baseline, totals.0), share(bin.window, totals.1))
                return [
                    bin.name(isCategorical: result.isCategorical), Self.percent(old), Self.percent(new), Self.bar(new),
                ]
            },
            numbers: [1, 2]
        )
    }

    private static func bar(_ share: Double) -> String {
        String(repeating: "#", count: min(20, max(0, Int(exactly: (share * 20).rounded()) ?? 0)))
    }

    mutating func add(_ results: [AssayResult]) {
        guard !results.isEmpty else { return add("(none)") }
        table(
            ["WINDOW END", "STATUS", "SCORE", "VALUES", "MISSING", "MEAN"],
            results.map {
                [
                    Output.time($0.end), $0.status.words, $0.score.map(Self.score) ?? "-",
                    Figures.count($0.window.count), Figures.count($0.window.missing),
                    $0.window.mean.map(Figures.short) ?? "-",
                ]
            },
            numbers: [2, 3, 4, 5]
        )
    }

    mutating func add(_ preview: AssayPreview) {
        let end = preview.results.isEmpty ? "no window." : "\(Output.count(preview.results.count, "window"))."
        sentence(
            "The baseline has \(Figures.count(preview.baseline.count)) values, and the preview \(end)",
            isBold: true
        )
        add(preview.results)
        add("")
        guard !preview.alerts.isEmpty else { return sentence("The assay would not have alerted.") }
        sentence("The assay would have alerted at: \(preview.alerts.map(Output.time).joined(separator: ", ")).")
    }
}

extension Page {
    mutating func add(_ found: AssaySuggestions) {
        sentence(
            "Proposals from the log of \(Output.time(found.start)) to \(Output.time(found.end))",
            isBold: true
        )
        if found.suggestions.isEmpty {
            add("(none)")
        } else {
            table(
                ["NAME", "WINDOWS", "WARNINGS", "ALERTS", "ALARMS"],
                found.suggestions.map {
                    [
                        $0.name, Figures.count($0.windows), Figures.count($0.warnings), Figures.count($0.alerts),
                        Figures.count($0.alarms),
                    ]
                },
                numbers: [1, 2, 3, 4]
            )
            add("")
            sentence(
                "Tried on windows of \(found.suggestions[0].definition.window). ALARMS is how often an assay would have begun to alert."
            )
        }
        list("Not proposed", found.notes)
    }
}

extension Assay {
    /// Its level, or that it is paused.
    var state: String { definition.isPaused ? "paused" : last == nil ? "waiting" : level.words }
}

extension AssayResult {
    var isCategorical: Bool { bins.contains { $0.category != nil } }
}

extension AssayResult.Status {
    var words: String { rawValue.replacing("_", with: " ") }
}

extension AssayResult.Bin {
    fileprivate func name(isCategorical: Bool) -> String {
        if isCategorical { return category ?? "(others)" }
        guard let lower else { return upper.map { "up to \(Figures.short($0))" } ?? "all" }
        return upper.map { "\(Figures.short(lower)) to \(Figures.short($0))" } ?? "above \(Figures.short(lower))"
    }
}

extension AssayDefinition {
    fileprivate var schedule: String {
        if let cron { return "at '\(cron)'" }
        return "every \(every ?? window)"
    }
}
