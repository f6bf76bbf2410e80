import AWS
import Definitions
import Foundation
import Jobs
import Platform

extension SageMakerService {
    static let transformOperations: [String: Operation] = [
        "CreateTransformJob": { try await $0.createTransformJob($1) },
        "DescribeTransformJob": { try await $0.describeTransformJob($1) },
        "ListTransformJobs": { try await $0.listTransformJobs($1) },
        "StopTransformJob": { try await $0.stopTransformJob($1) },
    ]

    private func createTransformJob(_ call: AWSCall) async throws -> JSON {
        let input = call.input
        let definition = try TransformRequest.definition(input)
        let arn = call.arn("transform-job", definition.name)
        if try await jobs.job(TransformJob.self, named: definition.name) != nil {
            throw Self.transformJobExists(arn)
        }
        guard let model = try await platform.recorded(ModelRecord.self, .model, definition.model.name)?.value else {
            throw AWSError.validation("Could not find model \"\(call.arn("model", definition.model.name))\".")
        }
        let role = model.request["ExecutionRoleArn"]?.string
        try await checkData([definition.input], role: role ?? "", region: call.region)
        do {
            _ = try await jobs.transform(definition, request: input.without("Tags").text)
        } catch let error as RoostError where error.code == .conflict {
            throw Self.transformJobExists(arn)
        }
        try await keepTags(call, of: arn)
        return .object(["TransformJobArn": .string(arn)])
    }

    private static func transformJobExists(_ arn: String) -> AWSError {
        AWSError(
            "ResourceInUse",
            "Job name must be unique within an AWS account and region, and a job with this name already exists (\(arn))"
        )
    }

    private func describeTransformJob(_ call: AWSCall) async throws -> JSON {
        let recorded = try await transformJob(call)
        let job = recorded.job
        let asked =
            recorded.request.flatMap { JSON(parsing: Data($0.utf8)) } ?? TransformRequest.request(job.definition)
        return TransformRequest.withDefaults(asked).merging([
            "TransformJobName": .string(job.name),
            "TransformJobArn": .string(call.arn("transform-job", job.name)),
            "TransformJobStatus": .string(job.state.status.rawValue),
            "FailureReason": job.state.failureReason.map { .string(String($0.prefix(1024))) },
            "CreationTime": .time(job.state.createdAt),
            "TransformStartTime": job.state.startedAt.map(JSON.time),
            "TransformEndTime": job.state.endedAt.map(JSON.time),
            // AWS reports no progress; clients ignore unknown members.
            "RoostProgress": Self.progress(job.progress),
        ])
    }

    private static func progress(_ progress: TransformJob.Progress) -> JSON {
        .object([
            "Objects": .number(Double(progress.objects)),
            "ObjectsDone": .number(Double(progress.objectsDone)),
            "Bytes": .number(Double(progress.bytes)),
            "BytesDone": .number(Double(progress.bytesDone)),
            "Records": .number(Double(progress.records)),
            "RecordsFailed": .number(Double(progress.recordsFailed)),
        ])
    }

    private func transformJob(_ call: AWSCall) async throws -> RecordedJob<TransformJob> {
        let name = try call.input.required("TransformJobName")
        guard let job = try await jobs.job(TransformJob.self, named: name) else {
            throw AWSError.validation("Could not find requested job with name: \(name)")
        }
        return job
    }

    private func listTransformJobs(_ call: AWSCall) async throws -> JSON {
        let found = try await jobs(TransformJob.self, call, isDescending: true)
        return .members([
            "TransformJobSummaries": .array(
                found.jobs.map { job in
                    .members([
                        "TransformJobName": .string(job.name),
                        "TransformJobArn": .string(call.arn("transform-job", job.name)),
                        "CreationTime": .time(job.state.createdAt),
                        "TransformEndTime": job.state.endedAt.map(JSON.time),
                        "LastModifiedTime": .time(job.state.modifiedAt),
                        "TransformJobStatus": .string(job.state.status.rawValue),
                        "FailureReason": job.state.failureReason.map { .string(String($0.prefix(1024))) },
                    ])
                }
            ),
            "NextToken": found.next,
        ])
    }

    private func stopTransformJob(_ call: AWSCall) async throws -> JSON? {
        let job = try await transformJob(call).job
        if job.state.status.isFinal {
            throw AWSError.validation(
                "The request was rejected because the transform job is in status \(job.state.status.rawValue)."
            )
        }
        try await jobs.stopTransform(job.name)
        return nil
    }
}
