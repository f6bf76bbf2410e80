package import Definitions

extension CounterfactualRequest: WireType {
    package static let schema = Schema.object(optional: [
        "arm": .described("The arm to which all units would have gone.", .string()),
        "decision": .described("A condition that replaces the metric's.", .string()),
        "metric": .reference(GoalMetric.self), "start": .time, "end": .time, "experiment": .string(),
    ])
}

extension CounterfactualReport: WireType {
    package static let schema = Schema.object(
        [
            "pipeline": .name, "policy": .string(), "metric": .reference(GoalMetric.self),
            "effective_sample_size": .number(min: 0), "is_unreliable": .boolean, "notes": .list(.string()),
        ],
        optional: [
            "observed": .reference(Estimate.self), "inverse_propensity": .reference(Estimate.self),
            "self_normalized": .reference(Estimate.self),
        ]
    )
}
