package import Definitions

extension Pipeline: WireType {
    package static let schema = Schema.object(
        [
            "name": .name, "workspace": .name, "created_at": .time, "updated_at": .time, "tags": .list(.string()),
            "version": .reference(PipelineVersion.self),
        ],
        optional: ["deployment": .reference(Deployment.self)]
    )
}

extension PipelineVersion: WireType {
    package static let schema = Schema.object(
        [
            "id": .string(), "created_at": .time, "tags": .list(.string()), "steps": .list(of: Step.self),
            "validations": .list(of: Validation.self),
        ],
        optional: [
            "goal": .reference(GoalMetric.self), "guardrails": .list(of: GuardrailMetric.self),
            "labels": .reference(LabelSettings.self), "log": .reference(LogSettings.self),
            "experiment": .reference(Experiment.self), "promotion": .reference(Promotion.self),
        ]
    )
}

extension PipelineDefinition: WireType {
    package static let schema = Schema.object(
        ["name": .name],
        optional: [
            "workspace": .name, "steps": .list(of: Step.self), "validations": .list(of: Validation.self),
            "goal": .reference(GoalMetric.self), "guardrails": .list(of: GuardrailMetric.self),
            "labels": .reference(LabelSettings.self), "log": .reference(LogSettings.self),
        ]
    )
}

extension Validation: WireType {
    package static let schema = Schema.object(["name": .string(), "expression": .string()])
}

extension Step: WireType {
    package static let schema = Schema.described(
        "Exactly one kind of step. A model is NAME (the newest version) or NAME@VERSION, and so is a function, which can only "
            + "come before the models or after them.",
        .oneOf([
            .object(["model": .string()]),
            .object(["random_split": randomSplit]),
            .object([
                "key_split": .object(
                    ["key": .string(), "default": .string(), "models": .map(.string())],
                    optional: ["shares": .map(.number(min: 0, max: 1))]
                )
            ]),
            .object([
                "shadow_deploy": .object(
                    ["champion": .string(), "challengers": .list(.string())],
                    optional: ["names": .list(.string()), "share": .number(above: 0, max: 1)]
                )
            ]),
            .object(["function": .string()]),
        ])
    )

    private static let randomSplit = Schema.object(
        ["models": .list(.object(["model": .string(), "weight": .number(min: 0)], optional: ["name": .string()]))],
        optional: ["hash_key": .string()]
    )
}
