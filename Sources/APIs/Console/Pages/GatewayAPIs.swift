import Definitions
import Foundation
import NativeAPI
import Words

/// The APIs of API Gateway, and where they answer.
struct GatewayPages: PageGroup {
    let api: ConsoleAPI

    /// The most routes of an API that are shown.
    private static let routeLimit = 20

    var pages: [Page] {
        Page("/console/apis") { try await list($0) }
    }

    private struct Stage: Sendable {
        var stage: String
        /// With the address of the server, as the reader sees it.
        var url: String
        /// Empty if no route takes a GET.
        var target: String
    }

    private struct Route: Sendable {
        var key: String
        var words: String
        var href: String
    }

    private struct Row: Sendable {
        var id: String
        var name: String
        var kind: String
        var note: String
        var stages: [Stage]
        var hasStages: Bool
        var routes: [Route]
        var hasRoutes: Bool
        var routeNote: String
        var made: Moment?
    }

    private struct ListView: Sendable {
        var rows: [Row]
        var isEmpty: Bool
        var pager: Pager
    }

    private func list(_ request: PageRequest) async throws -> PageContent {
        let query = ["limit": String(Pager.limit), "offset": String(request.offset)]
        let found = try await api.get("/v1/apis", query, as: GatewayAPIList.self)
        var content = PageContent(
            template: "apis",
            title: "APIs",
            place: .apis,
            body: ListView(
                rows: found.apis.map { Self.row($0, at: request.request.address) },
                isEmpty: found.apis.isEmpty,
                pager: try Pager(request, shown: found.apis.count, total: found.total)
            )
        )
        content.summary =
            "HTTP routes to functions and to other servers. Programs manage them through the API of API Gateway."
        content.refresh = 5
        content.code = [
            CodeLine(
                curl: "curl -s " + Quoted.url("/v1/apis", request.page),
                // HTTP APIs and REST APIs have a client each.
                python: Quoted.boto3("apigatewayv2", "get_apis", "Items") + " + "
                    + Quoted.boto3("apigateway", "get_rest_apis", "items"),
                roost: ""
            )
        ]
        let callable = found.apis.lazy.compactMap { api in api.stages.first.flatMap { Request(api.routes, on: $0) } }
        if let request = callable.first { content.code.append(request.code) }
        return content
    }

    /// A request that one of an API's routes takes.
    private struct Request {
        let method: String
        /// From the root of the server, percent-encoded.
        let path: String

        /// Chooses a route: one for GET if there is one, and one whose path has no parameters.
        init?(_ routes: [GatewayAPI.Route], on stage: GatewayAPI.Stage) {
            let choices = routes.map { route in
                let parts = route.key.split(separator: " ", maxSplits: 1).map(String.init)
                // The default route takes what no other route does.
                let (method, path) = parts.count == 2 ? (parts[0], parts[1]) : ("GET", "/")
                return (method: method == "ANY" ? "GET" : method, path: path)
            }
            func rank(_ choice: (method: String, path: String)) -> Int {
                (choice.method == "GET" ? 0 : 2) + (choice.path.contains("{") ? 1 : 0)
            }
            guard let best = choices.min(by: { rank($0) < rank($1) }) else { return nil }
            method = best.method
            // The name of a parameter stands for its value.
            let segments = best.path.filter { !"{}+".contains($0) }.split(separator: "/")
            path = stage.path + segments.map { ConsoleAPI.escaped(String($0)) }.joined(separator: "/")
        }

        var code: CodeLine {
            CodeLine(
                curl: method == "GET" ? "curl -s \(Quoted.url(path))" : Quoted.curl(method, path),
                python: "requests.request(\(Quoted.json(method)), os.environ[\"ROOST_URL\"] + \(Quoted.json(path)))",
                roost: ""
            )
        }
    }

    private static func row(_ api: GatewayAPI, at address: String) -> Row {
        Row(
            id: api.id,
            name: api.name,
            kind: api.kind.rawValue,
            note: api.description ?? "",
            stages: api.stages.map { stage in
                let request = Request(api.routes, on: stage)
                return Stage(
                    stage: stage.name,
                    url: address + stage.path,
                    target: request.flatMap { $0.method == "GET" ? $0.path : nil } ?? ""
                )
            },
            hasStages: !api.stages.isEmpty,
            routes: api.routes.prefix(routeLimit).map(route),
            hasRoutes: !api.routes.isEmpty,
            routeNote: api.routes.count > routeLimit ? "\(routeLimit) of \(Numbers.count(api.routes.count))" : "",
            made: Moment(api.createdAt)
        )
    }

    /// The function behind a route has a page.
    private static func route(_ route: GatewayAPI.Route) -> Route {
        let target = route.target ?? ""
        // An ARN, alone or in the address of an invocation: …:function:NAME[:QUALIFIER][/invocations].
        if let range = target.range(of: ":function:") {
            let name = String(target[range.upperBound...].prefix { $0 != ":" && $0 != "/" })
            return Route(key: route.key, words: "function \(name)", href: Links.page("functions", name))
        }
        return Route(key: route.key, words: target.isEmpty ? "nothing yet" : target, href: "")
    }
}
