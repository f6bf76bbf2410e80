import AWS
import Definitions
import Endpoints
import Foundation
import Platform
import Serving

extension SageMakerService {
    /// Returns the response of `DescribeEndpoint`.
    func description(of name: String, arn: String, _ entry: EndpointService.Entry) async throws -> JSON {
        let record = entry.record
        let note = record.sageMakerNote(arn: arn)
        var status = record.status
        var reason = record.failureReason
        if status == .inService, platform.serving.served[name] == nil,
            let deployment = try? await platform.settledDeployment(of: name), deployment.state == .error
        {
            // It was in service before, but could not be loaded after a restart of the server.
            status = .failed
            reason = deployment.error
        }
        var pending: JSON?
        var configName = record.serving?.definition.sageMakerRequest?.configName
        if let change = record.pending, case .definition(let wanted, _) = change.kind {
            let request = wanted.sageMakerRequest
            configName = configName ?? request?.configName
            let variants = (request?.variants?.array ?? []).map { variant in
                JSON.members([
                    "VariantName": variant["VariantName"], "InstanceType": variant["InstanceType"],
                    "DesiredWeight": variant["InitialVariantWeight"] ?? .number(1),
                    "DesiredInstanceCount": variant["InitialInstanceCount"],
                    "DesiredServerlessConfig": variant["ServerlessConfig"],
                ])
            }
            if record.serving != nil {
                pending = .members([
                    "EndpointConfigName": request.map { .string($0.configName) },
                    "ProductionVariants": .array(variants),
                    "StartTime": .time(change.startedAt),
                ])
            }
        }
        return .members([
            "EndpointName": .string(name), "EndpointArn": .string(note.arn),
            "EndpointConfigName": configName.map(JSON.string),
            "EndpointStatus": .string(status.sageMakerName), "FailureReason": reason.map(JSON.string),
            "CreationTime": .time(entry.createdAt), "LastModifiedTime": .time(entry.modifiedAt),
            "ProductionVariants": summaries(record.serving?.definition.variants ?? [], record, note, entry),
            "ShadowProductionVariants": summaries(record.serving?.definition.shadows ?? [], record, note, entry),
            "DataCaptureConfig": capture(record.serving?.definition.sageMakerRequest?.dataCapture),
            "LastDeploymentConfig": note.lastDeploymentConfig, "PendingDeploymentSummary": pending,
        ])
    }

    private func summaries(
        _ variants: [EndpointDefinition.Variant],
        _ record: EndpointRecord,
        _ note: EndpointNote,
        _ entry: EndpointService.Entry
    ) -> JSON? {
        guard !variants.isEmpty else { return nil }
        var wanted: [String: EndpointChange.Capacity] = [:]
        if case .capacities(let capacities) = record.pending?.kind {
            for capacity in capacities { wanted[capacity.variant] = capacity }
        }
        return .array(
            variants.map { variant in
                let image: [String: JSON] = [
                    "SpecifiedImage": .string(variant.image ?? ""), "ResolvedImage": .string(variant.image ?? ""),
                    "ResolutionTime": .time(entry.createdAt),
                ]
                let serverless = record.serverlessConfig(of: variant.name, note)
                let count = serverless == nil ? variant.instanceCount ?? 1 : nil
                let desired = wanted[variant.name]
                return .members([
                    "VariantName": .string(variant.name), "DeployedImages": .array([.object(image)]),
                    "CurrentWeight": .number(variant.weight),
                    "DesiredWeight": .number(desired?.weight ?? variant.weight),
                    "CurrentInstanceCount": count.map { .number(Double($0)) },
                    "DesiredInstanceCount": count.map { .number(Double(desired?.instanceCount ?? $0)) },
                    "CurrentServerlessConfig": serverless,
                ])
            }
        )
    }

    private func capture(_ config: JSON?) -> JSON? {
        guard let config else { return nil }
        let isOn = config["EnableCapture"]?.bool ?? false
        return .members([
            "EnableCapture": .bool(isOn), "CaptureStatus": .string(isOn ? "Started" : "Stopped"),
            "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
            "DestinationS3Uri": config["DestinationS3Uri"], "KmsKeyId": config["KmsKeyId"] ?? .string(""),
        ])
    }
}

extension EndpointRecord.Status {
    /// The status in SageMaker's words.
    var sageMakerName: String {
        switch self {
        case .creating: "Creating"
        case .inService: "InService"
        case .updating: "Updating"
        case .deleting: "Deleting"
        case .failed: "Failed"
        }
    }
}
