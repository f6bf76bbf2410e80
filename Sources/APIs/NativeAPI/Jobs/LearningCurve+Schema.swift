package import Definitions

extension LearningCurveDefinition: WireType {
    package static let schema = Schema.object(
        ["name": .string(pattern: Name.jobPattern, maxLength: nameLimit)],
        optional: [
            "job": .described("An existing training job, whose definition is used.", .string()),
            "training": .described("Another one; its name is not used.", .reference(TrainingDefinition.self)),
            "percents": .described(
                "How much of the training data the jobs get, in percent, in ascending order; the last one is 100.",
                .list(.integer(min: 1, max: 100))
            ),
            "repeats": .described(
                "How many samples of each size there are. The default is \(defaultRepeats).",
                .integer(min: 1, max: 20)
            ),
            "holdout": .described(
                "The share of the training data that is held out if the job has no channel for that. The default is "
                    + "\(defaultHoldout).",
                .number(above: 0, max: 1)
            ),
            "metric": .described("A metric on held-out data. The default is the only one.", .string(maxLength: 255)),
            "direction": .choice(of: TuningDefinition.Objective.Direction.self),
            "seed": .integer(min: 0),
        ]
    )
}

extension LearningCurve: WireType {
    package static let schema = Schema.object(
        [
            "definition": .reference(LearningCurveDefinition.self), "state": .reference(JobState.self),
            "points": .list(
                .object(
                    [
                        "percent": .integer(min: 1, max: 100), "lines": .integer(min: 0), "jobs": .list(.string()),
                        "values": .described(
                            "In the order of the jobs; null for one without a value.",
                            .list(.anything)
                        ),
                    ],
                    optional: ["metric": .reference(Estimate.self)]
                )
            ),
        ],
        optional: [
            "lines": .integer(min: 0), "held_out_lines": .integer(min: 0), "metric": .string(),
            "direction": .choice(of: TuningDefinition.Objective.Direction.self),
            "gain": .described("By how much the last step improved the metric.", .reference(Estimate.self)),
            "verdict": .choice(of: Verdict.self), "summary": .string(),
        ]
    )
}
