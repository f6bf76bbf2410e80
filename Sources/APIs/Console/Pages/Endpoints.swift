import Definitions
import Foundation
import NativeAPI
import Words

/// The endpoints of SageMaker's API.
struct EndpointPages: PageGroup {
    let api: ConsoleAPI

    var pages: [Page] {
        Page("/console/endpoints") { try await list($0) }
        Page("/console/endpoints/{endpoint}") { try await endpoint($0) }
    }

    var actions: [Action] {
        Action("/console/endpoints/{endpoint}/delete", question: askToDelete, act: delete)
        Action(
            "/console/endpoint-configurations/{configuration}/delete",
            question: askToDeleteConfiguration,
            act: deleteConfiguration
        )
    }

    // MARK: List

    private struct Row: Sendable {
        var name: String
        var href: String
        var state: Status
        var configuration: String
        var variants: String
        var reason: String
        var changed: Moment
    }

    private struct ListView: Sendable {
        var search: String
        var rows: [Row]
        var isEmpty: Bool
        var isFiltered: Bool
        var pager: Pager
        var configurations: ConfigurationTable
    }

    private func list(_ request: PageRequest) async throws -> PageContent {
        let search = String(request.query("search").prefix(128))
        let found = try await api.get(
            "/v1/endpoints",
            ["search": search, "limit": String(Pager.limit), "offset": String(request.offset)],
            as: EndpointList.self
        )
        var content = PageContent(
            template: "endpoints",
            title: "Endpoints",
            place: .endpoints,
            body: ListView(
                search: search,
                rows: found.endpoints.map { endpoint in
                    Row(
                        name: endpoint.name,
                        href: Links.page("endpoints", endpoint.name),
                        state: Status(endpoint.status),
                        configuration: endpoint.configuration ?? endpoint.pending?.configuration ?? Numbers.none,
                        variants: (endpoint.variants + endpoint.shadows).map(\.name).joined(separator: ", "),
                        reason: endpoint.failureReason ?? "",
                        changed: Moment(endpoint.modifiedAt)
                    )
                },
                isEmpty: found.endpoints.isEmpty,
                isFiltered: !search.isEmpty,
                pager: try Pager(request, shown: found.endpoints.count, total: found.total),
                configurations: try await ConfigurationTable(request, search: search, api)
            )
        )
        content.summary = "Models that answer InvokeEndpoint, as SageMaker's endpoints do."
        content.refresh = 5
        content.code = [
            CodeLine(
                curl: "curl -s " + Quoted.url("/v1/endpoints", [("search", search)] + request.page),
                python: Quoted.boto3(
                    "sagemaker",
                    "list_endpoints",
                    "Endpoints",
                    Quoted.texts([("NameContains", search)])
                ),
                roost: ""
            ),
            ConfigurationTable.code(request, search: search),
        ]
        return content
    }

    // MARK: One endpoint

    private struct VariantRow: Sendable {
        var name: String
        var model: String
        var modelHref: String
        var weight: String
        var share: String
        var instances: String
        var kind: Status
        var problem: String
    }

    private struct EndpointView: Sendable {
        var variants: [VariantRow]
        var hasVariants: Bool
        var courses: Courses?
        var address: CodeLine
        var configurations: ConfigurationTable
        var facts: [Detail]
    }

    private func found(_ request: PageRequest) async throws -> Endpoint {
        try await api.get("/v1/endpoints/\(ConsoleAPI.escaped(request.parameter("endpoint")))")
    }

    private func endpoint(_ request: PageRequest) async throws -> PageContent {
        let endpoint = try await found(request)
        let name = endpoint.name
        let path = "/v1/endpoints/\(ConsoleAPI.escaped(name))"
        let view = EndpointView(
            variants: Self.rows(endpoint),
            hasVariants: !endpoint.variants.isEmpty,
            // An endpoint that has never served has no series.
            courses: try? await Courses(path + "/series", request, api),
            address: CodeLine(
                curl: "curl -s $ROOST_URL/endpoints/\(name)/invocations --aws-sigv4 aws:amz:us-east-1:sagemaker "
                    + "--user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" -H 'content-type: text/csv' "
                    + "--data-binary @rows.csv",
                python: "\(Quoted.boto3("sagemaker-runtime")).invoke_endpoint("
                    + "EndpointName=\(Quoted.json(name)), ContentType=\"text/csv\", "
                    + "Body=open(\"rows.csv\", \"rb\").read())[\"Body\"].read()",
                roost: ""
            ),
            configurations: try await ConfigurationTable(request, of: endpoint, api),
            facts: Self.facts(endpoint, at: request.request.address)
        )
        var content = PageContent(template: "endpoint", title: name, place: .endpoints, body: view)
        content.trail = [Link(text: "Endpoints", href: Links.page("endpoints"))]
        content.state = Status(endpoint.status)
        content.summary =
            endpoint.configuration.map { "Serves configuration \($0). Changed \(Moment(endpoint.modifiedAt).text)." }
            ?? "Has not served yet. Created \(Moment(endpoint.createdAt).text)."
        content.verdict = endpoint.failureReason.map { reason in
            Verdict(word: endpoint.status == .failed ? "Failed" : "The last change failed", sentence: reason)
        }
        if endpoint.status != .deleting {
            content.buttons = [
                Button(text: "Delete…", href: Links.page("endpoints", name, "delete"), isDangerous: true)
            ]
        }
        content.refresh = 5
        content.code = [
            CodeLine(
                curl: "curl -s $ROOST_URL\(path)",
                python: "\(Quoted.boto3("sagemaker")).describe_endpoint(EndpointName=\(Quoted.json(name)))",
                roost: ""
            )
        ]
        return content
    }

    private static func rows(_ endpoint: Endpoint) -> [VariantRow] {
        let total = endpoint.variants.reduce(0) { $0 + $1.weight }
        func row(_ variant: Endpoint.Variant, isShadow: Bool) -> VariantRow {
            let share = total > 0 ? variant.weight / total : nil
            return VariantRow(
                name: variant.name,
                model: variant.model,
                modelHref: Links.page("models", variant.model, query: ["workspace": "sagemaker"]),
                weight: Numbers.exact(variant.weight, gap: "NaN"),
                share: isShadow ? Numbers.none : Numbers.percent(share),
                instances: variant.instanceCount.map { count in
                    "\(Numbers.count(count)) × \(variant.instanceType ?? "instance")"
                } ?? "serverless",
                kind: isShadow ? Status(.off, "Shadow") : Status(.ok, "Answers"),
                problem: variant.problem ?? ""
            )
        }
        return endpoint.variants.map { row($0, isShadow: false) } + endpoint.shadows.map { row($0, isShadow: true) }
    }

    /// - Parameter address: That of the server, as the reader sees it.
    private static func facts(_ endpoint: Endpoint, at address: String) -> [Detail] {
        var facts = [Detail(term: "Configuration", content: endpoint.configuration ?? Numbers.none)]
        if let change = endpoint.pending {
            facts.append(
                Detail(
                    term: "Change",
                    content: "\(change.configuration.map { "to \($0), " } ?? "")since \(Moment(change.startedAt).text)"
                )
            )
        }
        if let capture = endpoint.capture {
            facts.append(JobPage.place("Captures \(capture.percentage)\u{00A0}% to", capture.destination))
        }
        facts.append(Detail(term: "Created", content: Moment(endpoint.createdAt).exact))
        facts.append(
            Detail(term: "URL", content: "\(address)/endpoints/\(ConsoleAPI.escaped(endpoint.name))/invocations")
        )
        return facts
    }

    // MARK: Delete

    private func askToDelete(_ request: PageRequest) async throws -> Question {
        let endpoint = try await found(request)
        let name = endpoint.name
        return Question(
            title: "Delete endpoint \(name)?",
            text:
                "This cannot be undone. Requests to it will be refused. Its configurations and models stay, so it can be "
                + "created again.",
            button: "Delete \(name)",
            isDangerous: true,
            nameToType: name,
            place: .endpoints,
            trail: [
                Link(text: "Endpoints", href: Links.page("endpoints")),
                Link(text: name, href: Links.page("endpoints", name)),
            ],
            code: [
                CodeLine(
                    curl: "curl -s -X DELETE $ROOST_URL/v1/endpoints/\(name)",
                    python: "\(Quoted.boto3("sagemaker")).delete_endpoint(EndpointName=\(Quoted.json(name)))",
                    roost: ""
                )
            ]
        )
    }

    private func delete(_ request: PageRequest) async throws -> String {
        try await api.perform(.delete, "/v1/endpoints/\(ConsoleAPI.escaped(request.parameter("endpoint")))")
        return Links.page("endpoints")
    }

    private func configurationPath(_ request: PageRequest) -> String {
        "/v1/endpoint-configurations/\(ConsoleAPI.escaped(request.parameter("configuration")))"
    }

    private func askToDeleteConfiguration(_ request: PageRequest) async throws -> Question {
        let path = configurationPath(request)
        let name = try await api.get(path, as: EndpointConfiguration.self).name
        return Question(
            title: "Delete endpoint configuration \(name)?",
            text:
                "This cannot be undone. Endpoints that serve it keep serving, but none can be created with it or updated to "
                + "it any more. Its models stay.",
            button: "Delete \(name)",
            isDangerous: true,
            nameToType: name,
            place: .endpoints,
            trail: [Link(text: "Endpoints", href: Links.page("endpoints") + "#configurations")],
            code: [
                CodeLine(
                    curl: Quoted.curl("DELETE", path),
                    python:
                        "\(Quoted.boto3("sagemaker")).delete_endpoint_config(EndpointConfigName=\(Quoted.json(name)))",
                    roost: ""
                )
            ]
        )
    }

    private func deleteConfiguration(_ request: PageRequest) async throws -> String {
        try await api.perform(.delete, configurationPath(request))
        return Links.page("endpoints") + "#configurations"
    }
}
