import Catalog
package import Definitions
import Encodings
import Foundation
import Platform
import Tuning

extension JobService {
    /// Checks a definition as far as possible before the tuning job is accepted.
    ///
    /// - Throws: ``JobRejection``, or ``RoostError`` that names the invalid field.
    func check(_ definition: TuningDefinition) async throws {
        try Name.checkJob(definition.name, limit: Name.tuningJobLimit)
        try checkLimits(definition)
        for (index, candidate) in definition.candidates.enumerated() {
            let field = index == 0 ? "" : "others[\(index - 1)]."
            try checkRanges(candidate, of: definition, field: field)
            try checkObjective(candidate, field: field)
            var trial = candidate.training
            trial.name = definition.trialName(1)
            try await check(trial)
            try await checkHyperparameters(candidate, field: field)
        }
        if let warmStart = definition.warmStart { try await check(warmStart, of: definition) }
    }

    private func checkLimits(_ definition: TuningDefinition) throws {
        func check(_ value: Int?, in range: ClosedRange<Int>, field: String) throws {
            if let value { try JobLimits.check(value, in: range, field: field) }
        }
        try check(definition.maxTrials, in: 1...JobLimits.trials, field: "max_trials")
        try check(definition.maxParallelTrials, in: 1...definition.maxTrials, field: "max_parallel_trials")
        try check(
            definition.maxTrialsWithoutImprovement,
            in: 1...JobLimits.trials,
            field: "max_trials_without_improvement"
        )
        try check(definition.maxRuntime, in: 1...JobLimits.tuningRuntime, field: "max_runtime")
        guard definition.strategy == .hyperband else { return }
        guard let resource = definition.resource else {
            throw RoostError(
                .invalidInput,
                "Hyperband requires the maximum number of steps of a trial.",
                field: "resource"
            )
        }
        try check(resource.min, in: 1...JobLimits.trialSteps, field: "resource.min")
        try check(resource.max, in: resource.min...JobLimits.trialSteps, field: "resource.max")
        if definition.stopsEarly {
            throw RoostError(
                .invalidInput,
                "Hyperband stops trials by its own rule and cannot be combined with 'early_stopping'.",
                field: "early_stopping"
            )
        }
    }

    private func checkRanges(
        _ candidate: TuningDefinition.Candidate,
        of definition: TuningDefinition,
        field: String
    ) throws {
        let field = field + "ranges"
        guard (1...30).contains(candidate.ranges.count) else {
            throw RoostError(
                .invalidInput,
                "A search must have 1 to 30 ranges, not \(candidate.ranges.count).",
                field: field
            )
        }
        for (index, range) in candidate.ranges.enumerated() {
            let name = range.name
            func refuse(_ message: String) -> RoostError {
                RoostError(.invalidInput, message, field: "\(field)[\(index)]")
            }
            if name.isEmpty { throw refuse("A range needs the name of a hyperparameter.") }
            if candidate.training.hyperparameters[name] != nil {
                throw refuse("The hyperparameter '\(name)' has both a range and a fixed value. Specify only one.")
            }
            switch range.values {
            case .integer(let low, let high, _):
                if low > high { throw refuse("The range of '\(name)' is empty: \(low) is greater than \(high).") }
            case .continuous(let low, let high, _):
                guard low <= high else {
                    throw refuse("The range of '\(name)' is empty: \(low) is greater than \(high).")
                }
            case .categorical(let values):
                guard (1...30).contains(values.count) else {
                    throw refuse("The categorical range of '\(name)' must have 1 to 30 values, not \(values.count).")
                }
            }
        }
        do {
            _ = try definition.search(of: candidate, index: 0)
        } catch {
            let index = candidate.ranges.firstIndex { $0.name == error.parameter }
            throw RoostError(
                .invalidInput,
                error.description,
                field: index.map { "\(field)[\($0)]" } ?? field
            )
        }
    }

    private func checkObjective(_ candidate: TuningDefinition.Candidate, field: String) throws {
        let known = candidate.training.knownMetrics.map(\.name)
        let metric = candidate.objective.metric
        // XGBoost's metrics may have a threshold: `ndcg@5`.
        let stem = metric.split(separator: "@").first.map(String.init) ?? metric
        let isXGBoost = candidate.training.builtIn == .xgboost
        guard !known.contains(metric), !isXGBoost || !known.contains(stem) else { return }
        let what =
            known.isEmpty
            ? "Define in 'metrics' how to read it from the algorithm's output."
            : "Expected one of: \(known.joined(separator: ", "))."
        throw RoostError(
            .invalidInput,
            "The algorithm '\(candidate.training.algorithm.prefix(200))' has no metric '\(metric.prefix(200))'. \(what)",
            field: field + "objective.metric"
        )
    }

    private func check(_ warmStart: TuningDefinition.WarmStart, of definition: TuningDefinition) async throws {
        guard (1...5).contains(warmStart.parents.count) else {
            throw RoostError(
                .invalidInput,
                "A warm start must have 1 to 5 parents, not \(warmStart.parents.count).",
                field: "warm_start.parents"
            )
        }
        for (index, name) in warmStart.parents.enumerated() {
            let field = "warm_start.parents[\(index)]"
            guard let parent = try await catalog.job(TuningJob.self, named: name)?.job else {
                throw RoostError(.notFound, "There is no tuning job '\(name)'.", field: field)
            }
            guard parent.state.status.isFinal else { throw JobRejection.parentNotEnded(name, field: field) }
            guard parent.definition.objective.metric == definition.objective.metric else {
                throw RoostError(
                    .invalidInput,
                    "The objective of the tuning job '\(name)' is '\(parent.definition.objective.metric)', but the objective "
                        + "of this job is '\(definition.objective.metric)'. They must be the same.",
                    field: field
                )
            }
            let algorithms = (parent.definition.training.algorithm, definition.training.algorithm)
            guard !warmStart.isIdentical || algorithms.0 == algorithms.1 else {
                throw RoostError(
                    .invalidInput,
                    "The algorithm of the tuning job '\(name)' is '\(algorithms.0)', but the algorithm of this job is "
                        + "'\(algorithms.1)'. They must be the same for identical data and algorithm.",
                    field: field
                )
            }
        }
    }
}

extension TrainingDefinition {
    /// The metrics in the job's output: those that the user defined, and those of a built-in algorithm.
    package var knownMetrics: [MetricDefinition] {
        metrics + (builtIn?.metrics ?? []).filter { known in !metrics.contains { $0.name == known.name } }
    }

    /// The built-in algorithm that the job runs; `nil` if it runs a script, even in the image of a built-in algorithm.
    var builtIn: BuiltInAlgorithm? {
        if case .builtIn(let algorithm) = program { algorithm } else { nil }
    }
}

extension TuningDefinition {
    /// Returns a new name for trial number `number`: `NAME-007-` followed by a random suffix.
    func trialName(_ number: Int) -> String {
        let digits = String(number)
        let suffix = (0..<8).map { _ in String("0123456789abcdef".randomElement() ?? "0") }.joined()
        return "\(name)-\(String(repeating: "0", count: max(0, 3 - digits.count)))\(digits)-\(suffix)"
    }

    /// Returns a new search over a candidate's ranges.
    ///
    /// - Parameter index: The candidate's index, so that each has a different seed.
    func search(of candidate: Candidate, index: Int) throws(SearchSpace.Problem) -> Search {
        let space = try SearchSpace(
            candidate.ranges.map { range in
                .init(range.name, range.clipped(for: candidate.training.builtIn).values.forSearch)
            }
        )
        let kind: Search.Strategy =
            switch strategy {
            case .bayesian: .bayesian
            case .random: .random
            case .grid: .grid
            case .hyperband:
                .hyperband(
                    minSteps: min(resource?.min ?? 1, JobLimits.trialSteps),
                    maxSteps: min(resource?.max ?? 1, JobLimits.trialSteps)
                )
            }
        return try Search(
            space,
            strategy: kind,
            direction: candidate.objective.direction == .minimize ? .minimize : .maximize,
            seed: (seed ?? StableHash.fnv1a(name))
                &+ UInt64(index),
            stopsEarly: stopsEarly
        )
    }
}

extension HyperparameterRange.Values {
    fileprivate var forSearch: SearchSpace.Values {
        switch self {
        case .integer(let low, let high, let scaling): .integer(low...high, scaling.forSearch)
        case .continuous(let low, let high, let scaling): .continuous(low...high, scaling.forSearch)
        case .categorical(let values): .categorical(values)
        }
    }
}

extension HyperparameterRange.Scaling {
    fileprivate var forSearch: SearchSpace.Scaling {
        switch self {
        case .auto: .auto
        case .linear: .linear
        case .logarithmic: .logarithmic
        case .reverseLogarithmic: .reverseLogarithmic
        }
    }
}
