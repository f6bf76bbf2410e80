import Definitions
import Foundation
import NativeAPI
import Words

/// Pipelines: what runs, what ran before, and a try.
struct PipelinePages: PageGroup {
    let api: ConsoleAPI

    var pages: [Page] {
        Page("/console/pipelines") { try await list($0) }
        Page("/console/pipelines/{pipeline}", takesForm: true) { try await overview($0) }
        Page("/console/pipelines/{pipeline}/versions") { try await versions($0) }
        Page("/console/pipelines/{pipeline}/definition") { try await definition($0) }
    }

    var actions: [Action] {
        Action("/console/pipelines/{pipeline}/deploy", whyNot: obstacleToDeploying, question: askToDeploy, act: deploy)
        Action("/console/pipelines/{pipeline}/stop", whyNot: obstacle, question: askToStop, act: stop)
    }

    // MARK: List

    private struct ListView: Sendable {
        var search: String
        var table: PipelineTable
        var pager: Pager
        var isFiltered: Bool
        /// Empty for all workspaces.
        var inWorkspace: String
    }

    private func list(_ request: PageRequest) async throws -> PageContent {
        let search = request.query("search")
        let query = [
            "search": search, "workspace": request.workspace, "limit": String(Pager.limit),
            "offset": String(request.offset),
        ]
        let overview = try await api.get("/v1/overview", as: Overview.self)
        let found = try await api.get("/v1/pipelines", query, as: PipelineList.self)
        var content = PageContent(
            template: "pipelines",
            title: "Pipelines",
            place: .pipelines,
            body: ListView(
                search: search,
                table: try await PipelineTable(found.pipelines, overview, api),
                pager: try Pager(request, shown: found.pipelines.count, total: found.total),
                isFiltered: !search.isEmpty,
                inWorkspace: request.workspace
            )
        )
        let count = found.total ?? found.pipelines.count
        let workspace = request.workspace
        content.summary =
            "\(Numbers.count(count)) \(count == 1 ? "pipeline" : "pipelines")"
            + (workspace.isEmpty ? "." : " in workspace \(workspace).")
        content.overview = overview
        content.refresh = 5
        content.code = [Self.listCode(request)]
        return content
    }

    /// What lists the pipelines of a page that takes `search`.
    static func listCode(_ request: PageRequest) -> CodeLine {
        let (search, workspace) = (request.query("search"), request.workspace)
        let list =
            workspace.isEmpty
            ? "client.list_pipelines()" : "client.get_workspace(\(Quoted.json(workspace))).pipelines()"
        let filter = [("search", search), ("workspace", workspace)]
        return CodeLine(
            curl: "curl -s " + Quoted.url("/v1/pipelines", filter + request.page),
            python: Quoted.named(search, "pipeline", in: list),
            roost: "roost pipeline list" + Quoted.options(filter)
        )
    }

    // MARK: One pipeline

    private func pipeline(_ request: PageRequest) async throws -> Pipeline {
        try await api.get("/v1/pipelines/\(ConsoleAPI.escaped(request.parameter("pipeline")))")
    }

    private func obstacle(_ request: PageRequest) async throws -> String? {
        try await api.obstacle(toChanging: request.parameter("pipeline"))
    }

    private func overview(_ request: PageRequest) async throws -> PageContent {
        let (pipeline, current) = try await api.running(request.parameter("pipeline"))
        var content = Self.content("pipeline", pipeline, current, tab: "")
        let hold = try await api.hold(on: pipeline.name)
        content.giveWay(to: hold)
        let versions = try await versions(of: pipeline, limit: 4, offset: 0)
        let tryIt = await TryIt(pipeline, current, request, api)
        if let line = tryIt?.code { content.code.append(line) }
        content.body = OverviewView(
            steps: await PipelineSteps(current, of: pipeline, api),
            courses: try await Courses("/v1/pipelines/\(ConsoleAPI.escaped(pipeline.name))/series", request, api),
            tryIt: tryIt,
            versions: VersionsView(
                rows: Self.rows(versions, of: pipeline, isFixed: hold != nil),
                count: versions.total ?? 0,
                isCut: versions.total ?? 0 > versions.versions.count,
                allHref: Links.page("pipelines", pipeline.name, "versions")
            )
        )
        // A page with an answer stays as it is.
        content.refresh = request.request.method == .get ? content.state?.kind == .busy ? 1 : 5 : nil
        return content
    }

    private struct OverviewView: Sendable {
        var steps: PipelineSteps
        var courses: Courses
        var tryIt: TryIt?
        var versions: VersionsView
    }

    /// What all pages of a pipeline have in common.
    ///
    /// - Parameter version: The version that answers.
    static func content(_ template: String, _ pipeline: Pipeline, _ version: PipelineVersion, tab: String)
        -> PageContent
    {
        let name = pipeline.name
        let deployment = pipeline.deployment
        var content = PageContent(template: template, title: name, place: .pipelines, body: [String]())
        content.trail = [Link(text: "Pipelines", href: Links.page("pipelines"))]
        content.state = Status(deployment)
        if let deployment {
            content.summary =
                "Version \(deployment.version.prefix(8)), changed \(Moment(deployment.updatedAt).text)."
                + (deployment.error.map { " " + $0 } ?? "")
        } else {
            content.summary = "Created \(Moment(pipeline.createdAt).text), never deployed."
        }
        if deployment?.previousVersion != nil {
            content.buttons.append(
                Button(text: "Undo…", href: Links.page("pipelines", name, "deploy", query: ["version": "previous"]))
            )
        }
        if deployment?.state == .running {
            content.buttons.append(Button(text: "Stop…", href: Links.page("pipelines", name, "stop")))
        } else if deployment == nil || deployment?.state == .stopped || deployment?.state == .error {
            content.buttons.append(Button(text: "Deploy…", href: Links.page("pipelines", name, "deploy"), isMain: true))
        }
        var views = [("Overview", "")]
        if version.experiment != nil || tab == "experiment" { views.append(("Experiment", "experiment")) }
        if version.hasShadow || tab == "shadow" { views.append(("Shadow", "shadow")) }
        views += [("Log", "log"), ("Versions", "versions"), ("Definition", "definition")]
        content.tabs = views.map { text, path in
            Tab(
                text: text,
                href: path.isEmpty ? Links.page("pipelines", name) : Links.page("pipelines", name, path),
                isCurrent: path == tab
            )
        }
        content.code = [
            CodeLine(
                curl: "curl -s $ROOST_URL/v1/pipelines/\(name)",
                python: "client.pipelines_by_name(\"\(name)\")[0]",
                roost: "roost pipeline show \(name)"
            )
        ]
        return content
    }

    // MARK: Versions

    private struct VersionRow: Sendable {
        var id: String
        var fullID: String
        var definitionHref: String
        var state: Status
        var models: String
        var made: Moment
        var tags: String
        var verb: String
        var href: String
    }

    private struct VersionsView: Sendable {
        var rows: [VersionRow]
        var count: Int
        var isCut: Bool
        var allHref: String
        var pager: Pager?
    }

    private func versions(of pipeline: Pipeline, limit: Int, offset: Int) async throws -> PipelineVersionList {
        let path = "/v1/pipelines/\(ConsoleAPI.escaped(pipeline.name))/versions"
        return try await api.get(path, ["limit": String(limit), "offset": String(offset)])
    }

    /// - Parameter isFixed: Whether no other version can be deployed now.
    private static func rows(_ list: PipelineVersionList, of pipeline: Pipeline, isFixed: Bool) -> [VersionRow] {
        let current = pipeline.deployment?.version
        let isRunning = pipeline.deployment?.state == .running
        return list.versions.map { version in
            let isCurrent = version.id == current
            return VersionRow(
                id: String(version.id.prefix(8)),
                fullID: version.id,
                definitionHref: Links.page("pipelines", pipeline.name, "definition", query: ["version": version.id]),
                state: isCurrent
                    ? Status(pipeline.deployment)
                    : Status(.off, version.id == pipeline.version.id ? "Newest" : "Replaced"),
                models: version.steps.flatMap(\.models).map { "\($0.name) \(($0.version ?? "").prefix(8))" }.joined(
                    separator: ", "
                ),
                made: Moment(version.createdAt),
                tags: version.tags.joined(separator: ", "),
                verb: isFixed || isCurrent && isRunning ? "" : "Deploy…",
                href: Links.page("pipelines", pipeline.name, "deploy", query: ["version": version.id])
            )
        }
    }

    private func versions(_ request: PageRequest) async throws -> PageContent {
        let (pipeline, version) = try await api.running(request.parameter("pipeline"))
        var content = Self.content("versions", pipeline, version, tab: "versions")
        let hold = try await api.hold(on: pipeline.name)
        content.giveWay(to: hold)
        let list = try await versions(of: pipeline, limit: Pager.limit, offset: request.offset)
        content.body = VersionsView(
            rows: Self.rows(list, of: pipeline, isFixed: hold != nil),
            count: list.total ?? 0,
            isCut: false,
            allHref: "",
            pager: try Pager(request, shown: list.versions.count, total: list.total)
        )
        content.code = [
            CodeLine(
                curl: "curl -s " + Quoted.url("/v1/pipelines/\(pipeline.name)/versions", request.page),
                python: "client.pipelines_by_name(\"\(pipeline.name)\")[0].versions()",
                roost: "roost pipeline versions \(pipeline.name)"
            )
        ]
        return content
    }

    private struct DefinitionView: Sendable {
        var yaml: String
        var version: String
    }

    private func definition(_ request: PageRequest) async throws -> PageContent {
        let (pipeline, current) = try await api.running(request.parameter("pipeline"))
        var content = Self.content("definition", pipeline, current, tab: "definition")
        content.giveWay(to: try await api.hold(on: pipeline.name))
        let asked = request.query("version")
        let version = asked.isEmpty ? current : try await api.version(asked, of: pipeline.name)
        content.body = DefinitionView(
            yaml: try DefinitionYAML.text(of: pipeline.definition(of: version)),
            version: String(version.id.prefix(8))
        )
        content.code = [
            CodeLine(
                curl: "curl -s $ROOST_URL/v1/pipelines/\(pipeline.name)/versions/\(version.id)",
                python: "client.pipelines_by_name(\"\(pipeline.name)\")[0].version(\"\(version.id)\")",
                roost: "roost pipeline show \(pipeline.name) --version \(version.id)"
            )
        ]
        return content
    }

    // MARK: Actions

    /// The pipeline, and its version that is to be deployed.
    private func wanted(_ request: PageRequest) async throws -> (pipeline: Pipeline, version: PipelineVersion) {
        let pipeline = try await pipeline(request)
        let asked = request.field("version").isEmpty ? request.query("version") : request.field("version")
        return (pipeline, asked.isEmpty ? pipeline.version : try await api.version(asked, of: pipeline.name))
    }

    private func obstacleToDeploying(_ request: PageRequest) async throws -> String? {
        if let reason = try await obstacle(request) { return reason }
        let (pipeline, version) = try await wanted(request)
        // The way back is open whatever the gate says.
        if version.id == pipeline.deployment?.previousVersion { return nil }
        return await api.obstacle(toAdmitting: version, to: pipeline.name)
    }

    private func askToDeploy(_ request: PageRequest) async throws -> Question {
        let (pipeline, version) = try await wanted(request)
        let name = pipeline.name
        return Question(
            title: "Deploy version \(version.id.prefix(8)) of \(name)?",
            text: version.answering + " " + pipeline.deployment.meanwhile(until: version.id),
            button: "Deploy \(name)",
            fields: [Question.Field(name: "version", label: "Version", kind: .hidden, value: version.id)],
            place: .pipelines,
            trail: .pipeline(name),
            code: [
                CodeLine(
                    curl:
                        "curl -s -X PUT $ROOST_URL/v1/pipelines/\(name)/deployment -H 'content-type: application/json' "
                        + "-d '{\"version\": \"\(version.id)\"}'",
                    python: "client.pipelines_by_name(\"\(name)\")[0].rollback(to=\"\(version.id)\")",
                    roost: "roost pipeline deploy \(name) --version \(version.id.prefix(8))"
                )
            ]
        )
    }

    private func deploy(_ request: PageRequest) async throws -> String {
        let (pipeline, version) = try await wanted(request)
        let isUndone = version.id == pipeline.deployment?.previousVersion
        try await api.perform(
            .put,
            "/v1/pipelines/\(ConsoleAPI.escaped(pipeline.name))/deployment",
            NewDeployment(version: isUndone ? "previous" : version.id)
        )
        return Links.page("pipelines", pipeline.name)
    }

    private func askToStop(_ request: PageRequest) async throws -> Question {
        let name = try await pipeline(request).name
        return Question(
            title: "Stop \(name)?",
            text:
                "Its requests will be answered with 404 until it is deployed again. Requests that are under way are answered "
                + "first. Versions and log stay.",
            button: "Stop \(name)",
            isDangerous: true,
            place: .pipelines,
            trail: .pipeline(name),
            code: [
                CodeLine(
                    curl: "curl -s -X DELETE $ROOST_URL/v1/pipelines/\(name)/deployment",
                    python: "client.pipelines_by_name(\"\(name)\")[0].undeploy()",
                    roost: "roost pipeline undeploy \(name)"
                )
            ]
        )
    }

    private func stop(_ request: PageRequest) async throws -> String {
        let name = request.parameter("pipeline")
        try await api.perform(.delete, "/v1/pipelines/\(ConsoleAPI.escaped(name))/deployment")
        return Links.page("pipelines", name)
    }
}
