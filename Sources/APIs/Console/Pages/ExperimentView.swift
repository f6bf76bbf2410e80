import Definitions
import Foundation
import NativeAPI
import Words

/// A report on an experiment, as its template needs it.
struct ExperimentView: Sendable {
    struct ArmRow: Sendable {
        var name: String
        var href: String
        var version: String
        var role: String
        var kind: String
        var share: String
        var units: String
        var outcomes: String
        var goal: String
        var low: String
        var mid: String
        var high: String
        var interval: String
        var hasInterval: Bool
        var failed: String
        var tail: String
        var checks: String
        var labeled: String
    }

    struct RuleRow: Sendable {
        var word: String
        var text: String
        var isHere: Bool
        var decided: String
    }

    struct ReportRow: Sendable {
        var id: String
        var href: String
        var made: Moment
        var words: String
        var isShown: Bool
    }

    let isEmpty: Bool
    /// Where a report is made; empty if there is nothing to report on.
    let reportHref: String
    let pipelineHref: String
    let comparisons: [ComparisonView]
    let isOne: Bool
    let rows: [ArmRow]
    let hasRows: Bool
    /// The ends of the scale of the whiskers.
    let least: String
    let most: String
    let scale: String
    let shareName: String
    let goalName: String
    let confidence: String
    let unit: String
    let counted: String
    let rule: [RuleRow]
    let ruleNote: String
    let notes: [String]
    let reports: [ReportRow]
    let hasReports: Bool
    /// How the requests are split.
    let split: String
    /// The comparison that the page is about.
    let main: ComparisonView?

    /// A page without a report.
    init(_ pipeline: String, reportHref: String) {
        isEmpty = true
        self.reportHref = reportHref
        pipelineHref = Links.page("pipelines", pipeline)
        (comparisons, isOne, rows, hasRows, rule, notes, reports, hasReports) = ([], true, [], false, [], [], [], false)
        (least, most, scale, goalName, confidence, unit, counted, ruleNote) = ("", "", "", "", "", "", "", "")
        shareName = ""
        (split, main) = ("", nil)
    }

    init(
        _ report: Report,
        _ found: ExperimentReport,
        _ pipeline: Pipeline,
        _ version: PipelineVersion,
        _ kept: [ReportSummary],
        gate: [String: GateVerdict]?,
        canPromote: Bool
    ) {
        isEmpty = false
        reportHref = ""
        pipelineHref = Links.page("pipelines", report.pipeline)
        let metric = MetricWords(found.goal)
        let isOne = found.comparisons.count == 1
        self.isOne = isOne
        let views = found.comparisons.map { comparison in
            ComparisonView(
                comparison,
                report,
                found,
                metric,
                isOne: isOne,
                gate: gate.map { $0[comparison.challenger] },
                canPromote: canPromote
            )
        }
        comparisons = views
        main = views.first { $0.challenger == found.decisive?.challenger }
        let isCurrent = found.experiment == version.experiment?.id
        let hashKey = isCurrent ? version.hashKey : nil
        split = hashKey.map { "Split by \($0)" } ?? "Split"
        unit = hashKey.map { "one unit = one \($0)" } ?? "a unit is what stays with one model"
        counted = "\(Numbers.count(report.entries, "inference"))"
        goalName = metric.isRate ? "Rate" : "Mean"
        confidence = Numbers.share(1 - found.alpha)
        // The scale holds all intervals.
        let estimates = found.arms.compactMap(\.goal)
        let ends = estimates.flatMap { [$0.interval?.lower ?? $0.value, $0.interval?.upper ?? $0.value] }.filter(
            \.isFinite
        )
        let (low, high) = (ends.min() ?? 0, ends.max() ?? 1)
        let room = max((high - low) * 0.1, high.magnitude * 1e-6, 1e-9)
        (least, most) = (Numbers.exact(low - room), Numbers.exact(high + room))
        scale = ends.isEmpty ? "" : "\(metric.value(low)) to \(metric.value(high))"
        let shares = isCurrent ? version.shares : [:]
        shareName = shares.isEmpty ? "Share" : "Share now"
        rows = found.arms.enumerated().map { index, arm in
            let share = shares[arm.name] ?? arm.share
            return Self.row(arm, share, metric, PipelineSteps.query(pipeline), isChampion: index == 0)
        }
        hasRows = !found.arms.isEmpty
        rule = Self.rule(found)
        ruleNote = "in this order; α \(Numbers.chosen(found.alpha)) for the goal"
        notes = report.notes
        let experiment = Links.page("pipelines", report.pipeline, "experiment")
        reports = kept.prefix(20).map { summary in
            let verdicts = (summary.verdicts ?? [:]).sorted { $0.key < $1.key }
            return ReportRow(
                id: String(summary.id.prefix(8)),
                href: experiment + "?report=" + ConsoleAPI.escaped(summary.id),
                made: Moment(summary.createdAt),
                words: verdicts.map { "\($0.key): \(Status($0.value).word.lowercased())" }.joined(separator: ", "),
                isShown: summary.id == report.id
            )
        }
        hasReports = kept.count > 1
    }

    /// - Parameter workspace: The query that names the workspace of the models.
    private static func row(
        _ arm: ExperimentReport.Arm,
        _ share: Double?,
        _ metric: MetricWords,
        _ workspace: [String: String],
        isChampion: Bool
    ) -> ArmRow {
        let interval = arm.goal?.interval
        return ArmRow(
            name: arm.name,
            href: Links.page("models", arm.model, query: workspace),
            version: String(arm.modelVersion.prefix(8)),
            role: isChampion ? "champion" : "challenger",
            kind: isChampion ? "base" : "new",
            share: Numbers.share(share),
            units: Numbers.count(arm.units),
            outcomes: Numbers.count(arm.outcomes),
            goal: metric.value(arm.goal?.value),
            low: Numbers.exact(interval?.lower),
            mid: Numbers.exact(arm.goal?.value),
            high: Numbers.exact(interval?.upper),
            interval: interval.map { "\(metric.value($0.lower)) – \(metric.value($0.upper))" } ?? Numbers.none,
            hasInterval: interval != nil,
            failed: Numbers.percent(arm.errors?.value),
            tail: Numbers.measure(arm.latency?.p95),
            checks: Numbers.percent(arm.checkFailures?.value),
            labeled: Numbers.percent(arm.labeled)
        )
    }

    /// The order in which the verdict is found, with the step that decided.
    private static func rule(_ found: ExperimentReport) -> [RuleRow] {
        var deciders: [Int: [String]] = [:]
        for comparison in found.comparisons {
            let step =
                switch comparison.verdict {
                case .invalid: 0
                case .worse: comparison.guardrails.contains(where: \.isBroken) ? 1 : 2
                case .better: 2
                case .noDifference: 3
                case .notEnoughData: 4
                }
            deciders[step, default: []].append(comparison.challenger)
        }
        let isOne = found.comparisons.count == 1
        return found.rule.enumerated().map { index, text in
            let parts = text.replacing("1/alpha", with: "1/α").split(separator: ":", maxSplits: 1).map(String.init)
            let here = deciders[index]
            return RuleRow(
                word: parts.first ?? "",
                text: parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "",
                isHere: here != nil,
                decided: isOne ? "decided here" : (here ?? []).joined(separator: ", ")
            )
        }
    }
}
