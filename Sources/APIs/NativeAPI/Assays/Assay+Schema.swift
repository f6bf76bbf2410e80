package import Definitions

extension AssayDefinition: WireType {
    private static let span = Schema.described(
        "A length of time, such as 90s, 15m, 1h, 1d or 2w.",
        .string(pattern: "^[0-9]+[smhdw]$")
    )

    package static let schema = Schema.object(
        [
            "pipeline": .name,
            "metric": .described(
                "errors, check_failures, latency, accuracy, a metric of quality such as f1, roc_auc or rmse, or an element or expression such as `inputs.age`.",
                .string()
            ),
            "window": span,
        ],
        optional: [
            "budget_ms": .number(above: 0), "model": .name, "statistic": .choice(of: Statistic.self),
            "baseline": .described(
                "A window of the log, the values themselves, objects, or the training data of a job. Missing to keep that of the assay.",
                .object(optional: [
                    "start": .time, "end": .time,
                    "values": .list(.described("A number, a string, or null for a missing value.", .anything)),
                    "s3_uri": .string(), "job": .string(), "channel": .string(),
                    "column": .described("The column's name, or its number from 0.", .string()),
                ])
            ),
            "bins": .object(optional: [
                "by": .choice(of: Binning.Kind.self), "count": .integer(min: 2, max: Binning.countLimit),
                "edges": .list(.number()),
            ]),
            "every": span, "cron": .described("Five fields as in cron, in UTC.", .string()), "delay": span,
            "warn": .number(above: 0), "alert": .number(above: 0), "alerts": .integer(min: 1, max: 100),
            "out_of": .integer(min: 1, max: 100), "minimum": .integer(min: 2), "alpha": .number(above: 0, max: 1),
            "paused": .boolean,
        ]
    )
}

extension AssayResult.Summary: WireType {
    package static let schemaName = "AssaySummary"
    package static let schema = Schema.object(
        ["count": .integer(min: 0), "missing": .integer(min: 0)],
        optional: [
            "min": .number(), "max": .number(), "mean": .number(), "median": .number(),
            "std": .described("The standard deviation, with divisor n.", .number(min: 0)),
        ]
    )
}

extension AssayResult: WireType {
    package static let schema = Schema.object(
        [
            "start": .time, "end": .time, "analyzed_at": .time, "status": .choice(of: Status.self),
            "reason": .string(), "baseline": .reference(Summary.self), "window": .reference(Summary.self),
            "bins": .list(
                .object(
                    ["baseline": .integer(min: 0), "window": .integer(min: 0)],
                    optional: ["lower": .number(), "upper": .number(), "category": .string()]
                )
            ),
            "new_categories": .list(.object(["category": .string(), "count": .integer(min: 1)])),
            "new_count": .integer(min: 0),
        ],
        optional: [
            "score": .number(min: 0),
            "noise": .described("What a window without drift exceeds with probability alpha at most.", .number(min: 0)),
            "p_value": .number(min: 0, max: 1),
            "warn": .described("The score of a warning.", .number(above: 0)),
            "alert": .described("The score of an alert.", .number(above: 0)),
        ]
    )
}

extension Assay: WireType {
    package static let schema = Schema.object(
        [
            "name": .name, "definition": .reference(AssayDefinition.self), "created_at": .time,
            "baseline": .reference(AssayResult.Summary.self), "level": .choice(of: AssayResult.Status.self),
        ],
        optional: ["last": .reference(AssayResult.self), "next_end": .time]
    )
}

extension AssayPreview: WireType {
    package static let schema = Schema.object([
        "baseline": .reference(AssayResult.Summary.self), "results": .list(of: AssayResult.self),
        "alerts": .list(.time),
    ])
}

extension AssayList: WireType {
    package static let schema = Schema.object(
        ["assays": .list(of: Assay.self), "levels": .map(.integer(min: 0))],
        optional: ["windows": .map(.list(of: AssayWindow.self))]
    )
}

extension AssayWindow: WireType {
    package static let schema = Schema.object(
        ["end": .time, "status": .choice(of: AssayResult.Status.self)],
        optional: ["score": .number(), "warn": .number(), "alert": .number()]
    )
}

extension AssayResultList: WireType {
    package static let schema = Schema.object(["results": .list(of: AssayResult.self)])
}

extension AssaySuggestions: WireType {
    package static let schema = Schema.object([
        "start": .time, "end": .time, "notes": .list(.string()),
        "suggestions": .list(
            .object([
                "name": .name, "definition": .reference(AssayDefinition.self), "reason": .string(),
                "windows": .integer(min: 0), "warnings": .integer(min: 0), "alerts": .integer(min: 0),
                "alarms": .described("How often the assay would have begun to alert.", .integer(min: 0)),
            ])
        ),
    ])
}
