import AWS
import Definitions
import Foundation
import Jobs

extension TuningRequest {
    /// Returns a tuning job's request with AWS's defaults, some of which the SDK's `HyperparameterTuner.attach()` requires.
    static func described(_ recorded: RecordedJob<TuningJob>) -> JSON {
        let definition = recorded.job.definition
        let asked = recorded.request.flatMap { JSON(parsing: Data($0.utf8)) } ?? request(definition)
        var config = asked["HyperParameterTuningJobConfig"] ?? .object([:])
        let hasSeveral = asked["TrainingJobDefinitions"] != nil
        if !hasSeveral || config["ParameterRanges"] != nil {
            config = config.merging(["ParameterRanges": ranges(config["ParameterRanges"])])
        }
        config = config.merging([
            "TrainingJobEarlyStoppingType": config["TrainingJobEarlyStoppingType"]
                ?? .string(definition.stopsEarly ? "Auto" : "Off"),
            "StrategyConfig": strategy(definition) ?? config["StrategyConfig"],
        ])
        let trainings = (try? trainings(of: asked)) ?? []
        let filled = zip(trainings, definition.candidates).map { training, candidate in
            let own = training["HyperParameterRanges"]
            let chosen = autoParameterNames(training, config)
            return Self.filled(training, candidate, except: chosen).merging([
                "HyperParameterRanges": own.map { ranges($0) }
            ])
        }
        return asked.merging([
            "HyperParameterTuningJobConfig": config,
            "TrainingJobDefinition": hasSeveral ? nil : filled.first,
            "TrainingJobDefinitions": hasSeveral ? .array(filled) : nil,
        ])
    }

    /// Returns Hyperband's resources, as requested or as read from the hyperparameters.
    static func strategy(_ definition: TuningDefinition) -> JSON? {
        definition.resource.map {
            .object([
                "HyperbandStrategyConfig": .object([
                    "MinResource": .number(Double($0.min)), "MaxResource": .number(Double($0.max)),
                ])
            ])
        }
    }

    /// Returns a training job definition with AWS's defaults.
    ///
    /// - Parameter names: Hyperparameters that the request has elsewhere than in `StaticHyperParameters`.
    static func filled(
        _ training: JSON,
        _ candidate: TuningDefinition.Candidate,
        except names: Set<String> = []
    ) -> JSON {
        let specification = training["AlgorithmSpecification"] ?? .object([:])
        let hyperparameters = candidate.training.hyperparameters.filter { !names.contains($0.key) }.merging(
            [TuningDefinition.objectiveHyperparameter: candidate.objective.metric]
        ) { $1 }
        return training.merging([
            "StaticHyperParameters": .strings(hyperparameters),
            "AlgorithmSpecification": specification.merging([
                "TrainingInputMode": specification["TrainingInputMode"] ?? .string("File"),
                "MetricDefinitions": TrainingRequest.metricDefinitions(candidate.training.knownMetrics),
            ]),
            "ResourceConfig": resources(training),
            "RoleArn": training["RoleArn"] ?? .string(SageMakerService.role),
            "StoppingCondition": training["StoppingCondition"]
                ?? .object(["MaxRuntimeInSeconds": .number(Double(candidate.training.maxRuntime))]),
            "OutputDataConfig": JSON.object(["KmsKeyId": .string("")]).merging(
                training["OutputDataConfig"]?.object ?? [:]
            ),
            "EnableNetworkIsolation": training["EnableNetworkIsolation"] ?? .bool(false),
            "EnableInterContainerTrafficEncryption": training["EnableInterContainerTrafficEncryption"] ?? .bool(false),
            "EnableManagedSpotTraining": training["EnableManagedSpotTraining"] ?? .bool(false),
        ])
    }

    /// Returns the training jobs' resources, which the SDK may specify as those of the tuning job.
    private static func resources(_ training: JSON) -> JSON {
        let given = training["ResourceConfig"] ?? training["HyperParameterTuningResourceConfig"] ?? .object([:])
        let first = given["InstanceConfigs"]?.array?.first ?? .object([:])
        return JSON.object([
            "InstanceType": .string("local"), "InstanceCount": .number(1), "VolumeSizeInGB": .number(30),
        ])
        .merging(first.object ?? [:])
        .merging(given.without("AllocationStrategy", "InstanceConfigs").object ?? [:])
    }

    /// Returns all three lists, even if empty, and each numeric range with its scaling type.
    private static func ranges(_ given: JSON?) -> JSON {
        func list(_ name: String, isNumeric: Bool) -> JSON {
            .array(
                (given?[name]?.array ?? []).map { range in
                    isNumeric ? range.merging(["ScalingType": range["ScalingType"] ?? .string("Auto")]) : range
                }
            )
        }
        return (given ?? .object([:])).merging([
            "IntegerParameterRanges": list("IntegerParameterRanges", isNumeric: true),
            "ContinuousParameterRanges": list("ContinuousParameterRanges", isNumeric: true),
            "CategoricalParameterRanges": list("CategoricalParameterRanges", isNumeric: false),
        ])
    }
}
