import Files
import Foundation

/// The folder of a training job in the layout of SageMaker's containers, as the algorithm sees it.
///
/// - Source: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
package struct LearningFolder: Sendable {
    /// One input of the job.
    struct Channel: Sendable {
        let name: String
        /// The user's content type; `nil` if none was given.
        let contentType: String?
        /// The files' paths, and their names in messages: `train/part-1.csv`.
        let files: [(path: String, name: String)]
    }

    let root: String

    /// - Parameter root: `/opt/ml` in a container.
    package init(root: String) { self.root = root }

    private var configuration: String { root + "/input/config" }
    private var model: String { root + "/model" }
    private var checkpoints: String { root + "/checkpoints" }

    func hyperparameters() throws(LearningError) -> [String: String] {
        guard let data = FileManager.default.contents(atPath: configuration + "/hyperparameters.json") else {
            return [:]
        }
        guard let values = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw .algorithm("hyperparameters.json is not a JSON object.")
        }
        return values.mapValues { ($0 as? String) ?? "\($0)" }
    }

    /// Returns the job's channels by name.
    func channels() throws(LearningError) -> [String: Channel] {
        var contentTypes: [String: String] = [:]
        var names: Set<String> = []
        if let data = FileManager.default.contents(atPath: configuration + "/inputdataconfig.json") {
            guard let channels = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
                throw .algorithm("inputdataconfig.json is not a JSON object.")
            }
            for (name, channel) in channels {
                names.insert(name)
                contentTypes[name] = (channel as? [String: Any])?["ContentType"] as? String
            }
        }
        names.formUnion((try? FileManager.default.contentsOfDirectory(atPath: root + "/input/data")) ?? [])
        return Dictionary(
            uniqueKeysWithValues: names.map { name in
                (name, Channel(name: name, contentType: contentTypes[name], files: files(of: name)))
            }
        )
    }

    /// Returns all files of a channel except hidden ones, sorted by name.
    private func files(of channel: String) -> [(path: String, name: String)] {
        let folder = "\(root)/input/data/\(channel)"
        guard let walk = FileManager.default.enumerator(atPath: folder) else { return [] }
        return walk.compactMap { $0 as? String }
            .filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") } }
            .sorted()
            .compactMap { name in
                let path = "\(folder)/\(name)"
                var isFolder: ObjCBool = false
                guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
                    return nil
                }
                return (path, "\(channel)/\(name)")
            }
    }

    /// The first bytes of a Parquet file.
    static let parquetMagic = Array("PAR1".utf8)

    /// Maps a file of a channel into memory.
    ///
    /// - Parameters:
    ///   - name: The file's name in messages.
    ///   - isParquet: Whether the file may be Parquet, which only one reader can read.
    static func contents(
        ofFileAt path: String,
        name: String,
        isParquet: Bool = false
    ) throws(LearningError) -> Data {
        guard let data = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) else {
            throw .algorithm("\(name) cannot be read.")
        }
        guard !data.starts(with: [0x1F, 0x8B]) else {
            throw .client("\(name) is a gzip file. Set the channel's CompressionType to Gzip to have it decompressed.")
        }
        guard isParquet || !data.starts(with: parquetMagic) else {
            throw .client(
                "\(name) is a Parquet file. Only xgboost reads Parquet, with the ContentType application/x-parquet."
            )
        }
        return data
    }

    // MARK: Results

    func writeModel(_ bytes: [UInt8], named name: String) throws(LearningError) {
        try Self.write(bytes, to: model, named: name)
    }

    /// Writes the reason for the job's failure.
    package func writeFailure(_ error: LearningError) {
        try? Self.write(Array(error.description.utf8), to: root + "/output", named: "failure")
    }

    /// Writes a file atomically.
    private static func write(_ bytes: [UInt8], to folder: String, named name: String) throws(LearningError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Files.write(bytes, to: "\(folder)/\(name)")
        } catch let problem as FileProblem {
            throw .algorithm("\(name) cannot be written: \(problem.reason).")
        } catch {
            throw .algorithm("\(name) cannot be written: \((error as NSError).localizedDescription)")
        }
    }

    // MARK: Checkpoints

    /// Whether the job keeps checkpoints.
    var keepsCheckpoints: Bool {
        FileManager.default.fileExists(atPath: configuration + "/checkpointconfig.json")
    }

    private static let checkpointName = "xgboost-checkpoint."

    /// Returns the newest checkpoint's round and bytes.
    func newestCheckpoint() -> (round: Int, bytes: [UInt8])? {
        for round in checkpointRounds().reversed() {
            let path = "\(checkpoints)/\(Self.checkpointName)\(round)"
            if let data = FileManager.default.contents(atPath: path), !data.isEmpty { return (round, Array(data)) }
        }
        return nil
    }

    /// Saves the model as of `round`, and keeps the four previous checkpoints.
    func writeCheckpoint(_ bytes: [UInt8], round: Int) throws(LearningError) {
        try Self.write(bytes, to: checkpoints, named: "\(Self.checkpointName)\(round)")
        for old in checkpointRounds().dropLast(5) {
            try? FileManager.default.removeItem(atPath: "\(checkpoints)/\(Self.checkpointName)\(old)")
        }
    }

    private func checkpointRounds() -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? []
        return names.compactMap { name in
            name.hasPrefix(Self.checkpointName) ? Int(name.dropFirst(Self.checkpointName.count)) : nil
        }.sorted()
    }
}
