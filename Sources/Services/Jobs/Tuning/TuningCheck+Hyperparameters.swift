import Definitions
import Learning
import Platform

extension JobService {
    /// Refuses unknown hyperparameters and invalid values, range ends and objectives, with which every trial of a built-in
    /// algorithm would fail.
    func checkHyperparameters(_ candidate: TuningDefinition.Candidate, field: String) async throws {
        guard case .builtIn(let algorithm) = try await program(of: candidate.training) else { return }
        func refusing(_ part: String, _ check: () throws -> Void) throws {
            do {
                try check()
            } catch LearningError.client(let reason) {
                throw RoostError(.invalidInput, reason, field: field + part)
            }
        }
        var trial = candidate.training.hyperparameters
        for (index, range) in candidate.ranges.enumerated() {
            let values = range.clipped(for: algorithm).values.samples
            try refusing("ranges[\(index)]") { for value in values { try algorithm.check(range.name, value) } }
            trial[range.name] = values.last
        }
        // Categories may need different hyperparameters, so a value is accepted if it is valid with any of them.
        var trials = [trial]
        for range in candidate.ranges {
            guard case .categorical(let values) = range.values else { continue }
            trials += values.map { value in trial.merging([range.name: value]) { $1 } }
        }
        func check(_ added: [String: String]) throws {
            let results = trials.lazy.map { trial in
                Result { try algorithm.check(trial.merging(added) { $1 }) }
            }
            if !results.contains(where: { (try? $0.get()) != nil }) { try results[0].get() }
        }
        try refusing("training.hyperparameters") { try check([:]) }
        let objective = [TuningDefinition.objectiveHyperparameter: candidate.objective.metric]
        try refusing("objective.metric") { try check(objective) }
    }
}

extension HyperparameterRange {
    /// Without ends that a hyperparameter of a built-in algorithm cannot have, but comes close to.
    func clipped(for algorithm: BuiltInAlgorithm?) -> HyperparameterRange {
        guard let algorithm, case .continuous(let low, let high, let scaling) = values else { return self }
        let clipped = algorithm.clipped(name, low, high)
        var range = self
        range.values = .continuous(min: clipped.low, max: clipped.high, scaling: scaling)
        return range
    }
}

extension HyperparameterRange.Values {
    /// Possible values of a trial: the ends of the range and, if it is continuous, a fractional value between them.
    fileprivate var samples: [String] {
        switch self {
        case .integer(let low, let high, _): [String(low), String(high)]
        case .continuous(let low, let high, _): [low, high, low + (high - low) * 0.618_034].map { String($0) }
        case .categorical(let values): values
        }
    }
}
