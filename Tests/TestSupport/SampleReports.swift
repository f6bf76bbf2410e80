package import Definitions
package import Foundation

/// Reports with fixed values.
package enum SampleReports {
    package static let start = Date(timeIntervalSince1970: 1_795_000_000)
    package static let end = start + 7 * 86_400
    package static let id = "0193a5c0-0000-7000-8000-000000000001"

    private static let champion = "5f0c1a2b-0000-4000-8000-000000000000"
    private static let challenger = "8d9e7f6a-0000-4000-8000-000000000000"

    package static func report(
        experiment: ExperimentReport? = nil,
        shadow: ShadowReport? = nil,
        pipeline: String = "churn",
        kind: ReportRequest.Kind? = nil
    ) -> Report {
        Report(
            id: id,
            pipeline: pipeline,
            createdAt: end + 60,
            kind: kind ?? (shadow == nil ? .experiment : .shadow),
            start: start,
            end: end,
            entries: 24_680,
            notes: ["Units are assumed to be independent of each other.", "12 entries without a unit were left out."],
            experiment: experiment,
            shadow: shadow
        )
    }

    package static func estimate(_ value: Double, _ width: Double? = nil, _ count: Int = 6100) -> Estimate {
        Estimate(value: value, interval: width.map { ValueRange(lower: value - $0, upper: value + $0) }, count: count)
    }

    // MARK: Experiments

    package static func arm(_ name: String, goal: Estimate?, isChampion: Bool = false) -> ExperimentReport.Arm {
        ExperimentReport.Arm(
            name: name,
            model: isChampion ? "churn" : "churn-trees",
            modelVersion: isChampion ? champion : challenger,
            share: 0.5,
            requests: isChampion ? 12_410 : 12_270,
            units: isChampion ? 6145 : 6098,
            outcomes: isChampion ? 5710 : 5688,
            goal: goal,
            errors: estimate(isChampion ? 0.0012 : 0.0009, 0.0005, 12_410),
            checkFailures: estimate(0, 0.0002, 12_410),
            latency: LatencySummary(p50: 0.412, p95: 0.93, p99: 1.71, budget: nil, overBudget: nil),
            labeled: 0.931
        )
    }

    package static func experiment(
        verdict: ArmComparison.Verdict = .better,
        challenger: String = "trees"
    ) -> ExperimentReport {
        ExperimentReport(
            goal: GoalMetric(metric: "accuracy", smallestEffect: 0.01),
            isDeclared: true,
            experiment: "0193a5c0-0000-7000-8000-000000000002",
            startedAt: start,
            alpha: 0.05,
            arms: [
                arm("linear", goal: estimate(0.8124, 0.0101), isChampion: true),
                arm(challenger, goal: estimate(0.8401, 0.0095)),
            ],
            comparisons: [comparison(verdict, challenger: challenger)],
            sampleRatio: SampleRatioCheck(
                evidence: 0.42,
                isAlarm: false,
                chiSquaredP: 0.6713,
                expected: [6121.5, 6121.5],
                observed: [6145, 6098]
            ),
            rule: [
                "invalid, if the arms did not get the units that the shares promise",
                "worse, if a guardrail is broken or the evidence against the challenger reaches 1/alpha",
                "better, if the evidence for the challenger reaches 1/alpha",
            ]
        )
    }

    package static func comparison(
        _ verdict: ArmComparison.Verdict,
        challenger: String = "trees"
    ) -> ArmComparison {
        ArmComparison(
            challenger: challenger,
            champion: "linear",
            difference: estimate(0.0277, 0.0138),
            sequence: ValueRange(lower: 0.0021, upper: 0.0533),
            sequenceProblem: nil,
            better: ArmComparison.Evidence(maximum: 214.6, pValue: 0.00466),
            worse: ArmComparison.Evidence(maximum: 1.42, pValue: 0.704),
            evidenceProblem: nil,
            alpha: 0.05,
            series: series,
            fixedSample: ArmComparison.FixedSampleTest(
                name: "two-proportion z",
                statistic: 3.924,
                pValue: 0.0000871
            ),
            guardrails: [
                ArmComparison.Guardrail(
                    metric: GuardrailMetric(metric: GoalMetric(metric: "errors"), limit: 0.01),
                    champion: estimate(0.0012, 0.0005),
                    challenger: estimate(0.0009, 0.0005),
                    evidence: ArmComparison.Evidence(maximum: 1, pValue: 1),
                    isBroken: false
                ),
                ArmComparison.Guardrail(
                    metric: GuardrailMetric(metric: GoalMetric(metric: "latency", budgetMilliseconds: 5)),
                    champion: estimate(0.0021, 0.0008),
                    challenger: nil,
                    evidence: nil,
                    isBroken: verdict == .worse
                ),
            ],
            labeledShareP: 0.583,
            sampleStillNeeded: verdict == .notEnoughData ? 1234 : nil,
            verdict: verdict,
            reason: "The evidence that trees is better reached 214.6; 20 were needed."
        )
    }

    /// 200 moments of evidence that goes up and down.
    private static var series: [ArmComparison.Point] {
        (0..<200).map { step in
            let part = Double(step) / 199
            let wave = sin(part * 37) * 0.35 + sin(part * 91) * 0.18
            return ArmComparison.Point(
                time: start + part * 7 * 86_400,
                better: pow(10, part * part * 2.6 - 0.25 * part + wave * part),
                worse: pow(10, -2.6 * part + wave * (1 - part)),
                share: 0.5
            )
        }
    }

    // MARK: Shadow deploys

    package static func shadow(name: String = "trees") -> ShadowReport {
        ShadowReport(challengers: [
            ShadowComparison(
                name: name,
                model: "churn-trees",
                modelVersion: challenger,
                champion: "churn",
                championVersion: champion,
                requests: 12_340,
                rows: 24_680,
                failures: Estimate(value: 0.0031, interval: ValueRange(lower: 0.0022, upper: 0.0042), count: 12_340),
                championFailures: Estimate(value: 0, interval: ValueRange(lower: 0, upper: 0.0003), count: 12_340),
                decision: "outputs[0][0] >= 0.5",
                agreement: Estimate(value: 0.9612, interval: ValueRange(lower: 0.9587, upper: 0.9635), count: 24_680),
                differences: ShadowComparison.Differences(mean: 0.0312, p95: 0.1184, largest: 0.6021),
                rankCorrelation: 0.9437,
                latency: LatencySummary(p50: 0.71, p95: 1.42, p99: 2.38, budget: 3, overBudget: nil),
                championLatency: LatencySummary(p50: 0.412, p95: 0.93, p99: 1.71, budget: 3, overBudget: nil),
                labels: ShadowComparison.LabeledPairs(
                    pairs: 5710,
                    championAccuracy: estimate(0.8124, 0.0101, 5710),
                    challengerAccuracy: estimate(0.8401, 0.0095, 5710),
                    onlyChampion: 112,
                    onlyChallenger: 270,
                    exactP: 0.00000012,
                    evidence: ArmComparison.Evidence(maximum: 3_214_000, pValue: 0.000000311)
                ),
                disagreements: [
                    ShadowComparison.Example(id: "a17", time: start + 90, row: 0, champion: 0.121, challenger: 0.7231),
                    ShadowComparison.Example(id: "b4", time: start + 95, row: 3, champion: 0.91, challenger: 0.4),
                ]
            )
        ])
    }

    /// A candidate that answered logged requests.
    package static func replay(problem: String? = nil) -> ShadowReport {
        var report = shadow(name: "churn-trees")
        report.challengers[0].goal = PairedComparison(
            goal: GoalMetric(metric: "accuracy"),
            isDeclared: true,
            alpha: 0.05,
            units: 5710,
            differing: 382,
            championGoal: estimate(0.8124, 0.0101, 5710),
            challengerGoal: estimate(0.8401, 0.0095, 5710),
            difference: estimate(0.0277, 0.0067, 5710),
            better: problem == nil ? ArmComparison.Evidence(maximum: 3_120_000, pValue: 0.00000032) : nil,
            worse: problem == nil ? ArmComparison.Evidence(maximum: 1.2, pValue: 0.83) : nil,
            evidenceProblem: problem
        )
        return report
    }

    /// A challenger of which nothing is known yet.
    package static var emptyShadow: ShadowReport {
        ShadowReport(challengers: [
            ShadowComparison(
                name: "trees",
                model: "churn-trees",
                modelVersion: challenger,
                champion: "churn",
                championVersion: champion,
                requests: 0,
                rows: 0,
                failures: nil,
                championFailures: nil,
                decision: nil,
                agreement: nil,
                differences: nil,
                rankCorrelation: nil,
                latency: nil,
                championLatency: nil,
                labels: nil,
                disagreements: []
            )
        ])
    }

    // MARK: Quality

    package static func quality(slices: [String?]) -> QualityReport {
        var counts = QualityReport.Counts()
        counts.inferences = 12_340
        counts.rows = 24_680
        counts.labeledRows = 5710
        counts.waitingLabels = 17
        counts.wrongType = 2
        return QualityReport(
            pipeline: "churn",
            start: start,
            end: end,
            task: .binary,
            prediction: "outputs[0][0]",
            threshold: 0.5,
            counts: counts,
            groups: slices.enumerated().map { index, slice in
                QualityReport.Group(
                    model: "churn",
                    modelVersion: champion,
                    variant: nil,
                    slice: slice,
                    period: nil,
                    rows: 12_340 - index,
                    labeledRows: 2855 - index,
                    metrics: [
                        "accuracy": 0.8124, "f1": 0.71203, "roc_auc": 0.90118, "log_loss": 0.4123, "outcome_mean": 12.5,
                    ]
                )
            },
            labeledShareP: nil,
            mistakes: [
                QualityReport.Mistake(
                    id: "a17",
                    time: start + 90,
                    row: 0,
                    model: "churn",
                    modelVersion: champion,
                    prediction: "1",
                    score: 0.9931,
                    label: "0",
                    loss: 0.9931
                )
            ],
            notes: []
        )
    }

    package static let counterfactual = CounterfactualReport(
        pipeline: "churn",
        policy: "All units go to trees.",
        metric: GoalMetric(metric: "accuracy"),
        observed: estimate(0.8262, 0.0071, 11_398),
        inversePropensity: estimate(0.8401, 0.0142, 11_398),
        selfNormalized: estimate(0.8398, 0.0095, 11_398),
        effectiveSampleSize: 5688,
        isUnreliable: false,
        notes: ["The shares of all units are known."]
    )
}
