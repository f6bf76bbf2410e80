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
        var path: String
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
                rows: found.apis.map(Self.row),
                isEmpty: found.apis.isEmpty,
                pager: try Pager(request, shown: found.apis.count, total: found.total)
            )
        )
        content.summary =
            "HTTP routes to functions and to other servers. Programs manage them through the API of API Gateway."
        content.refresh = 5
        content.code = [
            CodeLine(
                curl: "curl -s $ROOST_URL/v1/apis",
                python: "boto3.client(\"apigatewayv2\", endpoint_url=os.environ[\"ROOST_URL\"]).get_apis()",
                roost: ""
            )
        ]
        if let stage = found.apis.first?.stages.first {
            content.code.append(
                CodeLine(
                    curl: "curl -s $ROOST_URL\(stage.path)",
                    python: "requests.get(os.environ[\"ROOST_URL\"] + \(Quoted.json(stage.path)))",
                    roost: ""
                )
            )
        }
        return content
    }

    private static func row(_ api: GatewayAPI) -> Row {
        Row(
            id: api.id,
            name: api.name,
            kind: api.kind.rawValue,
            note: api.description ?? "",
            stages: api.stages.map { Stage(stage: $0.name, path: $0.path) },
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
