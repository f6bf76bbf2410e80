package import Definitions

extension ShadowReport: WireType {
    package static let schema = Schema.object(["challengers": .list(of: ShadowComparison.self)])
}

extension ShadowComparison: WireType {
    package static let schema = Schema.object(
        [
            "name": .string(), "model": .string(), "model_version": .string(), "champion": .string(),
            "champion_version": .string(), "requests": .integer(min: 0), "rows": .integer(min: 0),
            "disagreements": .described("The rows with the largest differences.", .list(example)),
        ],
        optional: [
            "failures": .reference(Estimate.self), "champion_failures": .reference(Estimate.self),
            "decision": .described("What counts as a decision.", .string()),
            "agreement": .described("The share of rows with the same decision.", .reference(Estimate.self)),
            "differences": .described("The absolute differences between the two scores.", differences),
            "rank_correlation": .described("Spearman's.", .number(min: -1, max: 1)),
            "latency": .reference(LatencySummary.self), "champion_latency": .reference(LatencySummary.self),
            "labels": labels, "goal": .reference(PairedComparison.self),
        ]
    )

    private static let differences = Schema.object([
        "mean": .number(min: 0), "p95": .number(min: 0), "largest": .number(min: 0),
    ])

    private static let labels = Schema.object(
        ["pairs": .integer(min: 0), "only_champion": .integer(min: 0), "only_challenger": .integer(min: 0)],
        optional: [
            "champion_accuracy": .reference(Estimate.self), "challenger_accuracy": .reference(Estimate.self),
            "exact_p": .described("McNemar's exact test.", .number(min: 0, max: 1)),
            "evidence": .reference(ArmComparison.Evidence.self),
        ]
    )

    private static let example = Schema.object([
        "id": .string(), "time": .time, "row": .integer(min: 0), "champion": .number(), "challenger": .number(),
    ])
}

extension PairedComparison: WireType {
    package static let schema = Schema.object(
        [
            "goal": .reference(GoalMetric.self), "is_declared": .boolean,
            "alpha": .described("The probability of a wrong decision.", .number(min: 0, max: 1)),
            "units": .described("The units with an outcome of both.", .integer(min: 0)),
            "differing": .described("The units on which the outcomes differ.", .integer(min: 0)),
        ],
        optional: [
            "champion_goal": .reference(Estimate.self), "challenger_goal": .reference(Estimate.self),
            "difference": .described("The challenger minus the champion.", .reference(Estimate.self)),
            "better": .reference(ArmComparison.Evidence.self), "worse": .reference(ArmComparison.Evidence.self),
            "evidence_problem": .described("Why there is no evidence.", .string()),
        ]
    )
}
