import Catalog
package import Definitions
import Foundation
import Platform
import Tuning

extension JobService {
    /// What can be known to be wrong before a tuning job is taken.
    package func check(_ definition: TuningDefinition) async throws {
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
            throw RoostError(.invalidInput, "Hyperband needs the most steps that a trial may take.", field: "resource")
        }
        try check(resource.min, in: 1...JobLimits.trialSteps, field: "resource.min")
        try check(resource.max, in: resource.min...JobLimits.trialSteps, field: "resource.max")
        if definition.stopsEarly {
            throw RoostError(
                .invalidInput,
                "Hyperband stops trials by a rule of its own; 'early_stopping' cannot be on as well.",
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
                "A search is over 1 to 30 ranges, not \(candidate.ranges.count).",
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
                throw refuse("The hyperparameter '\(name)' has a range and a fixed value; it can have one of them.")
            }
            switch range.values {
            case .integer(let low, let high, _):
                if low > high { throw refuse("The range of '\(name)' is empty: \(low) is greater than \(high).") }
            case .continuous(let low, let high, _):
                guard low <= high else {
                    throw refuse("The range of '\(name)' is empty: \(low) is not less than \(high).")
                }
            case .categorical(let values):
                guard (1...30).contains(values.count) else {
                    throw refuse("A categorical range has 1 to 30 values; that of '\(name)' has \(values.count).")
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
            ? "'metrics' must say how it is read from the algorithm's output."
            : "known are \(known.joined(separator: ", "))."
        throw RoostError(
            .invalidInput,
            "The algorithm '\(candidate.training.algorithm.prefix(200))' has no metric '\(metric.prefix(200))'; \(what)",
            field: field + "objective.metric"
        )
    }

    private func check(_ warmStart: TuningDefinition.WarmStart, of definition: TuningDefinition) async throws {
        guard (1...5).contains(warmStart.parents.count) else {
            throw RoostError(
                .invalidInput,
                "A search begins with 1 to 5 others, not \(warmStart.parents.count).",
                field: "warm_start.parents"
            )
        }
        for (index, name) in warmStart.parents.enumerated() {
            let field = "warm_start.parents[\(index)]"
            guard let parent = try await platform.catalog.job(TuningJob.self, named: name)?.job else {
                throw RoostError(.notFound, "There is no tuning job '\(name)'.", field: field)
            }
            guard parent.state.status.isFinal else {
                throw RoostError(.conflict, "The tuning job '\(name)' is not over yet.", field: field)
            }
            guard parent.definition.objective.metric == definition.objective.metric else {
                throw RoostError(
                    .invalidInput,
                    "The tuning job '\(name)' has the objective '\(parent.definition.objective.metric)', this one "
                        + "'\(definition.objective.metric)'; they must be the same.",
                    field: field
                )
            }
            let algorithms = (parent.definition.training.algorithm, definition.training.algorithm)
            guard !warmStart.isIdentical || algorithms.0 == algorithms.1 else {
                throw RoostError(
                    .invalidInput,
                    "The tuning job '\(name)' is of the algorithm '\(algorithms.0)', this one of '\(algorithms.1)': "
                        + "that is not identical.",
                    field: field
                )
            }
        }
    }
}

extension TrainingDefinition {
    /// The metrics of the job's output: those that the user defines, and those of a built-in algorithm.
    package var knownMetrics: [MetricDefinition] {
        metrics + (builtIn?.metrics ?? []).filter { known in !metrics.contains { $0.name == known.name } }
    }

    /// The algorithm of Roost's own that the job runs; a script in an image of one does what it likes.
    var builtIn: BuiltInAlgorithm? {
        if case .builtIn(let algorithm) = program { algorithm } else { nil }
    }
}

extension TuningDefinition {
    /// The stem of the names of trial number `number`: `NAME-007-`.
    func trialName(_ number: Int) -> String {
        let digits = String(number)
        let suffix = (0..<8).map { _ in String("0123456789abcdef".randomElement() ?? "0") }.joined()
        return "\(name)-\(String(repeating: "0", count: max(0, 3 - digits.count)))\(digits)-\(suffix)"
    }

    /// The search over a candidate's ranges.
    ///
    /// - Parameter index: The candidate's; each has another seed.
    func search(of candidate: Candidate, index: Int) throws(SearchSpace.Problem) -> Search {
        let space = try SearchSpace(candidate.ranges.map { .init($0.name, $0.values.forSearch) })
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
            seed: (seed ?? name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
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
