import APIGateway
import NativeAPI

/// The APIs of API Gateway, as the native API shows them.
///
/// The group is here because NativeAPI knows no other API.
struct GatewayOperations: OperationGroup {
    let store: APIStore

    var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/apis",
            id: "listAPIs",
            "List the APIs of API Gateway, by name",
            query: .page,
            returns: GatewayAPIList.self
        ) { call in
            let (found, total) = try call.page(of: try await store.summaries(), by: \.name)
            return GatewayAPIList(apis: found.map(GatewayAPI.init), total: total)
        }
    }
}

extension GatewayAPI {
    fileprivate init(_ api: APISummary) {
        self.init(
            id: api.id,
            name: api.name,
            kind: api.isREST ? .rest : .http,
            description: api.description,
            routes: api.routes.map { Route(key: $0.key, target: $0.target) },
            stages: api.stages.map { Stage(name: $0.name, path: PublicRoute.apiPath + "\(api.id)/\($0.path)") },
            createdAt: api.createdAt
        )
    }
}
