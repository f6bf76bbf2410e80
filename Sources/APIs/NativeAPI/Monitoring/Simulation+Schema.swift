package import Definitions

extension SimulationRequest: WireType {
    package static let schema = Schema.object(
        [
            "subjects": .described(
                "Names of pipelines and models, and versions of models. The first one is what the outputs of the others are "
                    + "compared with.",
                .list(.string())
            ),
            "inputs": .reference(Inputs.self),
            "rate": .described("Requests a second.", .number(above: 0, max: Int(rateLimit))),
        ],
        optional: [
            "duration": .described(
                "Seconds in which requests begin, for each subject. The default is \(Int(defaultDuration)).",
                .number(above: 0, max: Int(totalLimit))
            ),
            "arrivals": .choice(of: Arrivals.self),
            "seed": .described("Makes Poisson arrivals repeatable.", .integer(min: 0)),
            "warm_up": .described(
                "Seconds before that, at the same rate, which are not counted. The default is \(Int(defaultWarmUp)).",
                .number(min: 0, max: 60)
            ),
            "tolerance": .described("Outputs that differ by more than this are different.", .number(min: 0)),
            "workspace": .name,
        ]
    )
}

extension SimulationRequest.Inputs: WireType {
    package static let schemaName = "SimulationInputs"
    package static let schema = Schema.described(
        "Either data or a pipeline.",
        .object(optional: [
            "data": .described("What a file contains.", .string()),
            "format": .described("The default is json: a request, or a list of requests.", .choice(of: Format.self)),
            "pipeline": .described("The pipeline whose logged requests are replayed.", .name),
            "start": .time, "end": .time,
            "requests": .described(
                "How many of its newest requests. The default is \(defaultRequests).",
                .integer(min: 1, max: limit)
            ),
        ])
    )
}

extension SimulationReport: WireType {
    package static let schema = Schema.object([
        "created_at": .time, "rate": .number(), "duration": .number(),
        "arrivals": .choice(of: SimulationRequest.Arrivals.self), "inputs": .integer(min: 0),
        "subjects": .list(of: Subject.self), "summary": .list(.string()), "notes": .list(.string()),
    ])
}

extension SimulationReport.Subject: WireType {
    package static let schemaName = "SimulatedSubject"
    package static let schema = Schema.object(
        [
            "name": .string(), "kind": .choice(of: SimulationReport.Kind.self), "version": .string(),
            "requests": .integer(min: 0), "answered": .integer(min: 0),
            "failures": .list(.object(["code": .string(), "message": .string(), "count": .integer(min: 0)])),
            "throughput": .described("Answers a second, while requests began.", .number(min: 0)),
            "backlog": .described("Requests without an answer when the last one began.", .integer(min: 0)),
            "saturated": .described("Whether the subject cannot keep up with the rate.", .boolean),
            "memory": .object([
                "before": .integer(min: 0), "loaded": .integer(min: 0), "peak": .integer(min: 0), "shared": .boolean,
            ]),
            "surroundings": .object([
                "server_busy": .number(), "machine_busy": .number(), "other_requests": .integer(min: 0),
                "lag_p99_ms": .number(min: 0), "lag_max_ms": .number(min: 0), "late": .boolean,
            ]),
        ],
        optional: [
            "latency": .described(
                "From when a request should have begun to its answer.",
                .object(
                    ["mean_ms": .number(), "p50_ms": .number(), "max_ms": .number()],
                    optional: ["p90_ms": .number(), "p95_ms": .number(), "p99_ms": .number()]
                )
            ),
            "outputs": .object(
                [
                    "compared": .integer(min: 0), "different": .integer(min: 0), "incomparable": .integer(min: 0),
                ],
                optional: ["largest_difference": .number(min: 0), "first_different": .integer(min: 0)]
            ),
        ]
    )
}
