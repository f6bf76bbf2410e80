package import Definitions

extension GoalMetric: WireType {
    package static let schema = Schema.described(
        "errors, check_failures, latency, accuracy, or an expression over inputs, outputs and label. A string is a metric without "
            + "further settings.",
        .oneOf([
            .string(),
            .object(
                ["metric": .string()],
                optional: [
                    "better": .choice(of: Direction.self), "minimum": .number(), "maximum": .number(),
                    "budget_ms": .number(above: 0), "smallest_effect": .number(min: 0),
                    "alpha": .number(above: 0, max: 1),
                ]
            ),
        ])
    )
}

extension GuardrailMetric: WireType {
    package static let schema = Schema.described(
        "A metric that must not get worse than the champion's, or than a limit.",
        .oneOf([
            .string(),
            .object(
                ["metric": .string()],
                optional: [
                    "better": .choice(of: GoalMetric.Direction.self), "minimum": .number(), "maximum": .number(),
                    "budget_ms": .number(above: 0), "smallest_effect": .number(min: 0),
                    "alpha": .number(above: 0, max: 1),
                    "limit": .number(min: 0, max: 1),
                ]
            ),
        ])
    )
}

extension LabelSettings: WireType {
    package static let schema = Schema.object(optional: [
        "type": .choice(of: Kind.self), "prediction": .string(), "threshold": .number(),
        "wait_hours": .number(above: 0),
    ])
}

extension LogSettings: WireType {
    package static let schema = Schema.object(optional: [
        "keep": .described(
            "How much is kept of large inputs and outputs: all, up to a number of bytes (32768 if not set), the first rows, or "
                + "rows chosen at random.",
            .oneOf([
                .choice(["all"]), .object(["bytes": .integer(min: 0)]), .object(["first_rows": .integer(min: 0)]),
                .object(["sample_rows": .integer(min: 0)]),
            ])
        ),
        "omit": .described("Inputs, features and keys that are left out.", .list(.string())),
        "mask": .described("Inputs, features and keys whose values are masked.", .list(.string())),
    ])
}

extension Experiment: WireType {
    package static let schema = Schema.object([
        "id": .uuid, "started_at": .time, "salt": .described("Hexadecimal.", .string()),
        "intervals": .list(.object(["choice": .integer(min: 0), "up_to": .number(min: 0, max: 1)])),
    ])
}
