import Definitions
import Foundation
import NativeAPI

/// Finds things by name, whatever they are.
struct SearchPages: PageGroup {
    let api: ConsoleAPI

    /// The most things of each kind.
    private static let limit = 8

    var pages: [Page] {
        Page("/console/search") { try await search($0) }
    }

    private struct Hit: Sendable {
        var name: String
        var kind: String
        var href: String
    }

    private struct SearchView: Sendable {
        var asked: String
        var hits: [Hit]
        var isEmpty: Bool
    }

    private func search(_ request: PageRequest) async throws -> PageContent {
        let text = String(request.query("q").prefix(128))
        let hits = try await hits(text)
        var content = PageContent(
            template: "search",
            title: "Go to",
            place: nil,
            body: SearchView(asked: text, hits: hits, isEmpty: hits.isEmpty)
        )
        content.summary = text.isEmpty ? "" : "Names that contain “\(text)”."
        return content
    }

    private func hits(_ text: String) async throws -> [Hit] {
        let query = ["search": text, "limit": String(Self.limit)]
        let pipelines = try await api.get("/v1/pipelines", query, as: PipelineList.self).pipelines
        var hits = pipelines.map { Hit(name: $0.name, kind: "pipeline", href: Links.page("pipelines", $0.name)) }
        for workspace in try await api.get("/v1/workspaces", as: WorkspaceList.self).workspaces.prefix(Self.limit) {
            let name = workspace.name
            let models = try await api.get(
                "/v1/models",
                query.merging(["workspace": name]) { first, _ in first },
                as: ModelList.self
            ).models
            hits += models.map { model in
                let place = name == Workspace.defaultName ? [:] : ["workspace": name]
                return Hit(name: model.name, kind: "model", href: Links.page("models", model.name, query: place))
            }
        }
        for kind in [JobKind.training, .tuning, .transform] {
            let path = "/v1/\(kind.collection)"
            let named = ["name_contains": text, "limit": String(Self.limit)]
            let names = try await api.get(path, named, as: JobNames.self).jobs.map(\.name)
            hits += names.map { Hit(name: $0, kind: kind.noun, href: Links.page("jobs", kind.collection, $0)) }
        }
        return hits
    }

    /// The names of jobs of any kind.
    private struct JobNames: Decodable {
        struct Job: Decodable {
            var name: String
        }

        var jobs: [Job]
    }
}
