import Archives
package import Catalog
package import Definitions
import Files
import Foundation
package import Programs
package import Storage
import WorkThreads

/// The custom algorithms. Each has a record, and a folder with its files, unpacked and ready to be copied.
package struct AlgorithmStore: Sendable {
    private static let kind = "algorithm"

    private let catalog: Catalog
    private let store: ArtifactStore
    private let folder: String
    private let host: ProgramHost

    /// - Parameter store: Holds the code of scripts.
    package init(catalog: Catalog, store: ArtifactStore, folder: String, host: ProgramHost) {
        self.catalog = catalog
        self.store = store
        self.folder = folder
        self.host = host
    }

    /// Returns the folder with an algorithm's files, which must not be changed.
    package func folder(of algorithm: OwnAlgorithm) -> String { folder(ofVersion: algorithm.version) }

    private func folder(ofVersion version: String) -> String { "\(folder)/\(version)" }

    package func all() async throws -> [OwnAlgorithm] {
        try await catalog.records(kind: Self.kind).map { try Self.decode($0) }.sorted { $0.name < $1.name }
    }

    /// Returns the algorithm with this name, or the one that an image's URI refers to; `nil` if there is none.
    package func algorithm(named name: String) async throws -> OwnAlgorithm? {
        try await catalog.record(kind: Self.kind, name: AlgorithmName(name).repository).map { try Self.decode($0) }
    }

    /// Adds the algorithm in an archive, and replaces one with the same name.
    ///
    /// - Throws: ``RoostError`` if the file is not a valid archive, or has neither `train` nor `serve`.
    func add(_ name: String, archive path: String, now: Date) async throws -> OwnAlgorithm {
        try Self.check(name)
        let version = UUID().uuidString.lowercased()
        let target = "\(folder)/\(version)"
        let incoming = "\(folder)/incoming-\(version)"
        let (trains, serves, byteCount) = try await offload {
            defer { try? FileManager.default.removeItem(atPath: incoming) }
            try FileManager.default.createDirectory(atPath: incoming, withIntermediateDirectories: true)
            let files: [String]
            do {
                files = try Archive(path: path).extract(to: incoming, keepsExecutable: true)
            } catch {
                throw RoostError(diskFull: error) ?? RoostError(.invalidInput, "\(error)", field: "body")
            }
            let base = try Self.base(of: files)
            let root = base.isEmpty ? incoming : "\(incoming)/\(base)"
            let programs = ["train", "serve"].map { FileManager.default.fileExists(atPath: "\(root)/\($0)") }
            for (program, isThere) in zip(["train", "serve"], programs) where isThere {
                // Zip archives, and archives made on other systems, may not mark the programs as executable.
                var status = stat()
                guard stat("\(root)/\(program)", &status) == 0 else { continue }
                chmod("\(root)/\(program)", status.st_mode & 0o777 | (status.st_mode & 0o444) >> 2)
            }
            let sizes = files.map { (try? FileManager.default.attributesOfItem(atPath: "\(incoming)/\($0)"))?[.size] }
            do {
                try Files.moveFolder(root, to: target)
            } catch {
                throw RoostError(diskFull: error) ?? RoostError(.unavailable, "The algorithm could not be stored.")
            }
            return (programs[0], programs[1], sizes.reduce(0) { $0 + ($1 as? Int ?? 0) })
        }
        let algorithm = OwnAlgorithm(
            name: name,
            version: version,
            trains: trains,
            serves: serves,
            byteCount: byteCount,
            createdAt: now
        )
        let document = String(decoding: try Self.encoder.encode(algorithm), as: UTF8.self)
        try await catalog.putRecord(kind: Self.kind, name: name, document: document, at: now)
        return algorithm
    }

    /// Removes an algorithm. Its files stay until the next start because running jobs may need them, and permanently if it serves
    /// a model version.
    func remove(_ name: String) async throws -> OwnAlgorithm {
        try Self.check(name)
        guard let algorithm = try await algorithm(named: name),
            try await catalog.removeRecord(kind: Self.kind, name: name)
        else {
            throw RoostError(.notFound, "There is no algorithm '\(name)'.", field: "algorithm")
        }
        return algorithm
    }

    /// Removes the files of algorithms that were replaced or removed and serve no model version. Call it before any job runs.
    func removeOrphans() async throws {
        let wanted = try await catalog.algorithmVersions().union(all().map(\.version))
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where !wanted.contains(name) {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    private static func check(_ name: String) throws {
        try Name.check(name, what: "algorithm name", field: "algorithm")
        guard AlgorithmName(name).builtIn == nil else {
            throw RoostError(.conflict, "'\(name)' is a built-in algorithm.", field: "algorithm")
        }
    }

    /// Returns the folder with `train` or `serve`: the archive's root, or the only folder in it.
    private static func base(of files: [String]) throws -> String {
        func isProgram(_ path: String) -> Bool { path == "train" || path == "serve" }
        if files.contains(where: isProgram) { return "" }
        let tops = Set(files.map { $0.split(separator: "/", maxSplits: 1)[0] })
        if tops.count == 1, let top = tops.first,
            files.contains(where: { isProgram(String($0.dropFirst(top.count + 1))) })
        {
            return String(top)
        }
        throw RoostError(
            .invalidInput,
            "The archive has no program 'train' and no program 'serve' at its root.",
            field: "body"
        )
    }

    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .millisecondsSince1970
        return encoder
    }()

    private static func decode(_ record: DialectRecord) throws -> OwnAlgorithm {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .millisecondsSince1970
        return try decoder.decode(OwnAlgorithm.self, from: Data(record.document.utf8))
    }
}

extension AlgorithmStore {
    /// Returns the algorithm with this name, which must be able to serve models; `nil` if a script serves the model.
    ///
    /// - Throws: ``RoostError`` if there is neither.
    func checkServes(_ name: String, _ environment: [String: String]) async throws -> OwnAlgorithm? {
        let algorithm = try await algorithm(named: name)
        if algorithm == nil, AlgorithmName(name).runsScripts {
            guard AlgorithmName(name).program(script: environment["SAGEMAKER_PROGRAM"]) == .script else {
                throw RoostError(
                    .invalidInput,
                    "'\(name)' runs a script. Set SAGEMAKER_PROGRAM in the model's environment to its name.",
                    field: "environment"
                )
            }
            return nil
        }
        guard let algorithm else {
            throw RoostError(
                .invalidInput,
                "There is no algorithm '\(name.prefix(200))' to serve the model. Add it with: roost algorithm add",
                field: "algorithm"
            )
        }
        guard algorithm.serves else {
            throw RoostError(
                .invalidInput,
                "The algorithm '\(algorithm.name)' has no program 'serve'.",
                field: "algorithm"
            )
        }
        return algorithm
    }

    /// Returns the program that serves a model version; `nil` if a runtime does.
    package func program(serving version: ModelVersion) -> ServingProgram? {
        guard version.framework == .process else { return nil }
        let source: ServingProgram.Source =
            if let algorithm = version.algorithmVersion {
                .folder(folder(ofVersion: algorithm))
            } else {
                .script(
                    .init(
                        python: host.python,
                        archive: version.codeSHA256.map { store.localCopy(of: $0).path }
                    )
                )
            }
        var program = ServingProgram(executable: host.executable, source)
        program.environment = version.environment ?? [:]
        program.memoryLimit = host.memoryLimit
        return program
    }
}
