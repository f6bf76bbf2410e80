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
        guard let model = try await platform.recorded(ModelRecord.self, .model, definition.model.name)?.value else {
            throw Self.noModel(call, definition.model.name)
        }
        try await worded(call, role: { _ in model.request["ExecutionRoleArn"]?.string }) {
            _ = try await jobs.transform(definition, request: input.without("Tags").text)
        }
        let arn = call.arn("transform-job", definition.name)
        try await keepTags(call, of: arn)
        return .object(["TransformJobArn": .string(arn)])
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
            throw Self.refusal(.missing(.transform, name), call)
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
        let name = try call.input.required("TransformJobName")
        try await worded(call) { try await jobs.stopTransform(name) }
        return nil
    }
}
