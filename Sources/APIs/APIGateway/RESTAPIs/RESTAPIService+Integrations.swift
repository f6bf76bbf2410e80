import AWS
import Foundation

extension RESTAPIService {
    static let integrationOperations: [String: Operation] = [
        "PutIntegration": { service, call in
            var integration = RESTIntegration(
                type: try call.required("type"),
                cacheNamespace: call.text("cacheNamespace") ?? call.text("resourceId") ?? ""
            )
            integration.httpMethod = call.text("integrationHttpMethod")
            integration.uri = call.text("uri")
            integration.connectionType = call.text("connectionType")
            integration.credentials = call.text("credentials")
            integration.requestParameters = call.input["requestParameters"]?.strings
            integration.requestTemplates = call.input["requestTemplates"]?.strings
            integration.passthroughBehavior = call.text("passthroughBehavior") ?? "WHEN_NO_MATCH"
            integration.contentHandling = call.text("contentHandling")
            integration.timeoutInMillis = call.input["timeoutInMillis"]?.int ?? 29_000
            integration.cacheKeyParameters = call.input["cacheKeyParameters"]?.array?.compactMap(\.string) ?? []
            integration.tlsConfig = call.input["tlsConfig"].map {
                RESTIntegration.TLS(insecureSkipVerification: $0["insecureSkipVerification"]?.bool)
            }
            guard call.text("responseTransferMode") != "STREAM" else {
                throw AWSError.notSupported("'responseTransferMode' STREAM", "Use BUFFERED.")
            }
            let created = integration
            return try await service.changeMethod(call) { method in
                try created.check()
                method.methodIntegration = created
                return JSON(created)
            }
        },
        "GetIntegration": { service, call in JSON(try await service.api(call).method(call).integration()) },
        "UpdateIntegration": { service, call in
            let operations = try PatchOperation.list(call.input)
            return try await service.changeMethod(call) { method in
                var integration = try method.integration()
                for operation in operations { try operation.apply(to: &integration) }
                try integration.check()
                method.methodIntegration = integration
                return JSON(integration)
            }
        },
        "DeleteIntegration": { service, call in
            try await service.changeMethod(call) { method in
                _ = try method.integration()
                method.methodIntegration = nil
            }
            return nil
        },
        "PutIntegrationResponse": { service, call in
            let status = try call.required("statusCode")
            let response = RESTIntegrationResponse(
                statusCode: status,
                selectionPattern: call.text("selectionPattern"),
                responseParameters: call.input["responseParameters"]?.strings,
                responseTemplates: call.input["responseTemplates"]?.strings,
                contentHandling: call.text("contentHandling")
            )
            return try await service.changeMethod(call) { method in
                var integration = try method.integration()
                try response.check(against: method.methodResponses?[status])
                integration.integrationResponses =
                    (integration.integrationResponses ?? [:]).merging([status: response]) { $1 }
                method.methodIntegration = integration
                return JSON(response)
            }
        },
        "GetIntegrationResponse": { service, call in
            JSON(try await service.api(call).method(call).integration().response(call.required("statusCode")))
        },
        "UpdateIntegrationResponse": { service, call in
            let status = try call.required("statusCode")
            let operations = try PatchOperation.list(call.input)
            return try await service.changeMethod(call) { method in
                var response = try method.integration().response(status)
                for operation in operations { try operation.apply(to: &response) }
                try response.check(against: method.methodResponses?[status])
                method.methodIntegration?.integrationResponses?[status] = response
                return JSON(response)
            }
        },
        "DeleteIntegrationResponse": { service, call in
            let status = try call.required("statusCode")
            try await service.changeMethod(call) { method in
                var integration = try method.integration()
                _ = try integration.response(status)
                integration.integrationResponses?[status] = nil
                if integration.integrationResponses?.isEmpty == true { integration.integrationResponses = nil }
                method.methodIntegration = integration
            }
            return nil
        },
    ]
}

extension RESTMethod {
    func integration() throws -> RESTIntegration {
        guard let integration = methodIntegration else {
            throw AWSError.notFound("Invalid Integration identifier specified")
        }
        return integration
    }
}

extension RESTIntegration {
    func response(_ status: String) throws -> RESTIntegrationResponse {
        guard let response = integrationResponses?[status] else {
            throw AWSError.notFound("Invalid Response status code specified")
        }
        return response
    }
}

extension PatchOperation {
    fileprivate func apply(to integration: inout RESTIntegration) throws {
        switch (segments.first, segments.count) {
        case ("httpMethod", 1): integration.httpMethod = try optional()
        case ("uri", 1): integration.uri = try optional()
        case ("credentials", 1): integration.credentials = try optional()
        case ("connectionType", 1): integration.connectionType = try optional()
        case ("passthroughBehavior", 1): integration.passthroughBehavior = try replacement()
        case ("contentHandling", 1): integration.contentHandling = try optional()
        case ("timeoutInMillis", 1): integration.timeoutInMillis = try integer(50...29_000)
        case ("cacheNamespace", 1): integration.cacheNamespace = try replacement()
        case ("requestTemplates", 2): try change(&integration.requestTemplates, segments[1])
        case ("requestParameters", 2): try change(&integration.requestParameters, segments[1])
        case ("tlsConfig", 2) where segments[1] == "insecureSkipVerification":
            integration.tlsConfig = RESTIntegration.TLS(insecureSkipVerification: try flag())
        default:
            throw invalid(
                "/httpMethod",
                "/uri",
                "/credentials",
                "/connectionType",
                "/passthroughBehavior",
                "/contentHandling",
                "/timeoutInMillis",
                "/cacheNamespace",
                "/requestTemplates/{type}",
                "/requestParameters/{name}",
                "/tlsConfig/insecureSkipVerification"
            )
        }
    }

    fileprivate func apply(to response: inout RESTIntegrationResponse) throws {
        switch (segments.first, segments.count) {
        case ("selectionPattern", 1): response.selectionPattern = try optional()
        case ("contentHandling", 1): response.contentHandling = try optional()
        case ("responseParameters", 2): try change(&response.responseParameters, segments[1])
        case ("responseTemplates", 2): try change(&response.responseTemplates, segments[1])
        default:
            throw invalid(
                "/selectionPattern",
                "/contentHandling",
                "/responseParameters/{name}",
                "/responseTemplates/{type}"
            )
        }
    }
}
