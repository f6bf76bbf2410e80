import AWS
import Definitions
import Endpoints
import Foundation
import Platform

/// The stored form of a monitoring job definition: the request. It never changes.
struct JobDefinitionRecord: Codable, Sendable {
    var arn: String
    var request: JSON
}

extension SageMakerService {
    static let jobDefinitionOperations: [String: Operation] = [
        "CreateDataQualityJobDefinition": { try await $0.createJobDefinition(.dataQuality, $1) },
        "DescribeDataQualityJobDefinition": { try await $0.describeJobDefinition(.dataQuality, $1) },
        "DeleteDataQualityJobDefinition": { try await $0.deleteJobDefinition(.dataQuality, $1) },
        "ListDataQualityJobDefinitions": { try await $0.listJobDefinitions(.dataQuality, $1) },
        "CreateModelQualityJobDefinition": { try await $0.createJobDefinition(.modelQuality, $1) },
        "DescribeModelQualityJobDefinition": { try await $0.describeJobDefinition(.modelQuality, $1) },
        "DeleteModelQualityJobDefinition": { try await $0.deleteJobDefinition(.modelQuality, $1) },
        "ListModelQualityJobDefinitions": { try await $0.listJobDefinitions(.modelQuality, $1) },
    ]

    private func createJobDefinition(_ kind: MonitorRequest.Kind, _ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("JobDefinitionName")
        let arn = call.arn(kind.arnKind, name)
        let request = try MonitorRequest(kind, definition: call.input)
        _ = try request.monitor()
        try await checkMonitored(request.endpoint, call)
        let record = JobDefinitionRecord(arn: arn, request: call.input.without("Tags"))
        guard try await platform.addRecord(record, kind.recordKind, name, at: call.time) else {
            throw AWSError("ResourceInUse", "A \(kind.words) job definition with this name already exists (\(arn)).")
        }
        try await keepTags(call, of: arn)
        return .object(["JobDefinitionArn": .string(arn)])
    }

    private func describeJobDefinition(_ kind: MonitorRequest.Kind, _ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("JobDefinitionName")
        let record = try await jobDefinition(kind, name, call)
        return record.value.request.merging([
            "JobDefinitionArn": .string(record.value.arn), "CreationTime": .time(record.createdAt),
        ])
    }

    private func deleteJobDefinition(_ kind: MonitorRequest.Kind, _ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("JobDefinitionName")
        guard try await platform.removeRecord(kind.recordKind, name) else {
            throw Self.noJobDefinition(kind, name, call)
        }
        try await removeTags(of: call.arn(kind.arnKind, name))
        return nil
    }

    private func listJobDefinitions(_ kind: MonitorRequest.Kind, _ call: AWSCall) async throws -> JSON? {
        var found: [ListedResource] = []
        for record in try await platform.allRecorded(JobDefinitionRecord.self, kind.recordKind) {
            let endpoint = try MonitorRequest(kind, definition: record.value.request).endpoint
            if let wanted = call.input["EndpointName"]?.string, wanted != endpoint { continue }
            found.append(
                ListedResource(
                    name: record.name,
                    createdAt: record.createdAt,
                    modifiedAt: record.modifiedAt,
                    summary: .object([
                        "MonitoringJobDefinitionName": .string(record.name),
                        "MonitoringJobDefinitionArn": .string(record.value.arn),
                        "CreationTime": .time(record.createdAt), "EndpointName": .string(endpoint),
                    ])
                )
            )
        }
        return try ListedResource.page(call, found, as: "JobDefinitionSummaries")
    }

    func jobDefinition(
        _ kind: MonitorRequest.Kind,
        _ name: String,
        _ call: AWSCall
    ) async throws -> Recorded<JobDefinitionRecord> {
        guard let record = try await platform.recorded(JobDefinitionRecord.self, kind.recordKind, name) else {
            throw Self.noJobDefinition(kind, name, call)
        }
        return record
    }

    private static func noJobDefinition(_ kind: MonitorRequest.Kind, _ name: String, _ call: AWSCall) -> AWSError {
        AWSError("ResourceNotFound", "Could not find \(kind.words) job definition \"\(call.arn(kind.arnKind, name))\".")
    }

    /// Checks that an endpoint exists and captures.
    func checkMonitored(_ name: String, _ call: AWSCall) async throws {
        guard let record = try await endpoints.entry(named: name)?.record else {
            throw Self.refusal(.missing, name, arn: call.arn("endpoint", name))
        }
        var captures = [record.serving?.definition.capture]
        if case .definition(let wanted, _) = record.pending?.kind { captures.append(wanted.capture) }
        guard captures.contains(where: { $0?.isEnabled == true }) else {
            throw AWSError.validation(
                "Endpoint \"\(name)\" does not capture data, so there is nothing to monitor. Enable it with a DataCaptureConfig in the endpoint "
                    + "configuration."
            )
        }
    }
}

extension MonitorRequest.Kind {
    var recordKind: RecordKind { RecordKind("sagemaker-\(arnKind)") }
}
