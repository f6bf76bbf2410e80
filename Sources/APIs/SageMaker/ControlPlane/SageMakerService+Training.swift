import AWS
import Buckets
import Definitions
import Foundation
import Jobs
import Platform

extension SageMakerService {
    static let trainingOperations: [String: Operation] = [
        "CreateTrainingJob": { try await $0.createTrainingJob($1) },
        "DescribeTrainingJob": { try await $0.describeTrainingJob($1) },
        "ListTrainingJobs": { try await $0.listTrainingJobs($1) },
        "StopTrainingJob": { try await $0.stopTrainingJob($1) },
    ]

    private func createTrainingJob(_ call: AWSCall) async throws -> JSON {
        let input = call.input
        let name = try input.required("TrainingJobName")
        let definition = try TrainingRequest.definition(
            input,
            name: name,
            hyperparameters: input["HyperParameters"]?.strings ?? [:]
        )
        try await worded(call, role: { _ in input["RoleArn"]?.string }) {
            _ = try await jobs.train(definition, request: input.without("Tags").text)
        }
        let arn = call.arn("training-job", name)
        try await keepTags(call, of: arn)
        return .object(["TrainingJobArn": .string(arn)])
    }

    private func describeTrainingJob(_ call: AWSCall) async throws -> JSON {
        let recorded = try await trainingJob(call)
        let job = recorded.job
        let given = recorded.request.flatMap { JSON(parsing: Data($0.utf8)) }
        let trial = given == nil ? try await trialRequest(of: job) : nil
        let asked = given ?? trial ?? TrainingRequest.request(job.definition)
        let state = job.state
        let seconds = state.startedAt.map { started in
            JSON.number(max(0, (state.endedAt ?? call.time).timeIntervalSince(started)).rounded(.up))
        }
        return withDefaults(asked, metrics: metrics(of: job)).merging([
            "TrainingJobName": .string(job.name),
            "TrainingJobArn": .string(call.arn("training-job", job.name)),
            "TuningJobArn": job.tuningJob.map { .string(call.arn("hyper-parameter-tuning-job", $0)) },
            "HyperParameters": .strings(job.definition.hyperparameters),
            "TrainingJobStatus": .string(state.status.rawValue),
            "SecondaryStatus": state.phases.last.map { .string($0.name) },
            "SecondaryStatusTransitions": .array(state.phases.map(Self.transition)),
            "FailureReason": state.failureReason.map { .string(String($0.prefix(1024))) },
            "CreationTime": .time(state.createdAt),
            "LastModifiedTime": .time(state.modifiedAt),
            "TrainingStartTime": state.startedAt.map(JSON.time),
            "TrainingEndTime": state.endedAt.map(JSON.time),
            "TrainingTimeInSeconds": state.status.isFinal ? seconds : nil,
            "BillableTimeInSeconds": state.status.isFinal ? seconds : nil,
            "ModelArtifacts": job.model.map { .object(["S3ModelArtifacts": .string($0)]) },
            "FinalMetricDataList": job.metrics.isEmpty
                ? nil
                : .array(
                    job.metrics.map {
                        .object([
                            "MetricName": .string($0.name), "Value": .number($0.value), "Timestamp": .time($0.time),
                        ])
                    }
                ),
        ])
    }

    /// Returns the metrics that a job may report, or, once it has ended, has reported.
    ///
    /// The SDK's analytics query each of them, and warn about each that has no values.
    private func metrics(of job: TrainingJob) -> [MetricDefinition] {
        let known = job.definition.knownMetrics
        guard job.state.status.isFinal, !job.metrics.isEmpty else { return known }
        let reported = Set(job.metrics.map(\.name))
        return known.filter { reported.contains($0.name) || job.definition.metrics.contains($0) }
    }

    /// Returns a request with AWS's defaults, some of which the SDK's `attach()` requires.
    private func withDefaults(_ asked: JSON, metrics: [MetricDefinition]) -> JSON {
        let specification = asked["AlgorithmSpecification"] ?? .object([:])
        let resources = JSON.object([
            "InstanceType": .string("local"), "InstanceCount": .number(1), "VolumeSizeInGB": .number(30),
        ])
        return asked.merging([
            "RoleArn": asked["RoleArn"] ?? .string(Self.role),
            "AlgorithmSpecification": specification.merging([
                "TrainingInputMode": specification["TrainingInputMode"] ?? .string("File"),
                "MetricDefinitions": metrics.isEmpty ? nil : TrainingRequest.metricDefinitions(metrics),
            ]),
            "OutputDataConfig": JSON.object(["KmsKeyId": .string("")]).merging(
                asked["OutputDataConfig"]?.object ?? [:]
            ),
            "ResourceConfig": resources.merging(asked["ResourceConfig"]?.object ?? [:]),
            "StoppingCondition": JSON.object(["MaxRuntimeInSeconds": .number(86400)])
                .merging(asked["StoppingCondition"]?.object ?? [:]),
            "EnableNetworkIsolation": asked["EnableNetworkIsolation"] ?? .bool(false),
            "EnableInterContainerTrafficEncryption": asked["EnableInterContainerTrafficEncryption"] ?? .bool(false),
            "EnableManagedSpotTraining": asked["EnableManagedSpotTraining"] ?? .bool(false),
            "ProfilingStatus": .string("Disabled"),
        ])
    }

    private static func transition(_ phase: JobState.Phase) -> JSON {
        .members([
            "Status": .string(phase.name),
            "StartTime": .time(phase.startedAt),
            "EndTime": phase.endedAt.map(JSON.time),
            "StatusMessage": .string(phase.message.isEmpty ? endMessages[phase.name] ?? "" : phase.message),
        ])
    }

    /// AWS's status messages for the end of a job.
    private static let endMessages = [
        "Completed": "Training job completed",
        "Stopped": "Training job stopped",
        "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    ]

    private func trainingJob(_ call: AWSCall) async throws -> RecordedJob<TrainingJob> {
        let name = try call.input.required("TrainingJobName")
        guard let job = try await jobs.job(TrainingJob.self, named: name) else {
            throw Self.refusal(.missing(.training, name), call)
        }
        return job
    }

    private func listTrainingJobs(_ call: AWSCall) async throws -> JSON {
        // No job has a warm pool or a training plan.
        guard call.input["WarmPoolStatusEquals"] == nil, call.input["TrainingPlanArnEquals"] == nil else {
            return .object(["TrainingJobSummaries": .array([])])
        }
        let found = try await jobs(TrainingJob.self, call, isDescending: false)
        return .members([
            "TrainingJobSummaries": .array(
                found.jobs.map { job in
                    .members([
                        "TrainingJobName": .string(job.name),
                        "TrainingJobArn": .string(call.arn("training-job", job.name)),
                        "CreationTime": .time(job.state.createdAt),
                        "TrainingEndTime": job.state.endedAt.map(JSON.time),
                        "LastModifiedTime": .time(job.state.modifiedAt),
                        "TrainingJobStatus": .string(job.state.status.rawValue),
                        "SecondaryStatus": job.state.phases.last.map { .string($0.name) },
                    ])
                }
            ),
            "NextToken": found.next,
        ])
    }

    private func stopTrainingJob(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("TrainingJobName")
        try await worded(call) { try await jobs.stopTraining(name) }
        return nil
    }
}
