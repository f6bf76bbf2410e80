import AWS
import Definitions
import Foundation
import Jobs
import Platform

extension SageMakerService {
    static let tuningOperations: [String: Operation] = [
        "CreateHyperParameterTuningJob": { try await $0.createTuningJob($1) },
        "DescribeHyperParameterTuningJob": { try await $0.describeTuningJob($1) },
        "ListHyperParameterTuningJobs": { try await $0.listTuningJobs($1) },
        "ListTrainingJobsForHyperParameterTuningJob": { try await $0.listTrials($1) },
        "StopHyperParameterTuningJob": { try await $0.stopTuningJob($1) },
        "DeleteHyperParameterTuningJob": { try await $0.deleteTuningJob($1) },
    ]

    private static let arnKind = "hyper-parameter-tuning-job"

    private func createTuningJob(_ call: AWSCall) async throws -> JSON {
        let input = call.input
        let name = try input.required("HyperParameterTuningJobName")
        let definition = try TuningRequest.definition(input, name: name)
        let roles = try TuningRequest.trainings(of: input).map { $0["RoleArn"]?.string }
        let role = { (rejection: JobRejection) -> String? in
            let index = definition.candidates.firstIndex { rejection.concerns($0.training) }
            return roles[index ?? 0]
        }
        try await worded(call, role: role) {
            _ = try await jobs.tune(definition, request: input.without("Tags").text)
        }
        let arn = call.arn(Self.arnKind, name)
        try await keepTags(call, of: arn)
        return .object(["HyperParameterTuningJobArn": .string(arn)])
    }

    private func tuningJob(_ call: AWSCall) async throws -> RecordedJob<TuningJob> {
        let name = try call.input.required("HyperParameterTuningJobName")
        guard let job = try await self.jobs.job(TuningJob.self, named: name) else {
            throw Self.refusal(.missing(.tuning, name), call)
        }
        return job
    }

    private func describeTuningJob(_ call: AWSCall) async throws -> JSON {
        let recorded = try await tuningJob(call)
        let job = recorded.job
        let name = job.name
        let state = job.state
        let trials = try await jobs.trials(of: name)
        let best = trials.first { $0.name == job.best }.map { trial($0, of: job.definition, call) }
        var overall = best
        if let warmStart = job.definition.warmStart, warmStart.isIdentical {
            overall = try await overallBest(job, warmStart, call) ?? best
        }
        let latest = state.endedAt ?? call.time
        return TuningRequest.described(recorded).merging([
            "HyperParameterTuningJobName": .string(name),
            "HyperParameterTuningJobArn": .string(call.arn(Self.arnKind, name)),
            "HyperParameterTuningJobStatus": .string(state.status.rawValue),
            "CreationTime": .time(state.createdAt),
            "HyperParameterTuningEndTime": state.endedAt.map(JSON.time),
            "LastModifiedTime": .time(trials.map(\.state.modifiedAt).reduce(state.modifiedAt, max)),
            "FailureReason": state.failureReason.map { .string(String($0.prefix(1024))) },
            "BestTrainingJob": best,
            "OverallBestTrainingJob": job.definition.warmStart == nil ? nil : overall,
            "ConsumedResources": .object([
                "RuntimeInSeconds": .number(max(0, latest.timeIntervalSince(state.createdAt)).rounded())
            ]),
            "TuningJobCompletionDetails": Self.completion(job, trials),
        ]).merging(counters(trials, of: job.definition))
    }

    /// Returns how many trials have ended since the best one, and since when that has been so many that the search has converged.
    private static func completion(_ job: TuningJob, _ trials: [TrainingJob]) -> JSON {
        let ended = trials.filter(\.state.status.isFinal).sorted { $0.state.modifiedAt < $1.state.modifiedAt }
        let worse = ended.firstIndex { $0.name == job.best }.map { ended.dropFirst($0 + 1) } ?? ended[...]
        let converged = worse.dropFirst(TuningRequest.convergence - 1).first?.state.modifiedAt
        return .members([
            "NumberOfTrainingJobsObjectiveNotImproving": .number(Double(worse.count)),
            "ConvergenceDetectedTime": converged.map(JSON.time),
        ])
    }

    /// Returns the best trial of a job and its parents.
    private func overallBest(
        _ job: TuningJob,
        _ warmStart: TuningDefinition.WarmStart,
        _ call: AWSCall
    ) async throws -> JSON? {
        var jobs = [job]
        for parent in warmStart.parents {
            if let parent = try await self.jobs.job(TuningJob.self, named: parent)?.job { jobs.append(parent) }
        }
        let isMinimized = job.definition.objective.direction == .minimize
        let best = jobs.filter { $0.bestValue != nil }.min { first, second in
            let (first, second) = (first.bestValue ?? 0, second.bestValue ?? 0)
            return isMinimized ? first < second : first > second
        }
        guard let best, let name = best.best,
            let trial = try await self.jobs.job(TrainingJob.self, named: name)?.job
        else { return nil }
        return self.trial(trial, of: best.definition, call)
    }

    private func listTuningJobs(_ call: AWSCall) async throws -> JSON {
        let found = try await jobs(TuningJob.self, call, order: .name, isDescending: false)
        var summaries: [JSON] = []
        for job in found.jobs {
            let trials = try await jobs.trials(of: job.name)
            let summary = JSON.members([
                "HyperParameterTuningJobName": .string(job.name),
                "HyperParameterTuningJobArn": .string(call.arn(Self.arnKind, job.name)),
                "HyperParameterTuningJobStatus": .string(job.state.status.rawValue),
                "Strategy": .string(job.definition.strategy.rawValue),
                "CreationTime": .time(job.state.createdAt),
                "HyperParameterTuningEndTime": job.state.endedAt.map(JSON.time),
                "LastModifiedTime": .time(job.state.modifiedAt),
                "ResourceLimits": .members([
                    "MaxNumberOfTrainingJobs": .number(Double(job.definition.maxTrials)),
                    "MaxParallelTrainingJobs": .number(Double(job.definition.maxParallelTrials)),
                    "MaxRuntimeInSeconds": job.definition.maxRuntime.map { .number(Double($0)) },
                ]),
            ])
            summaries.append(summary.merging(counters(trials, of: job.definition)))
        }
        return .members(["HyperParameterTuningJobSummaries": .array(summaries), "NextToken": found.next])
    }

    private func stopTuningJob(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("HyperParameterTuningJobName")
        try await worded(call) { try await jobs.stopTuning(name) }
        return nil
    }

    /// Removes only the job's record. Its trials remain, and their descriptions stay the same.
    private func deleteTuningJob(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("HyperParameterTuningJobName")
        var requests: [String: String] = [:]
        for trial in try await jobs.trials(of: name) { requests[trial.name] = try await trialRequest(of: trial)?.text }
        try await worded(call) { [requests] in try await jobs.removeTuning(name, trialRequests: requests) }
        try await removeTags(of: call.arn(Self.arnKind, name))
        return nil
    }

    // MARK: Trials

    private func listTrials(_ call: AWSCall) async throws -> JSON {
        let definition = try await tuningJob(call).job.definition
        let page = try Page(call)
        let status = call.input["StatusEquals"]?.string
        var trials = try await jobs.trials(of: definition.name).filter { trial in
            status.map { trial.state.status.rawValue == $0 } ?? true
        }
        let isDescending = call.input["SortOrder"]?.string == "Descending"
        func sort<Key: Comparable>(_ key: (TrainingJob) -> Key) {
            trials.sort { isDescending ? key($0) > key($1) : key($0) < key($1) }
        }
        switch call.input["SortBy"]?.string {
        case "CreationTime": sort(\.state.createdAt)
        case "Status": sort(\.state.status.rawValue)
        case "FinalObjectiveMetricValue":
            // Omit trials without a value, as AWS does.
            let value = { (trial: TrainingJob) in trial.objective(definition.candidate(ofTrial: trial.name)) }
            trials.removeAll { value($0) == nil }
            sort { value($0) ?? 0 }
        default: sort(\.name)
        }
        let cut = page.cut(trials)
        return .members([
            "TrainingJobSummaries": .array(cut.elements.map { trial($0, of: definition, call) }),
            "NextToken": cut.next,
        ])
    }

    private func trial(_ job: TrainingJob, of definition: TuningDefinition, _ call: AWSCall) -> JSON {
        let candidate = definition.candidate(ofTrial: job.name)
        let value = job.objective(candidate)
        let tuned = Set(candidate.ranges.map(\.name))
        let state = job.state
        return .members([
            "TrainingJobDefinitionName": candidate.training.name.isEmpty ? nil : .string(candidate.training.name),
            "TrainingJobName": .string(job.name),
            "TrainingJobArn": .string(call.arn("training-job", job.name)),
            "TuningJobName": .string(definition.name),
            "CreationTime": .time(state.createdAt),
            "TrainingStartTime": state.startedAt.map(JSON.time),
            "TrainingEndTime": state.endedAt.map(JSON.time),
            "TrainingJobStatus": .string(state.status.rawValue),
            "TunedHyperParameters": .strings(job.definition.hyperparameters.filter { tuned.contains($0.key) }),
            "FailureReason": state.failureReason.map { .string(String($0.prefix(1024))) },
            "FinalHyperParameterTuningJobObjectiveMetric": value.map {
                .object([
                    "Type": .string(candidate.objective.direction.rawValue),
                    "MetricName": .string(candidate.objective.metric), "Value": .number($0),
                ])
            },
            "ObjectiveStatus": .string(!state.status.isFinal ? "Pending" : value == nil ? "Failed" : "Succeeded"),
        ])
    }

    private func counters(_ trials: [TrainingJob], of definition: TuningDefinition) -> [String: JSON?] {
        func count(_ isCounted: (TrainingJob) -> Bool) -> JSON { .number(Double(trials.filter(isCounted).count)) }
        return [
            "TrainingJobStatusCounters": .object([
                "Completed": count { $0.state.status == .completed },
                "InProgress": count { !$0.state.status.isFinal },
                "RetryableError": .number(0),
                "NonRetryableError": count { $0.state.status == .failed },
                "Stopped": count { $0.state.status == .stopped },
            ]),
            "ObjectiveStatusCounters": .object([
                "Succeeded": count { $0.objective(definition.candidate(ofTrial: $0.name)) != nil },
                "Pending": count { !$0.state.status.isFinal },
                "Failed": count {
                    $0.state.status.isFinal && $0.objective(definition.candidate(ofTrial: $0.name)) == nil
                },
            ]),
        ]
    }

    /// Returns a trial as a `CreateTrainingJob` request; `nil` if its tuning job was not created with the SageMaker API.
    func trialRequest(of job: TrainingJob) async throws -> JSON? {
        guard let name = job.tuningJob, let recorded = try await self.jobs.job(TuningJob.self, named: name),
            let request = recorded.request.flatMap({ JSON(parsing: Data($0.utf8)) })
        else { return nil }
        let candidate = recorded.job.definition.candidate(ofTrial: job.name)
        let trainings = try TuningRequest.trainings(of: request)
        let training = trainings.first { $0["DefinitionName"]?.string == candidate.training.name } ?? trainings[0]
        return TuningRequest.filled(training, candidate).without(
            "DefinitionName",
            "TuningObjective",
            "HyperParameterRanges",
            "StaticHyperParameters",
            "HyperParameterTuningResourceConfig"
        )
    }
}

extension JobRejection {
    /// Whether this part of a definition is what was rejected.
    fileprivate func concerns(_ training: TrainingDefinition) -> Bool {
        switch self {
        case .noData(let channel, _): training.channels.contains(channel)
        case .unknownAlgorithm(let name, _), .cannotTrain(let name, _): training.algorithm == name
        case .nameTaken, .missing, .ended, .notEnded, .parentNotEnded: false
        }
    }
}
