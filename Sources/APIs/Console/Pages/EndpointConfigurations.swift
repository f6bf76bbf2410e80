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
        /// Empty on the page of an endpoint, which deletes the endpoint.
        var deleteHref: String
    }

    /// The most rows on the page of an endpoint.
    private static let endpointLimit = 20
    private static let path = "/v1/endpoint-configurations"

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
        let section = "configurations"
        let offset = String(request.offset(section))
        let found = try await api.get(
            Self.path,
            ["search": search, "limit": String(Pager.limit), "offset": offset],
            as: EndpointConfigurationList.self
        )
        rows = found.configurations.map { Self.row($0, nil) }
        hasRows = !rows.isEmpty
        note = hasRows ? "\(Numbers.count(found.total)), newest first" : ""
        why =
            search.isEmpty
            ? "No configuration yet. CreateEndpointConfig of SageMaker's API makes one."
            : "No name contains “\(search)”."
        allHref = search.isEmpty || hasRows ? "" : Links.page("endpoints") + "#configurations"
        pager = try Pager(request, shown: rows.count, total: found.total, in: section)
    }

    /// The newest ones, with what an endpoint does with them.
    init(_ request: PageRequest, of endpoint: Endpoint, _ api: ConsoleAPI) async throws {
        let found = try await api.get(
            Self.path,
            ["limit": String(Self.endpointLimit)],
            as: EndpointConfigurationList.self
        )
        rows = found.configurations.map { Self.row($0, endpoint) }
        hasRows = !rows.isEmpty
        let isCut = found.total > rows.count
        note = isCut ? "the newest \(rows.count) of \(Numbers.count(found.total))" : "newest first"
        why = "No configuration is left. The endpoint keeps serving without it."
        allHref = isCut ? Links.page("endpoints") + "#configurations" : ""
        pager = nil
    }

    static func code(_ search: String) -> CodeLine {
        CodeLine(
            curl: "curl -s " + Quoted.url(path, [("search", search)]),
            python: "\(Quoted.boto3("sagemaker")).list_endpoint_configs(\(Quoted.texts([("NameContains", search)])))",
            roost: ""
        )
    }

    private static func row(_ configuration: EndpointConfiguration, _ endpoint: Endpoint?) -> Row {
        let name = configuration.name
        return Row(
            name: name,
            variants: (configuration.variants + configuration.shadows).map { "\($0.name): \($0.model)" }
                .joined(separator: ", "),
            capture: configuration.capture.map { "\($0.percentage)\u{00A0}% to \($0.destination)" } ?? "off",
            made: Moment(configuration.createdAt),
            use: name == endpoint?.pending?.configuration
                ? Status(.busy, "Being applied") : name == endpoint?.configuration ? Status(.ok, "In use") : nil,
            deleteHref: endpoint != nil ? "" : Links.page("endpoint-configurations", name, "delete")
        )
    }
}
