import Definitions
import Foundation
import TestSupport
import Testing

@testable import Catalog

@Suite("Workspaces in the catalog")
struct WorkspaceTests {
    @Test("a new catalog has the default workspace")
    func defaultWorkspace() async throws {
        try await withCatalog { catalog, _ in
            let workspaces = try await catalog.workspaces()
            #expect(workspaces.map(\.name) == ["default"])
            #expect(workspaces[0].models.isEmpty && workspaces[0].pipelines.isEmpty)
        }
    }

    @Test("a created workspace has its properties and content")
    func create() async throws {
        try await withCatalog { catalog, _ in
            let made = try #require(try await catalog.createWorkspace(named: "fraud", at: .at(0.123456)))
            #expect(try await catalog.workspace(named: "fraud") == made)
            try await catalog.define("p2", in: "fraud", "a")
            try await catalog.define("p1", in: "fraud", "a")
            var version = ModelVersion.fake("m", .floats(1))
            version.workspace = "fraud"
            try await catalog.addModelVersion(version)
            let workspace = try await catalog.workspace(named: "fraud")
            #expect(workspace.pipelines == ["p2", "p1"])
            #expect(workspace.models == ["m"])
            #expect(try await catalog.workspaces().map(\.name) == ["default", "fraud"])
            #expect(try await catalog.workspace(named: "default").pipelines.isEmpty)
        }
    }

    @Test("a name that is taken is refused", arguments: ["default", "fraud"])
    func taken(name: String) async throws {
        try await withCatalog { catalog, _ in
            _ = try await catalog.createWorkspace(named: "fraud", at: .at(0))
            #expect(try await catalog.createWorkspace(named: name, at: .at(1)) == nil)
            #expect(try await catalog.workspaces().count == 2)
        }
    }

    @Test("a missing workspace is not found by any operation")
    func missing() async throws {
        try await withCatalog { catalog, _ in
            var version = ModelVersion.fake("m", .floats(1))
            version.workspace = "ghost"
            let orphan = version
            let errors = [
                await roostError { _ = try await catalog.workspace(named: "ghost") },
                await roostError { _ = try await catalog.models(in: "ghost") },
                await roostError { _ = try await catalog.pipelines(in: "ghost") },
                await roostError { _ = try await catalog.model(named: "m", in: "ghost") },
                await roostError { try await catalog.addModelVersion(orphan) },
                await roostError { try await catalog.define(in: "ghost", "a") },
            ]
            for error in errors { #expect(error?.code == .notFound && error?.field == "workspace") }
        }
    }
}
