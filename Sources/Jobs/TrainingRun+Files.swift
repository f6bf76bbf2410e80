import Archives
import Catalog
import Definitions
import Foundation
import Platform

extension TrainingRun {
    // MARK: What goes in

    /// Lays out the input data, the checkpoints, and what the algorithm is told in files.
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

    // MARK: What comes out

    /// Stores what the job leaves: the artifact, unless the algorithm failed, and its other output.
    func upload(_ folder: JobFolder, after ending: Ending) async throws {
        let output = try ObjectURI(definition.output, field: "output").appending("\(definition.name)/output")
        let hasModel = JobFolder.hasFiles(folder.model)
        let isFailed = if case .failed = ending { true } else { false }
        let hasOutput = JobFolder.hasFiles(folder.outputData)
        guard ending == .completed || (hasModel && !isFailed) || hasOutput else { return }
        try await record.enter("Uploading", "Uploading the generated model")
        if hasOutput { try await pack(folder.outputData, in: folder, at: output.appending("output.tar.gz")) }
        guard !isFailed, hasModel || ending == .completed else { return }
        let uri = output.appending("model.tar.gz")
        try await pack(folder.model, in: folder, at: uri)
        try await record.change { $0.model = "\(uri)" }
    }

    private func pack(_ source: String, in folder: JobFolder, at uri: ObjectURI) async throws {
        let archive = "\(folder.temporary)/\(UUID().uuidString).tar.gz"
        do {
            try await offload { _ = try TarGzip.pack(source, to: archive) }
        } catch let error as ArchiveError {
            throw JobError.client("what the algorithm wrote cannot be stored. \(error)")
        }
        try await platform.putFile(archive, at: uri, contentType: "application/gzip")
    }
}
