import Foundation
package import Platform

/// APIs, API keys and usage plans, and what deployed APIs answer.
///
/// A deployment is a record of its own that never changes, so that a change of an API does not write all of its deployments.
package final class APIStore: Sendable {
    static let apiLimit = 600
    static let resourceLimit = 300
    static let routeLimit = 300
    static let deploymentLimit = 500
    static let stageLimit = 10
    private static let keyLimit = 10_000
    private static let planLimit = 300

    let rest: GatewayRecords<RESTAPI>
    let http: GatewayRecords<HTTPAPI>
    let keys: GatewayRecords<GatewayKey>
    let plans: GatewayRecords<UsagePlanRecord>
    let deployments: Deployments

    package init(platform: Platform) {
        rest = GatewayRecords(platform, RecordKind("rest-api"), limit: Self.apiLimit, subject: "REST APIs")
        http = GatewayRecords(platform, RecordKind("http-api"), limit: Self.apiLimit, subject: "HTTP APIs")
        keys = GatewayRecords(platform, RecordKind("gateway-key"), limit: Self.keyLimit, subject: "API keys")
        plans = GatewayRecords(platform, RecordKind("usage-plan"), limit: Self.planLimit, subject: "usage plans")
        deployments = Deployments(platform)
    }
}

/// Deployed snapshots of APIs, ready to find what answers a request.
actor Deployments {
    private static let restKind = RecordKind("rest-deployment")
    private static let httpKind = RecordKind("http-deployment")
    /// How many are kept in memory. Others are read again when they are called.
    private static let cacheLimit = 128

    private let platform: Platform
    private var rest: [String: RESTPlan] = [:]
    private var http: [String: HTTPPlan] = [:]

    init(_ platform: Platform) { self.platform = platform }

    /// Records a snapshot. It must be recorded before the API that refers to it.
    func add(_ snapshot: RESTSnapshot, of api: String, _ id: String, at time: Date) async throws {
        try await platform.putRecord(snapshot, Self.restKind, Self.name(api, id), at: time)
    }

    func add(_ snapshot: HTTPSnapshot, of api: String, _ id: String, at time: Date) async throws {
        try await platform.putRecord(snapshot, Self.httpKind, Self.name(api, id), at: time)
    }

    func removeREST(_ ids: [String], of api: String) async throws {
        for id in ids {
            rest[Self.name(api, id)] = nil
            _ = try await platform.removeRecord(Self.restKind, Self.name(api, id))
        }
    }

    func removeHTTP(_ ids: [String], of api: String) async throws {
        for id in ids {
            http[Self.name(api, id)] = nil
            _ = try await platform.removeRecord(Self.httpKind, Self.name(api, id))
        }
    }

    func restPlan(_ api: String, _ id: String) async throws -> RESTPlan? {
        let name = Self.name(api, id)
        if let plan = rest[name] { return plan }
        guard let snapshot = try await platform.recorded(RESTSnapshot.self, Self.restKind, name) else { return nil }
        let plan = RESTPlan(snapshot.value)
        if rest.count >= Self.cacheLimit { rest.removeAll() }
        rest[name] = plan
        return plan
    }

    /// - Parameter stage: A stage with automatic deployment answers as the API is now.
    func httpPlan(_ api: HTTPAPI, _ stage: HTTPStage) async throws -> HTTPPlan? {
        let id = api.settings.apiId
        let name = stage.autoDeploy ? "\(id)@\(api.revision)" : Self.name(id, stage.deploymentId ?? "")
        if let plan = http[name] { return plan }
        let snapshot =
            stage.autoDeploy
            ? api.snapshot : try await platform.recorded(HTTPSnapshot.self, Self.httpKind, name)?.value
        guard let snapshot else { return nil }
        let plan = HTTPPlan(snapshot)
        // Earlier states of the API are not called again.
        if stage.autoDeploy { http = http.filter { !$0.key.hasPrefix("\(id)@") } }
        if http.count >= Self.cacheLimit { http.removeAll() }
        http[name] = plan
        return plan
    }

    private static func name(_ api: String, _ deployment: String) -> String { "\(api).\(deployment)" }
}
