import AWS
import Foundation

extension OpenAPIDocument {
    /// Adds what the document describes to an HTTP API.
    func apply(to api: inout HTTPAPI) throws {
        guard !isVersion2 else { throw AWSError.badRequest("Invalid OpenAPI input. HTTP APIs need OpenAPI 3.") }
        api.settings.name = title
        if let description = root["info"]?["description"]?.string { api.settings.description = description }
        if let version = root["info"]?["version"]?.string { api.settings.version = version }
        if let cors = try root["x-amazon-apigateway-cors"]?.decoded(HTTPAPI.CORS.self) {
            try cors.check()
            api.settings.corsConfiguration = cors
        }
        _ = try checkProtection()
        if try disablesEndpoint() { api.settings.disableExecuteApiEndpoint = true }
        try forEachOperation { operation in
            let isDefault = operation.path == "/$default" && operation.method == "ANY"
            let key = isDefault ? "$default" : "\(operation.method) \(operation.path)"
            var route = HTTPRoute(routeId: GatewayID.random(7), routeKey: try HTTPRoute.checked(key: key))
            route.operationName = operation.members["operationId"]?.string
            try checkProtection(of: operation)
            guard !operation.security.needsKey else {
                throw AWSError.notSupported(
                    "An API key of the operation \(key.prefix(200))",
                    "Only REST APIs have API keys."
                )
            }
            if let members = operation.integration {
                let integration = try integration(members)
                try api.add(integration)
                route.target = "integrations/\(integration.integrationId)"
            }
            try api.add(route)
        }
    }

    private func integration(_ members: JSON) throws -> HTTPIntegration {
        var integration = HTTPIntegration(
            integrationId: GatewayID.random(7),
            integrationType: (members["type"]?.string ?? "").uppercased()
        )
        guard members["requestParameters"] == nil, members["responseParameters"] == nil else {
            throw AWSError.notSupported("Parameter mapping", "Change requests and responses in a function.")
        }
        for name in ["integrationSubtype", "contentHandling", "tlsConfig"] where members[name] != nil {
            throw AWSError.notSupported("'\(name)' of an integration", "Leave it out.")
        }
        integration.integrationUri = members["uri"]?.string
        integration.integrationMethod = members["httpMethod"]?.string?.uppercased()
        integration.payloadFormatVersion =
            members["payloadFormatVersion"].map { $0.string ?? "\($0.number ?? 0)" } ?? "1.0"
        integration.connectionType = members["connectionType"]?.string?.uppercased() ?? "INTERNET"
        if let timeout = members["timeoutInMillis"] {
            guard let number = timeout.int, (50...30_000).contains(number) else {
                throw AWSError.badRequest("TimeoutInMillis must be between 50 and 30000")
            }
            integration.timeoutInMillis = number
        }
        try integration.check()
        return integration
    }
}
