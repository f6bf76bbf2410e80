package import Definitions

extension Schema {
    fileprivate static let span = Schema.described(
        "A length of time, such as 90s, 15m, 1h, 1d or 2w.",
        .string(pattern: "^[0-9]+[smhdw]$")
    )
}

extension TrainingSetRequest: WireType {
    package static let schema = Schema.object(
        ["output": .described("The s3://BUCKET/PREFIX for train.csv and validation.csv.", .string())],
        optional: [
            "start": .time, "end": .time, "window": .span,
            "rows": .integer(min: 1, max: rowLimit),
            "validation": .described("The share of the inferences for validation.", .number(above: 0, max: 1)),
            "add_to": .described("An existing data set, s3://BUCKET/PREFIX, whose lines come first.", .string()),
            "weight": .object([
                "where": .described("A condition on rows, such as `inputs.size > 200`.", .string()),
                "factor": .described("How often such a row is written.", .integer(min: 2, max: Weight.limit)),
            ]),
        ]
    )
}

extension TrainingSet: WireType {
    package static let schema = Schema.object(
        [
            "pipeline": .name, "train": .reference(File.self), "features": .list(.string()),
            "counts": .object([
                "logged": .integer(min: 0), "unlabeled": .integer(min: 0), "incomplete": .integer(min: 0),
                "wrong_type": .integer(min: 0), "older": .integer(min: 0), "repeated": .integer(min: 0),
                "added": .integer(min: 0),
            ]),
            "end": .time,
        ],
        optional: ["validation": .reference(File.self), "start": .time]
    )
}

extension TrainingSet.File: WireType {
    package static let schemaName = "TrainingSetFile"
    package static let schema = Schema.object([
        "uri": .string(), "sha256": .string(pattern: "^[0-9a-f]{64}$"), "rows": .integer(min: 0),
        "bytes": .integer(min: 0),
    ])
}

extension LoopDefinition: WireType {
    package static let schema = Schema.object(
        [
            "pipeline": .name, "when": .described("Exactly one kind of trigger.", triggers),
            "then": .described("What a run does, in this order. Each step may be missing.", steps),
        ],
        optional: [
            "name": .name, "model": .name, "cooldown": .span,
            "paused": .boolean,
        ]
    )

    private static let triggers = Schema.object(optional: [
        "assay": .described("An assay that begins to alert.", .name),
        "suite": .described("A suite that fails.", .name),
        "gate": .described("A pipeline whose gate refuses a version.", .name),
        "event": .described("A kind of event, or a group such as `release.*`.", .string()),
        "subject": .described("The name of the event's subject, or its pipeline.", .string()), "every": .span,
        "cron": .described("Five fields as in cron, in UTC.", .string()), "labels": .integer(min: 1),
    ])

    private static let steps = Schema.object(optional: [
        "build": .reference(TrainingSetRequest.self), "train": training,
        "test": .described("Suites that the new version must pass.", .list(.name)),
        "replay": .integer(min: 1, max: ReportRequest.requestLimit),
        "shadow": .object(optional: ["duration": .span, "units": .integer(min: 0)]),
        "canary": .object(optional: [
            "stages": .list(.object(["share": share], optional: ["duration": .span, "units": .integer(min: 0)])),
            "hash_key": .string(), "goal": .reference(GoalMetric.self), "guardrails": .list(of: GuardrailMetric.self),
            "alpha": .number(above: 0, max: 1), "time_limit": .span,
        ]),
        "promote": .choice(of: ReleaseDefinition.Promotion.self),
        "tell": .described("The message of the event loop.finished.", .string()),
    ])

    private static let training = Schema.described(
        "A training job without a name.",
        .object(
            ["algorithm": .string(), "output": .string()],
            optional: [
                "name": .described("Empty: each run makes one.", .string(maxLength: 0)),
                "hyperparameters": .map(.string()), "channels": .list(of: DataChannel.self),
                "max_runtime": .integer(min: 1), "environment": .map(.string()),
                "metrics": .list(.object(["name": .string(), "pattern": .string()])), "checkpoints": .string(),
            ]
        )
    )

    private static let share = Schema.oneOf([
        .number(above: 0, max: 1), .described("A percentage, such as 10%.", .string(pattern: "%$")),
    ])
}

extension Loop: WireType {
    package static let schema = Schema.object(
        ["name": .name, "definition": .reference(LoopDefinition.self), "created_at": .time],
        optional: [
            "last": .reference(LoopRun.self), "next_at": .time,
            "ignored": .described(
                "The last trigger that started no run.",
                .object(["time": .time, "reason": .string()])
            ),
        ]
    )
}

extension LoopRun: WireType {
    package static let schema = Schema.object(
        [
            "id": .uuid, "loop": .name, "pipeline": .name, "state": .choice(of: State.self),
            "cause": .object(
                ["kind": .choice(of: Cause.Kind.self), "message": .string()],
                optional: ["event": .integer(min: 1), "by": .string()]
            ),
            "started_at": .time, "steps": .list(of: Step.self),
        ],
        optional: ["ended_at": .time, "reason": .string()]
    )
}

extension LoopRun.Step: WireType {
    package static let schemaName = "LoopStep"
    package static let schema = Schema.object(
        [
            "kind": .choice(of: LoopRun.StepKind.self), "state": .choice(of: State.self), "started_at": .time,
            "links": .object(optional: [
                "data": .reference(TrainingSet.self), "job": .string(), "version": .string(),
                "suite_runs": .list(.uuid), "release": .uuid,
            ]),
        ],
        optional: ["ended_at": .time, "finding": .string()]
    )
}

extension LoopList: WireType {
    package static let schema = Schema.object(["loops": .list(of: Loop.self), "total": .integer(min: 0)])
}

extension LoopRunList: WireType {
    package static let schema = Schema.object(["runs": .list(of: LoopRun.self), "total": .integer(min: 0)])
}
