package import Definitions

extension ExperimentReport: WireType {
    package static let schema = Schema.object(
        [
            "goal": .reference(GoalMetric.self), "is_declared": .boolean, "experiment": .string(),
            "started_at": .time, "alpha": probability, "arms": .described("The champion comes first.", .list(arm)),
            "comparisons": .list(of: ArmComparison.self),
            "rule": .described("The order in which the verdict is found.", .list(.string())),
        ],
        optional: ["sample_ratio": .reference(SampleRatioCheck.self)]
    )

    private static let arm = Schema.object(
        [
            "name": .string(), "model": .string(), "model_version": .string(), "requests": .integer(min: 0),
            "units": .integer(min: 0), "outcomes": .integer(min: 0),
        ],
        optional: [
            "share": .number(min: 0, max: 1), "goal": .reference(Estimate.self), "errors": .reference(Estimate.self),
            "check_failures": .reference(Estimate.self), "latency": .reference(LatencySummary.self),
            "labeled": .number(min: 0, max: 1),
        ]
    )
}

extension ArmComparison: WireType {
    package static let schema = Schema.object(
        [
            "challenger": .string(), "champion": .string(), "alpha": probability,
            "series": .described(
                "The evidence and the difference over time, for constant shares of the requests.",
                .list(
                    .object(
                        [
                            "time": .time, "better": .number(min: 0), "worse": .number(min: 0),
                            "share": .number(min: 0, max: 1),
                        ],
                        optional: ["difference": .number(), "sequence": .reference(ValueRange.self)]
                    )
                )
            ),
            "guardrails": .list(guardrail), "verdict": .choice(of: Verdict.self), "reason": .string(),
        ],
        optional: [
            "difference": .described(
                "The challenger's goal minus the champion's, with an interval for a fixed sample.",
                .reference(Estimate.self)
            ),
            "sequence": .described(
                "An interval of the difference that is valid at any time.",
                .reference(ValueRange.self)
            ),
            "sequence_problem": .string(),
            "better": .described("Against the claim that the challenger is no better.", .reference(Evidence.self)),
            "worse": .described("Against the claim that the challenger is no worse.", .reference(Evidence.self)),
            "evidence_problem": .string(), "fixed_sample": fixedSample, "labeled_share_p": probability,
            "sample_still_needed": .integer(min: 0),
        ]
    )

    private static let fixedSample = Schema.object([
        "name": .string(), "statistic": .number(), "p_value": probability,
    ])

    private static let guardrail = Schema.object(
        ["metric": .reference(GuardrailMetric.self), "is_broken": .boolean],
        optional: [
            "champion": .reference(Estimate.self), "challenger": .reference(Estimate.self),
            "evidence": .reference(Evidence.self),
        ]
    )
}

extension ArmComparison.Evidence: WireType {
    package static let schema = Schema.described(
        "Evidence that a claim is wrong, and a p-value that is valid at any time.",
        .object(["maximum": .number(min: 0), "p_value": probability])
    )
}

extension SampleRatioCheck: WireType {
    package static let schema = Schema.object(
        [
            "evidence": .number(min: 0), "is_alarm": .boolean, "expected": .list(.number(min: 0)),
            "observed": .list(.integer(min: 0)),
        ],
        optional: ["chi_squared_p": probability]
    )
}

private let probability = Schema.number(min: 0, max: 1)
