import AWS
import Foundation

extension RESTAPIService {
    static let methodOperations: [String: Operation] = [
        "PutMethod": { service, call in
            let name = try call.required("httpMethod")
            guard RESTIntegration.methods.contains(name) else { throw RESTIntegration.invalidMethod }
            var method = RESTMethod(httpMethod: name)
            try method.setAuthorization(try call.required("authorizationType"))
            method.apiKeyRequired = call.input["apiKeyRequired"]?.bool ?? false
            method.operationName = call.text("operationName")
            method.requestParameters = call.input["requestParameters"]?.flags
            method.requestModels = call.input["requestModels"]?.strings
            try method.checkParameters()
            guard call.text("requestValidatorId")?.isEmpty ?? true else {
                throw AWSError.notSupported("'requestValidatorId'", "Validate requests in a function.")
            }
            let created = method
            return try await service.change(call) { api in
                var resource = try api.resource(call)
                guard resource.resourceMethods?[name] == nil else {
                    throw AWSError.conflict("Method already exists for this resource")
                }
                resource.resourceMethods = (resource.resourceMethods ?? [:]).merging([name: created]) { $1 }
                api.resources[resource.id] = resource
                return JSON(created)
            }
        },
        "GetMethod": { service, call in JSON(try await service.api(call).method(call)) },
        "UpdateMethod": { service, call in
            let operations = try PatchOperation.list(call.input)
            return try await service.changeMethod(call) { method in
                for operation in operations { try operation.apply(to: &method) }
                try method.checkParameters()
                return JSON(method)
            }
        },
        "DeleteMethod": { service, call in
            try await service.change(call) { api in
                let method = try api.method(call)
                var resource = try api.resource(call)
                resource.resourceMethods?[method.httpMethod] = nil
                if resource.resourceMethods?.isEmpty == true { resource.resourceMethods = nil }
                api.resources[resource.id] = resource
            }
            return nil
        },
        "PutMethodResponse": { service, call in
            let status = try call.required("statusCode")
            let response = RESTMethodResponse(
                statusCode: status,
                responseParameters: call.input["responseParameters"]?.flags,
                responseModels: call.input["responseModels"]?.strings
            )
            try response.check()
            return try await service.changeMethod(call) { method in
                guard method.methodResponses?[status] == nil else {
                    throw AWSError.conflict("Response already exists for this resource")
                }
                method.methodResponses = (method.methodResponses ?? [:]).merging([status: response]) { $1 }
                return JSON(response)
            }
        },
        "GetMethodResponse": { service, call in
            JSON(try await service.api(call).method(call).response(call.required("statusCode")))
        },
        "UpdateMethodResponse": { service, call in
            let status = try call.required("statusCode")
            let operations = try PatchOperation.list(call.input)
            return try await service.changeMethod(call) { method in
                var response = try method.response(status)
                for operation in operations {
                    switch (operation.segments.first, operation.segments.count) {
                    case ("responseParameters", 2):
                        try operation.change(&response.responseParameters, operation.segments[1])
                    case ("responseModels", 2): try operation.change(&response.responseModels, operation.segments[1])
                    default: throw operation.invalid("/responseParameters/{name}", "/responseModels/{type}")
                    }
                }
                try response.check()
                method.methodResponses?[status] = response
                return JSON(response)
            }
        },
        "DeleteMethodResponse": { service, call in
            let status = try call.required("statusCode")
            try await service.changeMethod(call) { method in
                _ = try method.response(status)
                method.methodResponses?[status] = nil
                if method.methodResponses?.isEmpty == true { method.methodResponses = nil }
            }
            return nil
        },
    ]

    /// Changes the method that a call names.
    func changeMethod<Result: Sendable>(
        _ call: AWSCall,
        _ body: @Sendable (inout RESTMethod) throws -> Result
    ) async throws -> Result {
        try await change(call) { api in
            var resource = try api.resource(call)
            var method = try api.method(call)
            let result = try body(&method)
            resource.resourceMethods?[method.httpMethod] = method
            api.resources[resource.id] = resource
            return result
        }
    }
}

extension RESTAPI {
    func method(_ call: AWSCall) throws -> RESTMethod {
        guard let method = try resource(call).resourceMethods?[call.text("httpMethod") ?? ""] else {
            throw AWSError.notFound("Invalid Method identifier specified")
        }
        return method
    }
}

extension RESTMethod {
    /// Calls are not signed, so that only API keys can protect a method.
    mutating func setAuthorization(_ type: String) throws {
        switch type {
        case "NONE": authorizationType = type
        case "CUSTOM", "COGNITO_USER_POOLS":
            throw AWSError.badRequest(
                "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a "
                    + "valid authorizer."
            )
        case "AWS_IAM":
            throw AWSError.notSupported(
                "'authorizationType' AWS_IAM",
                "Calls of an API are not authenticated. Use NONE, with an API key if the method needs protection."
            )
        default:
            throw AWSError.badRequest(
                "Invalid authorization type specified. Valid options are NONE,AWS_IAM,CUSTOM,COGNITO_USER_POOLS"
            )
        }
    }

    func checkParameters() throws {
        for name in (requestParameters ?? [:]).keys.sorted() {
            guard name.wholeMatch(of: /method\.request\.(header|querystring|path)\.[^\s']+/) != nil else {
                throw AWSError.badRequest(
                    "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping "
                        + "expression specified: \(name.prefix(200))]"
                )
            }
        }
    }

    func response(_ status: String) throws -> RESTMethodResponse {
        guard let response = methodResponses?[status] else {
            throw AWSError.notFound("Invalid Response status code specified")
        }
        return response
    }
}

extension RESTMethodResponse {
    func check() throws {
        guard statusCode.wholeMatch(of: /[1-5][0-9]{2}/) != nil else {
            throw AWSError.badRequest("Invalid Response status code specified")
        }
        for name in (responseParameters ?? [:]).keys.sorted() where RESTMapping.responseHeader(name) == nil {
            throw AWSError.badRequest(
                "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression "
                    + "specified: \(name.prefix(200))]"
            )
        }
    }
}

extension PatchOperation {
    fileprivate func apply(to method: inout RESTMethod) throws {
        switch (segments.first, segments.count) {
        case ("authorizationType", 1): try method.setAuthorization(try replacement())
        case ("apiKeyRequired", 1): method.apiKeyRequired = try flag()
        case ("operationName", 1): method.operationName = try optional()
        case ("requestParameters", 2): try change(&method.requestParameters, segments[1])
        case ("requestModels", 2): try change(&method.requestModels, segments[1])
        default:
            throw invalid(
                "/authorizationType",
                "/apiKeyRequired",
                "/operationName",
                "/requestParameters/{name}",
                "/requestModels/{type}"
            )
        }
    }
}
