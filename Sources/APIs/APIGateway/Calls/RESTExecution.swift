import AWS
import Foundation
import Logging
import Outgoing

/// Runs the integration of a REST API's method.
struct RESTExecution: Sendable {
    let gateway: Gateway
    let call: RESTCall

    /// - Throws: ``GatewayFault``
    func response() async throws -> GatewayResponse {
        guard let integration = call.route.method.methodIntegration else { throw GatewayFault.failed }
        switch integration.type {
        case "AWS_PROXY": return try await callFunction(integration)
        case "AWS": return try await callFunctionWithTemplates(integration)
        case "HTTP_PROXY", "HTTP": return try await callServer(integration)
        case "MOCK": return try mock(integration)
        default: throw GatewayFault.failed
        }
    }

    // MARK: Functions

    private func function(_ integration: RESTIntegration) throws(GatewayFault) -> String {
        let uri = LambdaReference.substitute(integration.uri ?? "", call.stageVariables)
        guard let function = LambdaReference.function(uri) else {
            gateway.logger.warning(
                "Integration names no function",
                metadata: ["api": "\(call.apiID)", "stage": "\(call.stage)", "uri": "\(uri)"]
            )
            throw .failed
        }
        guard integration.httpMethod == "POST" else {
            gateway.logger.warning(
                "Integration with a function must have the HTTP method POST",
                metadata: ["api": "\(call.apiID)", "method": "\(integration.httpMethod ?? "")"]
            )
            throw .failed
        }
        return function
    }

    private func callFunction(_ integration: RESTIntegration) async throws -> GatewayResponse {
        let function = try function(integration)
        let event = ProxyEvent10(
            request: call.request,
            apiID: call.apiID,
            stage: call.stage,
            resourcePath: call.route.path,
            fullPath: call.fullPath,
            deploymentID: call.deploymentID,
            resourceID: call.route.resourceID,
            extendedRequestID: call.ids.extended,
            pathParameters: call.pathParameters,
            stageVariables: call.stageVariables,
            isBase64Encoded: call.binaryMediaTypes.contain(call.request.header("content-type")),
            key: call.key
        )
        let result = try await invoke(function, event.json.encoded, integration)
        guard !result.isError else { throw GatewayFault.badAnswer }
        do {
            var answer = try ProxyAnswer10.read(result.payload)
            if answer.isBase64Encoded, call.binaryMediaTypes.contain(call.request.header("accept")) {
                try answer.decodeBody()
            }
            return GatewayResponse(status: answer.status, headers: answer.headers, body: answer.body)
        } catch {
            await gateway.report(
                error,
                result.payload,
                expected: ProxyAnswer10.expected,
                function: function,
                api: call.apiID
            )
            throw GatewayFault.badAnswer
        }
    }

    private func invoke(
        _ function: String,
        _ event: Data,
        _ integration: RESTIntegration
    ) async throws(GatewayFault) -> FunctionResult {
        try await gateway.invoke(function, event, milliseconds: integration.timeoutInMillis, api: call.apiID)
    }

    private func callFunctionWithTemplates(_ integration: RESTIntegration) async throws -> GatewayResponse {
        let function = try function(integration)
        var event = try requestBody(integration)
        if event.isEmpty { event = Data("{}".utf8) }
        guard JSON(parsing: event) != nil else { throw GatewayFault.invalidBody }
        let result = try await invoke(function, event, integration)
        let message = result.isError ? JSON(parsing: result.payload)?["errorMessage"]?.string ?? "" : nil
        return try mapped(Outcome(selection: message, body: result.payload), integration)
    }

    /// The request's body after its template.
    private func requestBody(_ integration: RESTIntegration) throws -> Data {
        guard let template = try requestTemplate(integration) else { return call.request.body }
        return switch try RESTTemplate(template, in: "requestTemplates") {
        case .constant(let text): Data(text.utf8)
        case .body: call.request.body
        }
    }

    /// The template for the request's content type; `nil` to pass the body on.
    private func requestTemplate(_ integration: RESTIntegration) throws(GatewayFault) -> String? {
        let header = call.request.header("content-type") ?? "application/json"
        let type = header.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        if let template = RESTTemplate.find(integration.requestTemplates, for: type) { return template }
        switch integration.passthroughBehavior {
        case "NEVER": throw .unsupportedMediaType
        case "WHEN_NO_TEMPLATES" where integration.requestTemplates?.isEmpty == false: throw .unsupportedMediaType
        default: return nil
        }
    }

    // MARK: Other integrations

    /// What an integration returned, before it is mapped.
    struct Outcome {
        /// What chooses the response: a status, or a function's error message. `nil` for a function's success.
        let selection: String?
        var headers: [(name: String, value: String)] = []
        var body = Data()
    }

    private func mock(_ integration: RESTIntegration) throws -> GatewayResponse {
        let text = String(decoding: try requestBody(integration).prefix(64 * 1024), as: UTF8.self)
        // The templates of many tutorials are not quite JSON: {statusCode: 200}.
        guard let found = text.firstMatch(of: /"?statusCode"?\s*:\s*"?([1-5][0-9]{2})\b/) else {
            throw GatewayFault.failed
        }
        return try mapped(Outcome(selection: String(found.output.1)), integration)
    }

    private func callServer(_ integration: RESTIntegration) async throws -> GatewayResponse {
        let isProxy = integration.type == "HTTP_PROXY"
        let body = isProxy ? call.request.body : try requestBody(integration)
        let request = try RESTServerRequest(integration, call, body: body).request
        let response = try await gateway.send(request, api: call.apiID)
        guard isProxy else {
            let outcome = Outcome(selection: "\(response.status)", headers: response.headers, body: response.body)
            return try mapped(outcome, integration)
        }
        do {
            let headers = try ProxyAnswerMembers.checked(response.headers)
            return GatewayResponse(status: response.status, headers: headers, body: response.body)
        } catch {
            gateway.logger.warning(
                "Response of an HTTP integration cannot be passed on",
                metadata: ["api": "\(call.apiID)", "reason": "\(error.reason)"]
            )
            throw GatewayFault.badAnswer
        }
    }

    private func mapped(_ outcome: Outcome, _ integration: RESTIntegration) throws -> GatewayResponse {
        guard let chosen = ResponseSelection.choose(integration.integrationResponses, outcome.selection),
            let status = Int(chosen.statusCode), (200...599).contains(status)
        else {
            gateway.logger.warning(
                "No integration response matches",
                metadata: ["api": "\(call.apiID)", "resource": "\(call.route.path)"]
            )
            throw GatewayFault.failed
        }
        var response = GatewayResponse(status: status, headers: try call.headers(chosen.responseParameters, outcome))
        let templates = chosen.responseTemplates
        let template =
            RESTTemplate.find(templates, for: "application/json") ?? templates?.min { $0.key < $1.key }?.value
        response.body =
            switch try template.map({ try RESTTemplate($0, in: "responseTemplates") }) ?? .body {
            case .constant(let text): Data(text.utf8)
            case .body: outcome.body
            }
        response.setDefault("Content-Type", "application/json")
        return response
    }
}
