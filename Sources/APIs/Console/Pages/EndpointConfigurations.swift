import Definitions
import Foundation
import NativeAPI
import Words

/// Endpoint configurations: all of them in pages, or the newest ones on the page of an endpoint.
struct ConfigurationTable: Sendable {
    struct Row: Sendable {
        var name: String
        var variants: String
        var capture: String
        var made: Moment
        var use: Status?
        /// The endpoints that use it; empty on the page of one.
        var users: String
        /// Empty on the page of an endpoint, which deletes the endpoint.
        var deleteHref: String
    }

    /// The most rows on the page of an endpoint.
    private static let endpointLimit = 20
    private static let path = "/v1/endpoint-configurations"
    /// The parameter of the query, and the ID of the section, on the page of all endpoints.
    private static let section = "configurations"

    let rows: [Row]
    let hasRows: Bool
    let note: String
    /// What is said instead of rows.
    let why: String
    /// The page with all configurations; empty on it, unless a filter leaves some out.
    let allHref: String
    let pager: Pager?

    /// All whose names contain a text.
    init(_ request: PageRequest, search: String, _ api: ConsoleAPI) async throws {
        let found = try await api.get(
            Self.path,
            ["search": search, "limit": String(Pager.limit), "offset": String(request.offset(Self.section))],
            as: EndpointConfigurationList.self
        )
        // The table is worth something without those that use what it has.
        let endpoints = found.configurations.isEmpty ? [] : (try? await api.endpoints()) ?? []
        rows = found.configurations.map { Self.row($0, usedBy: endpoints, isOne: false) }
        hasRows = !rows.isEmpty
        note = hasRows ? "\(Numbers.count(found.total)), newest first" : ""
        why =
            search.isEmpty
            ? "No configuration yet. CreateEndpointConfig of SageMaker's API makes one."
            : "No name contains “\(search)”."
        allHref = search.isEmpty || hasRows ? "" : Links.page("endpoints") + "#configurations"
        pager = try Pager(request, shown: rows.count, total: found.total, in: Self.section)
    }

    /// The newest ones, with what an endpoint does with them.
    init(_ request: PageRequest, of endpoint: Endpoint, _ api: ConsoleAPI) async throws {
        let found = try await api.get(
            Self.path,
            ["limit": String(Self.endpointLimit)],
            as: EndpointConfigurationList.self
        )
        // What the endpoint uses may be older than those, and may have been deleted.
        var used: [EndpointConfiguration] = []
        for name in [endpoint.pending?.configuration, endpoint.configuration].compactMap(\.self)
        where !(found.configurations + used).contains(where: { $0.name == name }) {
            if let older = try? await api.get(
                "\(Self.path)/\(ConsoleAPI.escaped(name))",
                as: EndpointConfiguration.self
            ) {
                used.append(older)
            }
        }
        rows = (found.configurations + used).map { Self.row($0, usedBy: [endpoint], isOne: true) }
        hasRows = !rows.isEmpty
        let isCut = found.total > rows.count
        note =
            isCut
            ? "the newest \(found.configurations.count) of \(Numbers.count(found.total))"
                + (used.isEmpty ? "" : ", and what the endpoint uses") : "newest first"
        why = "No configuration is left. The endpoint keeps serving without it."
        allHref = isCut ? Links.page("endpoints") + "#configurations" : ""
        pager = nil
    }

    static func code(_ request: PageRequest, search: String) -> CodeLine {
        CodeLine(
            curl: "curl -s " + Quoted.url(path, [("search", search)] + request.page(in: section)),
            python: Quoted.boto3(
                "sagemaker",
                "list_endpoint_configs",
                "EndpointConfigs",
                Quoted.texts([("NameContains", search)])
            ),
            roost: ""
        )
    }

    /// - Parameter isOne: Whether the page is that of one endpoint.
    private static func row(_ configuration: EndpointConfiguration, usedBy endpoints: [Endpoint], isOne: Bool) -> Row {
        let name = configuration.name
        let changing = endpoints.filter { $0.pending?.configuration == name }
        let users = changing + endpoints.filter { $0.configuration == name && $0.pending?.configuration != name }
        return Row(
            name: name,
            variants: (configuration.variants + configuration.shadows).map { "\($0.name): \($0.model)" }
                .joined(separator: ", "),
            capture: configuration.capture.map { "\($0.percentage)\u{00A0}% to \($0.destination)" } ?? "off",
            made: Moment(configuration.createdAt),
            use: !changing.isEmpty
                ? Status(.busy, "Being applied") : users.isEmpty ? nil : Status(.ok, "In use"),
            users: isOne ? "" : ConsoleAPI.names(users.map(\.name)),
            deleteHref: isOne ? "" : Links.page("endpoint-configurations", name, "delete")
        )
    }
}

extension ConsoleAPI {
    /// Returns all endpoints, by name.
    fileprivate func endpoints() async throws -> [Endpoint] {
        var all: [Endpoint] = []
        while true {
            let query = ["limit": "1000", "offset": String(all.count)]
            let page = try await get("/v1/endpoints", query, as: EndpointList.self)
            all += page.endpoints
            if page.endpoints.isEmpty || all.count >= page.total { return all }
        }
    }
}
