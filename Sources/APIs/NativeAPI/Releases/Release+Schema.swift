package import Definitions

extension ReleaseDefinition: WireType {
    package static let schema = Schema.object(
        ["pipeline": .name, "candidate": .described("A model version, such as NAME@VERSION.", .string())],
        optional: [
            "replaces": .described("The name of the model that it replaces, if the pipeline has several.", .string()),
            "hash_key": .string(), "goal": .reference(GoalMetric.self), "guardrails": .list(of: GuardrailMetric.self),
            "replay": .integer(min: 1, max: ReportRequest.requestLimit),
            "shadow": .object(optional: ["duration": span, "units": .integer(min: 0)]),
            "stages": .list(.object(["share": share], optional: ["duration": span, "units": .integer(min: 0)])),
            "promote": .choice(of: Promotion.self), "alpha": .number(above: 0, max: 1), "time_limit": span,
        ]
    )

    private static let span = Schema.described(
        "A length of time, such as 90s, 15m, 1h, 1d or 2w.",
        .string(pattern: "^[0-9]+[smhdw]$")
    )
    private static let share = Schema.oneOf([
        .number(above: 0, max: 1), .described("A percentage, such as 10%.", .string(pattern: "%$")),
    ])
}

extension Release: WireType {
    package static let schema = Schema.object(
        [
            "id": .uuid, "pipeline": .name, "state": .choice(of: State.self),
            "definition": .reference(ReleaseDefinition.self), "champion": .string(), "candidate": .string(),
            "created_at": .time, "from_version": .uuid, "steps": .list(of: Step.self),
        ],
        optional: [
            "by": .string(), "ended_at": .time, "to_version": .uuid, "reason": .string(),
            "level": .reference(Level.self),
        ]
    )
}

extension Release.Step: WireType {
    package static let schemaName = "ReleaseStep"
    package static let schema = Schema.object(
        ["kind": .choice(of: Release.StepKind.self), "started_at": .time, "units": .integer(min: 0)],
        optional: [
            "share": .number(above: 0, max: 1), "ended_at": .time,
            "evidence": .described(
                "What the step adds to the evidence that the candidate is better, as a factor.",
                .number(min: 0)
            ),
            "report": .uuid, "finding": .string(),
        ]
    )
}

extension Release.Level: WireType {
    package static let schemaName = "ReleaseLevel"
    package static let schema = Schema.object([
        "alpha": .number(above: 0, max: 1), "position": .integer(min: 1), "promotions": .integer(min: 0),
        "value": .described("The evidence must reach 1/value.", .number(above: 0, max: 1)),
    ])
}

extension ReleaseStatus: WireType {
    package static let schema = Schema.object(
        [
            "release": .reference(Release.self),
            "guardrails": .list(
                .object(
                    [
                        "metric": .reference(GuardrailMetric.self), "evidence": .number(min: 0),
                        "bound": .number(min: 1),
                    ],
                    optional: ["champion": .number(min: 0, max: 1), "candidate": .number(min: 0, max: 1)]
                )
            ),
        ],
        optional: [
            "stage": .object([
                "index": .integer(min: 0), "share": .number(above: 0, max: 1), "watched_s": .number(min: 0),
                "duration": .string(), "units": .integer(min: 0), "units_needed": .integer(min: 0),
            ]),
            "evidence": .object(["value": .number(min: 0), "bound": .number(min: 1)]), "waiting_for": .string(),
        ]
    )
}

extension ReleasePlan: WireType {
    package static let schema = Schema.object(
        [
            "definition": .reference(ReleaseDefinition.self), "champion": .string(), "from_version": .uuid,
            "requests_of_last_hour": .integer(min: 0),
        ],
        optional: ["level": .reference(Release.Level.self)]
    )
}

extension ReleaseList: WireType {
    package static let schema = Schema.object([
        "releases": .list(of: Release.self), "total": .integer(min: 0), "open": .integer(min: 0),
    ])
}

extension PromotionRequest: WireType {
    package static let schema = Schema.object(optional: [
        "challenger": .described("Its name, or its model version.", .string()), "report": .string(), "by": .string(),
    ])
}

extension Promotion: WireType {
    package static let schema = Schema.object(
        ["promoted_at": .time, "challenger": .string(), "champion": .string(), "from_version": .uuid],
        optional: ["by": .string(), "report": .uuid, "release": .uuid]
    )
}
