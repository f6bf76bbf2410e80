package import Definitions

extension ReportRequest: WireType {
    package static let schema = Schema.object(optional: [
        "kind": .choice(of: Kind.self), "start": .time, "end": .time,
        "experiment": .described("The id of an earlier experiment.", .string()),
        "goal": .reference(GoalMetric.self), "guardrails": .list(of: GuardrailMetric.self),
        "candidate": .described("The model version of a replay, such as `house-price@v2`.", .string()),
        "replaces": .described("The name of the model whose place the candidate takes.", .string()),
        "requests": .described(
            "How many requests are replayed, the newest ones.",
            .integer(min: 1, max: ReportRequest.requestLimit)
        ),
    ])
}

extension Report: WireType {
    package static let schema = Schema.object(
        [
            "id": .uuid, "pipeline": .name, "created_at": .time, "kind": .choice(of: ReportRequest.Kind.self),
            "start": .time, "end": .time, "entries": .integer(min: 0), "notes": .list(.string()),
        ],
        optional: [
            "experiment": .reference(ExperimentReport.self), "shadow": .reference(ShadowReport.self),
        ]
    )
}

extension ReportList: WireType {
    package static let schema = Schema.object(["reports": .list(of: ReportSummary.self)])
}

extension ReportSummary: WireType {
    package static let schema = Schema.object(
        [
            "id": .uuid, "pipeline": .name, "kind": .choice(of: ReportRequest.Kind.self), "created_at": .time,
            "start": .time, "end": .time,
        ],
        optional: [
            "verdicts": .described("By the names of the challengers.", .map(.choice(of: ArmComparison.Verdict.self)))
        ]
    )
}

extension ReportVerification: WireType {
    package static let schema = Schema.object([
        "report": .uuid, "is_reproduced": .boolean, "differences": .list(.string()), "log_agrees": .boolean,
        "log_differences": .list(.string()),
    ])
}
