package import Definitions

extension SuiteDefinition: WireType {
    private static let inputs = Schema.described("As an inference takes them: an object of inputs by name.", .anyObject)
    private static let output = Schema.described("NAME, or NAME[PLACE]; missing for the only output.", .string())

    package static let schema = Schema.object(
        [
            "cases": .described(
                "Each has a name and exactly one check.",
                .list(.object(["name": .string(maxLength: 100)], optional: checks))
            )
        ],
        optional: [
            "name": .name,
            "model": .described("The model that is tested by itself. This or `pipeline` is needed.", .name),
            "pipeline": .described("The pipeline in which the model is tested.", .name),
            "replaces": .described("The model of the pipeline that is tested.", .name),
            "workspace": .name,
            "champion": .described("The pipeline whose version is compared with.", .name),
            "training_jobs": .described(
                "Names or algorithms of training jobs; `*` is any text.",
                .string(maxLength: 200)
            ),
        ]
    )

    private static let checks: KeyValuePairs<String, Schema> = [
        "golden": .object(
            ["inputs": inputs, "outputs": .described("The expected outputs by name.", .anyObject)],
            optional: ["absolute": .number(min: 0), "relative": .number(min: 0)]
        ),
        "quality": .object(
            [
                "metric": .choice(of: QualityCheck.Metric.self),
                "data": .described("One S3 URI, or a list.", .oneOf([.string(), .list(.string())])),
            ],
            optional: [
                "minimum": .number(), "maximum": .number(), "versus_champion": .object(["margin": .number(min: 0)]),
                "output": output, "threshold": .number(), "rows": .integer(min: 1, max: QualityCheck.rowLimit),
            ]
        ),
        "latency": .object(
            ["budget_ms": .number(above: 0)],
            optional: [
                "percentile": .number(above: 0, max: 100), "runs": .integer(min: 1, max: LatencyCheck.runLimit),
                "batches": .list(.integer(min: 1, max: LatencyCheck.batchLimit)), "inputs": inputs,
            ]
        ),
        "size": .object(["budget_bytes": .integer(min: 1)]),
        "memory": .object(["budget_bytes": .integer(min: 1)]),
        "behavior": .object(
            [
                "expect": .choice(of: BehaviorCheck.Expectation.self),
                "change": .object(
                    ["input": .string()],
                    optional: [
                        "set": .described("A number, a string, true or false.", .anything), "add": .number(),
                        "multiply": .number(),
                    ]
                ),
            ],
            optional: [
                "inputs": inputs, "data": .string(), "output": output, "threshold": .number(),
                "tolerance": .number(min: 0), "allowed": .number(min: 0, max: 1),
                "rows": .integer(min: 1, max: BehaviorCheck.rowLimit),
            ]
        ),
        "program": .object(
            ["function": .string(), "inputs": inputs],
            optional: ["parameters": .described("Any JSON, which the function gets.", .anything)]
        ),
    ]
}

extension SuiteCaseResult: WireType {
    package static let schema = Schema.object([
        "name": .string(), "kind": .choice(of: SuiteCase.Kind.self), "passed": .boolean, "message": .string(),
        "elapsed_ms": .number(min: 0),
        "measures": .list(
            .object(
                ["name": .string()],
                optional: [
                    "on": .string(), "value": .number(),
                    "champion": .described("Of the version in production, on the same rows.", .number()),
                    "lower": .described("The difference's interval at 95 %.", .number()), "upper": .number(),
                    "minimum": .number(), "maximum": .number(), "count": .integer(min: 0),
                ]
            )
        ),
    ])
}

extension SuiteRun: WireType {
    package static let schema = Schema.object(
        [
            "id": .uuid, "suite": .name, "revision": .integer(min: 1), "model": .string(), "workspace": .name,
            "cause": .choice(of: Cause.self), "outcome": .choice(of: Outcome.self), "created_at": .time,
            "cases": .list(of: SuiteCaseResult.self),
        ],
        optional: [
            "job": .string(), "by": .string(), "reason": .string(), "started_at": .time, "ended_at": .time,
            "attempts": .integer(min: 0), "champion": .string(),
            "counts": .described(
                "In lists that leave out the cases.",
                .object(["cases": .integer(min: 0), "failed": .integer(min: 0)])
            ),
        ]
    )
}

extension Suite: WireType {
    package static let schema = Schema.object(
        [
            "name": .name, "revision": .integer(min: 1), "model": .name, "workspace": .name,
            "definition": .reference(SuiteDefinition.self), "case_count": .integer(min: 0),
            "gates": .described(
                "The first pipelines whose gates require the suite.",
                .list(.name)
            ), "created_at": .time, "updated_at": .time,
        ],
        optional: ["last_run": .reference(SuiteRun.self)]
    )
}

extension SuiteList: WireType {
    package static let schema = Schema.object([
        "suites": .described("Without their cases.", .list(of: Suite.self)), "total": .integer(min: 0),
        "outcomes": .described("How many of all newest runs have each outcome.", .anyObject),
    ])
}

extension SuiteRunList: WireType {
    package static let schema = Schema.object(["runs": .list(of: SuiteRun.self), "total": .integer(min: 0)])
}

extension SuiteRunRequest: WireType {
    package static let schema = Schema.object(optional: [
        "version": .described("An ID, the beginning of one, or a tag; missing for the newest.", .string()),
        "by": .string(maxLength: 128),
    ])
}

extension SuiteSuggestion: WireType {
    package static let schema = Schema.object([
        "name": .name, "definition": .reference(SuiteDefinition.self), "notes": .list(.string()),
    ])
}
