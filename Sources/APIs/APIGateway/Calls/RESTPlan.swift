/// A deployed REST API, ready to find the method that answers a request.
struct RESTPlan: Sendable {
    struct Route: Sendable {
        let resourceID: String
        /// `/pets/{petId}`
        let path: String
        let method: RESTMethod
    }

    let router: Router<Route>
    let binaryMediaTypes: MediaTypes

    init(_ snapshot: RESTSnapshot) {
        var router = Router<Route>()
        for resource in snapshot.resources {
            for (name, method) in resource.resourceMethods ?? [:] {
                router.add(name, resource.path, Route(resourceID: resource.id, path: resource.path, method: method))
            }
        }
        self.router = router
        binaryMediaTypes = MediaTypes(snapshot.binaryMediaTypes)
    }
}

/// A deployed HTTP API, ready to find the route that answers a request.
struct HTTPPlan: Sendable {
    struct Route: Sendable {
        let key: String
        let integration: HTTPIntegration
    }

    private var router = Router<Route>()
    private var fallback: Route?

    init(_ snapshot: HTTPSnapshot) {
        for route in snapshot.routes {
            guard let integration = route.integrationID.flatMap({ snapshot.integrations[$0] }) else { continue }
            let found = Route(key: route.routeKey, integration: integration)
            let parts = route.routeKey.split(separator: " ", maxSplits: 1).map(String.init)
            if parts.count == 2 { router.add(parts[0], parts[1], found) } else { fallback = found }
        }
    }

    func find(_ method: String, _ path: String) -> Router<Route>.Match? {
        if let match = router.find(method, Router<Route>.segments(of: path), choosesByPath: false) { return match }
        return fallback.map { Router.Match(value: $0, parameters: [:]) }
    }
}
