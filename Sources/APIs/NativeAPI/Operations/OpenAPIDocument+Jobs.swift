import Definitions

extension OpenAPIDocument {
    private static var channel: [String: Any] {
        [
            "name": text, "uri": text, "selection": choice(["prefix", "manifest"]), "content_type": text,
            "compressed": truth,
        ]
    }

    private static func jobName(_ limit: Int) -> [String: Any] {
        ["type": "string", "pattern": Name.jobPattern, "maxLength": limit]
    }

    static var jobSchemas: [String: Any] {
        let strategies = TuningDefinition.Strategy.allCases.map(\.rawValue)
        let scaling = choice(["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"])
        var schemas: [String: Any] = [
            "DataChannel": object(channel, optional: ["selection", "content_type", "compressed"]),
            "TransformInput": object(channel, optional: ["name", "selection", "content_type", "compressed"]),
            "Metric": object(["name": text, "value": number, "time": time]),
            "JobState": object(
                [
                    "status": choice(JobState.Status.allCases.map(\.rawValue)), "failure_reason": text,
                    "created_at": time, "started_at": time, "ended_at": time, "modified_at": time,
                    "phases": list(
                        object(
                            ["name": text, "started_at": time, "ended_at": time, "message": text],
                            optional: ["ended_at"]
                        )
                    ),
                ],
                optional: ["failure_reason", "started_at", "ended_at"]
            ),
            "TrainingDefinition": object(
                [
                    "name": jobName(Name.jobLimit), "algorithm": text, "hyperparameters": map(of: text),
                    "channels": list(of: "DataChannel"), "output": text,
                    "max_runtime": ["type": "integer", "minimum": 1], "environment": map(of: text),
                    "metrics": list(object(["name": text, "pattern": text])), "checkpoints": text,
                ],
                optional: ["hyperparameters", "channels", "max_runtime", "environment", "metrics", "checkpoints"]
            ),
            "TrainingJob": object(
                [
                    "definition": reference("TrainingDefinition"), "state": reference("JobState"), "model": text,
                    "metrics": list(of: "Metric"), "tuning_job": text,
                ],
                optional: ["model", "tuning_job"]
            ),
            "HyperparameterRange": [
                "oneOf": [
                    object(
                        [
                            "name": text, "type": choice(["integer"]), "min": integer, "max": integer,
                            "scaling": scaling,
                        ],
                        optional: ["scaling"]
                    ),
                    object(
                        [
                            "name": text, "type": choice(["continuous"]), "min": number, "max": number,
                            "scaling": scaling,
                        ],
                        optional: ["scaling"]
                    ),
                    object(["name": text, "type": choice(["categorical"]), "values": list(text)]),
                ]
            ],
            "TuningObjective": object(["metric": text, "direction": choice(["Minimize", "Maximize"])]),
            "TuningCandidate": object([
                "objective": reference("TuningObjective"), "ranges": list(of: "HyperparameterRange"),
                "training": reference("TrainingDefinition"),
            ]),
            "TuningDefinition": object(
                [
                    "name": jobName(Name.tuningJobLimit), "strategy": choice(strategies),
                    "objective": reference("TuningObjective"),
                    "ranges": list(of: "HyperparameterRange"), "max_trials": ["type": "integer", "minimum": 1],
                    "max_parallel_trials": ["type": "integer", "minimum": 1], "early_stopping": truth,
                    "resource": object(["min": integer, "max": integer]), "seed": integer, "target": number,
                    "warm_start": object(["parents": list(text), "identical": truth]),
                    "training": reference("TrainingDefinition"), "others": list(of: "TuningCandidate"),
                    "max_trials_without_improvement": integer, "max_runtime": integer,
                ],
                optional: [
                    "strategy", "max_parallel_trials", "early_stopping", "resource", "seed", "target", "warm_start",
                    "others", "max_trials_without_improvement", "max_runtime",
                ]
            ),
            "TuningJob": object(
                [
                    "definition": reference("TuningDefinition"), "state": reference("JobState"), "best": text,
                    "best_value": number,
                ],
                optional: ["best", "best_value"]
            ),
            "TransformDefinition": object(
                [
                    "name": jobName(Name.jobLimit), "model": text, "workspace": name,
                    "input": reference("TransformInput"), "output": text,
                    "split": choice(["None", "Line", "RecordIO"]), "assemble": choice(["None", "Line"]),
                    "batching": choice(["MultiRecord", "SingleRecord"]),
                    "max_payload": ["type": "integer", "minimum": 0, "maximum": 100],
                    "max_concurrent": ["type": "integer", "minimum": 0], "accept": text, "input_filter": text,
                    "output_filter": text, "join": choice(["None", "Input"]), "environment": map(of: text),
                ],
                optional: [
                    "workspace", "split", "assemble", "batching", "max_payload", "max_concurrent", "accept",
                    "input_filter", "output_filter", "join", "environment",
                ]
            ),
            "TransformJob": object([
                "definition": reference("TransformDefinition"), "state": reference("JobState"),
                "progress": object([
                    "objects": integer, "objects_done": integer, "bytes": integer, "bytes_done": integer,
                    "records": integer, "records_failed": integer,
                ]),
            ]),
            "JobLog": object(["events": list(object(["time": time, "message": text])), "next": integer]),
        ]
        for kind in JobKind.allCases {
            schemas[kind.schema + "List"] = object(
                ["jobs": list(of: kind.schema), "next_offset": integer],
                optional: ["next_offset"]
            )
        }
        return schemas
    }

    private static func choice(_ values: [String]) -> [String: Any] { ["type": "string", "enum": values] }
}
