import Definitions
import Foundation
import TestSupport
import Testing

@testable import Catalog

@Suite("Pipelines in the catalog")
struct PipelineTests {
    @Test("a definition is created, then unchanged, then changed")
    func define() async throws {
        try await withCatalog { catalog, _ in
            #expect(try await catalog.define("p", "a", at: .at(1)) == .created)
            let first = try await catalog.pipeline(named: "p")
            #expect(first.version.steps == [.model(ModelReference(name: "a"))])
            #expect(first.createdAt == .at(1) && first.updatedAt == .at(1) && first.workspace == "default")

            #expect(try await catalog.define("p", "a", at: .at(2)) == .unchanged)
            #expect(try await catalog.pipeline(named: "p") == first)

            #expect(try await catalog.define("p", "a", "b", at: .at(3)) == .changed)
            let second = try await catalog.pipeline(named: "p")
            #expect(second.version.id != first.version.id && second.version.steps.count == 2)
            #expect(second.createdAt == .at(1) && second.updatedAt == .at(3) && second.version.createdAt == .at(3))
        }
    }

    @Test("changing only a validation is a change, and so is changing it back")
    func validations() async throws {
        try await withCatalog { catalog, _ in
            let validation = Validation(name: "v", expression: "true")
            #expect(try await catalog.define("p", "a") == .created)
            #expect(try await catalog.define("p", "a", validations: [validation]) == .changed)
            #expect(try await catalog.define("p", "a", validations: [validation]) == .unchanged)
            #expect(try await catalog.define("p", "a") == .changed)
            let versions = try await catalog.pipelineVersions(of: "p")
            #expect(versions.map(\.validations) == [[], [validation], []])
            #expect(Set(versions.map(\.id)).count == 3)
            #expect(try await catalog.pipeline(named: "p").version == versions[0])
        }
    }

    @Test("pages have every version once, and a version is found by its ID, a tag or the beginning of its ID")
    func pages() async throws {
        try await withCatalog { catalog, _ in
            for model in ["a", "b", "c"] { try await catalog.define("p", model) }
            try await catalog.define("q", "a")
            let versions = try await catalog.pipelineVersions(of: "p")
            try await catalog.setTag("t", onVersion: versions[2].id, of: "p", true)
            let first = try await catalog.pipelineVersions(of: "p", NamedPage(limit: 2))
            let second = try await catalog.pipelineVersions(of: "p", NamedPage(limit: 2, offset: 2))
            #expect((first.found + second.found).map(\.id) == versions.map(\.id))
            #expect(first.total == 3 && second.total == 3)
            let oldest = versions[2].id
            for text in [oldest, oldest.uppercased(), String(oldest.prefix(13)), "t"] {
                let found = try await catalog.pipelineVersion(text, of: "p")
                #expect(found.id == oldest && found.tags == ["t"])
            }
            for (pipeline, text) in [("p", "none"), ("q", oldest), ("ghost", oldest)] {
                let error = await roostError { _ = try await catalog.pipelineVersion(text, of: pipeline) }
                #expect(error?.code == .notFound)
            }
        }
    }

    @Test("the pipelines that name a model are counted, and those that are known come first")
    func naming() async throws {
        try await withCatalog { catalog, _ in
            for id in ["1", "2"] { try await catalog.addModelVersion(.fake("m", .floats(1), id: id)) }
            for (name, model) in [("a", "m@1"), ("b", "m@2"), ("c", "m@1"), ("d", "m2@1")] {
                let steps: [Step] = [.model(ModelReference(parsing: model))]
                let definition = PipelineDefinition(name: name, steps: name == "d" ? [] : steps)
                _ = try await catalog.define(definition, in: "default", mustBeNew: true, at: .at(0))
            }
            // Only the newest version counts.
            try await catalog.define("b", "m2")
            let (found, more) = try await catalog.pipelines(naming: "m", in: "default", ["c", "none"], limit: 0)
            #expect(found.map(\.pipeline) == ["c", "a"] && found.map(\.versions) == [["1"], ["1"]] && more == 0)
            let one = try await catalog.pipelines(naming: "m", in: "default", ["c"], limit: 0)
            #expect(one.found.map(\.pipeline) == ["c"] && one.more == 1)
        }
    }

    @Test("every kind of step is stored and read back")
    func steps() async throws {
        let (a, b) = (ModelReference(name: "a"), ModelReference(name: "b", version: "1"))
        let steps: [Step] = [
            .model(a),
            .randomSplit(
                RandomSplit(models: [.init(model: a, weight: 0.1), .init(model: b, weight: 2)], hashKey: "k")
            ),
            .keySplit(KeySplit(key: "country", defaultModel: a, models: ["de": b, "fr": a])),
            .shadowDeploy(ShadowDeploy(champion: a, challengers: [b])),
        ]
        try await withCatalog { catalog, _ in
            try await catalog.addModelVersion(.fake("b", .floats(1), id: "1"))
            let first = try await catalog.define(steps: steps)
            #expect(first == .created)
            #expect(try await catalog.pipeline(named: "p").version.steps == steps)
            #expect(try await catalog.define(steps: steps) == .unchanged)
        }
    }

    @Test("an existing name is a conflict if it must be new, even in another workspace")
    func conflicts() async throws {
        try await withCatalog { catalog, _ in
            _ = try await catalog.createWorkspace(named: "w", at: .at(0))
            try await catalog.define("p", "a", mustBeNew: true)
            let again = await roostError { try await catalog.define("p", "a", mustBeNew: true) }
            #expect(again?.code == .conflict && again?.field == "name")
            let elsewhere = await roostError { try await catalog.define("p", in: "w", "a", mustBeNew: true) }
            #expect(elsewhere?.code == .conflict)
            let moved = await roostError { try await catalog.define("p", in: "w", "b") }
            #expect(moved?.code == .conflict && moved?.field == "workspace")
            #expect(try await catalog.pipelineVersions(of: "p").count == 1)
        }
    }

    @Test("pipelines of one or all workspaces are listed in the order of creation")
    func list() async throws {
        try await withCatalog { catalog, _ in
            _ = try await catalog.createWorkspace(named: "w", at: .at(0))
            for (name, workspace) in [("z", "default"), ("y", "w"), ("x", "default")] {
                try await catalog.define(name, in: workspace, "a")
            }
            #expect(try await catalog.pipelines(in: nil).map(\.name) == ["z", "y", "x"])
            #expect(try await catalog.pipelines(in: "default").map(\.name) == ["z", "x"])
            #expect(try await catalog.pipelines(in: "w").map(\.workspace) == ["w"])
        }
    }

    @Test("setting and removing a tag are idempotent, and tags survive a change")
    func tags() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.define("p", "a")
            for tag in ["b", "a", "b"] { try await catalog.setTag(tag, onPipeline: "p", true) }
            try await catalog.define("p", "b")
            #expect(try await catalog.pipeline(named: "p").tags == ["a", "b"])
            for _ in 0..<2 { try await catalog.setTag("b", onPipeline: "p", false) }
            #expect(try await catalog.pipeline(named: "p").tags == ["a"])
        }
    }

    @Test("a missing pipeline is not found")
    func missing() async throws {
        try await withCatalog { catalog, _ in
            let errors = [
                await roostError { _ = try await catalog.pipeline(named: "ghost") },
                await roostError { _ = try await catalog.pipelineVersions(of: "ghost") },
                await roostError { try await catalog.setTag("t", onPipeline: "ghost", true) },
            ]
            for error in errors { #expect(error?.code == .notFound && error?.field == "pipeline") }
        }
    }

    @Test("the last setting for each pipeline is its desired deployment")
    func deployments() async throws {
        try await withCatalog { catalog, _ in
            #expect(try await catalog.desiredDeployments().isEmpty)
            for name in ["p", "q"] { try await catalog.define(name, "a") }
            try await catalog.define("p", "b")
            let versions = try await catalog.pipelineVersions(of: "p")
            let other = try await catalog.pipeline(named: "q").version
            try await catalog.deploy(other.id, of: "q", at: .at(1))
            try await catalog.deploy(versions[0].id, at: .at(2))
            try await catalog.deploy(versions[1].id, at: .at(3))
            try await catalog.deploy(other.id, false, of: "q", at: .at(4))
            let desired = try await catalog.desiredDeployments()
            #expect(desired.map(\.pipeline) == ["p", "q"])
            #expect(desired.map(\.version) == [versions[1], other])
            #expect(desired.map(\.isDeployed) == [true, false])
            #expect(desired.map(\.previousVersion) == [versions[0].id, nil])
            // The same version again does not change which one came before it.
            let again = try await catalog.deploy(versions[1].id, at: .at(3))
            #expect(again == versions[0].id)
            #expect(desired.map(\.updatedAt) == [.at(3), .at(4)])
        }
    }

    @Test("a version that does not exist cannot be deployed")
    func deployNothing() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.define("p", "a")
            await #expect(throws: (any Error).self) {
                try await catalog.setDeployment(of: "p", version: "ghost", deployed: true, at: .at(0))
            }
            await #expect(throws: (any Error).self) {
                let version = try await catalog.pipeline(named: "p").version.id
                try await catalog.setDeployment(of: "ghost", version: version, deployed: true, at: .at(0))
            }
            #expect(try await catalog.desiredDeployments().isEmpty)
        }
    }
}
