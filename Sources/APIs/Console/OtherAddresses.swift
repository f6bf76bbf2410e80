import NativeAPI

/// Addresses that people type, and the pages that they mean.
enum OtherAddresses {
    private typealias Target = @Sendable (_ parameters: [String: String]) -> String

    private static let all: [(path: PathTemplate, target: Target)] = [
        (PathTemplate(Console.root), { _ in "/" }),
        (PathTemplate(Console.root + "/home"), { _ in "/" }),
        (PathTemplate(Console.root + "/index.html"), { _ in "/" }),
        (PathTemplate(Console.root + "/workspace"), { _ in "/" }),
        (PathTemplate(Console.root + "/workspaces"), { _ in "/" }),
        (PathTemplate(Console.root + "/logs"), { _ in Links.page("log") }),
        (PathTemplate(Console.root + "/assays"), { _ in Links.page("drift") }),
        (PathTemplate(Console.root + "/gates"), { _ in Links.page("suites") + "#gates" }),
        (PathTemplate(Console.root + "/assays/{name}"), { Links.page("drift", $0["name"] ?? "") }),
        (
            PathTemplate(Console.root + "/experiments/{name}"),
            { Links.page("pipelines", $0["name"] ?? "", "experiment") }
        ),
        (PathTemplate(Console.root + "/shadow/{name}"), { Links.page("pipelines", $0["name"] ?? "", "shadow") }),
        (PathTemplate(Console.root + "/log/{name}"), { Links.page("pipelines", $0["name"] ?? "", "log") }),
        (PathTemplate(Console.root + "/logs/{name}"), { Links.page("pipelines", $0["name"] ?? "", "log") }),
    ]

    /// Returns the page that a path means, from the root of the server; `nil` if it means none.
    ///
    /// - Parameter path: Percent-encoded, of no page.
    static func page(for path: String) -> String? {
        let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
        for (template, target) in all {
            if let parameters = template.parameters(of: trimmed) { return target(parameters) }
        }
        // Below the console's root only, so that the address cannot be that of another server.
        return trimmed != path && trimmed.hasPrefix(Console.root + "/") ? trimmed : nil
    }
}
