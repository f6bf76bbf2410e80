import AWS
import Foundation

extension RESTAPIService {
    static let deploymentOperations: [String: Operation] = [
        "CreateDeployment": { service, call in try await service.createDeployment(call) },
        "GetDeployment": { service, call in
            let api = try await service.api(call)
            return try api.deployment(call.text("deploymentId")).described(in: api, call)
        },
        "GetDeployments": { service, call in
            let api = try await service.api(call)
            return try list(api.deployments.reversed().map { JSON($0) }, call)
        },
        "UpdateDeployment": { service, call in
            let operations = try PatchOperation.list(call.input)
            return try await service.change(call) { api in
                var deployment = try api.deployment(call.text("deploymentId"))
                for operation in operations {
                    guard operation.path == "/description" else { throw operation.invalid("/description") }
                    deployment.description = try operation.optional()
                }
                api.deployments = api.deployments.map { $0.id == deployment.id ? deployment : $0 }
                return JSON(deployment)
            }
        },
        "DeleteDeployment": { service, call in
            let id = try await service.change(call) { api in
                let id = try api.deployment(call.text("deploymentId")).id
                guard !api.stages.values.contains(where: { $0.deploymentId == id }) else {
                    throw AWSError.badRequest(
                        "Active stages pointing to this deployment must be moved or deleted"
                    )
                }
                api.deployments.removeAll { $0.id == id }
                return id
            }
            try await service.store.deployments.removeREST([id], of: call.required("restApiId"))
            return nil
        },
    ]

    /// Records the API as it is now, and makes or moves the stage if one is named.
    private func createDeployment(_ call: AWSCall) async throws -> JSON {
        guard call.input["canarySettings"] == nil else {
            throw AWSError.notSupported("'canarySettings'", "Deploy to another stage.")
        }
        let stageName = call.text("stageName").flatMap { $0.isEmpty ? nil : $0 }
        let deployment = RESTDeployment(
            id: GatewayID.random(6),
            description: call.text("description"),
            createdDate: call.seconds
        )
        var stage: RESTStage?
        if let stageName {
            try RESTStage.check(name: stageName)
            var new = RESTStage(
                deploymentId: deployment.id,
                stageName: stageName,
                createdDate: call.seconds,
                lastUpdatedDate: call.seconds
            )
            try new.setVariables(call.input["variables"]?.strings)
            new.description = call.text("stageDescription")
            new.tracingEnabled = call.input["tracingEnabled"]?.bool ?? false
            stage = new
        }
        let api = try await api(call)
        try api.checkDeployable()
        try await store.deployments.add(api.snapshot, of: api.settings.id, deployment.id, at: call.time)
        let newStage = stage
        do {
            return try await change(call) { api in try api.add(deployment, newStage) }
        } catch {
            try await store.deployments.removeREST([deployment.id], of: api.settings.id)
            throw error
        }
    }

    static let stageOperations: [String: Operation] = [
        "CreateStage": { service, call in
            guard call.input["canarySettings"] == nil else {
                throw AWSError.notSupported("'canarySettings'", "Create another stage.")
            }
            let name = try call.required("stageName")
            try RESTStage.check(name: name)
            var stage = RESTStage(
                deploymentId: try call.required("deploymentId"),
                stageName: name,
                createdDate: call.seconds,
                lastUpdatedDate: call.seconds
            )
            try stage.setVariables(call.input["variables"]?.strings)
            stage.description = call.text("description")
            stage.documentationVersion = call.text("documentationVersion")
            stage.tracingEnabled = call.input["tracingEnabled"]?.bool ?? false
            stage.tags = call.input["tags"]?.strings
            let created = stage
            return try await service.change(call) { api in
                guard api.deployments.contains(where: { $0.id == created.deploymentId }) else {
                    throw AWSError.notFound("Deployment id does not exist")
                }
                guard api.stages[name] == nil else { throw AWSError.conflict("Stage already exists") }
                try api.add(created)
                return JSON(created)
            }
        },
        "GetStage": { service, call in JSON(try await service.api(call).stage(call.text("stageName"))) },
        "GetStages": { service, call in
            let deployment = call.text("deploymentId")
            let stages = try await service.api(call).stages.values.filter {
                deployment == nil || $0.deploymentId == deployment
            }
            return .object(["item": .array(stages.sorted { $0.stageName < $1.stageName }.map { JSON($0) })])
        },
        "UpdateStage": { service, call in
            let operations = try PatchOperation.list(call.input)
            return try await service.change(call) { api in
                var stage = try api.stage(call.text("stageName"))
                for operation in operations { try operation.apply(to: &stage, of: api) }
                stage.lastUpdatedDate = call.seconds
                api.stages[stage.stageName] = stage
                return JSON(stage)
            }
        },
        "DeleteStage": { service, call in
            try await service.change(call) { api in
                api.stages[try api.stage(call.text("stageName")).stageName] = nil
            }
            return nil
        },
    ]
}

extension RESTAPI {
    fileprivate func deployment(_ id: String?) throws -> RESTDeployment {
        guard let deployment = deployments.first(where: { $0.id == id }) else {
            throw AWSError.notFound("Invalid Deployment identifier specified")
        }
        return deployment
    }

    func stage(_ name: String?) throws -> RESTStage {
        guard let stage = stages[name ?? ""] else { throw AWSError.notFound("Invalid stage identifier specified") }
        return stage
    }

    /// Adds a deployment, and makes its stage or moves it to the deployment.
    fileprivate mutating func add(_ deployment: RESTDeployment, _ stage: RESTStage?) throws -> JSON {
        guard deployments.count < APIStore.deploymentLimit else {
            throw AWSError.limitExceeded(
                "Maximum number of deployments for this API reached. The limit is \(APIStore.deploymentLimit)."
            )
        }
        deployments.append(deployment)
        guard let stage else { return JSON(deployment) }
        if var existing = stages[stage.stageName] {
            existing.deploymentId = deployment.id
            if let description = stage.description { existing.description = description }
            if let variables = stage.variables { existing.variables = variables }
            existing.lastUpdatedDate = stage.lastUpdatedDate
            stages[stage.stageName] = existing
        } else {
            try add(stage)
        }
        return JSON(deployment)
    }

    fileprivate mutating func add(_ stage: RESTStage) throws {
        guard stages.count < APIStore.stageLimit else {
            throw AWSError.limitExceeded(
                "Maximum number of stages for this API reached. The limit is \(APIStore.stageLimit)."
            )
        }
        stages[stage.stageName] = stage
    }

    /// Checks that every method of the API has an integration.
    fileprivate func checkDeployable() throws {
        let methods = resources.values.flatMap { ($0.resourceMethods ?? [:]).values }
        guard !methods.isEmpty else { throw AWSError.badRequest("The REST API doesn't contain any methods") }
        guard methods.allSatisfy({ $0.methodIntegration != nil }) else {
            throw AWSError.badRequest("No integration defined for method")
        }
    }
}

extension RESTDeployment {
    /// Describes a deployment, with the methods of the API as it is now if the call asks for them.
    fileprivate func described(in api: RESTAPI, _ call: AWSCall) -> JSON {
        guard call.input["embed"]?.array?.contains(.string("apisummary")) == true else { return JSON(self) }
        let summary = api.resources.values.reduce(into: [String: JSON]()) { summary, resource in
            guard let methods = resource.resourceMethods else { return }
            summary[resource.path] = .object(
                methods.mapValues {
                    .object([
                        "authorizationType": .string($0.authorizationType), "apiKeyRequired": .bool($0.apiKeyRequired),
                    ])
                }
            )
        }
        return JSON(self).merging(["apiSummary": .object(summary)])
    }
}

extension RESTStage {
    fileprivate static func check(name: String) throws {
        guard name.utf8.count <= 128, name.wholeMatch(of: /[a-zA-Z0-9_-]+/) != nil else {
            throw AWSError.badRequest("Stage name only allows a-zA-Z0-9_")
        }
    }

    fileprivate mutating func setVariables(_ variables: [String: String]?) throws {
        guard let variables else { return }
        for (name, value) in variables { try Self.check(variable: name, value) }
        self.variables = variables
    }

    fileprivate static func check(variable name: String, _ value: String) throws {
        guard name.wholeMatch(of: /[A-Za-z0-9_]+/) != nil else {
            throw AWSError.badRequest("Stage variable name may contain only alphanumeric characters and underscores.")
        }
        guard value.utf8.count <= 512, value.wholeMatch(of: /[A-Za-z0-9\-._~:\/?#&=,]*/) != nil else {
            throw AWSError.badRequest(
                "Stage variable values must match the regular expression [A-Za-z0-9-._~:/?#&=,]+."
            )
        }
    }
}

extension PatchOperation {
    fileprivate func apply(to stage: inout RESTStage, of api: RESTAPI) throws {
        switch (segments.first, segments.count) {
        case ("deploymentId", 1):
            let id = try replacement()
            guard api.deployments.contains(where: { $0.id == id }) else {
                throw AWSError.notFound("Deployment id does not exist")
            }
            stage.deploymentId = id
        case ("description", 1): stage.description = try optional()
        case ("documentationVersion", 1): stage.documentationVersion = try optional()
        case ("tracingEnabled", 1): stage.tracingEnabled = try flag()
        case ("cacheClusterEnabled", 1):
            guard try !flag() else { throw AWSError.notSupported("A cache cluster", "Leave it disabled.") }
        case ("cacheClusterSize", 1): stage.cacheClusterSize = try optional()
        case ("variables", 2):
            if name != "remove" { try RESTStage.check(variable: segments[1], value ?? "") }
            try change(&stage.variables, segments[1])
        case ("accessLogSettings", 2): try change(&stage.accessLogSettings, segments[1])
        case ("accessLogSettings", 1) where name == "remove": stage.accessLogSettings = nil
        case (_, 4): try applySetting(to: &stage)
        case (_, 2) where name == "remove" && stage.methodSettings[settingKey] != nil:
            stage.methodSettings[settingKey] = nil
        default: throw invalidStagePath
        }
    }

    private var invalidStagePath: AWSError {
        invalid(
            "/deploymentId",
            "/description",
            "/variables/{name}",
            "/tracingEnabled",
            "/documentationVersion",
            "/accessLogSettings/destinationArn",
            "/accessLogSettings/format",
            "/{resourcePath}/{httpMethod}/throttling/rateLimit",
            "/{resourcePath}/{httpMethod}/throttling/burstLimit"
        )
    }

    /// The key of a method's settings: `*/*`, `~1pets/GET`.
    private var settingKey: String { segments[0].replacing("/", with: "~1") + "/" + segments[1] }

    /// Changes a setting of methods: `/*/*/throttling/rateLimit`.
    private func applySetting(to stage: inout RESTStage) throws {
        var setting = stage.methodSettings[settingKey] ?? RESTStage.MethodSetting()
        switch (segments[2], segments[3]) {
        case ("throttling", "rateLimit"): setting.throttlingRateLimit = name == "remove" ? nil : try rate()
        case ("throttling", "burstLimit"):
            setting.throttlingBurstLimit = name == "remove" ? nil : try integer(-1...1_000_000)
        case ("metrics", "enabled"): setting.metricsEnabled = try flag()
        case ("logging", "loglevel"): setting.loggingLevel = try optional()
        case ("logging", "dataTrace"): setting.dataTraceEnabled = try flag()
        case ("caching", "enabled"):
            guard try !flag() else { throw AWSError.notSupported("Caching", "Leave it disabled.") }
        case ("caching", "ttlInSeconds"): setting.cacheTtlInSeconds = try integer(0...3600)
        case ("caching", "dataEncrypted"): setting.cacheDataEncrypted = try flag()
        case ("caching", "requireAuthorizationForCacheControl"):
            setting.requireAuthorizationForCacheControl = try flag()
        case ("caching", "unauthorizedCacheControlHeaderStrategy"):
            setting.unauthorizedCacheControlHeaderStrategy = try replacement()
        default: throw invalidStagePath
        }
        guard stage.methodSettings.count < 1000 || stage.methodSettings[settingKey] != nil else {
            throw AWSError.limitExceeded("Too many method settings. The limit is 1000.")
        }
        stage.methodSettings[settingKey] = setting
    }
}
