import AWS
import Foundation

extension HTTPAPIService {
    static let stageOperations: [String: Operation] = [
        "CreateStage": { service, call in
            let name = try call.required("stageName")
            guard name == "$default" || name.utf8.count <= 128 && name.wholeMatch(of: /[a-zA-Z0-9_-]+/) != nil else {
                throw AWSError.badRequest("Stage name only allows a-zA-Z0-9_ and hyphens, or $default")
            }
            let now = time(call)
            var stage = HTTPStage(stageName: name, createdDate: now, lastUpdatedDate: now)
            stage.tags = call.input["tags"]?.strings
            try stage.change(by: call)
            let created = stage
            return try await service.change(call) { api in
                guard api.stages[name] == nil else { throw AWSError.conflict("Stage already exists") }
                guard api.stages.count < APIStore.stageLimit else {
                    throw AWSError.limitExceeded(
                        "Maximum number of Stages for this API reached. The limit is \(APIStore.stageLimit)."
                    )
                }
                try api.check(created)
                api.stages[name] = created
                if created.autoDeploy { api.deployAutomatically(at: now) }
                return JSON(api.stages[name])
            }
        },
        "GetStage": { service, call in JSON(try await service.api(call).stage(call)) },
        "GetStages": { service, call in
            let stages = try await service.api(call).stages.values.sorted { $0.stageName < $1.stageName }
            return try list(stages.map { JSON($0) }, call)
        },
        "UpdateStage": { service, call in try await service.updateStage(call) },
        "DeleteStage": { service, call in
            try await service.change(call) { api in
                let stage = try api.stage(call)
                api.stages[stage.stageName] = nil
                api.deployments.removeAll { $0.autoDeployed && $0.deploymentId == stage.deploymentId }
            }
            return nil
        },
    ]

    /// Changes a stage. If its deployment is no longer automatic, it goes on with the API as it is now.
    private func updateStage(_ call: AWSCall) async throws -> JSON {
        let api = try await api(call)
        var frozen: HTTPDeployment?
        if try api.stage(call).autoDeploy, call.input["autoDeploy"]?.bool == false, call.text("deploymentId") == nil {
            let deployment = HTTPDeployment(deploymentId: GatewayID.random(6), createdDate: Self.time(call))
            let id = deployment.deploymentId
            try await store.deployments.add(api.snapshot, of: api.settings.apiId, id, at: call.time)
            frozen = deployment
        }
        let kept = frozen
        return try await change(call) { api in
            var stage = try api.stage(call)
            let old = stage.deploymentId
            try stage.change(by: call)
            if let kept {
                api.deployments.removeAll { $0.autoDeployed && $0.deploymentId == old }
                api.deployments.append(kept)
                stage.deploymentId = kept.deploymentId
            }
            stage.lastUpdatedDate = Self.time(call)
            try api.check(stage)
            api.stages[stage.stageName] = stage
            if stage.autoDeploy { api.deployAutomatically(at: Self.time(call)) }
            return JSON(api.stages[stage.stageName])
        }
    }

    static let deploymentOperations: [String: Operation] = [
        "CreateDeployment": { service, call in try await service.createDeployment(call) },
        "GetDeployment": { service, call in JSON(try await service.api(call).deployment(call)) },
        "GetDeployments": { service, call in
            try list(try await service.api(call).deployments.reversed().map { JSON($0) }, call)
        },
        "DeleteDeployment": { service, call in
            let id = try await service.change(call) { api in
                let id = try api.deployment(call).deploymentId
                guard !api.stages.values.contains(where: { $0.deploymentId == id }) else {
                    throw AWSError.badRequest("Active stages pointing to this deployment must be moved or deleted")
                }
                api.deployments.removeAll { $0.deploymentId == id }
                return id
            }
            try await service.store.deployments.removeHTTP([id], of: call.required("apiId"))
            return nil
        },
    ]

    /// Records the API as it is now, and moves the stage if one is named.
    private func createDeployment(_ call: AWSCall) async throws -> JSON {
        let stageName = call.text("stageName")
        let deployment = HTTPDeployment(
            deploymentId: GatewayID.random(6),
            description: call.text("description"),
            createdDate: Self.time(call)
        )
        let api = try await api(call)
        guard !api.routes.isEmpty else {
            throw AWSError.badRequest("At least one route is required before deploying the Api.")
        }
        try await store.deployments.add(api.snapshot, of: api.settings.apiId, deployment.deploymentId, at: call.time)
        do {
            return try await change(call) { api in try api.add(deployment, stageName) }
        } catch {
            try await store.deployments.removeHTTP([deployment.deploymentId], of: api.settings.apiId)
            throw error
        }
    }

    static let tagOperations: [String: Operation] = [
        "GetTags": { service, call in
            .object(["tags": .strings(try await service.changeTags(call) { _ in })])
        },
        "TagResource": { service, call in
            let added = call.input["tags"]?.strings ?? [:]
            _ = try await service.changeTags(call) { $0.merge(added) { _, new in new } }
            return .object([:])
        },
        "UntagResource": { service, call in
            let removed = call.input["tagKeys"]?.array?.compactMap(\.string) ?? []
            _ = try await service.changeTags(call) { tags in for key in removed { tags[key] = nil } }
            return nil
        },
    ]

    /// Changes the tags of what an ARN names: `arn:aws:apigateway:REGION::/apis/ID/stages/NAME`.
    private func changeTags(
        _ call: AWSCall,
        _ body: @Sendable (inout [String: String]) throws -> Void
    ) async throws -> [String: String] {
        let parts = try call.required("resource-arn").split(
            separator: ":",
            maxSplits: 5,
            omittingEmptySubsequences: false
        )
        let path = parts.count == 6 ? parts[5].split(separator: "/").map(String.init) : []
        guard path.first == "apis", path.count == 2 || path.count == 4 && path[2] == "stages" else {
            throw AWSError.badRequest("Invalid ARN specified in the request")
        }
        let tags = try await store.http.change(path[1], at: call.time) { api in
            var tags = (path.count == 4 ? api.stages[path[3]]?.tags : api.settings.tags) ?? [:]
            try body(&tags)
            guard tags.count <= 50 else { throw AWSError.limitExceeded("Too many tags. The limit is 50.") }
            guard path.count == 4 else {
                api.settings.tags = tags
                return tags
            }
            guard api.stages[path[3]] != nil else { throw HTTPAPI.noStage }
            api.stages[path[3]]?.tags = tags
            return tags
        }
        guard let tags else { throw AWSError.notFound("Invalid API identifier specified \(AWSAccount.id):\(path[1])") }
        return tags
    }
}

extension HTTPAPI {
    static let noStage = AWSError.notFound("Invalid stage identifier specified")

    /// Adds a deployment, and moves a stage to it.
    fileprivate mutating func add(_ deployment: HTTPDeployment, _ stageName: String?) throws -> JSON {
        guard deployments.count < APIStore.deploymentLimit else {
            throw AWSError.limitExceeded(
                "Maximum number of Deployments for this API reached. The limit is \(APIStore.deploymentLimit)."
            )
        }
        deployments.append(deployment)
        guard let stageName else { return JSON(deployment) }
        guard var stage = stages[stageName] else { throw Self.noStage }
        guard !stage.autoDeploy else {
            throw AWSError.badRequest(
                "Deployment on the stage is automatic. Set autoDeploy to false to deploy it yourself."
            )
        }
        stage.deploymentId = deployment.deploymentId
        stage.lastUpdatedDate = deployment.createdDate
        stages[stageName] = stage
        return JSON(deployment)
    }

    fileprivate func stage(_ call: AWSCall) throws -> HTTPStage {
        guard let stage = stages[call.text("stageName") ?? ""] else { throw Self.noStage }
        return stage
    }

    fileprivate func deployment(_ call: AWSCall) throws -> HTTPDeployment {
        let id = call.text("deploymentId")
        guard let deployment = deployments.first(where: { $0.deploymentId == id }) else {
            throw AWSError.notFound("Invalid Deployment identifier specified")
        }
        return deployment
    }

    fileprivate func check(_ stage: HTTPStage) throws {
        if !stage.autoDeploy, let id = stage.deploymentId,
            !deployments.contains(where: { $0.deploymentId == id && !$0.autoDeployed })
        {
            throw AWSError.notFound("Invalid Deployment identifier specified")
        }
    }
}

extension HTTPStage {
    /// Takes the members that a call has.
    fileprivate mutating func change(by call: AWSCall) throws {
        if let text = call.text("description") { description = text }
        if let isAutomatic = call.input["autoDeploy"]?.bool {
            if autoDeploy != isAutomatic { deploymentId = nil }
            autoDeploy = isAutomatic
        }
        if let id = call.text("deploymentId") {
            guard !autoDeploy else {
                throw AWSError.badRequest("Deployment ID cannot be set on stage due to autoDeploy being set to true")
            }
            deploymentId = id
        }
        if let variables = call.input["stageVariables"]?.strings { stageVariables = variables }
        if let settings = try call.input["defaultRouteSettings"]?.decoded(RouteSettings.self) {
            defaultRouteSettings = settings
        }
        if let settings = try call.input["routeSettings"]?.object?.mapValues({ try $0.decoded(RouteSettings.self) }) {
            guard settings.count <= APIStore.routeLimit else {
                throw AWSError.limitExceeded("Too many route settings.")
            }
            routeSettings = settings
        }
        if let settings = call.input["accessLogSettings"]?.strings { accessLogSettings = settings }
    }
}
