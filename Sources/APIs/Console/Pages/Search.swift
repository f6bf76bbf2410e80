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
        /// What to say if nothing is found.
        var nothing: String
        /// Leads to what other workspaces have.
        var everywhere: String
    }

    private func search(_ request: PageRequest) async throws -> PageContent {
        let text = Self.trimmed(request.query("q"))
        let workspace = request.workspace
        let hits = text.isEmpty ? [] : try await hits(text, workspace)
        let query = ["q": text, "workspace": WorkspaceChoice.all]
        var content = PageContent(
            template: "search",
            title: "Go to",
            place: nil,
            body: SearchView(
                asked: text,
                hits: hits,
                nothing: text.isEmpty ? "Type a part of a name." : hits.isEmpty ? "Nothing has this in its name." : "",
                everywhere: text.isEmpty || workspace.isEmpty ? "" : Links.page("search", query: query)
            )
        )
        let place = workspace.isEmpty ? "" : " in workspace \(workspace)"
        content.summary =
            text.isEmpty ? "" : "Names that contain “\(text)”\(place), at most \(Self.limit) of each kind."
        return content
    }

    /// As much of a text as a name can have.
    private static func trimmed(_ text: String) -> String {
        var text = String(text.trimmingCharacters(in: .whitespaces).prefix(128))
        while text.utf8.count > 128 { text.removeLast() }
        return text
    }

    private func hits(_ text: String, _ workspace: String) async throws -> [Hit] {
        let query = ["search": text, "workspace": workspace, "limit": String(Self.limit)]
        return try await api.get("/v1/names", query, as: NameList.self).names.map(Self.hit)
    }

    private static func hit(_ found: NameList.Found) -> Hit {
        let name = found.name
        func job(_ kind: JobKind) -> Hit {
            Hit(name: name, kind: kind.noun, href: Links.page("jobs", kind.collection, name))
        }
        switch found.kind {
        case .pipeline: return Hit(name: name, kind: "pipeline", href: Links.page("pipelines", name))
        case .model:
            let place = ModelPages.place(found.workspace ?? Workspace.defaultName)
            let kind = place.isEmpty ? "model" : "model in \(found.workspace ?? "")"
            return Hit(name: name, kind: kind, href: Links.page("models", name, query: place))
        case .endpoint: return Hit(name: name, kind: "endpoint", href: Links.page("endpoints", name))
        case .function: return Hit(name: name, kind: "function", href: Links.page("functions", name))
        case .suite: return Hit(name: name, kind: "suite", href: Links.page("suites", name))
        case .assay: return Hit(name: name, kind: "assay", href: Links.page("drift", name))
        case .loop: return Hit(name: name, kind: "loop", href: Links.page("loops", name))
        case .bucket: return Hit(name: name, kind: "bucket", href: Links.page("buckets", name))
        case .trainingJob: return job(.training)
        case .tuningJob: return job(.tuning)
        case .transformJob: return job(.transform)
        case .learningCurve: return job(.learningCurve)
        }
    }
}
