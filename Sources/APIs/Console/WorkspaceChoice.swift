import Definitions
import NativeAPI

/// The workspace whose pipelines, models and suites the lists show: a choice of the browser's session.
///
/// An address that names a workspace counts more, so that it shows the same to whoever gets it.
struct WorkspaceChoice: Sendable {
    struct Option: Sendable {
        var value: String
        var text: String
        var isCurrent: Bool
    }

    private static let cookieName = "roost-workspace"
    /// What stands for all workspaces in an address. No workspace has this name.
    static let all = "*"

    let options: [Option]

    /// - Parameter chosen: Empty for all workspaces.
    init(_ sizes: [Overview.WorkspaceSize], chosen: String) {
        var names = sizes.map(\.name)
        // The overview does not list all if there are very many. An address may name one that does not exist.
        if !chosen.isEmpty, names.count >= 1000, !names.contains(chosen) { names.append(chosen) }
        options =
            [Option(value: Self.all, text: "All workspaces", isCurrent: chosen.isEmpty)]
            + names.map { Option(value: $0, text: $0, isCurrent: $0 == chosen) }
    }

    /// The choice of the session; empty for all workspaces.
    static func chosen(_ request: ConsoleRequest) -> String {
        guard let name = request.cookie(cookieName), isName(name) else { return "" }
        return name
    }

    /// - Parameter name: Empty for all workspaces.
    static func cookie(_ name: String) -> String {
        "\(cookieName)=\(name); Path=/; HttpOnly; SameSite=Strict" + (name.isEmpty ? "; Max-Age=0" : "")
    }

    private static func isName(_ text: String) -> Bool {
        (try? Name.check(text, what: "workspace name", field: "workspace")) != nil
    }
}

extension ConsoleRequest {
    /// The value of a cookie.
    func cookie(_ name: String) -> String? {
        for cookie in (cookies ?? "").split(separator: ";") {
            let sides = cookie.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if sides.count == 2, sides[0] == name { return String(sides[1]) }
        }
        return nil
    }
}

extension ConsoleAPI {
    /// The choice of the session, unless the workspace was deleted since.
    func workspace(_ request: ConsoleRequest) async -> String {
        let name = WorkspaceChoice.chosen(request)
        guard !name.isEmpty else { return "" }
        let query = ["workspace": name, "limit": "1"]
        return (try? await get("/v1/pipelines", query, as: PipelineList.self)) == nil ? "" : name
    }
}

extension Console {
    /// Takes the choice of a workspace, and leads to the list of the place where it was made.
    func chooseWorkspace(_ request: ConsoleRequest) async throws -> ConsoleResponse {
        try sessions.check(request)
        let asked = request.form["workspace"] ?? ""
        let name = asked == WorkspaceChoice.all ? "" : asked
        if !name.isEmpty {
            let query = ["workspace": name, "limit": "1"]
            _ = try await api.get("/v1/pipelines", query, as: PipelineList.self)
        }
        var response = ConsoleResponse.redirect(to: (Place(rawValue: request.form["place"] ?? "") ?? .home).href)
        response.headers.append(("set-cookie", WorkspaceChoice.cookie(name)))
        return response
    }
}
