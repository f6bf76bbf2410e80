import AWS
import Foundation

extension HTTPAPIService {
    static let routeOperations: [String: Operation] = [
        "CreateRoute": { service, call in
            try checkAuthorization(call)
            var route = HTTPRoute(
                routeId: GatewayID.random(7),
                routeKey: try HTTPRoute.checked(key: call.required("routeKey"))
            )
            route.target = call.text("target")
            route.operationName = call.text("operationName")
            let created = route
            return try await service.change(call) { api in
                try api.add(created)
                api.deployAutomatically(at: time(call))
                return JSON(created)
            }
        },
        "GetRoute": { service, call in JSON(try await service.api(call).route(call)) },
        "GetRoutes": { service, call in
            let routes = try await service.api(call).routes.values.sorted { $0.routeKey < $1.routeKey }
            return try list(routes.map { JSON($0) }, call)
        },
        "UpdateRoute": { service, call in
            try checkAuthorization(call)
            let key = try call.text("routeKey").map { try HTTPRoute.checked(key: $0) }
            return try await service.change(call) { api in
                var route = try api.route(call)
                api.routes[route.routeId] = nil
                if let key { route.routeKey = key }
                if let target = call.text("target") { route.target = target }
                if let name = call.text("operationName") { route.operationName = name }
                try api.add(route)
                api.deployAutomatically(at: time(call))
                return JSON(route)
            }
        },
        "DeleteRoute": { service, call in
            try await service.change(call) { api in
                api.routes[try api.route(call).routeId] = nil
                api.deployAutomatically(at: time(call))
            }
            return nil
        },
    ]

    /// Calls are not signed, so that no route can ask for it.
    private static func checkAuthorization(_ call: AWSCall) throws {
        guard call.text("authorizationType") ?? "NONE" == "NONE" else {
            throw AWSError.notSupported(
                "'authorizationType' \(call.text("authorizationType") ?? "")",
                "Calls of an API are not authenticated. Use NONE."
            )
        }
        guard call.input["apiKeyRequired"]?.bool != true else {
            throw AWSError.badRequest("API keys are supported only for WEBSOCKET APIs")
        }
        guard call.input["requestParameters"]?.object?.isEmpty ?? true else {
            throw AWSError.badRequest("Request parameters are supported only for WEBSOCKET APIs")
        }
    }

    static let integrationOperations: [String: Operation] = [
        "CreateIntegration": { service, call in
            var integration = HTTPIntegration(
                integrationId: GatewayID.random(7),
                integrationType: try call.required("integrationType")
            )
            try integration.change(by: call)
            let created = integration
            return try await service.change(call) { api in
                try api.add(created)
                api.deployAutomatically(at: time(call))
                return JSON(created)
            }
        },
        "GetIntegration": { service, call in JSON(try await service.api(call).integration(call)) },
        "GetIntegrations": { service, call in
            let integrations = try await service.api(call).integrations.values.sorted {
                $0.integrationId < $1.integrationId
            }
            return try list(integrations.map { JSON($0) }, call)
        },
        "UpdateIntegration": { service, call in
            try await service.change(call) { api in
                var integration = try api.integration(call)
                if let type = call.text("integrationType") { integration.integrationType = type }
                try integration.change(by: call)
                api.integrations[integration.integrationId] = integration
                api.deployAutomatically(at: time(call))
                return JSON(integration)
            }
        },
        "DeleteIntegration": { service, call in
            try await service.change(call) { api in
                let id = try api.integration(call).integrationId
                if let route = api.routes.values.first(where: { $0.integrationID == id }) {
                    throw AWSError.conflict(
                        "Cannot delete Integration '\(id)'. It is referenced by Route '\(route.routeId)'."
                    )
                }
                api.integrations[id] = nil
                api.deployAutomatically(at: time(call))
            }
            return nil
        },
    ]
}

extension HTTPAPI {
    fileprivate func route(_ call: AWSCall) throws -> HTTPRoute {
        guard let route = routes[call.text("routeId") ?? ""] else {
            throw AWSError.notFound(
                "Unable to find Route by key \((call.text("routeId") ?? "").prefix(100)) within the provided API"
            )
        }
        return route
    }

    fileprivate func integration(_ call: AWSCall) throws -> HTTPIntegration {
        let id = call.text("integrationId") ?? ""
        guard let integration = integrations[id] else {
            throw AWSError.notFound("Invalid Integration identifier specified")
        }
        return integration
    }

    mutating func add(_ route: HTTPRoute) throws {
        guard routes.count < APIStore.routeLimit else {
            throw AWSError.limitExceeded(
                "Maximum number of Routes for this API reached. The limit is \(APIStore.routeLimit)."
            )
        }
        guard !routes.values.contains(where: { HTTPRoute.isSame($0.routeKey, route.routeKey) }) else {
            throw HTTPRoute.conflict(route.routeKey)
        }
        if let target = route.target {
            guard let id = route.integrationID else {
                throw AWSError.badRequest(
                    "Invalid target '\(target.prefix(100))'. Expected integrations/INTEGRATION_ID."
                )
            }
            guard integrations[id] != nil else { throw AWSError.badRequest("Invalid Integration identifier specified") }
        }
        routes[route.routeId] = route
    }

    mutating func add(_ integration: HTTPIntegration) throws {
        guard integrations.count < APIStore.routeLimit else {
            throw AWSError.limitExceeded(
                "Maximum number of Integrations for this API reached. The limit is \(APIStore.routeLimit)."
            )
        }
        integrations[integration.integrationId] = integration
    }
}

extension HTTPRoute {
    static func conflict(_ key: String) -> AWSError {
        .conflict("Route with key \(key) already exists for this API")
    }

    /// Whether two keys match the same requests. The names of parameters do not count.
    static func isSame(_ one: String, _ other: String) -> Bool {
        func plain(_ key: String) -> String { key.replacing(/\{[^}+]*(\+?)\}/) { "{\($0.output.1)}" } }
        return plain(one) == plain(other)
    }

    /// Checks a route key: `$default`, `GET /pets/{id}`, `ANY /{proxy+}`.
    static func checked(key: String) throws -> String {
        if key == "$default" { return key }
        let parts = key.split(separator: " ", maxSplits: 1).map(String.init)
        let invalid = AWSError.badRequest(
            "The provided route key is not formatted properly for HTTP protocol. Format should be \"<HTTP METHOD> /<RESOURCE "
                + "PATH>\" or \"$default\""
        )
        guard parts.count == 2, RESTIntegration.methods.contains(parts[0]), parts[1].hasPrefix("/"),
            parts[1].utf8.count <= 512
        else { throw invalid }
        let segments = parts[1].dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            if segment.isEmpty, isLast { continue }
            guard segment.wholeMatch(of: /[^{}\s\/?#]+|\{[a-zA-Z0-9._:-]+\+?\}/) != nil,
                !segment.hasSuffix("+}") || isLast
            else { throw invalid }
        }
        return key
    }
}

extension HTTPIntegration {
    /// The integration of a quick create.
    ///
    /// - Parameter target: A function, or a URL.
    static func quick(_ target: String, id: String = GatewayID.random(7)) -> HTTPIntegration {
        var integration = HTTPIntegration(integrationId: id, integrationType: "AWS_PROXY")
        integration.integrationUri = target
        if target.hasPrefix("http://") || target.hasPrefix("https://") {
            integration.integrationType = "HTTP_PROXY"
            integration.integrationMethod = "ANY"
        } else {
            integration.payloadFormatVersion = "2.0"
        }
        return integration
    }

    /// Takes the members that a call has.
    fileprivate mutating func change(by call: AWSCall) throws {
        for name in ["requestParameters", "responseParameters", "requestTemplates"] {
            guard call.input[name]?.object?.isEmpty ?? true else {
                throw AWSError.notSupported("'\(name)'", "Change requests and responses in a function.")
            }
        }
        guard call.text("integrationSubtype") == nil else {
            throw AWSError.notSupported("'integrationSubtype'", "Call the service in a function.")
        }
        guard call.text("contentHandlingStrategy") == nil else {
            throw AWSError.badRequest("ContentHandlingStrategy is supported only for WEBSOCKET APIs")
        }
        guard call.input["tlsConfig"]?.object?.isEmpty ?? true else {
            throw AWSError.notSupported("'tlsConfig'", "Use the server's own name in the URL.")
        }
        if let uri = call.text("integrationUri") { integrationUri = uri }
        if let method = call.text("integrationMethod") { integrationMethod = method }
        if let version = call.text("payloadFormatVersion") { payloadFormatVersion = version }
        if let timeout = call.input["timeoutInMillis"]?.int { timeoutInMillis = timeout }
        if let type = call.text("connectionType") { connectionType = type }
        if let credentials = call.text("credentialsArn") { credentialsArn = credentials }
        if let text = call.text("description") { description = text }
        try check()
    }

    func check() throws {
        guard ["1.0", "2.0"].contains(payloadFormatVersion) else {
            throw AWSError.badRequest("PayloadFormatVersion must be one of: 1.0, 2.0")
        }
        guard connectionType == "INTERNET" else {
            throw AWSError.notSupported("The connection type \(connectionType)", "Use INTERNET.")
        }
        if let integrationMethod, !RESTIntegration.methods.contains(integrationMethod) {
            throw AWSError.badRequest(
                "Invalid HttpMethod specified. Valid options are \(RESTIntegration.methods.joined(separator: ","))"
            )
        }
        switch integrationType {
        case "AWS_PROXY":
            guard function(variables: nil) != nil else {
                throw AWSError.badRequest("Integration URI must be the ARN of a Lambda function")
            }
        case "HTTP_PROXY":
            guard let uri = integrationUri, uri.hasPrefix("http://") || uri.hasPrefix("https://") || uri.hasPrefix("$")
            else { throw AWSError.badRequest("Invalid HTTP endpoint specified for URI") }
            guard integrationMethod != nil else {
                throw AWSError.badRequest("HttpMethod must be specified for HTTP_PROXY integrations")
            }
        default:
            throw AWSError.badRequest(
                "Integration type \(integrationType) is not supported for HTTP APIs. Use AWS_PROXY or HTTP_PROXY."
            )
        }
    }

    /// The function that the URI names: its ARN, or API Gateway's form of it.
    ///
    /// - Parameter variables: The stage's; `nil` to keep references to them.
    func function(variables: [String: String]?) -> String? {
        guard let uri = integrationUri else { return nil }
        let text = variables.map { LambdaReference.substitute(uri, $0) } ?? uri
        if let function = LambdaReference.function(text) { return function }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count >= 7 && parts[0] == "arn" && parts[2] == "lambda" && parts[5] == "function" ? text : nil
    }
}
