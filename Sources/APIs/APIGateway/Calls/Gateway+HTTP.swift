import AWS
import Encodings
import Foundation
import Logging
import Outgoing

/// A call of an HTTP API that has been matched to a route.
private struct HTTPCall: Sendable {
    let api: HTTPAPI
    let stage: HTTPStage
    /// With the path in the stage.
    let request: ProxyRequest
    /// With the stage, unless it is `$default`.
    let fullPath: String
    let route: HTTPPlan.Route
    /// Percent-encoded, as they were sent.
    let pathParameters: [String: String]
    let ids: CallIDs
}

extension Gateway {
    func respond(to request: GatewayRequest, of api: HTTPAPI, _ ids: CallIDs) async -> GatewayResponse {
        let cors = CORSHeaders(api.settings.corsConfiguration, request)
        if let cors, CORSHeaders.isPreflight(request) { return cors.preflight }
        var response: GatewayResponse
        do {
            let call = try await match(request, of: api, ids)
            response = try await run(call)
        } catch let fault as GatewayFault {
            response = fault.httpResponse
        } catch {
            logger.error("Call of an API failed", metadata: ["api": "\(request.api)", "error": "\(error)"])
            response = GatewayFault.failed.httpResponse
        }
        cors?.apply(to: &response)
        return response
    }

    /// The stage that a path names, and the rest of the path. The stage `$default` need not be named.
    static func stage(of path: String, in api: HTTPAPI) -> (stage: HTTPStage, path: String)? {
        let rest = path.drop { $0 == "/" }
        let first = rest.prefix { $0 != "/" }
        if let stage = api.stages[first.percentDecoded] { return (stage, String(rest[first.endIndex...])) }
        return api.stages["$default"].map { ($0, path) }
    }

    private func match(_ request: GatewayRequest, of api: HTTPAPI, _ ids: CallIDs) async throws -> HTTPCall {
        guard !api.settings.disableExecuteApiEndpoint, let (stage, rest) = Self.stage(of: request.path, in: api),
            let plan = try await store.deployments.httpPlan(api, stage)
        else { throw GatewayFault.noRoute }
        let path = rest.hasPrefix("/") ? rest : "/" + rest
        guard let match = plan.find(request.method, path) else { throw GatewayFault.noRoute }
        try throttle(stage, match.value.key, api: api.settings.apiId)
        guard request.body.count <= Self.bodyLimit else { throw GatewayFault.requestTooLong }
        return HTTPCall(
            api: api,
            stage: stage,
            request: ProxyRequest(request, path: path, requestID: ids.extended),
            fullPath: stage.stageName == "$default" ? path : "/\(stage.stageName)\(path)",
            route: match.value,
            pathParameters: match.parameters,
            ids: ids
        )
    }

    private func throttle(_ stage: HTTPStage, _ routeKey: String, api: String) throws(GatewayFault) {
        let own = stage.routeSettings[routeKey]
        let standard = stage.defaultRouteSettings
        guard
            let rate = RateLimits.Rate(
                perSecond: own?.throttlingRateLimit ?? standard.throttlingRateLimit,
                burst: own?.throttlingBurstLimit ?? standard.throttlingBurstLimit
            )
        else { return }
        guard limits.take("route \(api)/\(stage.stageName)/\(routeKey)", rate, at: clock) else {
            throw .tooManyRequests
        }
    }

    private func run(_ call: HTTPCall) async throws -> GatewayResponse {
        switch call.route.integration.integrationType {
        case "AWS_PROXY": return try await callFunction(call)
        case "HTTP_PROXY": return try await callServer(call)
        default: throw GatewayFault.failed
        }
    }

    private func callFunction(_ call: HTTPCall) async throws -> GatewayResponse {
        let integration = call.route.integration
        guard let function = integration.function(variables: call.stage.stageVariables) else {
            throw GatewayFault.failed
        }
        let isCurrent = integration.payloadFormatVersion == "2.0"
        let result = try await invoke(
            function,
            isCurrent ? call.event20 : call.event10,
            milliseconds: integration.timeoutInMillis,
            api: call.api.settings.apiId
        )
        guard !result.isError else { throw GatewayFault.badAnswer }
        do {
            var answer = isCurrent ? try ProxyAnswer20.read(result.payload) : try ProxyAnswer10.read(result.payload)
            if !isCurrent, answer.isBase64Encoded { try answer.decodeBody() }
            return GatewayResponse(status: answer.status, headers: answer.headers, body: answer.body)
        } catch {
            await report(
                error,
                result.payload,
                expected: isCurrent ? ProxyAnswer20.expected : ProxyAnswer10.expected,
                function: function,
                api: call.api.settings.apiId
            )
            throw GatewayFault.badAnswer
        }
    }

    private func callServer(_ call: HTTPCall) async throws -> GatewayResponse {
        let response = try await send(call.serverRequest, api: call.api.settings.apiId)
        do {
            let headers = try ProxyAnswerMembers.checked(response.headers)
            return GatewayResponse(status: response.status, headers: headers, body: response.body)
        } catch {
            logger.warning(
                "Response of an HTTP integration cannot be passed on",
                metadata: ["api": "\(call.api.settings.apiId)", "reason": "\(error.reason)"]
            )
            throw GatewayFault.badAnswer
        }
    }
}

extension HTTPCall {
    var event20: Data {
        var request = request
        request.path = fullPath
        var event = ProxyEvent20(request, apiID: api.settings.apiId)
        event.accountID = AWSAccount.id
        event.routeKey = route.key
        event.stage = stage.stageName
        event.pathParameters = pathParameters.mapValues(\.percentDecoded)
        event.stageVariables = stage.stageVariables
        return event.encoded
    }

    var event10: Data {
        let parts = route.key.split(separator: " ", maxSplits: 1)
        var request = request
        request.path = fullPath
        return ProxyEvent10(
            request: request,
            apiID: api.settings.apiId,
            stage: stage.stageName,
            resourcePath: String(parts.last ?? ""),
            fullPath: fullPath,
            extendedRequestID: ids.extended,
            pathParameters: pathParameters.mapValues(\.percentDecoded),
            stageVariables: stage.stageVariables,
            isBase64Encoded: !request.hasTextBody,
            isOfHTTPAPI: true
        ).json.encoded
    }

    /// The request that an HTTP integration sends. Variables of its URL are parameters of the route.
    var serverRequest: OutgoingRequest {
        let integration = route.integration
        var uri = LambdaReference.substitute(integration.integrationUri ?? "", stage.stageVariables)
        for (name, value) in pathParameters {
            uri = uri.replacing("{\(name)}", with: value).replacing("{\(name)+}", with: value)
        }
        if !request.query.isEmpty { uri += (uri.contains("?") ? "&" : "?") + request.query }
        let method = integration.integrationMethod ?? "ANY"
        var outgoing = OutgoingRequest(method: method == "ANY" ? request.method : method, url: uri)
        outgoing.headers = request.eventHeaders.filter { $0.name.lowercased() != "host" }
        outgoing.body = request.body
        outgoing.bodyLimit = Gateway.bodyLimit
        // Between 50 and 30,000.
        outgoing.timeLimit = .milliseconds(integration.timeoutInMillis)
        return outgoing
    }
}
