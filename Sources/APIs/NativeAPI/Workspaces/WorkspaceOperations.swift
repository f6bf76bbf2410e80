public import Definitions
package import Platform

/// The operations on workspaces.
package struct WorkspaceOperations: OperationGroup {
    let platform: Platform

    package init(platform: Platform) { self.platform = platform }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/workspaces",
            id: "listWorkspaces",
            "List workspaces",
            returns: WorkspaceList.self
        ) { _ in WorkspaceList(workspaces: try await platform.workspaces()) }

        APIOperation(
            .post,
            "/v1/workspaces",
            id: "createWorkspace",
            "Create a workspace",
            body: NewWorkspace.self,
            returns: Workspace.self,
            status: .created
        ) { _, new in try await platform.createWorkspace(named: new.name) }

        APIOperation(
            .get,
            "/v1/workspaces/{workspace}",
            id: "getWorkspace",
            "Get a workspace",
            returns: Workspace.self
        ) { call in try await platform.workspace(named: call.parameter("workspace")) }

        APIOperation(
            .delete,
            "/v1/workspaces/{workspace}",
            id: "deleteWorkspace",
            "Delete a workspace",
            query: .deletion,
            returns: Deletion.self
        ) { call in try await platform.delete(.workspace(call.parameter("workspace")), call) }
    }
}

/// `GET /v1/workspaces`.
public struct WorkspaceList: Sendable, Codable {
    public var workspaces: [Workspace]
    public init(workspaces: [Workspace]) { self.workspaces = workspaces }
}

extension WorkspaceList: WireType {
    package static let schema = Schema.object(["workspaces": .list(of: Workspace.self)])
}

/// `POST /v1/workspaces`.
public struct NewWorkspace: Sendable, Codable {
    public var name: String

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name
    }

    public init(name: String) { self.name = name }

    /// Decodes the body. An unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        name = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .name)
    }
}

extension NewWorkspace: WireType {
    package static let schema = Schema.object(["name": .name])
}

extension Workspace: WireType {
    package static let schema = Schema.object([
        "id": .integer(), "name": .name, "created_at": .time, "models": .list(.string()), "pipelines": .list(.string()),
    ])
}
