import AWS
import Definitions
import Endpoints
import Foundation
import Platform
import Serving

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
            if let config = variant["ServerlessConfig"] { try Self.checkConcurrency(config, of: name) }
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
        if let capture = call.input["DataCaptureConfig"] { _ = try CaptureDefinition(capture) }
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
            "EnableNetworkIsolation": request["EnableNetworkIsolation"] ?? .bool(false),
        ])
    }

    private func deleteEndpointConfig(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("EndpointConfigName")
        guard try await delete(configuration: name) else { throw Self.noConfig(call, name) }
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
        let wanted = try await definition(call)
        let deployment = call.input["DeploymentConfig"]
        let plan = try RolloutPlan(deployment, instanceCount: wanted.instanceCount)
        try await platform.ensureWorkspace(named: Self.workspace)
        try await worded(name, arn) {
            let change = EndpointChange(.definition(wanted, plan), startedAt: call.time)
            let note = EndpointNote(arn: arn, lastDeploymentConfig: deployment)
            try await endpoints.create(name, change, in: Self.workspace, note: try encoded(note))
        }
        try await keepTags(call, of: arn)
        return .object(["EndpointArn": .string(arn)])
    }

    private func updateEndpoint(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("EndpointName")
        let arn = call.arn("endpoint", name)
        guard let entry = try await endpoints.entry(named: name) else { throw Self.refusal(.missing, name, arn: arn) }
        var note = entry.record.sageMakerNote(arn: arn)
        var wanted = try await definition(call)
        var deployment = call.input["DeploymentConfig"]
        if call.input["RetainDeploymentConfig"]?.bool == true { deployment = deployment ?? note.lastDeploymentConfig }
        // An invalid plan is rejected now, instead of causing a roll-back later.
        _ = try RolloutPlan(deployment, instanceCount: wanted.instanceCount)
        if call.input["RetainAllVariantProperties"]?.bool == true, let serving = entry.record.serving?.definition {
            let excluded = (call.input["ExcludeRetainedVariantProperties"]?.array ?? [])
                .compactMap { $0["VariantPropertyType"]?.string }
            Self.retain(
                weights: !excluded.contains("DesiredWeight"),
                instanceCounts: !excluded.contains("DesiredInstanceCount"),
                capture: !excluded.contains("DataCaptureConfig"),
                from: serving,
                in: &wanted
            )
        }
        let plan = try RolloutPlan(deployment, instanceCount: wanted.instanceCount)
        note.lastDeploymentConfig = deployment ?? note.lastDeploymentConfig
        try await worded(name, note.arn) { [wanted, note] in
            let change = EndpointChange(.definition(wanted, plan), startedAt: call.time)
            try await endpoints.change(name, change, note: try encoded(note))
        }
        return .object(["EndpointArn": .string(arn)])
    }

    /// Runs a change of an endpoint; its refusal is worded as SageMaker's.
    private func worded(_ name: String, _ arn: String, _ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let rejection as EndpointRejection {
            throw Self.refusal(rejection, name, arn: arn)
        }
    }

    /// The endpoint configuration that a request names, as a definition.
    private func definition(_ call: AWSCall) async throws -> EndpointDefinition {
        let name = try call.input.required("EndpointConfigName")
        return try await definition(of: try await endpointConfig(named: name, call).value.request, named: name)
    }

    /// Keeps properties of the variants that serve.
    static func retain(
        weights: Bool,
        instanceCounts: Bool,
        capture: Bool,
        from serving: EndpointDefinition,
        in definition: inout EndpointDefinition
    ) {
        for index in definition.variants.indices {
            let name = definition.variants[index].name
            guard let old = serving.variants.first(where: { $0.name == name }) else { continue }
            if weights { definition.variants[index].weight = old.weight }
            // A serverless variant has no count.
            if instanceCounts, let count = old.instanceCount, definition.variants[index].instanceCount != nil {
                definition.variants[index].instanceCount = count
            }
        }
        if capture {
            definition.capture = serving.capture
            if var request = definition.sageMakerRequest {
                request.dataCapture = serving.sageMakerRequest?.dataCapture
                definition.request = try? encoded(request)
            }
        }
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
        var note: EndpointNote?
        if let record = try await endpoints.entry(named: name)?.record {
            var changed = record.sageMakerNote(arn: arn)
            let wanted = call.input["DesiredWeightsAndCapacities"]?.array ?? []
            if try Self.checkCapacities(wanted, of: record, &changed) { note = changed }
        }
        try await worded(name, arn) { [capacities, note] in
            let change = EndpointChange(.capacities(capacities), startedAt: call.time)
            try await endpoints.change(name, change, note: try note.map { try encoded($0) })
        }
        return .object(["EndpointArn": .string(arn)])
    }

    private func deleteEndpoint(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("EndpointName")
        let arn = call.arn("endpoint", name)
        try await worded(name, arn) {
            try await endpoints.change(name, EndpointChange(.deletion, startedAt: call.time))
        }
        try await removeTags(of: arn)
        // Deletion usually takes milliseconds. Waiting lets a client create an endpoint of that name at once.
        await endpoints.settle(name, within: .seconds(2))
        return nil
    }

    private func describeEndpoint(_ call: AWSCall) async throws -> JSON? {
        let name = try call.input.required("EndpointName")
        let arn = call.arn("endpoint", name)
        guard let entry = try await endpoints.entry(named: name) else { throw Self.refusal(.missing, name, arn: arn) }
        return try await description(of: name, arn: arn, entry)
    }

    private func listEndpoints(_ call: AWSCall) async throws -> JSON? {
        var found: [ListedResource] = []
        for (name, entry) in try await endpoints.all() {
            let record = entry.record
            let arn = record.sageMakerNote(arn: call.arn("endpoint", name)).arn
            if let status = call.input["StatusEquals"]?.string, status != record.status.sageMakerName { continue }
            found.append(
                ListedResource(
                    name: name,
                    createdAt: entry.createdAt,
                    modifiedAt: entry.modifiedAt,
                    status: record.status.sageMakerName,
                    summary: .object([
                        "EndpointName": .string(name), "EndpointArn": .string(arn),
                        "CreationTime": .time(entry.createdAt), "LastModifiedTime": .time(entry.modifiedAt),
                        "EndpointStatus": .string(record.status.sageMakerName),
                    ])
                )
            )
        }
        return try ListedResource.page(call, found, as: "Endpoints")
    }
}
