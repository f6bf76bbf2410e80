import Archives
import Definitions
import Foundation

/// The folder of a running job, with the layout of SageMaker's containers.
///
/// - Source: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
struct JobFolder: Sendable {
    let root: String

    var input: String { root + "/input" }
    var model: String { root + "/model" }
    var outputData: String { root + "/output/data" }
    var checkpoints: String { root + "/checkpoints" }
    var code: String { "\(root)/\(Self.codeName)" }
    var temporary: String { root + "/tmp" }
    /// Python packages that replace those of AWS's containers.
    var shims: String { root + "/shims" }

    func data(of channel: String) -> String { "\(input)/data/\(channel)" }

    /// Creates a new folder in `parent`.
    init(in parent: String) throws {
        root = "\(parent)/\(UUID().uuidString.lowercased())"
        for path in [
            input + "/config", input + "/data", model, outputData, checkpoints, code, temporary,
            root + "/output/intermediate",
        ] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    /// The archive into which the server packs the job's output. It is outside the folders that the job can write to.
    var archive: String { root + ".tar.gz" }

    func remove() throws {
        unlink(archive)
        try FolderRemoval.remove(root)
    }

    /// Opens one of the folders as the job left it.
    func opened(_ folder: String) throws -> UntrustedFolder {
        // A folder that the job removed counts as empty.
        try UntrustedFolder(root).folder(String(folder.dropFirst(root.count + 1)))
    }

    /// Writes the configuration files that the algorithm reads.
    func writeConfiguration(_ definition: TrainingDefinition) throws {
        func write(_ value: some Encodable, _ name: String) throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try encoder.encode(value).write(to: URL(filePath: "\(input)/config/\(name).json"))
        }
        try write(definition.hyperparameters, "hyperparameters")
        try write(Self.inputConfiguration(definition), "inputdataconfig")
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        try JSONSerialization.data(withJSONObject: Self.resources, options: options)
            .write(to: URL(filePath: "\(input)/config/resourceconfig.json"))
        if let uri = definition.checkpoints {
            try write(["LocalPath": checkpoints, "S3Uri": uri], "checkpointconfig")
        }
    }

    /// Returns the algorithm's description of its channels.
    static func inputConfiguration(_ definition: TrainingDefinition) -> [String: [String: String]] {
        let channels = definition.channels.map { channel in
            var description = [
                "TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None",
            ]
            description["ContentType"] = channel.contentType
            return (channel.name, description)
        }
        return Dictionary(channels) { first, _ in first }
    }

    /// The name of the folder with the program's code.
    static let codeName = "code"
    static let host = "algo-1"
    static let instanceType = "local"
    static let instanceGroup = "homogeneousCluster"
    static let networkInterface = "lo"

    /// The algorithm's description of the machines that it runs on, which is always one.
    static var resources: [String: Any] {
        [
            "current_host": host, "hosts": [host], "current_instance_type": instanceType,
            "current_group_name": instanceGroup, "network_interface_name": networkInterface,
            "instance_groups": [
                ["instance_group_name": instanceGroup, "instance_type": instanceType, "hosts": [host]] as [String: Any]
            ],
        ]
    }

    /// The first 1024 characters of the file in which the algorithm explains its failure.
    var failureText: String? {
        let file = try? UntrustedFolder(root).file("output/failure")
        guard let bytes = try? file?.read(upTo: 4096) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines).prefix(1024)
        return text.isEmpty ? nil : String(text)
    }

    /// Returns whether the job left anything in a folder.
    func hasFiles(_ folder: String) -> Bool { (try? opened(folder).hasEntries("")) ?? true }
}
