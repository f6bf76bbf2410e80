import AWS
import Foundation

extension OpenAPIDocument {
    /// Adds what the document describes to a REST API. A method that the API already has is replaced.
    ///
    /// - Parameter options: `basepath` is `ignore` or `prepend`, and `endpointConfigurationTypes` is `EDGE` or `REGIONAL`.
    func apply(to api: inout RESTAPI, options: [String: String]) throws {
        api.settings.name = title
        if let description = root["info"]?["description"]?.string { api.settings.description = description }
        if let version = root["info"]?["version"]?.string { api.settings.version = version }
        if let types = root["x-amazon-apigateway-binary-media-types"]?.array?.compactMap(\.string), !types.isEmpty {
            api.settings.binaryMediaTypes = Array(types.prefix(100))
        }
        if let source = root["x-amazon-apigateway-api-key-source"]?.string {
            try api.settings.setKeySource(source.uppercased())
        }
        if let policy = try checkProtection() { api.settings.policy = policy }
        if try disablesEndpoint() { api.settings.disableExecuteApiEndpoint = true }
        if let type = options["endpointConfigurationTypes"] { try api.settings.setEndpointTypes([type]) }
        let base = try basePath(options["basepath"] ?? "ignore")
        try forEachOperation { operation in
            let id = try api.resource(at: base + operation.path)
            guard var resource = api.resources[id] else { return }
            let method = try method(operation, resource: id)
            resource.resourceMethods = (resource.resourceMethods ?? [:]).merging([operation.method: method]) { $1 }
            api.resources[id] = resource
        }
    }

    private func basePath(_ option: String) throws -> String {
        switch option {
        case "ignore": return ""
        case "prepend":
            let path = root["basePath"]?.string ?? ""
            guard path.utf8.count <= 2048 else {
                throw AWSError.badRequest("Invalid OpenAPI input. 'basePath' has more than 2048 bytes.")
            }
            return path
        default: throw AWSError.notSupported("'basepath' \(option.prefix(100))", "Use ignore or prepend.")
        }
    }

    private func method(_ operation: Operation, resource: String) throws -> RESTMethod {
        var method = RESTMethod(httpMethod: operation.method)
        method.operationName = operation.members["operationId"]?.string
        try checkProtection(of: operation)
        method.apiKeyRequired = operation.security.needsKey
        var parameters: [String: Bool] = [:]
        for parameter in operation.parameters {
            guard let name = parameter["name"]?.string, let place = parameter["in"]?.string,
                let part = ["header": "header", "query": "querystring", "path": "path"][place]
            else { continue }
            parameters["method.request.\(part).\(name)"] = parameter["required"]?.bool ?? false
        }
        method.requestParameters = parameters.isEmpty ? nil : parameters
        try method.checkParameters()
        for (status, response) in operation.responses where status.wholeMatch(of: /[1-5][0-9]{2}/) != nil {
            let names = (response["headers"]?.object ?? [:]).keys.map { "method.response.header.\($0)" }
            method.declare(status, names)
        }
        if let integration = operation.integration {
            try add(integration, to: &method, resource: resource)
        }
        return method
    }

    private func add(_ members: JSON, to method: inout RESTMethod, resource: String) throws {
        var integration = RESTIntegration(
            type: (members["type"]?.string ?? "").uppercased(),
            cacheNamespace: members["cacheNamespace"]?.string ?? resource
        )
        guard ["AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"].contains(integration.type) else {
            throw AWSError.badRequest(
                "Invalid OpenAPI input. The integration type '\(integration.type.prefix(100))' is unknown."
            )
        }
        integration.httpMethod = members["httpMethod"]?.string?.uppercased()
        integration.uri = members["uri"]?.string
        integration.credentials = members["credentials"]?.string
        integration.connectionType = members["connectionType"]?.string?.uppercased()
        integration.requestParameters = members["requestParameters"]?.strings
        integration.requestTemplates = members["requestTemplates"]?.strings
        integration.contentHandling = members["contentHandling"]?.string?.uppercased()
        integration.tlsConfig = try members["tlsConfig"]?.decoded(RESTIntegration.TLS.self)
        guard members["responseTransferMode"]?.string?.uppercased() != "STREAM" else {
            throw AWSError.notSupported("'responseTransferMode' STREAM", "Use BUFFERED.")
        }
        if let behavior = members["passthroughBehavior"]?.string {
            integration.passthroughBehavior = behavior.uppercased()
        }
        if let timeout = members["timeoutInMillis"] {
            guard let number = timeout.int else {
                throw AWSError.badRequest("Timeout should be between 50 ms and 29000 ms")
            }
            integration.timeoutInMillis = number
        }
        try integration.check()
        for (pattern, response) in (members["responses"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            let status = response["statusCode"]?.string ?? response["statusCode"]?.int.map { "\($0)" } ?? "200"
            let mapped = RESTIntegrationResponse(
                statusCode: status,
                selectionPattern: pattern == "default" ? nil : pattern,
                responseParameters: response["responseParameters"]?.strings,
                responseTemplates: response["responseTemplates"]?.strings,
                contentHandling: response["contentHandling"]?.string?.uppercased()
            )
            // A document may leave out what its integration implies.
            method.declare(status, Array((mapped.responseParameters ?? [:]).keys))
            try method.methodResponses?[status]?.check()
            try mapped.check(against: method.methodResponses?[status])
            var all = integration.integrationResponses ?? [:]
            all[status] = mapped
            integration.integrationResponses = all
        }
        method.methodIntegration = integration
    }
}

extension RESTMethod {
    /// Adds a response with parameters, which are not required.
    fileprivate mutating func declare(_ status: String, _ parameters: [String]) {
        var response = methodResponses?[status] ?? RESTMethodResponse(statusCode: status)
        if !parameters.isEmpty {
            let added = Dictionary(parameters.map { ($0, false) }) { old, _ in old }
            response.responseParameters = (response.responseParameters ?? [:]).merging(added) { old, _ in old }
        }
        methodResponses = (methodResponses ?? [:]).merging([status: response]) { $1 }
    }
}

extension RESTAPI {
    /// Returns the ID of the resource with a path, and adds it if it does not exist.
    fileprivate mutating func resource(at path: String) throws -> String {
        var id = settings.rootResourceId
        for part in path.split(separator: "/") {
            let child = resources.values.first { $0.parentId == id && $0.pathPart == String(part) }
            id = try child?.id ?? addResource(String(part), under: id).id
        }
        return id
    }
}
