import Archives
import Buckets
import Definitions
import Foundation
import LineLogs
import Platform
import WorkThreads

extension TrainingRun {
    // MARK: Input

    /// Prepares the input data, the checkpoints and the configuration files.
    func download(to folder: JobFolder) async throws {
        try await offload { [definition] in try folder.writeConfiguration(definition) }
        for channel in definition.channels {
            let target = folder.data(of: channel.name)
            try await JobInput(platform: platform).lay(out: channel, in: target)
        }
        if let checkpoints = definition.checkpoints {
            let uri = try ObjectURI(checkpoints, field: "checkpoints")
            try await JobInput(platform: platform).copy(under: uri, to: folder.checkpoints)
        }
    }

    // MARK: Output

    /// Stores the job's artifact, unless the algorithm failed, and its other output.
    func upload(_ folder: JobFolder, after ending: JobEnding, log: LineLog.Writer) async throws {
        let output = try ObjectURI(definition.output, field: "output").appending("\(definition.name)/output")
        let (hasModel, hasOutput) = try await offload {
            (folder.hasFiles(folder.model), folder.hasFiles(folder.outputData))
        }
        let isFailed = if case .failed = ending { true } else { false }
        guard ending == .completed() || (hasModel && !isFailed) || hasOutput else { return }
        try await record.enter("Uploading", "Uploading the generated model")
        if hasOutput { try await pack(folder.outputData, in: folder, at: output.appending("output.tar.gz"), log: log) }
        guard !isFailed, hasModel || ending == .completed() else { return }
        let uri = output.appending("model.tar.gz")
        try await pack(folder.model, in: folder, at: uri, log: log)
        try await record.change { $0.model = "\(uri)" }
    }

    private func pack(
        _ source: String,
        in folder: JobFolder,
        at uri: ObjectURI,
        log: LineLog.Writer
    ) async throws {
        let leftOut: [String]
        do {
            leftOut = try await offload { try TarGzip.pack(folder.opened(source), to: folder.archive) }
        } catch let error as UntrustedFileError {
            throw JobError.client("the algorithm's output cannot be stored. \(error)")
        }
        for name in leftOut.prefix(10) { log.append("'\(name)' is not a regular file and is not stored.") }
        try await platform.buckets.putFile(
            UntrustedFile(path: folder.archive),
            at: uri,
            contentType: "application/gzip"
        )
    }
}
