import Definitions
import Foundation
import NativeAPI

/// The windows of an assay, one of which is shown with its bins.
struct AssayWindows: Sendable {
    struct Window: Sendable {
        var title: String
        var machine: String
        var href: String
        var isChosen: Bool
        var level: Status
        var score: String
        var noise: String
        var values: String
    }

    struct Bin: Sendable {
        var name: String
        var baseline: String
        var window: String
        var points: String
        var part: String
        /// Out of 100.
        var width: String
    }

    struct Compared: Sendable {
        var name: String
        var baseline: String
        var window: String
    }

    struct NewCategory: Sendable {
        var name: String
        var count: String
    }

    /// The most bins that can be told apart.
    private static let binLimit = 60

    /// Newest first.
    let windows: [Window]
    let isEmpty: Bool
    let whyEmpty: String
    /// Oldest first.
    let course: [Window]
    let hasCourse: Bool
    let hasNoise: Bool
    let noiseWord: String
    let bounds: String
    let statistic: String
    let courseLabel: String
    let hasBins: Bool
    let bins: [Bin]
    let hasParts: Bool
    let binsNote: String
    let baselineNote: String
    let windowNote: String
    let compared: [Compared]
    let newCategories: [NewCategory]
    let hasNew: Bool

    /// - Parameters:
    ///   - results: The newest first.
    ///   - isChosen: Whether somebody chose the window; otherwise it is the newest.
    init(_ assay: Assay, _ results: [AssayResult], _ chosen: AssayResult?, isChosen: Bool) {
        let definition = assay.definition
        let exact = HeatStrip.needsSeconds(results)
        windows = results.map { Self.window(assay.name, $0, isChosen: isChosen && $0.end == chosen?.end, exact: exact) }
        isEmpty = results.isEmpty
        whyEmpty =
            definition.isPaused
            ? "No window has ended. The assay is paused."
            : "No window has ended yet. The first one ends \(assay.nextEnd.map { Moment($0).text } ?? "soon")."
        course = windows.reversed()
        hasCourse = results.count { $0.score != nil } > 1
        hasNoise = results.contains { $0.noise != nil }
        noiseWord = hasNoise ? "Noise" : "p-value"
        let thresholds = [
            (chosen?.warn ?? definition.warn, "warn ▲ warning"), (chosen?.alert ?? definition.alert, "bad ◆ alert"),
        ]
        bounds = thresholds.compactMap { value, words in
            value.flatMap { $0.isFinite ? "\($0) \(words) \(Numbers.measure($0))" : nil }
        }.joined(separator: "; ")
        statistic = definition.statisticWords
        courseLabel = "\(statistic) of \(definition.metric) by window"
        let shares = Shares(chosen?.bins ?? [])
        hasBins = shares.isDrawn
        let isPSI =
            definition.statistic == nil
            ? statistic == AssayDefinition.Statistic.psi.words : definition.statistic == .psi
        hasParts = isPSI
        let parts = shares.parts
        let most = max(isPSI ? parts.max() ?? 0 : shares.differences.map(\.magnitude).max() ?? 0, 1e-12)
        let shown = (chosen?.bins ?? []).prefix(Self.binLimit).enumerated().map { index, bin in
            let part = isPSI ? parts[index] : shares.differences[index].magnitude
            return Bin(
                name: Self.name(bin),
                baseline: Numbers.fixed(shares.baseline[index] * 100, 1),
                window: Numbers.fixed(shares.window[index] * 100, 1),
                points: Numbers.points(shares.differences[index]),
                part: Numbers.fixed(parts[index], 3),
                width: Numbers.fixed(max(0, part / most) * 97, 1)
            )
        }
        bins = shown
        let hidden = (chosen?.bins.count ?? 0) - shown.count
        binsNote = hidden > 0 ? "\(Numbers.count(hidden)) more bins are in the results of the API." : ""
        baselineNote = "baseline, n \(Numbers.count(chosen?.baseline.count ?? assay.baseline.count))"
        windowNote =
            chosen.map { "window until \(HeatStrip.title($0.end, exact: exact)), n \(Numbers.count($0.window.count))" }
            ?? ""
        compared = chosen.map { Self.compare($0.baseline, $0.window) } ?? []
        newCategories = (chosen?.newCategories ?? []).prefix(20).map {
            NewCategory(name: $0.category, count: Numbers.count($0.count))
        }
        hasNew = !newCategories.isEmpty
    }

    static func link(_ assay: String, _ end: Date) -> String {
        Links.page("drift", assay, query: ["window": NativeCoding.timestamp(end)])
    }

    static func window(_ assay: String, _ result: AssayResult, isChosen: Bool, exact: Bool) -> Window {
        Window(
            title: HeatStrip.title(result.end, exact: exact),
            machine: NativeCoding.timestamp(result.end),
            href: link(assay, result.end),
            isChosen: isChosen,
            level: Status(result.status),
            score: Numbers.measure(result.score),
            noise: Numbers.measure(result.noise ?? result.pValue),
            values: Numbers.count(result.window.count)
        )
    }

    /// up to 1 010; 1 010 – 1 220; over 3 470; or a category.
    private static func name(_ bin: AssayResult.Bin) -> String {
        if let category = bin.category { return category.isEmpty ? "(empty)" : category }
        switch (bin.lower, bin.upper) {
        case (nil, let upper?): return "up to \(Numbers.measure(upper))"
        case (let lower?, nil): return "over \(Numbers.measure(lower))"
        case (let lower?, let upper?): return "\(Numbers.measure(lower)) – \(Numbers.measure(upper))"
        case (nil, nil): return "all others"
        }
    }

    private static func compare(_ baseline: AssayResult.Summary, _ window: AssayResult.Summary) -> [Compared] {
        func row(_ name: String, _ value: (AssayResult.Summary) -> String) -> Compared {
            Compared(name: name, baseline: value(baseline), window: value(window))
        }
        var rows = [row("Values") { Numbers.count($0.count) }, row("Missing") { Numbers.percent($0.missingShare) }]
        guard baseline.mean != nil || window.mean != nil else { return rows }
        rows += [
            row("Median") { Numbers.measure($0.median) }, row("Mean") { Numbers.measure($0.mean) },
            row("Standard deviation") { Numbers.measure($0.deviation) },
            row("Smallest") { Numbers.measure($0.minimum) },
            row("Largest") { Numbers.measure($0.maximum) },
        ]
        return rows
    }
}

/// The shares of a baseline and a window in bins.
private struct Shares {
    /// What an empty bin counts as, as in the score.
    private static let least = 1e-4

    let baseline: [Double]
    let window: [Double]

    init(_ bins: [AssayResult.Bin]) {
        let totals = bins.reduce((0.0, 0.0)) { ($0.0 + Double($1.baseline), $0.1 + Double($1.window)) }
        baseline = bins.map { totals.0 > 0 ? Double($0.baseline) / totals.0 : 0 }
        window = bins.map { totals.1 > 0 ? Double($0.window) / totals.1 : 0 }
    }

    /// Whether there is something to draw.
    var isDrawn: Bool { baseline.contains { $0 > 0 } || window.contains { $0 > 0 } }

    var differences: [Double] { zip(baseline, window).map { $1 - $0 } }

    /// What each bin adds to the population stability index: (w − b) · ln(w / b).
    var parts: [Double] {
        zip(baseline, window).map { baseline, window in
            let (b, w) = (max(baseline, Self.least), max(window, Self.least))
            return (w - b) * log(w / b)
        }
    }
}
