import Definitions
import Foundation
import TestSupport
import Testing

@testable import Catalog

@Suite("Catalog")
struct CatalogTests {
    @Test("a reopened catalog has all its content")
    func reopening() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/roost.sqlite"
            let version = ModelVersion.fake("m", .floats(2))
            do {
                let catalog = try Catalog(path: path)
                _ = try await catalog.createWorkspace(named: "w", at: .at(0.5))
                try await catalog.addModelVersion(version)
                try await catalog.setTag("t", on: version.reference, in: "default", true)
                try await catalog.define("p", in: "w", "m", validations: [Validation(name: "v", expression: "true")])
                try await catalog.setTag("u", onPipeline: "p", true)
                let defined = try await catalog.pipeline(named: "p").version
                try await catalog.setDeployment(of: "p", version: defined.id, deployed: true, at: .at(1))
            }
            let catalog = try Catalog(path: path)
            #expect(try await catalog.workspaces().map(\.name) == ["default", "w"])
            var tagged = version
            tagged.tags = ["t"]
            #expect(try await catalog.modelVersion(version.reference, in: "default") == tagged)
            let pipeline = try await catalog.pipeline(named: "p")
            #expect(pipeline.workspace == "w" && pipeline.tags == ["u"])
            #expect(pipeline.version.validations == [Validation(name: "v", expression: "true")])
            let desired = try await catalog.desiredDeployments()
            #expect(desired.map(\.version) == [pipeline.version])
            #expect(desired.map(\.workspace) == ["w"])
            #expect(desired.map(\.isDeployed) == [true])
        }
    }

    @Test("another connection sees a change immediately")
    func otherConnection() async throws {
        try await withCatalog { catalog, path in
            let other = try Catalog(path: path)
            try await catalog.define("p", "a")
            #expect(try await other.pipeline(named: "p").name == "p")
            #expect(try await other.define("p", "a") == .unchanged)
        }
    }

    @Test("concurrent changes are all kept")
    func concurrent() async throws {
        try await withCatalog { catalog, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<40 {
                    group.addTask { try await catalog.addModelVersion(.fake("m\(index % 4)", .floats(1))) }
                }
                try await group.waitForAll()
            }
            let models = try await catalog.models(in: "default")
            #expect(models.count == 4 && models.allSatisfy { $0.versions.count == 10 })
        }
    }

    @Test("a file that is not a database is rejected")
    func noDatabase() throws {
        try withTemporaryFolder { folder in
            try String(repeating: "x", count: 4096).write(toFile: folder + "/x", atomically: false, encoding: .utf8)
            #expect(throws: (any Error).self) { try Catalog(path: folder + "/x") }
        }
    }
}
