import AWS
import Encodings
import Foundation
import Logging

/// A call of a REST API that has been matched to a method.
struct RESTCall: Sendable {
    let apiID: String
    let stage: String
    let deploymentID: String?
    let stageVariables: [String: String]
    let binaryMediaTypes: MediaTypes
    /// With the path in the stage.
    let request: ProxyRequest
    /// With the stage.
    let fullPath: String
    let route: RESTPlan.Route
    /// Percent-encoded, as they were sent.
    let pathParameters: [String: String]
    let key: GatewayKey?
    let ids: CallIDs
}

extension Gateway {
    func respond(to request: GatewayRequest, of api: RESTAPI, _ ids: CallIDs) async -> GatewayResponse {
        do {
            let call = try await match(request, of: api, ids)
            return try await RESTExecution(gateway: self, call: call).response()
        } catch let fault as GatewayFault {
            return fault.restResponse
        } catch {
            logger.error("Call of an API failed", metadata: ["api": "\(request.api)", "error": "\(error)"])
            return GatewayFault.failed.restResponse
        }
    }

    private func match(_ request: GatewayRequest, of api: RESTAPI, _ ids: CallIDs) async throws -> RESTCall {
        let rest = request.path.drop { $0 == "/" }
        let stageName = rest.prefix { $0 != "/" }
        guard !api.settings.disableExecuteApiEndpoint, let stage = api.stages[stageName.percentDecoded],
            let plan = try await store.deployments.restPlan(api.settings.id, stage.deploymentId)
        else { throw GatewayFault.forbidden }
        let path = rest[stageName.endIndex...]
        let segments = Router<RESTPlan.Route>.segments(of: path)
        guard let match = plan.router.find(request.method, segments, choosesByPath: true) else {
            throw GatewayFault.noRoute
        }
        let key = try await admit(request, stage, match.value, of: api)
        guard request.body.count <= Self.bodyLimit else { throw GatewayFault.requestTooLong }
        return RESTCall(
            apiID: api.settings.id,
            stage: stage.stageName,
            deploymentID: stage.deploymentId,
            stageVariables: stage.variables ?? [:],
            binaryMediaTypes: plan.binaryMediaTypes,
            request: ProxyRequest(
                request,
                path: path.isEmpty ? "/" : String(path),
                requestID: ids.request
            ),
            fullPath: "/\(stageName)\(path.isEmpty ? "/" : path)",
            route: match.value,
            pathParameters: match.parameters,
            key: key,
            ids: ids
        )
    }

    /// Checks the API key, if the method needs one, and the limits of its usage plan and of the stage.
    private func admit(
        _ request: GatewayRequest,
        _ stage: RESTStage,
        _ route: RESTPlan.Route,
        of api: RESTAPI
    ) async throws -> GatewayKey? {
        let id = api.settings.id
        var admitted: GatewayKey?
        if route.method.apiKeyRequired {
            let value = request.headers.last { $0.name.lowercased() == "x-api-key" }?.value
            guard let value, let key = try await store.keys.all().first(where: { $0.value == value }), key.enabled,
                let plan = try await plan(of: key.id, api: id, stage: stage.stageName)
            else { throw GatewayFault.forbidden }
            try count(key, plan, stage.stageName, route, api: id)
            admitted = key
        }
        let method = request.method
        let path = route.path.replacing("/", with: "~1")
        for name in ["\(path)/\(method)", "\(path)/*", "*/\(method)", "*/*"] {
            guard let setting = stage.methodSettings[name] else { continue }
            guard
                let rate = RateLimits.Rate(
                    perSecond: setting.throttlingRateLimit,
                    burst: setting.throttlingBurstLimit
                )
            else { break }
            // The default applies to each method on its own.
            let bucket = "method \(id)/\(stage.stageName)\(route.path)/\(method)"
            guard limits.take(bucket, rate, at: clock) else { throw GatewayFault.tooManyRequests }
            break
        }
        return admitted
    }

    private func plan(of key: String, api: String, stage: String) async throws -> UsagePlanRecord.Plan? {
        try await store.plans.all().filter { record in
            record.keyIDs.contains(key) && record.plan.apiStages.contains { $0.apiId == api && $0.stage == stage }
        }.min { ($0.createdDate, $0.plan.id) < ($1.createdDate, $1.plan.id) }?.plan
    }

    private func count(
        _ key: GatewayKey,
        _ plan: UsagePlanRecord.Plan,
        _ stage: String,
        _ route: RESTPlan.Route,
        api: String
    ) throws {
        let name = "\(plan.id)/\(key.id)"
        let throttles = plan.apiStages.first { $0.apiId == api && $0.stage == stage }?.throttle
        let methodKey = "\(route.path)/\(route.method.httpMethod)"
        let throttle = throttles?[methodKey]
        let bucket = "key \(name)/\(api)/\(stage)" + (throttle == nil ? "" : methodKey)
        let effective = throttle ?? plan.throttle
        if let rate = RateLimits.Rate(perSecond: effective?.rateLimit, burst: effective?.burstLimit),
            !limits.take(bucket, rate, at: clock)
        {
            throw GatewayFault.tooManyRequests
        }
        if let quota = plan.quota, !limits.count(name, limit: quota.limit, period: quota.period, at: Date()) {
            throw GatewayFault.quotaExceeded
        }
    }
}

extension ProxyRequest {
    /// - Parameter path: The path of the event.
    init(_ request: GatewayRequest, path: String, requestID: String) {
        self.init(
            method: request.method,
            path: path,
            query: request.query,
            headers: request.headers,
            body: request.body,
            host: request.host,
            sourceAddress: request.sourceAddress,
            isSecure: request.isSecure,
            requestID: requestID,
            time: Date()
        )
    }
}
