import DataFolder
import Definitions
import Files
import Foundation
import Logging
import Platform
import Programs
import Runtimes
import TestSupport
import Testing

/// Uploads and definitions, on a real data folder. Only the inspection of artifacts is replaced: the runtimes are not installed.
@Suite("Platform")
struct PlatformTests {
    private func withPlatform(_ body: (Platform) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let configuration = DataFolder.Configuration(path: folder, programs: ProgramHost(executable: roostBinary))
            let data = try DataFolder(configuration, logger: Logger(label: "test")) { _, _, _ in
                InspectedModel(signature: .floats(2))
            }
            try await body(data.platform)
            await data.close()
        }
    }

    private func upload(_ name: String, _ bytes: String, to platform: Platform) async throws -> ModelVersion {
        let upload = try await platform.beginUpload(of: name, to: Workspace.defaultName)
        try Array(bytes.utf8).withUnsafeBytes { try platform.append($0, to: upload) }
        return try await platform.finish(upload, as: name, in: Workspace.defaultName, framework: .onnx).version
    }

    private func definition(_ name: String, _ model: String) -> PipelineDefinition {
        PipelineDefinition(name: name, steps: [.model(ModelReference(name: model))])
    }

    @Test("an uploaded artifact can be read back, and the newest version is the model's")
    func upload() async throws {
        try await withPlatform { platform in
            let first = try await upload("m", "first", to: platform)
            let second = try await upload("m", "second", to: platform)
            let newest = try await platform.modelVersion(ModelReference(name: "m"), in: Workspace.defaultName)
            #expect(newest.id == second.id && first.id != second.id)
            let bytes = try String(contentsOfFile: platform.artifact(of: first).path, encoding: .utf8)
            #expect(bytes == "first" && first.byteCount == 5)
        }
    }

    @Test("creating a workspace twice is a conflict, unless it only has to exist")
    func workspaces() async throws {
        try await withPlatform { platform in
            _ = try await platform.createWorkspace(named: "w")
            let taken = RoostError(.conflict, "Workspace 'w' already exists.", field: "name")
            await #expect(throws: taken) { try await platform.createWorkspace(named: "w") }
            try await platform.ensureWorkspace(named: "w")
            try await platform.ensureWorkspace(named: "v")
            #expect(try await platform.workspaces().map(\.name) == ["default", "w", "v"])
        }
    }

    @Test("a deletion that takes long leaves what a new pipeline of the same name has")
    func reusedName() async throws {
        try await withTemporaryFolder { folder in
            let configuration = DataFolder.Configuration(path: folder, programs: ProgramHost(executable: roostBinary))
            let data = try DataFolder(configuration, logger: Logger(label: "test")) { _, _, _ in
                InspectedModel(signature: .floats(2))
            }
            let platform = data.platform
            _ = try await platform.createWorkspace(named: "w")
            let names = (0..<30).map { "p\($0 + 10)" }
            for name in names {
                _ = try await platform.define(PipelineDefinition(name: name, workspace: "w"), mustBeNew: true)
            }
            // Counting their entries takes a while.
            let lines = Data(String(repeating: "{\"time\":1,\"id\":\"a\"}\n", count: 100_000).utf8)
            for name in names.dropLast() {
                let log = "\(folder)/logs/\(name)"
                try FileManager.default.createDirectory(atPath: log, withIntermediateDirectories: true)
                try lines.write(to: URL(filePath: "\(log)/1.jsonl"))
            }
            async let deletion = platform.delete(.workspace("w"), force: true, withLogs: true)
            let last = try #require(names.last)
            while (try? await platform.pipeline(named: last)) != nil { try await Task.sleep(for: .milliseconds(1)) }
            _ = try await platform.define(PipelineDefinition(name: last), mustBeNew: true)
            let labels = "\(folder)/labels/\(last)"
            try FileManager.default.createDirectory(atPath: labels, withIntermediateDirectories: true)
            #expect(try await deletion.pipelines.count == 30)
            #expect(FileManager.default.fileExists(atPath: labels))
            await data.close()
        }
    }

    @Test("an empty upload is refused, and no version remains")
    func emptyUpload() async throws {
        try await withPlatform { platform in
            await #expect(throws: RoostError.self) { try await upload("m", "", to: platform) }
            let models = try await platform.listModels(in: Workspace.defaultName)
            #expect(models.isEmpty)
        }
    }

    @Test("a definition names exact versions, also after the model has a newer one")
    func define() async throws {
        try await withPlatform { platform in
            let version = try await upload("m", "first", to: platform)
            let (pipeline, isNew) = try await platform.define(definition("p", "m"), mustBeNew: true)
            _ = try await upload("m", "second", to: platform)
            let stored = try await platform.pipeline(named: "p")
            #expect(isNew && stored.version.id == pipeline.version.id)
            #expect(stored.version.steps.flatMap(\.models) == [version.reference])
        }
    }

    @Test("a definition that cannot be right is refused, and the pipeline does not exist")
    func badDefinitions() async throws {
        try await withPlatform { platform in
            _ = try await upload("m", "first", to: platform)
            var twice = definition("p", "m")
            twice.validations = [
                Validation(name: "v", expression: "m.outputs[0][0] < 1"),
                Validation(name: "v", expression: "m.outputs[0][0] < 2"),
            ]
            for bad in [definition("p", "missing"), definition("no/name", "m"), twice] {
                await #expect(throws: RoostError.self) { try await platform.define(bad, mustBeNew: true) }
            }
            let pipelines = try await platform.pipelines(in: nil)
            #expect(pipelines.isEmpty)
        }
    }

    @Test("a name can be defined as new only once, and gets a version each time after that")
    func mustBeNew() async throws {
        try await withPlatform { platform in
            _ = try await upload("m", "first", to: platform)
            _ = try await platform.define(definition("p", "m"), mustBeNew: true)
            let conflict = await #expect(throws: RoostError.self) {
                try await platform.define(definition("p", "m"), mustBeNew: true)
            }
            #expect(conflict?.code == .conflict)
            _ = try await upload("m", "second", to: platform)
            let (_, isNew) = try await platform.define(definition("p", "m"), mustBeNew: false)
            let versions = try await platform.pipelineVersions(of: "p")
            #expect(!isNew && versions.count == 2)
        }
    }

    @Test("a pipeline without steps can be defined, but not deployed")
    func noSteps() async throws {
        try await withPlatform { platform in
            _ = try await platform.define(PipelineDefinition(name: "p", steps: []), mustBeNew: true)
            let refusal = await #expect(throws: RoostError.self) { try await platform.deploy("p") }
            #expect(refusal?.field == "steps")
        }
    }
}
