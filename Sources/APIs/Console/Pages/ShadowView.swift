import Definitions
import Encodings
import Foundation
import NativeAPI
import Words

/// A challenger of a shadow deploy beside its champion, as its template needs it.
struct ShadowView: Sendable {
    struct Bin: Sendable {
        var text: String
        var low: String
        var high: String
        var lowText: String
        var highText: String
        var count: String
        var countText: String
    }

    struct Pair: Sendable {
        var name: String
        var value: String
    }

    struct Example: Sendable {
        /// The request in short.
        var input: String
        var theirs: String
        var mine: String
        var difference: String
        var low: String
        var high: String
        var moment: Moment
        /// The entry of the log; empty if it no longer holds it.
        var href: String
        /// Empty if there is none.
        var label: String
        /// Where it is labeled; empty if it has a label, or cannot get one.
        var labelHref: String

        /// - Parameter labels: `nil` if they could not be read.
        init(
            _ example: ShadowComparison.Example,
            _ logged: LoggedRequest?,
            _ labels: LabelsOfEntries?,
            in pipeline: String
        ) {
            input = logged.map { $0.brief(row: example.row) } ?? "The log no longer holds \(example.id.prefix(40))."
            let entry = Links.page("pipelines", pipeline, "log", query: ["open": example.id])
            href = logged == nil ? "" : entry + "#opened"
            // A label without a row is that of all rows.
            let known = logged.flatMap { logged in
                labels?.labels(of: logged.record).last { $0.row == nil || $0.row == example.row }
            }
            label = known.map { Values.text($0.label, limit: 24) } ?? ""
            labelHref = known == nil && logged != nil && labels != nil ? entry + "#label" : ""
            theirs = Numbers.measure(example.champion)
            mine = Numbers.measure(example.challenger)
            difference = Numbers.signed(example.challenger - example.champion)
            low = Numbers.exact(example.champion)
            high = Numbers.exact(example.challenger)
            moment = Moment(example.time)
        }
    }

    struct Choice: Sendable {
        var name: String
        var href: String
        var isCurrent: Bool
    }

    let isEmpty: Bool
    let reportHref: String
    let pipelineHref: String
    let choices: [Choice]
    let hasChoices: Bool
    let facts: [Fact]
    let bins: [Bin]
    let hasBins: Bool
    let binNote: String
    let decision: String
    let labels: [Pair]
    let goal: [Pair]
    let examples: [Example]
    let hasExamples: Bool
    let exampleNote: String
    let least: String
    let most: String
    let scale: String
    let notes: [String]
    let reports: [ExperimentView.ReportRow]
    let hasReports: Bool

    /// A page without a report.
    init(_ pipeline: String, reportHref: String) {
        isEmpty = true
        self.reportHref = reportHref
        pipelineHref = Links.page("pipelines", pipeline)
        (choices, facts, bins, labels, goal, examples, notes, reports) = ([], [], [], [], [], [], [], [])
        (hasChoices, hasBins, hasExamples, hasReports) = (false, false, false, false)
        (binNote, decision, exampleNote, least, most, scale) = ("", "", "", "", "", "")
    }

    init(
        _ report: Report,
        _ pair: ShadowComparison,
        _ histogram: ReportDifferences.Challenger?,
        _ examples: [Example],
        _ kept: [ReportSummary],
        _ pipeline: Pipeline
    ) {
        isEmpty = false
        reportHref = ""
        pipelineHref = Links.page("pipelines", pipeline.name)
        let all = report.shadow?.challengers ?? []
        choices = all.map { other in
            Choice(
                name: other.name,
                href: Links.page(
                    "pipelines",
                    pipeline.name,
                    "shadow",
                    query: ["report": report.id, "challenger": other.name]
                ),
                isCurrent: other.name == pair.name
            )
        }
        hasChoices = all.count > 1
        facts = Self.facts(pair)
        bins = Self.bins(histogram)
        hasBins = histogram.map { $0.rows > 0 } ?? false
        binNote = histogram.map { "\(Numbers.count($0.rows, "row")), count on a log scale" } ?? ""
        decision = pair.decision ?? ""
        labels = Self.labels(pair)
        goal = Self.goal(pair)
        let values = pair.disagreements.flatMap { [$0.champion, $0.challenger] }.filter(\.isFinite)
        let (low, high) = (values.min() ?? 0, values.max() ?? 1)
        let room = max((high - low) * 0.05, 1e-9)
        (least, most) = (Numbers.exact(low - room), Numbers.exact(high + room))
        scale = values.isEmpty ? "" : "\(Numbers.measure(low)) to \(Numbers.measure(high))"
        self.examples = examples
        hasExamples = !examples.isEmpty
        exampleNote =
            examples.count == 1
            ? "the largest difference" : "the \(examples.count) largest differences, different decisions first"
        notes = report.notes
        let page = Links.page("pipelines", pipeline.name, "shadow")
        reports = kept.prefix(20).map { summary in
            ExperimentView.ReportRow(
                id: String(summary.id.prefix(8)),
                href: page + "?report=" + ConsoleAPI.escaped(summary.id),
                made: Moment(summary.createdAt),
                words: "\(Moment.minute(summary.start)) to \(Moment.minute(summary.end)) UTC",
                isShown: summary.id == report.id
            )
        }
        hasReports = kept.count > 1
    }

    private static func facts(_ pair: ShadowComparison) -> [Fact] {
        func latency(_ summary: LatencySummary?) -> String { Numbers.with("ms", Numbers.measure(summary?.p99)) }
        let agreement = pair.agreement
        return [
            Fact(
                "Same decision",
                Numbers.percent(agreement?.value),
                agreement.map { "of \(Numbers.count($0.count, "row"))" } ?? "the outputs decide nothing"
            ),
            Fact("Mean |difference|", Numbers.measure(pair.differences?.mean), "\(Numbers.count(pair.rows, "row"))"),
            Fact(
                "p95 of |difference|",
                Numbers.measure(pair.differences?.p95),
                "largest \(Numbers.measure(pair.differences?.largest))"
            ),
            Fact("Rank correlation", Numbers.measure(pair.rankCorrelation), "Spearman"),
            Fact("Challenger p99", latency(pair.latency), "champion \(latency(pair.championLatency))"),
            Fact(
                "Challenger failed",
                Numbers.percent(pair.failures?.value),
                "of \(Numbers.count(pair.requests, "request"))"
            ),
        ]
    }

    private static func bins(_ histogram: ReportDifferences.Challenger?) -> [Bin] {
        guard let histogram, !histogram.counts.isEmpty else { return [] }
        let width = (histogram.upper - histogram.lower) / Double(histogram.counts.count)
        return histogram.counts.enumerated().map { index, count in
            let low = histogram.lower + width * Double(index)
            let high = histogram.lower + width * Double(index + 1)
            return Bin(
                text: "\(Numbers.signed(low)) to \(Numbers.signed(high))",
                low: Numbers.exact(low),
                high: Numbers.exact(high),
                lowText: Numbers.signed(low),
                highText: Numbers.signed(high),
                count: String(count),
                countText: Numbers.count(count)
            )
        }
    }

    private static func labels(_ pair: ShadowComparison) -> [Pair] {
        guard let labels = pair.labels else { return [] }
        return [
            Pair(name: "Labeled rows", value: Numbers.count(labels.pairs)),
            Pair(name: "Only the challenger right", value: Numbers.count(labels.onlyChallenger)),
            Pair(name: "Only the champion right", value: Numbers.count(labels.onlyChampion)),
            Pair(name: "Challenger right", value: Numbers.percent(labels.challengerAccuracy?.value)),
            Pair(name: "Champion right", value: Numbers.percent(labels.championAccuracy?.value)),
            Pair(name: "McNemar, exact", value: "p " + Numbers.probability(labels.exactP)),
            Pair(name: "Evidence E, valid at any time", value: Numbers.evidence(labels.evidence?.maximum) + " of 20"),
        ]
    }

    private static func goal(_ pair: ShadowComparison) -> [Pair] {
        guard let goal = pair.goal else { return [] }
        let metric = MetricWords(goal.goal)
        let bound = goal.alpha > 0 ? Numbers.bound(1 / goal.alpha) : Numbers.none
        let rows = [
            Pair(name: "Goal", value: metric.name),
            Pair(name: "Units", value: "\(Numbers.count(goal.units)), \(Numbers.count(goal.differing)) differ"),
            Pair(name: "Challenger", value: metric.value(goal.challengerGoal?.value)),
            Pair(name: "Champion", value: metric.value(goal.championGoal?.value)),
            Pair(name: "Difference", value: metric.difference(goal.difference)),
        ]
        if let problem = goal.evidenceProblem { return rows + [Pair(name: "Evidence E", value: problem)] }
        return rows + [
            Pair(name: "Evidence E for better", value: Numbers.evidence(goal.better?.maximum) + " of \(bound)"),
            Pair(name: "Evidence E for worse", value: Numbers.evidence(goal.worse?.maximum) + " of \(bound)"),
        ]
    }
}

/// A request in the log, by the entry of the model that answered.
struct LoggedRequest: Sendable {
    let record: LogRecord
    let inputs: DocumentValue?

    func isRequest(of example: ShadowComparison.Example) -> Bool {
        // The log knows milliseconds.
        record.id == example.id && (record.time.timeIntervalSince(example.time)).magnitude < 0.001
    }

    /// The inputs of a row, at most a few hundred characters.
    func brief(row: Int) -> String {
        guard case .object(let inputs) = inputs else { return "" }
        let texts = inputs.sorted { $0.key < $1.key }.map { name, value in
            let text = Self.text(Self.row(row, of: value))
            return inputs.count == 1 ? text : "\(name): \(text)"
        }
        let all = texts.joined(separator: "; ")
        return all.count > 280 ? all.prefix(280) + "…" : all
    }

    private static func row(_ row: Int, of value: DocumentValue) -> DocumentValue {
        guard case .list(let rows) = value else { return value }
        return rows.indices.contains(row) ? rows[row] : rows.first ?? .null
    }

    /// The values in order, without brackets.
    private static func text(_ value: DocumentValue) -> String {
        switch value {
        case .string(let text): text
        case .integer(let integer): Numbers.measure(Double(integer))
        case .unsigned(let integer): Numbers.measure(Double(integer))
        case .number(let number): Numbers.measure(number)
        case .boolean(let truth): truth ? "true" : "false"
        case .list(let list): list.prefix(64).map(text).joined(separator: ", ")
        case .null, .object: Numbers.none
        }
    }
}
