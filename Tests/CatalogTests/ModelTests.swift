import Definitions
import Foundation
import TestSupport
import Testing

@testable import Catalog

@Suite("Models in the catalog")
struct ModelTests {
    private func version(_ id: String, of model: String = "m", in workspace: String = "default") -> ModelVersion {
        var version = ModelVersion.fake(model, .floats(2), id: id)
        version.workspace = workspace
        return version
    }

    @Test("an added version has all its properties")
    func add() async throws {
        try await withCatalog { catalog, _ in
            var added = version("1")
            added.framework = .tensorflow
            added.sha256 = String(repeating: "ab", count: 32)
            added.byteCount = 1 << 40
            added.createdAt = .at(0.654321)
            try await catalog.addModelVersion(added)
            #expect(try await catalog.modelVersion(added.reference, in: "default") == added)
            let model = try await catalog.model(named: "m", in: "default")
            #expect(model == Model(name: "m", workspace: "default", createdAt: added.createdAt, versions: [added]))
            #expect(try await catalog.models(in: "default") == [model])
        }
    }

    @Test("versions are listed newest first, and the newest is the default")
    func newestFirst() async throws {
        try await withCatalog { catalog, _ in
            // The order is that of the uploads, not of the clock.
            for (id, time) in [("b", 3.0), ("a", 1), ("c", 2)] {
                var added = version(id)
                added.createdAt = .at(time)
                try await catalog.addModelVersion(added)
            }
            #expect(try await catalog.model(named: "m", in: "default").versions.map(\.id) == ["c", "a", "b"])
            #expect(try await catalog.modelVersion(ModelReference(name: "m"), in: "default").id == "c")
            let old = ModelReference(name: "m", version: "B")
            #expect(try await catalog.modelVersion(old, in: "default").id == "b")
        }
    }

    @Test("pages have every version once, and those of a list the newest")
    func pages() async throws {
        try await withCatalog { catalog, _ in
            for id in 1...5 { try await catalog.addModelVersion(version("\(id)")) }
            try await catalog.addModelVersion(version("6", of: "other"))
            for id in ["2", "5"] {
                try await catalog.setTag("t", on: ModelReference(name: "m", version: id), in: "default", true)
            }
            let whole = try await catalog.model(named: "m", in: "default")
            var found: [ModelVersion] = []
            for offset in [0, 2, 4, 6] {
                let page = NamedPage(limit: 2, offset: offset)
                let (versions, total, outcomes) = try await catalog.modelVersions(of: "m", in: "default", page)
                #expect(total == 5 && outcomes.isEmpty)
                found += versions
            }
            #expect(found == whole.versions && found.map(\.tags) == [["t"], [], [], ["t"], []])
            let newest = try await catalog.model(named: "m", in: "default", newest: 1)
            #expect(newest.versions == [found[0]] && newest.versionCount == 5)
            for workspace in ["default", nil] {
                let (models, total) = try await catalog.models(in: workspace, NamedPage(limit: 1))
                #expect(models == [newest] && total == 2)
                let (rest, _) = try await catalog.models(in: workspace, NamedPage(limit: 1, offset: 1))
                #expect(rest.map(\.name) == ["other"])
            }
        }
    }

    @Test("the same name in two workspaces means two models")
    func workspaces() async throws {
        try await withCatalog { catalog, _ in
            _ = try await catalog.createWorkspace(named: "w", at: .at(0))
            try await catalog.addModelVersion(version("1"))
            try await catalog.addModelVersion(version("2", in: "w"))
            #expect(try await catalog.modelVersion(ModelReference(name: "m"), in: "default").id == "1")
            #expect(try await catalog.modelVersion(ModelReference(name: "m"), in: "w").id == "2")
            let error = await roostError {
                _ = try await catalog.modelVersion(ModelReference(name: "m", version: "2"), in: "default")
            }
            #expect(error?.code == .notFound && error?.field == "version")
        }
    }

    @Test("a missing model or version is not found")
    func missing() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.addModelVersion(version("1"))
            try await catalog.addModelVersion(version("2", of: "other"))
            for (reference, field) in [("ghost", "model"), ("ghost@1", "model"), ("m@2", "version"), ("m@", "version")]
            {
                let parts = reference.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
                let wanted = ModelReference(name: parts[0], version: parts.count > 1 ? parts[1] : nil)
                let error = await roostError { _ = try await catalog.modelVersion(wanted, in: "default") }
                #expect(error?.code == .notFound && error?.field == field, "\(reference)")
            }
            #expect(await roostError { _ = try await catalog.model(named: "ghost", in: "default") }?.code == .notFound)
        }
    }

    @Test("a version's ID is unique, and a rejected version leaves no model behind")
    func duplicate() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.addModelVersion(version("1"))
            await #expect(throws: (any Error).self) { try await catalog.addModelVersion(version("1", of: "other")) }
            #expect(try await catalog.models(in: "default").map(\.name) == ["m"])
        }
    }

    @Test("setting and removing a tag are idempotent")
    func tags() async throws {
        try await withCatalog { catalog, _ in
            try await catalog.addModelVersion(version("1"))
            try await catalog.addModelVersion(version("2"))
            let first = ModelReference(name: "m", version: "1")
            for tag in ["b", "a", "b"] { try await catalog.setTag(tag, on: first, in: "default", true) }
            try await catalog.setTag("c", on: ModelReference(name: "m"), in: "default", true)
            #expect(try await catalog.model(named: "m", in: "default").versions.map(\.tags) == [["c"], ["a", "b"]])
            for _ in 0..<2 { try await catalog.setTag("b", on: first, in: "default", false) }
            #expect(try await catalog.modelVersion(first, in: "default").tags == ["a"])
            let error = await roostError {
                try await catalog.setTag("a", on: ModelReference(name: "m", version: "3"), in: "default", true)
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test("the digests of all artifacts and code archives are listed, and all algorithm versions")
    func digests() async throws {
        try await withCatalog { catalog, _ in
            for (id, digest, code) in [("1", "aa", "cc"), ("2", "bb", nil), ("3", "aa", "cc")] {
                var added = version(id)
                added.sha256 = digest
                added.codeSHA256 = code
                added.algorithmVersion = code == nil ? "dd" : nil
                added.image = code.map { "registry/sagemaker-xgboost:\($0)-\(id)" }
                added.signature.inputs[0].featureNames = code.map { ["a", $0] }
                try await catalog.addModelVersion(added)
                var found = try await catalog.modelVersion(added.reference, in: "default")
                // The version before it.
                found.lineage = nil
                #expect(found == added)
            }
            #expect(try await catalog.digests() == ["aa", "bb", "cc"])
            #expect(try await catalog.algorithmVersions() == ["dd"])
        }
    }
}
