package import Definitions

extension QualityReport: WireType {
    package static let schema = Schema.object(
        [
            "pipeline": .name, "end": .time, "prediction": .string(), "counts": counts, "groups": .list(group),
            "mistakes": .described("The worst first.", .list(mistake)), "notes": .list(.string()),
        ],
        optional: [
            "start": .time, "task": .choice(of: Task.self), "threshold": .number(),
            "labeled_share_p": .described(
                "The p-value of equal shares of labeled rows in all model versions.",
                .number(min: 0, max: 1)
            ),
        ]
    )

    private static let counts = Schema.object([
        "inferences": .integer(min: 0), "rows": .integer(min: 0), "labeled_rows": .integer(min: 0),
        "repeated_ids": .integer(min: 0), "waiting_labels": .integer(min: 0), "dropped_labels": .integer(min: 0),
        "wrong_type": .integer(min: 0), "wrong_rows": .integer(min: 0),
    ])

    private static let group = Schema.object(
        [
            "model": .string(), "model_version": .string(), "rows": .integer(min: 0),
            "labeled_rows": .integer(min: 0),
            "metrics": .described("By name. A metric that is not defined here is missing.", .map(.number())),
        ],
        optional: ["variant": .string(), "slice": .string(), "period": .time]
    )

    static let mistake = Schema.object(
        [
            "id": .string(), "time": .time, "row": .integer(min: 0), "model": .string(), "model_version": .string(),
            "prediction": .string(), "label": .string(), "loss": .number(),
        ],
        optional: ["score": .number()]
    )
}
