import Foundation

/// The folder of a training job, as SageMaker's containers know it.
///
/// - Source: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
struct LearningFolder: Sendable {
    let root: String

    var model: String { root + "/model" }
    var outputData: String { root + "/output/data" }
    var failure: String { root + "/output/failure" }
    var checkpoints: String { root + "/checkpoints" }

    /// Whether checkpoints are wanted.
    var keepsCheckpoints: Bool { FileManager.default.fileExists(atPath: root + "/input/config/checkpointconfig.json") }

    func data(of channel: String) -> String { "\(root)/input/data/\(channel)" }

    /// What the job was given, as text.
    func hyperparameters() throws -> [String: String] { try read("hyperparameters") ?? [:] }

    private struct Channel: Decodable {
        let ContentType: String?
    }

    /// The content type of each channel; `nil` where it has none.
    func channels() throws -> [String: String?] {
        let channels: [String: Channel] = try read("inputdataconfig") ?? [:]
        return channels.mapValues(\.ContentType)
    }

    private func read<Value: Decodable>(_ name: String) throws -> Value? {
        guard let data = FileManager.default.contents(atPath: "\(root)/input/config/\(name).json") else { return nil }
        do {
            return try JSONDecoder().decode(Value.self, from: data)
        } catch {
            throw LearningError.client("input/config/\(name).json cannot be read: \(error).")
        }
    }

    /// Puts a file in its place, whole or not at all.
    func write(_ data: Data, to path: String) throws {
        try data.write(to: URL(filePath: path), options: .atomic)
    }
}

/// A line of the job's log, there as soon as it is written.
func logLine(_ text: String) {
    FileHandle.standardOutput.write(Data((text + "\n").utf8))
}
