import Definitions
import Foundation
import NativeAPI
import Words

/// The windows of an assay, one of which is shown with its bins.
struct AssayWindows: Sendable {
    struct Window: Sendable {
        var title: String
        var machine: String
        var href: String
        var isChosen: Bool
        /// That leads there from the window that is shown.
        var key: String = ""
        var level: Status
        /// The end of the last window, if several in a row have too few values.
        var last: String
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
    /// Whether the bins are categories, and not ranges of numbers.
    let hasCategories: Bool
    let hasParts: Bool
    let binsNote: String
    let baselineNote: String
    let windowNote: String
    let compared: [Compared]
    let newCategories: [NewCategory]
    let hasNew: Bool

    /// - Parameters:
    ///   - results: The newest first.
    ///   - measured: The newest that have enough values, the newest first.
    ///   - isChosen: Whether somebody chose the window; otherwise it is the newest.
    init(_ assay: Assay, _ results: [AssayResult], _ measured: [AssayResult], _ chosen: AssayResult?, isChosen: Bool) {
        let definition = assay.definition
        let exact = HeatStrip.needsSeconds(results.map(\.end))
        let older = measured.filter { result in results.last.map { result.end < $0.end } ?? false }
        var windows = Self.runs(results + older, chosen: isChosen ? chosen?.end : nil).map { run in
            var window = Self.window(assay.name, run[0], isChosen: isChosen && run[0].end == chosen?.end, exact: exact)
            if run.count > 1, let first = run.last {
                window.last = "\(Numbers.count(run.count)) windows since \(Moment.title(first.end, exact: exact))"
                let most = run.map(\.window.count).max() ?? 0
                window.values = most > 0 ? "at most \(Numbers.count(most))" : "0"
            }
            return window
        }
        // Without a choice, the newest window is shown.
        if let place = isChosen ? windows.firstIndex(where: \.isChosen) : 0 {
            if windows.indices.contains(place - 1) { windows[place - 1].key = "]" }
            if windows.indices.contains(place + 1) { windows[place + 1].key = "[" }
        }
        self.windows = windows
        isEmpty = results.isEmpty
        whyEmpty =
            definition.isPaused
            ? "No window has ended. The assay is paused."
            : "No window has ended yet. The first one ends \(assay.nextEnd.map { Moment($0).text } ?? "soon")."
        let drawn = measured.count > 1 && (results.last.map { measured[1].end < $0.end } ?? false) ? measured : results
        course = drawn.reversed().map { Self.window(assay.name, $0, isChosen: false, exact: exact) }
        hasCourse = drawn.count { $0.score != nil } > 1
        hasNoise = drawn.contains { $0.noise != nil }
        noiseWord = hasNoise ? "Noise" : "p-value"
        let thresholds = [
            (chosen?.warn ?? definition.warn, "warn ▲ warning"), (chosen?.alert ?? definition.alert, "bad ◆ alert"),
        ]
        bounds = thresholds.compactMap { value, words in
            value.flatMap { $0.isFinite ? "\($0) \(words) \(Numbers.chosen($0))" : nil }
        }.joined(separator: "; ")
        statistic = definition.statisticWords
        courseLabel = "\(statistic) of \(definition.metric) by window"
        let shares = Shares(chosen?.bins ?? [])
        hasBins = shares.isDrawn
        let isPSI =
            definition.statistic == nil
            ? statistic == AssayDefinition.Statistic.psi.words : definition.statistic == .psi
        hasParts = isPSI
        // A window without values has no shares, and one with too few no score.
        let hasValues = shares.hasWindow
        let hasScore = hasValues && chosen?.score != nil
        let (parts, differences) = (shares.parts, shares.differences)
        let most = max(isPSI ? parts.max() ?? 0 : differences.map(\.magnitude).max() ?? 0, 1e-12)
        let shown = (chosen?.bins ?? []).prefix(Self.binLimit).enumerated().map { index, bin in
            let part = isPSI ? parts[index] : differences[index].magnitude
            return Bin(
                name: bin.name,
                baseline: Numbers.fixed(shares.baseline[index] * 100, 1),
                window: hasValues ? Numbers.fixed(shares.window[index] * 100, 1) : Numbers.none,
                points: hasValues ? Numbers.points(differences[index]) : Numbers.none,
                part: hasScore ? Numbers.fixed(parts[index], 3) : Numbers.none,
                width: hasScore ? Numbers.fixed(max(0, part / most) * 97, 1) : "0"
            )
        }
        bins = shown
        hasCategories = chosen?.bins.contains { $0.category != nil } ?? false
        let hidden = (chosen?.bins.count ?? 0) - shown.count
        binsNote = hidden > 0 ? "\(Numbers.count(hidden)) more bins are in the results of the API." : ""
        baselineNote = "baseline, n \(Numbers.count(chosen?.baseline.count ?? assay.baseline.count))"
        windowNote =
            chosen.map { "window until \(Moment.title($0.end, exact: exact)), n \(Numbers.count($0.window.count))" }
            ?? ""
        compared =
            chosen.map { $0.compared.map { Compared(name: $0.name, baseline: $0.baseline, window: $0.window) } } ?? []
        newCategories = (chosen?.newCategories ?? []).prefix(20).map {
            NewCategory(name: $0.category, count: Numbers.count($0.count))
        }
        hasNew = !newCategories.isEmpty
    }

    /// Windows in a row that have too few values are one row, so that they do not hide the others.
    private static func runs(_ results: [AssayResult], chosen: Date?) -> [[AssayResult]] {
        var runs: [[AssayResult]] = []
        for result in results {
            let isEmpty = result.status == .notEnoughData && result.end != chosen
            if isEmpty, let last = runs.last?.last, last.status == .notEnoughData, last.end != chosen {
                runs[runs.count - 1].append(result)
            } else {
                runs.append([result])
            }
        }
        return runs
    }

    static func link(_ assay: String, _ end: Date) -> String {
        Links.page("drift", assay, query: ["window": NativeCoding.timestamp(end)])
    }

    static func window(_ assay: String, _ result: AssayResult, isChosen: Bool, exact: Bool) -> Window {
        Window(
            title: Moment.title(result.end, exact: exact),
            machine: NativeCoding.timestamp(result.end),
            href: link(assay, result.end),
            isChosen: isChosen,
            level: Status(result.status),
            last: "",
            score: Numbers.measure(result.score),
            noise: Numbers.measure(result.noise ?? result.pValue),
            values: Numbers.count(result.window.count)
        )
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

    /// Whether the window has values: without any, no share is known.
    var hasWindow: Bool { window.contains { $0 > 0 } }

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
