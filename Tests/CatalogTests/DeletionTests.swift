import Definitions
import Foundation
import TestSupport
import Testing

@testable import Catalog

@Suite("Deletions in the catalog")
struct DeletionTests {
    private func delete(
        _ target: DeletionTarget,
        from catalog: Catalog,
        force: Bool = false,
        logs: Bool = false,
        changing: Set<String> = [],
        hasLog: Bool = false
    ) async throws -> DeletedRecords {
        try await catalog.delete(target, takesReferrers: force, takesLogs: logs, changing: changing) { _ in hasLog }
    }

    /// Adds the versions 1 and 2 of the model `m`, and the pipeline `p` with a version of each.
    private func prepare(_ catalog: Catalog) async throws -> [String] {
        for id in ["1", "2"] {
            try await catalog.addModelVersion(.fake("m", .floats(1), id: id))
            _ = try await catalog.define(steps: [.model(ModelReference(name: "m", version: id))])
        }
        return try await catalog.pipelineVersions(of: "p").map(\.id).reversed()
    }

    private let model = DeletionTarget.model("m", workspace: "default")
    private func version(_ id: String) -> DeletionTarget {
        .modelVersion(ModelReference(name: "m", version: id), workspace: "default")
    }

    @Test("a deletion takes along what only refers to it, if told to")
    func referrers() async throws {
        try await withCatalog { catalog, _ in
            let versions = try await prepare(catalog)
            let error = await roostError { _ = try await delete(version("1"), from: catalog) }
            #expect(error?.code == .conflict && error?.field == "force")
            #expect(error?.message.contains("version \(versions[0].prefix(8)) of pipeline 'p'") == true)
            let deleted = try await delete(version("1"), from: catalog, force: true)
            #expect(deleted.summary.modelVersions.map(\.description) == ["m@1"])
            #expect(deleted.summary.pipelineVersions == ["p@\(versions[0])"])
            #expect(deleted.logs.isEmpty && deleted.digests.count == 1)
            #expect(try await catalog.digests(among: deleted.digests).isEmpty)
            #expect(try await catalog.pipelineVersions(of: "p").map(\.id) == [versions[1]])
            let rest = try await delete(model, from: catalog, force: true)
            #expect(rest.summary.models == ["m"] && rest.summary.pipelines == ["p"])
            #expect(Set(rest.logs) == [.pipeline("p"), .model("m", workspace: "default")])
            #expect(try await Set(catalog.logsToRemove()) == Set(rest.logs))
            for log in rest.logs {
                #expect(try await catalog.mustRemove(log))
                try await catalog.removed(log)
            }
            #expect(try await catalog.logsToRemove().isEmpty)
            #expect(try await catalog.pipelines(in: nil).isEmpty)
        }
    }

    @Test("what is deployed, and what a rollback returns to, is kept until the pipeline is undeployed")
    func deployed() async throws {
        try await withCatalog { catalog, _ in
            let versions = try await prepare(catalog)
            for id in versions { try await catalog.deploy(id, at: .at(1)) }
            let targets = [
                model, version("1"), version("2"), .pipeline("p"), .pipelineVersion("p", version: versions[0]),
                .pipelineVersion("p", version: versions[1]),
            ]
            for target in targets {
                let error = await roostError { _ = try await delete(target, from: catalog, force: true, logs: true) }
                #expect(error?.code == .conflict && error?.message.contains("deployed pipeline 'p'") == true)
            }
            try await catalog.deploy(versions[1], false, at: .at(2))
            let error = await roostError { _ = try await delete(.pipeline("p"), from: catalog, changing: ["p"]) }
            #expect(error?.message.contains("which is being deployed or undeployed") == true)
            // What was deployed before is forgotten with its version.
            _ = try await delete(.pipelineVersion("p", version: versions[0]), from: catalog)
            #expect(try await catalog.desiredDeployments().map(\.previousVersion) == [nil])
            _ = try await delete(.pipeline("p"), from: catalog)
            #expect(try await catalog.desiredDeployments().isEmpty)
            _ = try await delete(model, from: catalog)
        }
    }

    @Test("a log that is not empty must be named")
    func logs() async throws {
        try await withCatalog { catalog, _ in
            _ = try await prepare(catalog)
            for target in [model, .pipeline("p")] {
                let error = await roostError {
                    _ = try await delete(target, from: catalog, force: true, hasLog: true)
                }
                #expect(error?.code == .conflict && error?.field == "log")
            }
            #expect(try await catalog.pipelineVersions(of: "p").count == 2)
            _ = try await delete(model, from: catalog, force: true, logs: true, hasLog: true)
        }
    }

    @Test("endpoints, the records of APIs and running jobs keep their models")
    func users() async throws {
        try await withCatalog { catalog, _ in
            let id = UUID().uuidString.lowercased()
            try await catalog.addModelVersion(.fake("m", .floats(1), id: id))
            let definition = TransformDefinition(
                name: "scores",
                model: ModelReference(name: "m", version: id),
                workspace: "default",
                input: DataChannel(name: "input", uri: "s3://b/in"),
                output: "s3://b/out"
            )
            var job = TransformJob(definition: definition, state: JobState(createdAt: .at(0)))
            _ = try await catalog.addJob(job, request: nil)
            _ = try await catalog.addEndpoint("e", document: #"{"model":"m@\#(id)"}"#, createdAt: .at(0), at: .at(0))
            try await catalog.putRecord(kind: "api-model", name: "x", document: #"{"version":"\#(id)"}"#, at: .at(0))
            let error = await roostError { _ = try await delete(model, from: catalog, force: true) }
            let users = "endpoint 'e', api-model 'x', transform job 'scores'"
            #expect(error?.message.hasPrefix("Model 'm' is in use by \(users).") == true)
            job.state.status = .completed
            try await catalog.saveJob(job)
            try await catalog.removeEndpoint("e")
            _ = try await catalog.removeRecord(kind: "api-model", name: "x")
            #expect(try await delete(model, from: catalog).summary.models == ["m"])
        }
    }

    @Test("the pipeline of an endpoint is kept")
    func endpoint() async throws {
        try await withCatalog { catalog, _ in
            let versions = try await prepare(catalog)
            _ = try await catalog.addEndpoint("p", document: "{}", createdAt: .at(0), at: .at(0))
            for target in [.pipeline("p"), .pipelineVersion("p", version: versions[0]), version("1")] {
                let error = await roostError { _ = try await delete(target, from: catalog, force: true) }
                #expect(error?.message.contains("in use by endpoint 'p'") == true)
            }
        }
    }

    @Test("a workspace goes with everything in it, if told to")
    func workspace() async throws {
        try await withCatalog { catalog, _ in
            _ = try await catalog.createWorkspace(named: "w", at: .at(0))
            try await catalog.define("q", in: "w")
            let error = await roostError { _ = try await delete(.workspace("w"), from: catalog) }
            #expect(error?.message.contains("contains pipeline 'q'") == true)
            _ = try await prepare(catalog)
            let deleted = try await delete(.workspace("w"), from: catalog, force: true).summary
            #expect(deleted.workspaces == ["w"] && deleted.pipelines == ["q"] && deleted.models.isEmpty)
            #expect(try await catalog.workspaces().map(\.name) == ["default"])
        }
    }

    @Test("what does not exist is not found")
    func missing() async throws {
        try await withCatalog { catalog, _ in
            for target in [
                model, version("1"), .pipeline("p"), .workspace("w"), .model("m", workspace: "w"),
            ] {
                let error = await roostError { _ = try await delete(target, from: catalog, force: true) }
                #expect(error?.code == .notFound, "\(target)")
            }
        }
    }

    @Test("an upload of what is there is the version that is there")
    func uploads() async throws {
        try await withCatalog { catalog, _ in
            let first = ModelVersion.fake("m", .floats(1), id: "1")
            #expect(try await catalog.addModelVersion(first).isNew)
            var again = first
            (again.id, again.createdAt) = ("2", .at(5))
            try await catalog.setTag("t", on: first.reference, in: "default", true)
            let known = try await catalog.addModelVersion(again)
            #expect(!known.isNew && known.version.id == "1" && known.version.tags == ["t"])
            again.algorithm = "other"
            #expect(try await catalog.addModelVersion(again).isNew)
            (again.model, again.id) = ("n", "3")
            #expect(try await catalog.addModelVersion(again).isNew)
        }
    }
}
