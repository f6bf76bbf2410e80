import Encodings
package import Foundation

/// What other APIs of the server show of an API.
package struct APISummary: Sendable {
    package let id: String
    package let name: String
    package let isREST: Bool
    package let description: String?
    /// By key, each with what answers it.
    package let routes: [(key: String, target: String?)]
    /// By name, each with its path in the API's URL: empty for the stage that need not be named.
    package let stages: [(name: String, path: String)]
    package let createdAt: Date?
}

extension APIStore {
    /// Returns all APIs, by name.
    package func summaries() async throws -> [APISummary] {
        let all = try await rest.all().map(APISummary.init) + (try await http.all().map(APISummary.init))
        return all.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }
}

extension APISummary {
    fileprivate init(_ api: RESTAPI) {
        id = api.settings.id
        name = api.settings.name
        isREST = true
        description = api.settings.description
        routes = api.resources.values.flatMap { resource in
            (resource.resourceMethods ?? [:]).map { method, answer in
                let integration = answer.methodIntegration
                return (key: "\(method) \(resource.path)", target: integration?.uri ?? integration?.type)
            }
        }.sorted { $0.key < $1.key }
        stages = api.stages.keys.sorted().map { (name: $0, path: PercentEncoding.encode($0) + "/") }
        createdAt = Date(timeIntervalSince1970: api.settings.createdDate)
    }

    fileprivate init(_ api: HTTPAPI) {
        id = api.settings.apiId
        name = api.settings.name
        isREST = false
        description = api.settings.description
        routes = api.routes.values.map { route in
            let integration = route.integrationID.flatMap { api.integrations[$0] }
            return (key: route.routeKey, target: integration?.integrationUri ?? integration?.integrationType)
        }.sorted { $0.key < $1.key }
        stages = api.stages.keys.sorted().map { stage in
            (name: stage, path: stage == "$default" ? "" : PercentEncoding.encode(stage) + "/")
        }
        createdAt = RFC3339.date(api.settings.createdDate)
    }
}
