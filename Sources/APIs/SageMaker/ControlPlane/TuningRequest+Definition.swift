import AWS
import Definitions

extension TuningRequest {
    /// Returns the equivalent request for a job that was created with another API.
    static func request(_ definition: TuningDefinition) -> JSON {
        let candidates = definition.candidates
        let hasSeveral = candidates.count > 1
        let trainings = candidates.map { candidate in
            TrainingRequest.request(candidate.training).without("HyperParameters").merging([
                "DefinitionName": candidate.training.name.isEmpty ? nil : .string(candidate.training.name),
                "StaticHyperParameters": .strings(candidate.training.hyperparameters),
                "TuningObjective": hasSeveral ? objective(candidate.objective) : nil,
                "HyperParameterRanges": hasSeveral ? ranges(candidate.ranges) : nil,
            ])
        }
        return .members([
            "HyperParameterTuningJobConfig": .members([
                "Strategy": .string(definition.strategy.rawValue),
                "StrategyConfig": strategy(definition),
                "HyperParameterTuningJobObjective": hasSeveral ? nil : objective(definition.objective),
                "ResourceLimits": .members([
                    "MaxNumberOfTrainingJobs": .number(Double(definition.maxTrials)),
                    "MaxParallelTrainingJobs": .number(Double(definition.maxParallelTrials)),
                    "MaxRuntimeInSeconds": definition.maxRuntime.map { .number(Double($0)) },
                ]),
                "ParameterRanges": hasSeveral ? nil : ranges(definition.ranges),
                "TrainingJobEarlyStoppingType": .string(definition.stopsEarly ? "Auto" : "Off"),
                "RandomSeed": definition.seed.map { .number(Double($0)) },
            ]),
            "TrainingJobDefinition": hasSeveral ? nil : trainings[0],
            "TrainingJobDefinitions": hasSeveral ? .array(trainings) : nil,
            "WarmStartConfig": definition.warmStart.map { warmStart in
                .object([
                    "ParentHyperParameterTuningJobs": .array(
                        warmStart.parents.map { .object(["HyperParameterTuningJobName": .string($0)]) }
                    ),
                    "WarmStartType": .string(
                        warmStart.isIdentical ? "IdenticalDataAndAlgorithm" : "TransferLearning"
                    ),
                ])
            },
        ])
    }

    private static func objective(_ objective: TuningDefinition.Objective) -> JSON {
        .object(["Type": .string(objective.direction.rawValue), "MetricName": .string(objective.metric)])
    }

    private static func ranges(_ ranges: [HyperparameterRange]) -> JSON {
        var integer: [JSON] = []
        var continuous: [JSON] = []
        var categorical: [JSON] = []
        func numeric(_ name: String, _ min: String, _ max: String, _ scaling: HyperparameterRange.Scaling) -> JSON {
            .object([
                "Name": .string(name), "MinValue": .string(min), "MaxValue": .string(max),
                "ScalingType": .string(scaling.rawValue),
            ])
        }
        for range in ranges {
            switch range.values {
            case .integer(let min, let max, let scaling):
                integer.append(numeric(range.name, String(min), String(max), scaling))
            case .continuous(let min, let max, let scaling):
                continuous.append(numeric(range.name, String(min), String(max), scaling))
            case .categorical(let values):
                categorical.append(
                    .object(["Name": .string(range.name), "Values": .array(values.map { .string($0) })])
                )
            }
        }
        return .object([
            "IntegerParameterRanges": .array(integer), "ContinuousParameterRanges": .array(continuous),
            "CategoricalParameterRanges": .array(categorical),
        ])
    }
}
