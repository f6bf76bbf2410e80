import Definitions
import Foundation
import NativeAPI
import Words

/// Models: their versions, where these come from and where they answer.
struct ModelPages: PageGroup {
    let api: ConsoleAPI

    var pages: [Page] {
        Page("/console/models") { try await list($0) }
        Page("/console/models/{model}") { try await model($0) }
    }

    var actions: [Action] {
        Action(
            "/console/models/{model}/tag",
            question: { try await askForTag($0, isSet: true) },
            act: { try await tag($0, isSet: true) }
        )
        Action(
            "/console/models/{model}/untag",
            question: { try await askForTag($0, isSet: false) },
            act: { try await tag($0, isSet: false) }
        )
        Action("/console/models/{model}/delete", whyNot: obstacle, question: askToDelete, act: delete)
    }

    // MARK: List

    private struct Row: Sendable {
        var name: String
        var href: String
        var version: String
        var versions: String
        var framework: String
        var size: String
        var tested: Status
        var uploaded: Moment?
        var by: String
        var inWorkspace: String
    }

    private struct ListView: Sendable {
        var search: String
        /// Whether the rows are of several workspaces, so that each says of which.
        var hasWorkspaces: Bool
        var rows: [Row]
        var isEmpty: Bool
        var why: String
        var clear: String
        var pager: Pager
    }

    private func list(_ request: PageRequest) async throws -> PageContent {
        let search = request.query("search")
        let overview = try await api.get("/v1/overview", as: Overview.self)
        // Without a choice, a server with one workspace is as simple as one without any.
        let isOne = (overview.workspaces ?? []).count < 2
        let workspace = request.workspace.isEmpty && isOne ? Workspace.defaultName : request.workspace
        let query = [
            "search": search, "workspace": workspace.isEmpty ? WorkspaceChoice.all : workspace,
            "limit": String(Pager.limit), "offset": String(request.offset),
        ]
        let found = try await api.get("/v1/models", query, as: ModelList.self)
        let whereWords = workspace.isEmpty ? "all workspaces" : "workspace \(workspace)"
        let given = isOne ? "" : workspace.isEmpty ? WorkspaceChoice.all : workspace
        let total = found.total ?? found.models.count
        var content = PageContent(
            template: "models",
            title: "Models",
            place: .models,
            body: ListView(
                search: search,
                hasWorkspaces: workspace.isEmpty,
                rows: found.models.map(Self.row),
                isEmpty: found.models.isEmpty,
                why: search.isEmpty
                    ? "No model in \(whereWords) yet. A model is a name for versions of a file:"
                    : "No model in \(whereWords) has “\(search)” in its name.",
                clear: search.isEmpty ? "" : Links.page("models"),
                pager: try Pager(request, shown: found.models.count, total: found.total)
            )
        )
        content.summary =
            "\(Numbers.count(total)) \(total == 1 ? "model" : "models")\(search.isEmpty ? "" : " with “\(search)” in the name") in "
            + "\(whereWords). A version never changes; other bytes make another version."
        content.overview = overview
        content.refresh = 5
        content.code = [
            CodeLine(
                curl: "curl -s "
                    + Quoted.url("/v1/models", [("search", search), ("workspace", given)] + request.page),
                python: workspace.isEmpty
                    ? "["
                        + Quoted.named(search, "model", in: "workspace.models()")
                        + " for workspace in client.list_workspaces()]"
                    : Self.python(workspace) + Quoted.named(search, "model", in: "client.list_models()"),
                roost: "roost model list"
                    + Quoted.options([
                        ("search", search),
                        ("workspace", Self.place(workspace.isEmpty ? given : workspace)["workspace"] ?? ""),
                    ])
            )
        ]
        return content
    }

    private static func row(_ model: Model) -> Row {
        let newest = model.versions.first
        return Row(
            name: model.name,
            href: Links.page("models", model.name, query: place(model.workspace)),
            version: String((newest?.id ?? "").prefix(8)),
            versions: Numbers.count(model.versionCount),
            framework: newest?.framework.rawValue ?? "",
            size: newest.map { Numbers.bytes($0.byteCount) } ?? Numbers.none,
            tested: tested(Dictionary(grouping: newest?.suites ?? [], by: \.outcome.rawValue).mapValues(\.count)),
            uploaded: Moment(newest?.createdAt),
            by: newest?.lineage?.by ?? newest?.lineage?.job.map { "job \($0.name)" } ?? "",
            inWorkspace: model.workspace
        )
    }

    /// What the suites say about a version, in a word.
    ///
    /// - Parameter outcomes: How many suites have which outcome.
    static func tested(_ outcomes: [String: Int]) -> Status {
        let count = outcomes.values.reduce(0, +)
        guard count > 0 else { return Status(.off, "Not tested") }
        if let failed = outcomes[SuiteRun.Outcome.failed.rawValue] {
            return Status(.bad, "\(failed) of \(count) failed")
        }
        for outcome in [SuiteRun.Outcome.error, .running, .pending] where outcomes[outcome.rawValue] != nil {
            return Status(outcome)
        }
        return Status(.ok, count == 1 ? "Passed" : "\(count) passed")
    }

    /// The query that names a workspace, unless it is the default one.
    static func place(_ workspace: String) -> [String: String] {
        workspace == Workspace.defaultName ? [:] : ["workspace": workspace]
    }

    /// The line that chooses a workspace, unless it is the default one.
    static func python(_ workspace: String) -> String {
        workspace == Workspace.defaultName ? "" : "client.set_current_workspace(\(Quoted.json(workspace)))\n"
    }

    // MARK: One model

    private func workspace(_ request: PageRequest) -> String {
        let sent = request.field("workspace")
        let named = sent.isEmpty ? request.query("workspace") : sent
        return named.isEmpty ? Workspace.defaultName : named
    }

    private func path(_ request: PageRequest) -> String {
        "/v1/models/\(ConsoleAPI.escaped(request.parameter("model")))"
    }

    /// Returns the model with its newest version.
    private func find(_ request: PageRequest) async throws -> Model {
        try await api.get(path(request), ["workspace": workspace(request), "limit": "1"])
    }

    private func model(_ request: PageRequest) async throws -> PageContent {
        let model = try await find(request)
        let uses = try await ModelUses(of: model, api)
        let name = model.name
        let place = Self.place(model.workspace)
        let query = [
            "workspace": model.workspace, "limit": String(Pager.limit), "offset": String(request.offset),
        ]
        let list = try await api.get(path(request) + "/versions", query, as: ModelVersionList.self)
        let pager = try Pager(request, shown: list.versions.count, total: list.total)
        var content = PageContent(
            template: "model",
            title: name,
            place: .models,
            body: ModelView(model, list, uses, pager)
        )
        content.trail = [Link(text: "Models", href: Links.page("models"))]
        let answering = uses.all.filter { $0.isRunning }
        content.state = answering.isEmpty ? Status(.off, "Not in use") : Status(.ok, "Answers")
        let count = model.versionCount
        content.summary =
            "\(Numbers.count(count)) \(count == 1 ? "version" : "versions") in workspace \(model.workspace), the newest from "
            + "\(model.versions.first.map { Moment($0.createdAt).text } ?? "–")."
        content.buttons = [
            Button(text: "Tag…", href: Links.page("models", name, "tag", query: place))
        ]
        if let obstacle = uses.obstacle() {
            content.whyNot = obstacle
        } else {
            content.buttons.append(
                Button(text: "Delete…", href: Links.page("models", name, "delete", query: place), isDangerous: true)
            )
        }
        content.refresh = 5
        let options = Quoted.options([("workspace", place["workspace"] ?? "")])
        content.code = [
            CodeLine(
                curl: "curl -s "
                    + Quoted.url(
                        self.path(request) + "/versions",
                        [("workspace", place["workspace"] ?? "")] + request.page
                    ),
                python: Self.python(model.workspace) + "client.models_by_name(\(Quoted.json(name)))",
                roost: "roost model show \(Quoted.shell(name))\(options)"
            )
        ]
        return content
    }

    // MARK: Actions

    private func trail(_ model: Model) -> [Link] {
        let place = Self.place(model.workspace)
        return [
            Link(text: "Models", href: Links.page("models")),
            Link(text: model.name, href: Links.page("models", model.name, query: place)),
        ]
    }

    /// The version that the link or the form names; the newest if it names none.
    private func version(_ request: PageRequest, of model: Model) async throws -> ModelVersion {
        let sent = request.field("version")
        let named = sent.isEmpty ? request.query("version") : sent
        guard !named.isEmpty else {
            guard let newest = model.versions.first else {
                throw RoostError(.notFound, "Model '\(model.name)' has no version.", field: "version")
            }
            return newest
        }
        return try await api.get(
            path(request) + "/versions/\(ConsoleAPI.escaped(named))",
            ["workspace": model.workspace]
        )
    }

    private func hidden(_ model: Model, _ version: String) -> [Question.Field] {
        [
            Question.Field(name: "version", label: "Version", kind: .hidden, value: version),
            Question.Field(name: "workspace", label: "Workspace", kind: .hidden, value: model.workspace),
        ]
    }

    private func askForTag(_ request: PageRequest, isSet: Bool) async throws -> Question {
        let model = try await find(request)
        let version = try await version(request, of: model)
        let reference = "\(model.name)@\(version.id.prefix(8))"
        let tag = request.query("tag").isEmpty ? version.tags.first ?? "" : request.query("tag")
        let options = Quoted.options([("workspace", Self.place(model.workspace)["workspace"] ?? "")])
        let verb = isSet ? "tag" : "untag"
        let shown = isSet || tag.isEmpty ? "TAG" : tag
        return Question(
            title: isSet ? "Tag \(reference)?" : "Remove a tag from \(reference)?",
            text: isSet
                ? "A tag is another name for a version, which can be used wherever its ID can. A version can have several."
                : "Pipelines refer to exact versions, so none of them changes.",
            button: isSet ? "Add the tag" : "Remove the tag",
            fields: hidden(model, version.id) + [
                Question.Field(
                    name: "tag",
                    label: "Tag",
                    hint: isSet ? "letters, digits, dots, hyphens and underscores" : "",
                    kind: isSet ? .line : .choice(version.tags),
                    value: isSet ? "" : tag
                )
            ],
            place: .models,
            trail: trail(model),
            code: [
                CodeLine(
                    curl: Quoted.curl(
                        isSet ? "PUT" : "DELETE",
                        "\(path(request))/versions/\(version.id)/tags/\(ConsoleAPI.escaped(shown))",
                        query: [("workspace", Self.place(model.workspace)["workspace"] ?? "")]
                    ),
                    python: Self.python(model.workspace)
                        + "client.model_by_name(\(Quoted.json(model.name)), \(Quoted.json(version.id)))"
                        + ".\(isSet ? "add" : "remove")_tag(\(Quoted.json(shown)))",
                    roost: "roost model \(verb)\(options)" + Quoted.operands(model.name + "@" + version.id, shown)
                )
            ]
        )
    }

    private func tag(_ request: PageRequest, isSet: Bool) async throws -> String {
        let tag = request.field("tag").trimmingCharacters(in: .whitespaces)
        guard !tag.isEmpty else { throw RoostError(.invalidInput, "The tag is missing.", field: "tag") }
        let model = try await find(request)
        let version = try await version(request, of: model)
        try await api.perform(
            isSet ? .put : .delete,
            "\(path(request))/versions/\(version.id)/tags/\(ConsoleAPI.escaped(tag))",
            query: ["workspace": model.workspace]
        )
        return Links.page("models", model.name, query: Self.place(model.workspace))
    }

    private func obstacle(_ request: PageRequest) async throws -> String? {
        let model = try await find(request)
        let named = request.field("version").isEmpty ? request.query("version") : request.field("version")
        let version = named.isEmpty ? nil : try await version(request, of: model)
        return try await ModelUses(of: model, api).obstacle(toDeleting: version?.id)
    }

    private func askToDelete(_ request: PageRequest) async throws -> Question {
        let model = try await find(request)
        let named = request.field("version").isEmpty ? request.query("version") : request.field("version")
        let version = named.isEmpty ? nil : try await version(request, of: model)
        let name = model.name
        let count = model.versionCount
        let uses = try await ModelUses(of: model, api).all.filter { version == nil || $0.version == version?.id }
        let users = uses.isEmpty ? "" : " It is used by \(uses.prefix(5).map(\.pipeline).joined(separator: ", "))."
        let reference = version.map { "\(name)@\($0.id)" } ?? name
        let options = Quoted.options([("workspace", Self.place(model.workspace)["workspace"] ?? "")])
        let path = path(request) + (version.map { "/versions/\($0.id)" } ?? "")
        return Question(
            title: version.map { "Delete version \($0.id.prefix(8)) of \(name)?" }
                ?? "Delete model \(name) and its \(count == 1 ? "version" : "\(count) versions")?",
            text: "This cannot be undone.\(users)",
            button: version.map { "Delete \($0.id.prefix(8))" } ?? "Delete \(name)",
            isDangerous: true,
            nameToType: name,
            fields: hidden(model, version?.id ?? "") + [
                Question.Field(
                    name: "force",
                    label: "Also delete reports, and versions of pipelines that need it and do not answer",
                    kind: .choice(["no", "yes"]),
                    value: "no"
                ),
                Question.Field(name: "log", label: "Also delete its log", kind: .choice(["no", "yes"]), value: "no"),
            ],
            place: .models,
            trail: trail(model),
            code: [
                CodeLine(
                    curl: Quoted.curl(
                        "DELETE",
                        path,
                        query: [("workspace", Self.place(model.workspace)["workspace"] ?? "")]
                    ),
                    python: Self.python(model.workspace)
                        + "client.delete_model(\(Quoted.json(name))\(version.map { ", \(Quoted.json($0.id))" } ?? ""))",
                    roost: "roost model delete \(Quoted.shell(reference))\(options)"
                )
            ]
        )
    }

    private func delete(_ request: PageRequest) async throws -> String {
        let model = try await find(request)
        let place = Self.place(model.workspace)
        var query = ["workspace": model.workspace]
        for name in ["force", "log"] where request.field(name) == "yes" { query[name] = "true" }
        let isWhole = request.field("version").isEmpty
        let path = isWhole ? path(request) : path(request) + "/versions/\(ConsoleAPI.escaped(request.field("version")))"
        try await api.perform(.delete, path, query: query)
        // The last version takes the model with it.
        let remains = !isWhole && model.versionCount > 1
        return remains ? Links.page("models", model.name, query: place) : Links.page("models", query: place)
    }
}
