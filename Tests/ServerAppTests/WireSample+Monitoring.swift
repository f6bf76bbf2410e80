import Definitions
import Foundation
import NativeAPI

/// Labels, reports, quality, and what is asked of them.
extension WireSample {
    static func monitoring() -> [any WireType & Encodable] {
        let report = Report(
            id: id,
            pipeline: "p",
            createdAt: time,
            kind: .experiment,
            start: time,
            end: time,
            entries: 7,
            notes: ["The units are independent."],
            experiment: experiment,
            shadow: shadow
        )
        return [
            AddedLabels(accepted: 1),
            GroundTruthSummary(labels: 3, byID: 2, byKey: 1, oldest: time, newest: time, waitHours: 168),
            LogDeletion(key: "user", value: "7"), DeletedEntries(entries: 2, labels: 1), quality,
            ReportRequest(
                kind: .shadow,
                start: time,
                end: time,
                experiment: id,
                goal: goal,
                guardrails: [GuardrailMetric(metric: goal, limit: 0.5)],
                candidate: ModelReference(name: "m", version: "2"),
                replaces: "m",
                requests: 100
            ),
            report, ReportList(reports: [report.summary]),
            ReportVerification(
                report: id,
                isReproduced: false,
                differences: ["The goal."],
                logAgrees: false,
                logDifferences: ["2 entries are missing."]
            ),
            CounterfactualRequest(
                arm: "b",
                decision: "outputs[0][0] > 0.4",
                metric: goal,
                start: time,
                end: time,
                experiment: id
            ),
            CounterfactualReport(
                pipeline: "p",
                policy: "All units go to b.",
                metric: goal,
                observed: estimate,
                inversePropensity: estimate,
                selfNormalized: estimate,
                effectiveSampleSize: 12.5,
                isUnreliable: true,
                notes: ["Few units."]
            ),
        ]
    }

    private static var experiment: ExperimentReport {
        let arm = ExperimentReport.Arm(
            name: "a",
            model: "m",
            modelVersion: "1",
            share: 0.5,
            requests: 9,
            units: 8,
            outcomes: 7,
            goal: estimate,
            errors: estimate,
            checkFailures: estimate,
            latency: latency,
            labeled: 0.9
        )
        let comparison = ArmComparison(
            challenger: "b",
            champion: "a",
            difference: Estimate(value: -0.5, interval: ValueRange(lower: -1, upper: 1), count: 9),
            sequence: ValueRange(lower: -1, upper: 1),
            sequenceProblem: "The range of the values is unknown.",
            better: evidence,
            worse: evidence,
            evidenceProblem: "The range of the values is unknown.",
            alpha: 0.05,
            series: [
                ArmComparison.Point(
                    time: time,
                    better: 1.5,
                    worse: 0.5,
                    share: 0.25,
                    difference: 0.1,
                    sequence: ValueRange(lower: -0.1, upper: 0.3)
                )
            ],
            fixedSample: ArmComparison.FixedSampleTest(name: "two-proportion z", statistic: -1.5, pValue: 0.13),
            guardrails: [
                ArmComparison.Guardrail(
                    metric: GuardrailMetric(metric: goal, limit: 0.5),
                    champion: estimate,
                    challenger: estimate,
                    evidence: evidence,
                    isBroken: true
                )
            ],
            labeledShareP: 0.5,
            sampleStillNeeded: 100,
            verdict: .notEnoughData,
            reason: "The evidence is too small."
        )
        return ExperimentReport(
            goal: goal,
            isDeclared: true,
            experiment: id,
            startedAt: time,
            alpha: 0.05,
            arms: [arm],
            comparisons: [comparison],
            sampleRatio: SampleRatioCheck(
                evidence: 1.5,
                isAlarm: false,
                chiSquaredP: 0.5,
                expected: [7.5],
                observed: [8]
            ),
            rule: ["A broken guardrail decides first."]
        )
    }

    private static var shadow: ShadowReport {
        ShadowReport(challengers: [
            ShadowComparison(
                name: "b",
                model: "m",
                modelVersion: "2",
                champion: "m",
                championVersion: "1",
                requests: 9,
                rows: 18,
                failures: estimate,
                championFailures: estimate,
                decision: "outputs[0][0] >= 0.5",
                agreement: estimate,
                differences: ShadowComparison.Differences(mean: 0.1, p95: 0.2, largest: 0.3),
                rankCorrelation: -0.5,
                latency: latency,
                championLatency: latency,
                labels: ShadowComparison.LabeledPairs(
                    pairs: 9,
                    championAccuracy: estimate,
                    challengerAccuracy: estimate,
                    onlyChampion: 1,
                    onlyChallenger: 2,
                    exactP: 1,
                    evidence: evidence
                ),
                goal: PairedComparison(
                    goal: goal,
                    isDeclared: true,
                    alpha: 0.05,
                    units: 9,
                    differing: 3,
                    championGoal: estimate,
                    challengerGoal: estimate,
                    difference: estimate,
                    better: evidence,
                    worse: evidence,
                    evidenceProblem: "There is no range."
                ),
                disagreements: [
                    ShadowComparison.Example(id: "1", time: time, row: 0, champion: 0.1, challenger: 0.9)
                ]
            )
        ])
    }

    private static var quality: QualityReport {
        QualityReport(
            pipeline: "p",
            start: time,
            end: time,
            task: .binary,
            prediction: "outputs[0][0]",
            threshold: 0.5,
            counts: QualityReport.Counts(),
            groups: [
                QualityReport.Group(
                    model: "m",
                    modelVersion: "1",
                    variant: "blue",
                    slice: "[18, 30)",
                    period: time,
                    rows: 9,
                    labeledRows: 8,
                    metrics: ["accuracy": 0.5, "r2": -3]
                )
            ],
            labeledShareP: 0.5,
            mistakes: [
                QualityReport.Mistake(
                    id: "1",
                    time: time,
                    row: 0,
                    model: "m",
                    modelVersion: "1",
                    prediction: "1",
                    score: 0.9,
                    label: "0",
                    loss: 0.9
                )
            ],
            notes: ["Few labels."]
        )
    }

    private static let id = "0193a5c0-0000-7000-8000-000000000000"
    private static let estimate = Estimate(value: 0.5, interval: ValueRange(lower: 0.25, upper: 0.75), count: 8)
    private static let evidence = ArmComparison.Evidence(maximum: 2, pValue: 0.5)
    private static let latency = LatencySummary(p50: 1, p95: 2, p99: 3, budget: 5, overBudget: estimate)
    static let goal = GoalMetric(
        metric: "outputs[0][0]",
        better: .lower,
        minimum: 0,
        maximum: 10,
        budgetMilliseconds: 5,
        smallestEffect: 0.1,
        alpha: 0.01
    )
}
