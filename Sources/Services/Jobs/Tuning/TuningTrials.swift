import Catalog
package import Definitions
import Foundation
import LineLogs
import Platform
import Tuning
import WorkThreads

/// The trials of a tuning job and the searches that propose them.
struct TuningTrials: Sendable {
    private struct Place: Sendable {
        let candidate: Int
        /// The number within the candidate's search.
        let number: Int
        /// The steps after which the trial ends by itself; `nil` if unknown.
        let steps: Int?
    }

    private let definition: TuningDefinition
    private var searches: [Search]
    private var places: [String: Place] = [:]
    /// The number in the name of the latest trial.
    private var lastNumber = 0
    private var lastFailure: String?
    /// The place of a trial that was proposed and has no record yet.
    private var proposed: Place?

    /// The running trials by name; `true` if the trial was asked to stop.
    private(set) var running: [String: Bool] = [:]
    /// The number of trials so far.
    private(set) var count = 0
    /// Trials without an objective value.
    private(set) var failures = 0
    /// Trials that ended after the best one.
    private(set) var withoutImprovement = 0
    private(set) var best: (name: String, value: Double)?

    /// Reads the existing trials: those of the parents, and those of an earlier run.
    init(_ definition: TuningDefinition, service: JobService) async throws {
        self.definition = definition
        searches = try definition.candidates.enumerated().map { try definition.search(of: $1, index: $0) }
        if let warmStart = definition.warmStart {
            for parent in warmStart.parents {
                let trials = try await service.trials(of: parent)
                for (index, candidate) in definition.candidates.enumerated() {
                    searches[index].learn(
                        trials.compactMap { trial in
                            trial.objective(candidate).map { (trial.definition.hyperparameters, $0) }
                        },
                        isComparable: warmStart.isIdentical
                    )
                }
            }
        }
        let trials = try await service.trials(of: definition.name)
        for trial in trials {
            let number = Self.number(in: trial.name, of: definition) ?? lastNumber + 1
            let candidate = (number - 1) % searches.count
            let adopted = searches[candidate].adopt(trial.definition.hyperparameters)
            proposed = Place(candidate: candidate, number: adopted.number, steps: trial.definition.steps)
            lastNumber = max(lastNumber, number)
            begin(trial.definition)
        }
        // In the order in which they ended, which is how the searches originally learned of them.
        let ended = trials.filter(\.state.status.isFinal).sorted { $0.state.modifiedAt < $1.state.modifiedAt }
        for trial in ended {
            if definition.stopsEarly || definition.strategy == .hyperband {
                for value in try await service.curve(
                    of: trial,
                    metric: definition.candidate(ofTrial: trial.name).objective.metric
                ) {
                    _ = report(trial.name, value)
                }
            }
            end(trial)
        }
    }

    /// Returns the next trial; `nil` if everything has been tried.
    mutating func next() -> TrainingDefinition? {
        for _ in searches.indices {
            let number = lastNumber + 1
            let index = (number - 1) % searches.count
            lastNumber = number
            guard let trial = searches[index].propose() else { continue }
            let candidate = definition.candidates[index]
            var training = candidate.training
            training.name = definition.trialName(number)
            training.hyperparameters.merge(trial.values) { _, tuned in tuned }
            training.hyperparameters[TuningDefinition.objectiveHyperparameter] = candidate.objective.metric
            if let metric = training.knownMetrics.first(where: { $0.name == candidate.objective.metric }),
                !training.metrics.contains(metric)
            {
                training.metrics.append(metric)
            }
            proposed = Place(candidate: index, number: trial.number, steps: training.steps)
            return training
        }
        return nil
    }

    /// Notes that the trial that was proposed last has a record.
    mutating func begin(_ trial: TrainingDefinition) {
        places[trial.name] = proposed
        running[trial.name] = false
        count += 1
    }

    /// Reports the next value of a running trial.
    ///
    /// - Returns: Whether to stop the trial.
    mutating func report(_ trial: String, _ value: Double) -> Bool {
        guard let place = places[trial], running[trial] == false else { return false }
        guard !searches[place.candidate].report(place.number, value) else { return false }
        // Its last step is done, so there is nothing left to stop.
        if let steps = place.steps, searches[place.candidate].steps(of: place.number) >= steps { return false }
        running[trial] = true
        return true
    }

    /// Records the result of a trial that has ended.
    mutating func end(_ job: TrainingJob) {
        guard let place = places[job.name], running.removeValue(forKey: job.name) != nil else { return }
        let candidate = definition.candidates[place.candidate]
        guard let value = job.objective(candidate) else {
            searches[place.candidate].fail(place.number)
            failures += 1
            withoutImprovement += 1
            lastFailure = job.state.failureReason ?? lastFailure
            return
        }
        searches[place.candidate].observe(place.number, value)
        // A trial without a model cannot be the best.
        if job.model == nil {
            withoutImprovement += 1
        } else if let best, isBetter(best.value, orSameAs: value) {
            withoutImprovement += 1
        } else {
            best = (job.name, value)
            withoutImprovement = 0
        }
    }

    func isBetter(_ value: Double, orSameAs other: Double) -> Bool {
        definition.objective.direction == .minimize ? value <= other : value >= other
    }

    /// How the job ends when there are no more trials to run.
    var exhausted: JobEnding {
        guard best == nil else { return .completed("All trials have ended.") }
        let details =
            lastFailure.map { "the last one failed with: \($0)" } ?? "none of them wrote the objective metric "
            + "'\(definition.objective.metric)'."
        return .failed("No training job succeeded after \(count) attempts. Additional details: \(details)")
    }

    private static func number(in trial: String, of definition: TuningDefinition) -> Int? {
        trial.dropFirst(definition.name.utf8.count + 1).split(separator: "-").first.flatMap { Int($0) }
    }
}

extension TuningDefinition {
    /// The hyperparameter that names the metric by which trials are compared.
    package static let objectiveHyperparameter = "_tuning_objective_metric"

    /// Returns the candidate of a trial. Trials alternate between the candidates.
    package func candidate(ofTrial name: String) -> Candidate {
        let number = name.dropFirst(self.name.utf8.count + 1).split(separator: "-").first.flatMap { Int($0) } ?? 1
        let all = candidates
        return all[max(0, number - 1) % all.count]
    }
}

extension TrainingDefinition {
    /// The steps of a trial of a built-in algorithm, each of which reports metrics; `nil` if unknown, as for cross-validation.
    fileprivate var steps: Int? {
        guard let builtIn, hyperparameters["_kfold"] == nil else { return nil }
        return hyperparameters[builtIn == .xgboost ? "num_round" : "epochs"].flatMap { Double($0) }.flatMap {
            Int(exactly: $0)
        }
    }
}

extension TrainingJob {
    /// Returns the objective's value of a trial that has ended; `nil` if it failed or reported none.
    package func objective(_ candidate: TuningDefinition.Candidate) -> Double? {
        guard state.status == .completed || state.status == .stopped,
            let value = metrics.first(where: { $0.name == candidate.objective.metric })?.value, value.isFinite
        else { return nil }
        return value
    }
}

extension JobService {
    /// Returns the values of a metric that the latest run of a job reported, in order.
    fileprivate func curve(of job: TrainingJob, metric: String) async throws -> [Double] {
        guard let started = job.state.startedAt else { return [] }
        let isBuiltIn = job.definition.builtIn != nil
        return try await offload { [logs] in
            let reader = try MetricReader(job.definition.metrics, hasBuiltInMetrics: isBuiltIn)
            var values: [Double] = []
            var position = 0
            while true {
                let page = try logs.events(of: .training, job.name, from: position, since: started, limit: 10_000)
                if page.next == position { return values }
                position = page.next
                for event in page.events {
                    let found = reader.values(in: event.message, at: event.time).filter { $0.name == metric }
                    values += found.map(\.value)
                }
            }
        }
    }
}
