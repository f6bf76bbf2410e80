import Definitions
import Foundation
import NativeAPI
import Words

/// Assays by rows and their windows by columns, the newest at the right.
struct HeatStrip: Sendable {
    struct Column: Sendable {
        /// Empty where a label would not fit.
        var label: String
        var title: String
    }

    struct Cell: Sendable {
        var kind: String
        var href: String
        var label: String
        var mark: Status?
        var isWindow: Bool
    }

    struct Row: Sendable {
        var name: String
        var href: String
        var pipeline: String
        var pipelineHref: String
        var statistic: String
        var cells: [Cell]
        var level: Status
        var score: String
    }

    /// The most windows of an assay.
    static let windowLimit = 28
    /// The most assays of a page, because each has a row of linked windows.
    static let rowLimit = 25

    let columns: [Column]
    let rows: [Row]

    /// - Parameters:
    ///   - windows: Of each assay the newest ones, the newest first.
    ///   - scores: Of each assay the score of the newest window that has enough values.
    init(_ assays: [Assay], _ windows: [[AssayWindow]], _ scores: [Double?]) {
        let width = min(Self.windowLimit, windows.map(\.count).max() ?? 0)
        let columns = Self.columns(windows, width)
        self.columns = columns
        rows = zip(zip(assays, windows), scores).map { pair, score in
            let (assay, windows) = pair
            let newest = windows.prefix(width)
            let missing = Array(
                repeating: Cell(kind: "", href: "", label: "", mark: nil, isWindow: false),
                count: width - newest.count
            )
            return Row(
                name: assay.name,
                href: Links.page("drift", assay.name),
                pipeline: assay.definition.pipeline,
                pipelineHref: Links.page("pipelines", assay.definition.pipeline),
                statistic: assay.definition.statisticWords,
                cells: missing + newest.reversed().map { Self.cell(assay.name, $0) },
                level: Status(assay),
                score: Numbers.measure(score)
            )
        }
    }

    /// Columns have dates only if the windows of all assays end at the same times.
    private static func columns(_ windows: [[AssayWindow]], _ width: Int) -> [Column] {
        let ends = windows.map { $0.prefix(width).map(\.end) }
        guard let first = ends.first(where: { $0.count == width }),
            ends.allSatisfy({ zip($0, first).allSatisfy { $0 == $1 } })
        else { return Array(repeating: Column(label: "", title: ""), count: width) }
        let exact = needsSeconds(windows.flatMap { $0 }.map(\.end))
        let titles = first.reversed().map { Moment.title($0, exact: exact) }
        // The last one has room only if the one before it is some columns away.
        let places = titles.indices.filter { $0 == width - 1 || $0 % 7 == 0 && width - 1 - $0 > 2 }
        let labels = Dictionary(uniqueKeysWithValues: zip(places, labels(titles, at: places)))
        return titles.enumerated().map { Column(label: labels[$0] ?? "", title: $1) }
    }

    /// Dates, or times if several columns are of one day.
    ///
    /// - Parameter places: The columns that get a label.
    private static func labels(_ titles: [String], at places: [Int]) -> [String] {
        let days = titles.map { String($0.prefix(10).suffix(5)) }
        let dayCount = Set(days).count
        guard dayCount < days.count else { return places.map { days[$0] } }
        return places.enumerated().map { index, place in
            let time = String(titles[place].dropFirst(11).prefix { $0 != " " })
            let isNew = index == 0 || days[place] != days[places[index - 1]]
            // A day and a time need six columns.
            let hasRoom = index + 1 < places.count && places[index + 1] - place >= 6
            if isNew && hasRoom { return "\(days[place]) \(time)" }
            return isNew && dayCount > 1 ? days[place] : time
        }
    }

    private static func cell(_ assay: String, _ window: AssayWindow) -> Cell {
        let kind: String
        var mark: Status?
        switch window.status {
        case .alert: (kind, mark) = ("x", Status(.bad, "alert"))
        case .warning: (kind, mark) = ("w", Status(.warn, "warning"))
        case .notEnoughData: kind = "none"
        case .ok:
            let bound = window.warn ?? window.alert ?? 0
            let share = bound > 0 ? (window.score ?? 0) / bound : 0
            kind = share < 0.3 ? "" : share < 0.6 ? "d2" : share < 0.9 ? "d3" : "d4"
        }
        let words = Status(window.status).word.lowercased()
        return Cell(
            kind: kind,
            href: AssayWindows.link(assay, window.end),
            label: "\(assay), \(Moment.title(window.end)): \(words)"
                + (window.score.map { ", \(Numbers.measure($0))" } ?? ""),
            mark: mark,
            isWindow: true
        )
    }

    /// Whether one of some windows ends within a minute, so that the times of all of them need seconds.
    static func needsSeconds(_ ends: [Date]) -> Bool {
        ends.contains { !Moment.title($0, exact: true).hasSuffix(":00 UTC") }
    }
}
