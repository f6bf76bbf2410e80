package import AWS
import Definitions
import Encodings
import Foundation
import WorkThreads

/// API Gateway's HTTP APIs: `apigatewayv2`.
package struct HTTPAPIService: AWSService {
    typealias Operation = @Sendable (HTTPAPIService, AWSCall) async throws -> JSON?

    package static let description = AWSServiceDescription(
        name: "apigatewayv2",
        signingName: "apigateway",
        operations: Array(operations.keys),
        rest: ServiceModel.httpAPIs.rest
    )
    package static let model: ServiceModel? = .httpAPIs

    let store: APIStore
    private let baseURL: @Sendable () -> String

    /// - Parameter baseURL: The server's own URL, such as `http://127.0.0.1:8080`.
    package init(store: APIStore, baseURL: @escaping @Sendable () -> String) {
        self.store = store
        self.baseURL = baseURL
    }

    static let operations: [String: Operation] = [
        apiOperations, routeOperations, integrationOperations, stageOperations, deploymentOperations, tagOperations,
    ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

    package func run(_ call: AWSCall) async throws -> JSON? { try await Self.operations[call.operation]?(self, call) }

    // MARK: Shared by the operations

    func api(_ call: AWSCall) async throws -> HTTPAPI {
        let id = try call.required("apiId")
        guard let api = try await store.http.find(id) else { throw Self.noAPI(id) }
        return api
    }

    /// Changes the API that a call names. Stages with automatic deployment get a new deployment.
    func change<Result: Sendable>(
        _ call: AWSCall,
        _ change: @Sendable (inout HTTPAPI) throws -> Result
    ) async throws -> Result {
        let id = try call.required("apiId")
        let result = try await store.http.change(id, at: call.time) { api in
            let result = try change(&api)
            api.revision &+= 1
            return result
        }
        guard let result else { throw Self.noAPI(id) }
        return result
    }

    private static func noAPI(_ id: String) -> AWSError {
        .notFound("Invalid API identifier specified \(AWSAccount.id):\(id.prefix(100))")
    }

    static func list(_ elements: [JSON], _ call: AWSCall) throws -> JSON {
        let limit = try call.text("maxResults").map { text in
            guard let number = Int(text), number > 0 else {
                throw AWSError.badRequest("Invalid maxResults '\(text.prefix(100))': expected a positive number.")
            }
            return number
        }
        let (page, next) = try GatewayPage.cut(elements, position: call.text("nextToken"), limit: limit, default: 100)
        return .members(["items": .array(page), "nextToken": next])
    }

    /// The time of a call, as AWS's HTTP APIs write it.
    static func time(_ call: AWSCall) -> String { RFC3339.string(seconds: call.time.milliseconds / 1000) }

    // MARK: APIs

    private func described(_ api: HTTPAPI) -> JSON {
        let id = api.settings.apiId
        return JSON(api.settings).merging(["apiEndpoint": .string("\(baseURL())/_aws/execute-api/\(id)")])
    }

    private static let apiOperations: [String: Operation] = [
        "CreateApi": { service, call in try await service.createAPI(call) },
        "GetApi": { service, call in service.described(try await service.api(call)) },
        "GetApis": { service, call in
            let apis = try await service.store.http.all().sorted {
                ($0.settings.createdDate, $0.settings.apiId) < ($1.settings.createdDate, $1.settings.apiId)
            }
            return try list(apis.map { service.described($0) }, call)
        },
        "UpdateApi": { service, call in
            try checkUnsupported(call)
            let cors = try corsConfiguration(call)
            let changed = try await service.change(call) { api in
                if let name = call.text("name") { api.settings.name = name }
                if let description = call.text("description") { api.settings.description = description }
                if let version = call.text("version") { api.settings.version = version }
                if let cors { api.settings.corsConfiguration = cors }
                if let flag = call.input["disableExecuteApiEndpoint"]?.bool {
                    api.settings.disableExecuteApiEndpoint = flag
                }
                if let type = call.text("ipAddressType") { api.settings.ipAddressType = type }
                if let target = call.text("target") { try api.retarget(target) }
                if let key = call.text("routeKey") { try api.rekey(key) }
                return api
            }
            return service.described(changed)
        },
        "DeleteApi": { service, call in
            let id = try call.required("apiId")
            guard let api = try await service.store.http.remove(id) else { throw noAPI(id) }
            try await service.store.deployments.removeHTTP(api.deployments.map(\.deploymentId), of: id)
            return nil
        },
        "DeleteCorsConfiguration": { service, call in
            try await service.change(call) { $0.settings.corsConfiguration = nil }
            return nil
        },
        "ImportApi": { service, call in
            guard call.text("basepath")?.lowercased() ?? "ignore" == "ignore" else {
                throw AWSError.notSupported("'basepath'", "Use ignore.")
            }
            let body = Data(try call.required("body").utf8)
            let api = try await offload {
                let document = try OpenAPIDocument(body)
                var api = HTTPAPI(
                    settings: HTTPAPI.Settings(apiId: GatewayID.api(), name: document.title, createdDate: time(call))
                )
                try document.apply(to: &api)
                return api
            }
            try await service.store.http.add(api, id: api.settings.apiId, at: call.time)
            return service.described(api)
        },
    ]

    private static func checkUnsupported(_ call: AWSCall) throws {
        guard call.text("protocolType") ?? "HTTP" == "HTTP" else {
            throw AWSError.notSupported("The protocol WEBSOCKET", "Use HTTP.")
        }
        let expression = call.text("routeSelectionExpression") ?? "$request.method $request.path"
        guard expression.replacing("${", with: "$").replacing("}", with: "") == "$request.method $request.path" else {
            throw AWSError.badRequest("The only allowed RouteSelectionExpression is \"$request.method $request.path\"")
        }
    }

    private static func corsConfiguration(_ call: AWSCall) throws -> HTTPAPI.CORS? {
        guard let cors = try call.input["corsConfiguration"]?.decoded(HTTPAPI.CORS.self) else { return nil }
        try cors.check()
        return cors
    }

    /// Creates an API, and a route, an integration and a stage for its target if it has one.
    private func createAPI(_ call: AWSCall) async throws -> JSON {
        try Self.checkUnsupported(call)
        let time = Self.time(call)
        var api = HTTPAPI(
            settings: HTTPAPI.Settings(
                apiId: GatewayID.api(),
                name: try call.required("name"),
                description: call.text("description"),
                version: call.text("version"),
                corsConfiguration: try Self.corsConfiguration(call),
                disableExecuteApiEndpoint: call.input["disableExecuteApiEndpoint"]?.bool ?? false,
                createdDate: time,
                tags: call.input["tags"]?.strings
            )
        )
        if let type = call.text("ipAddressType") { api.settings.ipAddressType = type }
        if let target = call.text("target") {
            try api.quickCreate(target: target, routeKey: call.text("routeKey") ?? "$default", at: time)
        } else if call.text("routeKey") != nil {
            throw AWSError.badRequest("A target is required if a routeKey is given")
        }
        try await store.http.add(api, id: api.settings.apiId, at: call.time)
        return described(api)
    }
}

extension HTTPAPI {
    /// Adds what a quick create makes: an integration, a route and the stage `$default`.
    fileprivate mutating func quickCreate(target: String, routeKey: String, at time: String) throws {
        var integration = HTTPIntegration.quick(target)
        integration.apiGatewayManaged = true
        try integration.check()
        var route = HTTPRoute(
            routeId: GatewayID.random(7),
            routeKey: try HTTPRoute.checked(key: routeKey),
            target: "integrations/\(integration.integrationId)"
        )
        route.apiGatewayManaged = true
        var stage = HTTPStage(stageName: "$default", createdDate: time, lastUpdatedDate: time)
        stage.autoDeploy = true
        stage.apiGatewayManaged = true
        integrations[integration.integrationId] = integration
        routes[route.routeId] = route
        stages[stage.stageName] = stage
        deployAutomatically(at: time)
    }

    /// Changes the target of a quick create.
    fileprivate mutating func retarget(_ target: String) throws {
        guard let old = integrations.values.first(where: { $0.apiGatewayManaged == true }) else {
            throw AWSError.badRequest("The target can only be changed for an API that was created with one")
        }
        var new = HTTPIntegration.quick(target, id: old.integrationId)
        new.apiGatewayManaged = true
        try new.check()
        integrations[old.integrationId] = new
    }

    /// Changes the route key of a quick create.
    fileprivate mutating func rekey(_ key: String) throws {
        guard let id = routes.values.first(where: { $0.apiGatewayManaged == true })?.routeId else {
            throw AWSError.badRequest("The routeKey can only be changed for an API that was created with a target")
        }
        let key = try HTTPRoute.checked(key: key)
        guard !routes.values.contains(where: { $0.routeKey == key && $0.routeId != id }) else {
            throw HTTPRoute.conflict(key)
        }
        routes[id]?.routeKey = key
    }

    /// Gives stages with automatic deployment a new deployment, which replaces the stage's last one.
    mutating func deployAutomatically(at time: String) {
        for name in stages.keys where stages[name]?.autoDeploy == true {
            let old = stages[name]?.deploymentId
            deployments.removeAll { $0.deploymentId == old && $0.autoDeployed }
            let deployment = HTTPDeployment(
                deploymentId: GatewayID.random(6),
                description: "Automatic deployment triggered by changes to the Api configuration",
                autoDeployed: true,
                createdDate: time
            )
            deployments.append(deployment)
            stages[name]?.deploymentId = deployment.deploymentId
            stages[name]?.lastDeploymentStatusMessage =
                "Successfully deployed stage with deployment ID '\(deployment.deploymentId)'"
        }
    }
}

extension HTTPAPI.CORS {
    func check() throws {
        let lists = [allowHeaders, allowMethods, allowOrigins, exposeHeaders].compactMap { $0 }
        guard lists.allSatisfy({ $0.count <= 200 }),
            lists.joined().allSatisfy({ $0.utf8.count <= 2048 && $0.isHeaderValue })
        else { throw AWSError.badRequest("Invalid CORS configuration: a list is too long or has an invalid value") }
        if allowCredentials == true, allowOrigins?.contains("*") == true {
            throw AWSError.badRequest("allowCredentials is not supported for wildcard origin.")
        }
    }
}
