import AWS
import Definitions
import Foundation

/// Converts `CreateHyperParameterTuningJob` requests to definitions and back.
enum TuningRequest {
    /// The number of trials without improvement after which a search has converged, if the request asks to stop then.
    private static let convergence = 20
    /// Static hyperparameters that set Hyperband's default `MaxResource`, as on AWS.
    private static let resourceNames = [
        "epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs", "num_round", "num-round",
    ]

    static func definition(_ input: JSON, name: String) throws -> TuningDefinition {
        guard let config = input["HyperParameterTuningJobConfig"] else {
            throw AWSError.missing(["HyperParameterTuningJobConfig"])
        }
        let isAutotuned = isAutotuned(input)
        let candidates = try trainings(of: input).map { try candidate($0, config, isAutotuned: isAutotuned) }
        guard let strategy = TuningDefinition.Strategy(rawValue: try config.required("Strategy")) else {
            throw AWSError.validation("Unknown strategy. Expected one of: Bayesian, Random, Grid, Hyperband.")
        }
        let limits = config["ResourceLimits"]
        let chosen = isAutotuned && strategy != .grid ? chosenTrials(candidates) : nil
        let maxTrials = try limits?["MaxNumberOfTrainingJobs"]?.int ?? chosen ?? defaultTrials(strategy, candidates[0])
        var definition = TuningDefinition(
            name: name,
            strategy: strategy,
            objective: candidates[0].objective,
            ranges: candidates[0].ranges,
            maxTrials: maxTrials,
            maxParallelTrials: limits?["MaxParallelTrainingJobs"]?.int ?? 1,
            training: candidates[0].training
        )
        definition.others = Array(candidates.dropFirst())
        try checkGrid(definition)
        definition.maxRuntime = limits?["MaxRuntimeInSeconds"]?.int
        definition.stopsEarly =
            config["TrainingJobEarlyStoppingType"].map { $0.string == "Auto" }
            ?? (isAutotuned && strategy != .hyperband)
        definition.seed = config["RandomSeed"]?.int.map { UInt64(max(0, $0)) }
        definition.resource = try resource(strategy, config, candidates[0])
        let criteria = config["TuningJobCompletionCriteria"]
        definition.target = criteria?["TargetObjectiveMetricValue"]?.number
        definition.maxTrialsWithoutImprovement =
            criteria?["BestObjectiveNotImproving"]?["MaxNumberOfTrainingJobsNotImproving"]?.int
        let isConverging = criteria?["ConvergenceDetected"]?["CompleteOnConvergence"]?.string == "Enabled"
        if isConverging || isAutotuned && criteria == nil && strategy != .grid {
            let given = definition.maxTrialsWithoutImprovement ?? convergence
            definition.maxTrialsWithoutImprovement = min(given, convergence)
        }
        definition.warmStart = try warmStart(input["WarmStartConfig"])
        return definition
    }

    /// Returns the training job definitions: one, or a list of several.
    static func trainings(of input: JSON) throws -> [JSON] {
        switch (input["TrainingJobDefinition"], input["TrainingJobDefinitions"]?.array) {
        case (let one?, nil): return [one]
        case (nil, let several?) where !several.isEmpty:
            let names = several.compactMap { $0["DefinitionName"]?.string }
            guard names.count == several.count, Set(names).count == names.count else {
                throw AWSError.validation("Each of the TrainingJobDefinitions must have a unique DefinitionName.")
            }
            return several
        case (nil, _): throw AWSError.missing(["TrainingJobDefinition"])
        case (_, _):
            throw AWSError.validation(
                "You must specify either TrainingJobDefinition or TrainingJobDefinitions, not both."
            )
        }
    }

    private static func candidate(
        _ training: JSON,
        _ config: JSON,
        isAutotuned: Bool
    ) throws -> TuningDefinition.Candidate {
        guard let objective = training["TuningObjective"] ?? config["HyperParameterTuningJobObjective"] else {
            throw AWSError.missing(["HyperParameterTuningJobConfig", "HyperParameterTuningJobObjective"])
        }
        let direction = TuningDefinition.Objective.Direction(rawValue: try objective.required("Type"))
        let given = training["HyperParameterRanges"] ?? config["ParameterRanges"] ?? .object([:])
        var candidate = TuningDefinition.Candidate(
            objective: .init(metric: try objective.required("MetricName"), direction: direction ?? .minimize),
            ranges: try ranges(given),
            training: try TrainingRequest.definition(
                training,
                name: training["DefinitionName"]?.string ?? "",
                hyperparameters: (training["StaticHyperParameters"]?.strings ?? [:])
                    .filter { $0.key != "_tuning_objective_metric" }
            )
        )
        let fixed = config["Strategy"]?.string == TuningDefinition.Strategy.hyperband.rawValue ? resourceNames : []
        try chooseRanges(given, isAutotuned: isAutotuned, fixed: fixed, in: &candidate)
        return candidate
    }

    private static func ranges(_ input: JSON) throws -> [HyperparameterRange] {
        var ranges: [HyperparameterRange] = []
        for range in input["IntegerParameterRanges"]?.array ?? [] {
            let name = try range.required("Name")
            ranges.append(
                HyperparameterRange(
                    name: name,
                    values: .integer(
                        min: try bound(range, "MinValue", of: name) { Int($0) },
                        max: try bound(range, "MaxValue", of: name) { Int($0) },
                        scaling: scaling(range)
                    )
                )
            )
        }
        for range in input["ContinuousParameterRanges"]?.array ?? [] {
            let name = try range.required("Name")
            ranges.append(
                HyperparameterRange(
                    name: name,
                    values: .continuous(
                        min: try bound(range, "MinValue", of: name) { Double($0) },
                        max: try bound(range, "MaxValue", of: name) { Double($0) },
                        scaling: scaling(range)
                    )
                )
            )
        }
        for range in input["CategoricalParameterRanges"]?.array ?? [] {
            let values = (range["Values"]?.array ?? []).compactMap(\.string)
            ranges.append(HyperparameterRange(name: try range.required("Name"), values: .categorical(values)))
        }
        return ranges
    }

    private static func bound<Value>(
        _ range: JSON,
        _ member: String,
        of name: String,
        _ read: (String) -> Value?
    ) throws -> Value {
        let text = try range.required(member)
        guard let value = read(text) else {
            throw AWSError.validation(
                "Invalid \(member) '\(text)' of '\(name)'. Expected a number of the range's type."
            )
        }
        return value
    }

    private static func scaling(_ range: JSON) -> HyperparameterRange.Scaling {
        range["ScalingType"]?.string.flatMap { HyperparameterRange.Scaling(rawValue: $0) } ?? .auto
    }

    /// Returns the number of trials if the request does not specify it, which only a grid allows: its number of combinations.
    private static func defaultTrials(
        _ strategy: TuningDefinition.Strategy,
        _ candidate: TuningDefinition.Candidate
    ) throws -> Int {
        guard strategy == .grid else {
            throw AWSError.missing(["HyperParameterTuningJobConfig", "ResourceLimits", "MaxNumberOfTrainingJobs"])
        }
        return combinations(candidate) ?? 1
    }

    /// Returns the number of combinations of categories; `nil` if a range is numeric or the number overflows.
    private static func combinations(_ candidate: TuningDefinition.Candidate) -> Int? {
        var count = 1
        for range in candidate.ranges {
            guard case .categorical(let values) = range.values else { return nil }
            let (product, overflows) = count.multipliedReportingOverflow(by: values.count)
            if overflows { return nil }
            count = product
        }
        return count
    }

    private static func checkGrid(_ definition: TuningDefinition) throws {
        guard definition.strategy == .grid, definition.others.isEmpty,
            let count = combinations(definition.candidates[0]), count != definition.maxTrials
        else { return }
        throw AWSError.validation(
            "MaxNumberOfTrainingJobs is \(definition.maxTrials), but the grid has \(count) combinations. With strategy "
                + "Grid, it must equal the number of combinations or be omitted."
        )
    }

    private static func resource(
        _ strategy: TuningDefinition.Strategy,
        _ config: JSON,
        _ candidate: TuningDefinition.Candidate
    ) throws -> TuningDefinition.ResourceRange? {
        guard strategy == .hyperband else { return nil }
        let given = config["StrategyConfig"]?["HyperbandStrategyConfig"]
        let hyperparameters = candidate.training.hyperparameters
        let known = resourceNames.compactMap { hyperparameters[$0].flatMap { Int($0) } }.first
        guard let most = given?["MaxResource"]?.int ?? known else {
            throw AWSError.validation(
                "Strategy Hyperband requires MaxResource in HyperbandStrategyConfig, or one of the static "
                    + "hyperparameters: \(resourceNames.joined(separator: ", "))."
            )
        }
        return .init(min: given?["MinResource"]?.int ?? 1, max: most)
    }

    private static func warmStart(_ input: JSON?) throws -> TuningDefinition.WarmStart? {
        guard let input else { return nil }
        return .init(
            parents: try (input["ParentHyperParameterTuningJobs"]?.array ?? []).map {
                try $0.required("HyperParameterTuningJobName")
            },
            isIdentical: try input.required("WarmStartType") == "IdenticalDataAndAlgorithm"
        )
    }
}
