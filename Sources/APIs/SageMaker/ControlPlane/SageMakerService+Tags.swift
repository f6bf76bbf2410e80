import AWS
import Analyses
import Definitions
import Endpoints
import Foundation
import Jobs
import Platform

extension SageMakerService {
    static let tagOperations: [String: Operation] = [
        "AddTags": { try await $0.addTags($1) },
        "ListTags": { try await $0.listTags($1) },
        "DeleteTags": { try await $0.deleteTags($1) },
    ]

    private static let tagLimit = 50

    /// Rejects tags with a prefix that is reserved for AWS.
    static func checkTagKeys(_ input: JSON) throws {
        for tag in input["Tags"]?.array ?? [] where tag["Key"]?.string?.lowercased().hasPrefix("aws:") == true {
            throw AWSError.validation("aws: prefixed tag key names are not allowed for external use.")
        }
    }

    /// Stores the tags of a request that creates a resource.
    func keepTags(_ call: AWSCall, of arn: String) async throws {
        guard let tags = call.input["Tags"]?.array, !tags.isEmpty, let resource = ResourceName(arn: arn) else { return }
        try await save(try Self.adding(tags, to: [:]), of: resource, at: call.time)
    }

    /// Removes the tags of a deleted resource.
    func removeTags(of arn: String) async throws {
        if let resource = ResourceName(arn: arn) { try await removeTags(of: resource) }
    }

    func removeTags(of resource: ResourceName) async throws {
        _ = try await platform.removeRecord(.tags, resource.key)
    }

    private func addTags(_ call: AWSCall) async throws -> JSON {
        let resource = try await taggedResource(call)
        let tags = try Self.adding(call.input["Tags"]?.array ?? [], to: try await tags(of: resource))
        try await save(tags, of: resource, at: call.time)
        return .object(["Tags": Self.list(tags)])
    }

    private func deleteTags(_ call: AWSCall) async throws -> JSON {
        let resource = try await taggedResource(call)
        let names = Set((call.input["TagKeys"]?.array ?? []).compactMap(\.string))
        let tags = try await tags(of: resource).filter { !names.contains($0.key) }
        try await save(tags, of: resource, at: call.time)
        return .object([:])
    }

    private func listTags(_ call: AWSCall) async throws -> JSON {
        let resource = try await taggedResource(call)
        let tags = try await tags(of: resource).sorted { $0.key < $1.key }
        let page = try Page(call, limit: Self.tagLimit).cut(tags)
        return .members([
            "Tags": .array(page.elements.map { .object(["Key": .string($0.key), "Value": .string($0.value)]) }),
            "NextToken": page.next,
        ])
    }

    /// Returns the resource that a request names, which must exist.
    private func taggedResource(_ call: AWSCall) async throws -> ResourceName {
        let arn = try call.input.required("ResourceArn")
        guard let resource = ResourceName(arn: arn) else {
            throw AWSError.validation("Invalid ARN: '\(arn)'.")
        }
        let isThere =
            switch resource.kind {
            case "training-job": try await jobs.hasJob(.training, lowercased: resource.name)
            case "transform-job": try await jobs.hasJob(.transform, lowercased: resource.name)
            case "hyper-parameter-tuning-job": try await jobs.hasJob(.tuning, lowercased: resource.name)
            case "model": try await platform.hasRecord(.model, lowercased: resource.name)
            case "endpoint-config": try await platform.hasRecord(.endpointConfig, lowercased: resource.name)
            case Self.processingKind: try await analyses.hasAnalysis(lowercased: resource.name)
            case Self.scheduleKind: try await schedules.all().contains { $0.name.lowercased() == resource.name }
            case MonitorRequest.Kind.dataQuality.arnKind, MonitorRequest.Kind.modelQuality.arnKind:
                try await platform.hasRecord(RecordKind("sagemaker-\(resource.kind)"), lowercased: resource.name)
            case "endpoint": try await endpoints.all().contains { $0.name.lowercased() == resource.name }
            default: false
            }
        guard isThere else { throw AWSError.validation("Requested resource not found: \(arn)") }
        return resource
    }

    private func tags(of resource: ResourceName) async throws -> [String: String] {
        try await platform.recorded([String: String].self, .tags, resource.key)?.value ?? [:]
    }

    private func save(_ tags: [String: String], of resource: ResourceName, at time: Date) async throws {
        try await platform.putRecord(tags, .tags, resource.key, at: time)
    }

    private static func adding(_ tags: [JSON], to present: [String: String]) throws -> [String: String] {
        var result = present
        for tag in tags { result[try tag.required("Key")] = try tag.required("Value") }
        guard result.count <= tagLimit else {
            throw AWSError("ResourceLimitExceeded", "Too many tags: \(result.count). The limit is \(tagLimit).")
        }
        return result
    }

    private static func list(_ tags: [String: String]) -> JSON {
        .array(tags.sorted { $0.key < $1.key }.map { .object(["Key": .string($0.key), "Value": .string($0.value)]) })
    }
}

extension ResourceName {
    fileprivate var key: String { "\(kind)/\(name)" }
}
