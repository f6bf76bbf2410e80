package import Definitions

extension Schema {
    fileprivate static func jobName(limit: Int) -> Schema { .string(pattern: Name.jobPattern, maxLength: limit) }
}

extension JobState: WireType {
    package static let schema = Schema.object(
        [
            "status": .choice(of: Status.self), "created_at": .time, "modified_at": .time,
            "phases": .list(
                .object(
                    ["name": .string(), "started_at": .time, "message": .string()],
                    optional: ["ended_at": .time]
                )
            ),
        ],
        optional: ["failure_reason": .string(), "started_at": .time, "ended_at": .time]
    )
}

extension DataChannel: WireType {
    package static let schema = Schema.object(
        ["name": .string(), "uri": .string()],
        optional: [
            "selection": .choice(of: Selection.self), "content_type": .string(), "compressed": .boolean,
        ]
    )
}

// MARK: Training

extension TrainingDefinition: WireType {
    package static let schema = Schema.object(
        ["name": .jobName(limit: Name.jobLimit), "algorithm": .string(), "output": .string()],
        optional: [
            "hyperparameters": .map(.string()), "channels": .list(of: DataChannel.self),
            "max_runtime": .integer(min: 1), "environment": .map(.string()),
            "metrics": .list(.object(["name": .string(), "pattern": .string()])), "checkpoints": .string(),
        ]
    )
}

extension TrainingJob: WireType {
    package static let schema = Schema.object(
        [
            "definition": .reference(TrainingDefinition.self), "state": .reference(JobState.self),
            "metrics": .list(of: MetricValue.self),
        ],
        optional: [
            "model": .string(), "model_sha256": .string(), "data": .list(of: DataDigest.self), "tuning_job": .string(),
        ]
    )
}

extension MetricValue: WireType {
    package static let schemaName = "Metric"
    package static let schema = Schema.object(["name": .string(), "value": .number(), "time": .time])
}

// MARK: Tuning

extension TuningDefinition: WireType {
    package static let schema = Schema.object(
        [
            "name": .jobName(limit: Name.tuningJobLimit), "objective": .reference(Objective.self),
            "ranges": .list(of: HyperparameterRange.self), "max_trials": .integer(min: 1),
            "training": .reference(TrainingDefinition.self),
        ],
        optional: [
            "strategy": .choice(of: Strategy.self), "max_parallel_trials": .integer(min: 1),
            "early_stopping": .boolean, "resource": .object(["min": .integer(), "max": .integer()]),
            "seed": .integer(), "target": .number(),
            "warm_start": .object(["parents": .list(.string()), "identical": .boolean]),
            "others": .list(of: Candidate.self), "max_trials_without_improvement": .integer(),
            "max_runtime": .integer(),
        ]
    )
}

extension TuningDefinition.Objective: WireType {
    package static let schemaName = "TuningObjective"
    package static let schema = Schema.object(["metric": .string(), "direction": .choice(of: Direction.self)])
}

extension TuningDefinition.Candidate: WireType {
    package static let schemaName = "TuningCandidate"
    package static let schema = Schema.object([
        "objective": .reference(TuningDefinition.Objective.self), "ranges": .list(of: HyperparameterRange.self),
        "training": .reference(TrainingDefinition.self),
    ])
}

extension HyperparameterRange: WireType {
    package static let schema = Schema.oneOf([
        .object(
            ["name": .string(), "type": .choice(["integer"]), "min": .integer(), "max": .integer()],
            optional: ["scaling": .choice(of: Scaling.self)]
        ),
        .object(
            ["name": .string(), "type": .choice(["continuous"]), "min": .number(), "max": .number()],
            optional: ["scaling": .choice(of: Scaling.self)]
        ),
        .object(["name": .string(), "type": .choice(["categorical"]), "values": .list(.string())]),
    ])
}

extension TuningJob: WireType {
    package static let schema = Schema.object(
        ["definition": .reference(TuningDefinition.self), "state": .reference(JobState.self)],
        optional: ["best": .string(), "best_value": .number()]
    )
}

// MARK: Transform

extension TransformDefinition: WireType {
    package static let schema = Schema.object(
        [
            "name": .jobName(limit: Name.jobLimit), "model": .string(), "input": .reference(TransformInput.self),
            "output": .string(),
        ],
        optional: [
            "workspace": .name, "split": .choice(of: Split.self), "assemble": .choice(of: Assembly.self),
            "batching": .choice(of: Batching.self), "max_payload": .integer(min: 0, max: 100),
            "max_concurrent": .integer(min: 0), "accept": .string(), "input_filter": .string(),
            "output_filter": .string(), "join": .choice(of: Join.self), "environment": .map(.string()),
        ]
    )
}

/// A data channel that needs no name, because there is only one.
private enum TransformInput: WireType {
    static let schema = Schema.object(
        ["uri": .string()],
        optional: [
            "name": .string(), "selection": .choice(of: DataChannel.Selection.self), "content_type": .string(),
            "compressed": .boolean,
        ]
    )
}

extension TransformJob: WireType {
    package static let schema = Schema.object([
        "definition": .reference(TransformDefinition.self), "state": .reference(JobState.self),
        "progress": .object([
            "objects": .integer(), "objects_done": .integer(), "bytes": .integer(), "bytes_done": .integer(),
            "records": .integer(), "records_failed": .integer(),
        ]),
    ])
}
