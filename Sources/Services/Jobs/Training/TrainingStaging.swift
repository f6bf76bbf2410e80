import Archives
import Buckets
import Definitions
import Foundation
import Platform
import Programs
import WorkThreads

/// The files of a training job: what its program finds, and what it leaves.
struct TrainingStaging: Sendable {
    let definition: TrainingDefinition
    let platform: Platform
    let folder: JobFolder

    /// Creates the job's folder in `parent`.
    init(_ definition: TrainingDefinition, in parent: String, platform: Platform) async throws {
        self.definition = definition
        self.platform = platform
        folder = try await offload { try JobFolder(in: parent) }
    }

    // MARK: Input

    /// Prepares the input data, the checkpoints and the configuration files.
    ///
    /// - Returns: The digests of the data, by channel.
    func download() async throws -> [DataDigest] {
        try await offload { [folder, definition] in try folder.writeConfiguration(definition) }
        var digests: [DataDigest] = []
        for channel in definition.channels {
            digests.append(
                try await JobInput(platform: platform).lay(out: channel, in: folder.data(of: channel.name))
            )
        }
        if let uri = try checkpointURI {
            try await JobInput(platform: platform).copy(under: uri, to: folder.checkpoints)
        }
        return digests
    }

    /// Places the program's code in the job's folder.
    ///
    /// - Parameter python: The Python that will run a script.
    func install(_ program: TrainingProgram, python: String, _ output: JobOutput) async throws {
        switch program {
        case .builtIn: break
        case .own(let algorithm):
            let source = platform.algorithms.folder(of: algorithm)
            // A copy, so that a job cannot change the files that another job runs.
            try await offload { [folder] in
                try FileManager.default.removeItem(atPath: folder.code)
                try FileManager.default.copyItem(atPath: source, toPath: folder.code)
            }
        case .script(let script):
            try await unpack(script)
            if FileManager.default.fileExists(atPath: folder.code + "/requirements.txt") {
                output.note("requirements.txt is not installed. The script runs with the packages of '\(python)'.")
            }
            try await offload { [folder] in try ToolkitShims.write(to: folder.shims) }
        }
    }

    private func unpack(_ script: ScriptMode) async throws {
        guard let object = try await platform.buckets.object(at: script.source) else {
            throw JobError.client("the object \(script.source) with the code does not exist.")
        }
        let source = try await platform.buckets.localCopy(of: object)
        do {
            _ = try await offload { [folder] in
                try Archive(path: source.path).extract(to: folder.code, keepsExecutable: true)
            }
        } catch let error as ArchiveError where error != .full {
            throw JobError.client("the code \(script.source) cannot be unpacked. \(error)")
        }
        guard FileManager.default.fileExists(atPath: "\(folder.code)/\(script.program)") else {
            throw JobError.client("the code \(script.source) has no file '\(script.program)'.")
        }
    }

    // MARK: Checkpoints

    private var checkpointURI: ObjectURI? {
        get throws { try definition.checkpoints.map { try ObjectURI($0, field: "checkpoints") } }
    }

    /// Returns what stores the checkpoints; `nil` if the job keeps none.
    func checkpoints() async throws -> CheckpointSync? {
        guard let uri = try checkpointURI else { return nil }
        return try await CheckpointSync(folder, to: uri, platform: platform)
    }

    // MARK: Output

    /// What a job leaves, each in an archive of its own.
    enum Output: String {
        case model
        case output
    }

    private func folder(of output: Output) -> String {
        switch output {
        case .model: folder.model
        case .output: folder.outputData
        }
    }

    /// Returns whether the job left any of these files.
    func has(_ output: Output) async throws -> Bool {
        let source = folder(of: output)
        return try await offload { [folder] in folder.hasFiles(source) }
    }

    /// Packs the files, and stores the archive.
    ///
    /// - Returns: The archive's URI, and its hexadecimal SHA-256.
    func store(_ output: Output, _ log: JobOutput) async throws -> (uri: ObjectURI, sha256: String?) {
        let uri = try ObjectURI(definition.output, field: "output")
            .appending("\(definition.name)/output/\(output.rawValue).tar.gz")
        let source = folder(of: output)
        let leftOut: [String]
        do {
            leftOut = try await offload { [folder] in try TarGzip.pack(folder.opened(source), to: folder.archive) }
        } catch let error as UntrustedFileError {
            throw JobError.client("the algorithm's output cannot be stored. \(error)")
        }
        for name in leftOut.prefix(10) { log.note("'\(name)' is not a regular file and is not stored.") }
        try await platform.buckets.putFile(
            UntrustedFile(path: folder.archive),
            at: uri,
            contentType: "application/gzip"
        )
        // Outside the folders that the job can write to, so it is what was stored.
        return (uri, try await ObjectDigests.sha256(ofFile: folder.archive))
    }
}
