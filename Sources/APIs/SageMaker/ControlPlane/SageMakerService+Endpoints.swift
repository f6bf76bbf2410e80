import Definitions
import Foundation
import Platform

/// The stored form of an endpoint configuration.
struct EndpointConfigRecord: Codable, Sendable {
    var arn: String
    var request: JSON
}

extension SageMakerService {
    static let endpointOperations: [String: Operation] = [
        "CreateEndpointConfig": { try await $0.createEndpointConfig($1) },
        "DescribeEndpointConfig": { try await $0.describeEndpointConfig($1) },
        "DeleteEndpointConfig": { try await $0.deleteEndpointConfig($1) },
        "ListEndpointConfigs": { try await $0.listEndpointConfigs($1) },
        "CreateEndpoint": { try await $0.createEndpoint($1) },
        "DescribeEndpoint": { try await $0.describeEndpoint($1) },
        "UpdateEndpoint": { try await $0.updateEndpoint($1) },
        "UpdateEndpointWeightsAndCapacities": { try await $0.updateWeightsAndCapacities($1) },
        "DeleteEndpoint": { try await $0.deleteEndpoint($1) },
        "ListEndpoints": { try await $0.listEndpoints($1) },
    ]

    // MARK: Configurations

    private func createEndpointConfig(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("EndpointConfigName")
        let arn = call.arn("endpoint-config", name)
        let taken = AWSError.validation("Cannot create already existing endpoint configuration \"\(arn)\".")
        guard try await platform.recorded(EndpointConfigRecord.self, .endpointConfig, name) == nil else { throw taken }
        try await checkConfig(call)
        let record = EndpointConfigRecord(arn: arn, request: call.input)
        guard try await platform.addRecord(record, .endpointConfig, name, at: call.time) else { throw taken }
        try await keepTags(call, of: arn)
        return .object(["EndpointConfigArn": .string(arn)])
    }

    private func checkConfig(_ call: AWSCall) async throws {
        let production = call.input["ProductionVariants"]?.array ?? []
        let shadows = call.input["ShadowProductionVariants"]?.array ?? []
        guard !production.isEmpty else { throw AWSError.missing(["ProductionVariants"]) }
        if call.input["AsyncInferenceConfig"] != nil {
            throw AWSError.unsupported(
                "AsyncInferenceConfig",
                reason: "endpoints respond only synchronously, to InvokeEndpoint. Omit it."
            )
        }
        try checkInstances(production, "productionVariants")
        try checkInstances(shadows, "shadowProductionVariants")
        var names: Set<String> = []
        for variant in production + shadows {
            let name = try variant.required("VariantName")
            guard names.insert(name).inserted else {
                throw AWSError.validation("Variant name '\(name)' is used twice. Variant names must be unique.")
            }
            let model = try variant.required("ModelName")
            guard try await platform.recorded(ModelRecord.self, .model, model) != nil else {
                throw Self.noModel(call, model)
            }
            guard (variant["InitialVariantWeight"]?.number ?? 1) >= 0 else {
                throw AWSError.validation("The InitialVariantWeight of variant '\(name)' must not be negative.")
            }
        }
        guard production.contains(where: { ($0["InitialVariantWeight"]?.number ?? 1) > 0 }) else {
            throw AWSError.validation("At least one production variant must have a weight greater than 0.")
        }
        if !shadows.isEmpty {
            guard production.count == 1, shadows.count == 1 else {
                throw AWSError.validation(
                    "A configuration with shadow variants must have one production variant and one shadow variant."
                )
            }
            guard (shadows[0]["InitialVariantWeight"]?.number ?? 1) > 0 else {
                throw AWSError.validation("The InitialVariantWeight of a shadow variant must be greater than 0.")
            }
        }
        if let capture = call.input["DataCaptureConfig"] { _ = try DataCaptureSettings(capture) }
    }

    /// Checks that each variant is serverless or has its instances specified.
    private func checkInstances(_ variants: [JSON], _ list: String) throws {
        let missing = variants.enumerated().flatMap { index, variant in
            ["InitialInstanceCount", "InstanceType"].filter { member in
                variant["ServerlessConfig"] == nil && variant[member] == nil
            }.map { "\(list).\(index + 1).member.\($0.prefix(1).lowercased() + $0.dropFirst())" }
        }
        guard missing.isEmpty else { throw AWSError.missing(members: missing) }
    }

    private func describeEndpointConfig(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("EndpointConfigName")
        let config = try await endpointConfig(named: name, call)
        let request = config.value.request
        func weighted(_ member: String) -> JSON? {
            request[member]?.array.map { variants in
                .array(variants.map { $0.merging(["InitialVariantWeight": $0["InitialVariantWeight"] ?? .number(1)]) })
            }
        }
        return request.without("Tags").merging([
            "EndpointConfigArn": .string(config.value.arn), "CreationTime": .time(config.createdAt),
            "ProductionVariants": weighted("ProductionVariants"),
            "ShadowProductionVariants": weighted("ShadowProductionVariants"),
        ])
    }

    private func deleteEndpointConfig(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("EndpointConfigName")
        guard try await platform.removeRecord(.endpointConfig, name) else { throw Self.noConfig(call, name) }
        try await removeTags(of: call.arn("endpoint-config", name))
        return nil
    }

    private func listEndpointConfigs(_ call: AWSCall) async throws -> JSON? {
        let configs = try await platform.allRecorded(EndpointConfigRecord.self, .endpointConfig).map { config in
            ListedResource(
                name: config.name,
                createdAt: config.createdAt,
                modifiedAt: config.modifiedAt,
                summary: .object([
                    "EndpointConfigName": .string(config.name), "EndpointConfigArn": .string(config.value.arn),
                    "CreationTime": .time(config.createdAt),
                ])
            )
        }
        return try ListedResource.page(call, configs, as: "EndpointConfigs")
    }

    private func endpointConfig(named name: String, _ call: AWSCall) async throws -> Recorded<EndpointConfigRecord> {
        guard let config = try await platform.recorded(EndpointConfigRecord.self, .endpointConfig, name) else {
            throw Self.noConfig(call, name)
        }
        return config
    }

    private static func noConfig(_ call: AWSCall, _ name: String) -> AWSError {
        .validation("Could not find endpoint configuration \"\(call.arn("endpoint-config", name))\".")
    }

    // MARK: Endpoints

    private func createEndpoint(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("EndpointName")
        let arn = call.arn("endpoint", name)
        guard try await endpoints.entry(named: name) == nil else {
            throw AWSError.validation("Cannot create already existing endpoint \"\(arn)\".")
        }
        let change = try await change(call)
        try await makeWorkspace()
        try await endpoints.create(name, arn: arn, change: change, at: call.time)
        try await keepTags(call, of: arn)
        return .object(["EndpointArn": .string(arn)])
    }

    private func updateEndpoint(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("EndpointName")
        let arn = call.arn("endpoint", name)
        guard let entry = try await endpoints.entry(named: name) else { throw Self.noEndpoint(call, name) }
        guard entry.record.status.isSettled else {
            throw AWSError.validation("Cannot update in-progress endpoint \"\(entry.record.arn)\".")
        }
        var change = try await change(call)
        if call.input["RetainDeploymentConfig"]?.bool == true, change.deployment == nil {
            change.deployment = entry.record.lastDeploymentConfig
        }
        if call.input["RetainAllVariantProperties"]?.bool == true {
            let excluded = (call.input["ExcludeRetainedVariantProperties"]?.array ?? [])
                .compactMap { $0["VariantPropertyType"]?.string }
            change.retainsWeights = !excluded.contains("DesiredWeight")
            change.retainsInstanceCounts = !excluded.contains("DesiredInstanceCount")
            change.retainsDataCapture = !excluded.contains("DataCaptureConfig")
        }
        try await endpoints.change(name, arn: arn, change, status: .updating)
        return .object(["EndpointArn": .string(arn)])
    }

    /// Returns the change to the endpoint configuration that a request names.
    private func change(_ call: AWSCall) async throws -> EndpointChange {
        let configName = try call.input.required("EndpointConfigName")
        let config = try await endpointConfig(named: configName, call).value.request
        let deployment = call.input["DeploymentConfig"]
        // Report an invalid deployment configuration now, not with a rollback.
        let instances = (config["ProductionVariants"]?.array ?? [])
            .reduce(0) { $0 + ($1["InitialInstanceCount"]?.int ?? 1) }
        _ = try TrafficShift(deployment, instanceCount: instances)
        return EndpointChange(
            kind: .configuration(name: configName, config),
            startedAt: call.time,
            deployment: deployment
        )
    }

    private func updateWeightsAndCapacities(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("EndpointName")
        let arn = call.arn("endpoint", name)
        var capacities: [EndpointChange.Capacity] = []
        for wanted in call.input["DesiredWeightsAndCapacities"]?.array ?? [] {
            let variant = try wanted.required("VariantName")
            let weight = wanted["DesiredWeight"]?.number
            guard weight.map({ $0 >= 0 && $0.isFinite }) ?? true else {
                throw AWSError.validation("The DesiredWeight of variant '\(variant)' must not be negative.")
            }
            capacities.append(
                .init(variant: variant, weight: weight, instanceCount: wanted["DesiredInstanceCount"]?.int)
            )
        }
        let change = EndpointChange(kind: .capacities(capacities), startedAt: call.time)
        try await endpoints.change(name, arn: arn, change, status: .updating) { [capacities] record in
            var weights: [String: Double] = [:]
            for variant in record.serving?.variants ?? [] { weights[variant.name] = variant.weight }
            for capacity in capacities {
                guard let weight = weights[capacity.variant] else {
                    throw AWSError.validation(
                        "Could not find variant \"\(capacity.variant)\" of endpoint \"\(record.arn)\"."
                    )
                }
                weights[capacity.variant] = capacity.weight ?? weight
            }
            guard weights.values.contains(where: { $0 > 0 }) else {
                throw AWSError.validation("At least one production variant must keep a weight greater than 0.")
            }
        }
        return .object(["EndpointArn": .string(arn)])
    }

    private func deleteEndpoint(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("EndpointName")
        let arn = call.arn("endpoint", name)
        let change = EndpointChange(kind: .deletion, startedAt: call.time)
        try await endpoints.change(name, arn: arn, change, status: .deleting)
        try await removeTags(of: arn)
        // This usually takes milliseconds, and lets a client reuse the name immediately.
        await endpoints.settle(name, within: .seconds(2))
        return nil
    }

    private func describeEndpoint(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("EndpointName")
        guard let entry = try await endpoints.entry(named: name) else { throw Self.noEndpoint(call, name) }
        return try await endpoints.description(of: name, entry)
    }

    private func listEndpoints(_ call: AWSCall) async throws -> JSON? {
        var found: [ListedResource] = []
        for (name, entry) in try await endpoints.all() {
            let record = entry.record
            if let status = call.input["StatusEquals"]?.string, status != record.status.rawValue { continue }
            found.append(
                ListedResource(
                    name: name,
                    createdAt: entry.createdAt,
                    modifiedAt: entry.modifiedAt,
                    summary: .object([
                        "EndpointName": .string(name), "EndpointArn": .string(record.arn),
                        "CreationTime": .time(entry.createdAt), "LastModifiedTime": .time(entry.modifiedAt),
                        "EndpointStatus": .string(record.status.rawValue),
                    ])
                )
            )
        }
        return try ListedResource.page(call, found, as: "Endpoints")
    }

    private static func noEndpoint(_ call: AWSCall, _ name: String) -> AWSError {
        .validation("Could not find endpoint \"\(call.arn("endpoint", name))\".")
    }
}
