import Archives
import CRuntimes
package import Definitions
import Foundation
package import Programs
import Synchronization

/// Loads models, and each runtime when a model first needs it.
package final class ModelLoader: Sendable {
    private struct Loaded {
        var onnx: OnnxRuntime?
        var tensorFlow: TensorFlowRuntime?
        var xgboost: XGBoostRuntime?
    }

    package let search: RuntimeLibrary.SearchPath
    private let scratchFolder: String
    private let loaded = Mutex(Loaded())

    /// - Parameter scratchFolder: Where archives are unpacked. It must exist.
    package init(search: RuntimeLibrary.SearchPath, scratchFolder: String) {
        self.search = search
        self.scratchFolder = scratchFolder
    }

    /// Loads the artifact at `path`. This blocks, for seconds with a large model, so do not call it on an event loop.
    ///
    /// - Parameters:
    ///   - trees: Which trees of a boosted model predict; `nil` for all.
    ///   - program: The program that serves a model of the framework `process`.
    ///   - onLine: Called with each line that the program prints, on a separate thread.
    package func load(
        _ framework: Framework,
        path: String,
        trees: TreeSelection? = nil,
        program: ServingProgram? = nil,
        onLine: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(RuntimeError) -> any LoadedModel {
        if framework != .process, let file = ForeignFile.at(path) {
            throw .modelRejected(framework: nil, reason: file.reason)
        }
        if let other = Self.otherFramework(framework, path) {
            throw .modelRejected(
                framework: framework.displayName,
                reason: "it looks like a model for \(other.displayName); upload it with framework=\(other.rawValue)"
            )
        }
        guard trees == nil || framework == .xgboost else {
            throw .modelRejected(
                framework: framework.displayName,
                reason: "'trees' can only be chosen for XGBoost models"
            )
        }
        switch framework {
        case .onnx: return try OnnxModel(path: path, runtime: try onnxRuntime())
        case .tensorflow: return try loadSavedModel(path)
        case .xgboost: return try loadBooster(path, trees ?? .all)
        case .process:
            guard let program else {
                throw .modelRejected(framework: framework.rawValue, reason: "no algorithm is named to serve it")
            }
            return try ProcessModel(artifact: path, program: program, scratchFolder: scratchFolder, onLine: onLine)
        case .kmeans: return try LearnedModel<KMeansParameters>(path: path, framework: framework)
        case .factorizationMachines: return try LearnedModel<FactorizationParameters>(path: path, framework: framework)
        case .linearLearner: return try LearnedModel<LinearParameters>(path: path, framework: framework)
        }
    }

    /// Returns the framework that a file is clearly for, if that is not the given one.
    private static func otherFramework(_ framework: Framework, _ path: String) -> Framework? {
        guard [.onnx, .tensorflow, .xgboost].contains(framework),
            let head = FileHandle(forReadingAtPath: path).flatMap({ try? $0.read(upToCount: 16) })
        else { return nil }
        let looks = Framework(artifactBeginningWith: head)
        // Both SavedModels and XGBoost models come as .tar.gz.
        guard looks != framework, !head.starts(with: [0x1F, 0x8B]) else { return nil }
        return looks != .onnx || OnnxFile(path: path).hasGraph ? looks : nil
    }

    /// Returns the version of the runtime; `nil` if it is not loaded.
    package func loadedVersion(of runtime: RuntimeName) -> String? {
        loaded.withLock {
            switch runtime {
            case .onnx: $0.onnx?.version
            case .tensorflow: $0.tensorFlow?.version
            case .xgboost: $0.xgboost?.version
            }
        }
    }

    // A runtime that could not be loaded is retried with the next model: it may have been installed meanwhile.

    private func onnxRuntime() throws(RuntimeError) -> OnnxRuntime {
        try loaded.withLock { loaded throws(RuntimeError) in
            if let runtime = loaded.onnx { return runtime }
            let runtime = try OnnxRuntime(path: try RuntimeLibrary.find(.onnx, in: search).path)
            loaded.onnx = runtime
            return runtime
        }
    }

    private func tensorFlowRuntime() throws(RuntimeError) -> TensorFlowRuntime {
        try loaded.withLock { loaded throws(RuntimeError) in
            if let runtime = loaded.tensorFlow { return runtime }
            let runtime = try TensorFlowRuntime(path: try RuntimeLibrary.find(.tensorflow, in: search).path)
            loaded.tensorFlow = runtime
            return runtime
        }
    }

    private func xgboostRuntime() throws(RuntimeError) -> XGBoostRuntime {
        try loaded.withLock { loaded throws(RuntimeError) in
            if let runtime = loaded.xgboost { return runtime }
            let runtime = try XGBoostRuntime(path: try RuntimeLibrary.find(.xgboost, in: search).path)
            loaded.xgboost = runtime
            return runtime
        }
    }

    // MARK: Artifacts

    private func loadSavedModel(_ path: String) throws(RuntimeError) -> TensorFlowModel {
        let folder = scratchFolder + "/" + UUID().uuidString
        var isKept = false
        defer { if !isKept { try? FileManager.default.removeItem(atPath: folder) } }
        let root: String
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            let files = try Archive(path: path).extract(to: folder)
            root = folder + "/" + (try Self.savedModelFolder(files))
        } catch let error as RuntimeError {
            throw error
        } catch {
            throw .modelRejected(
                framework: "TensorFlow",
                reason: (error as? ArchiveError)?.description ?? "it cannot be unpacked"
            )
        }
        let model = try TensorFlowModel(folder: root, unpacked: folder, runtime: try tensorFlowRuntime())
        isKept = true
        return model
    }

    /// Returns the folder with the only `saved_model.pb`, at any depth.
    private static func savedModelFolder(_ files: [String]) throws(RuntimeError) -> String {
        let found = files.filter { ($0 as NSString).lastPathComponent == "saved_model.pb" }
        guard let file = found.first else {
            let foreign = ForeignArchive.of(files, archive: "compressed")?.reason
            throw .modelRejected(
                framework: "TensorFlow",
                reason: "the archive contains no saved_model.pb" + (foreign.map { "; \($0)" } ?? "")
            )
        }
        guard found.count == 1 else {
            throw .modelRejected(
                framework: "TensorFlow",
                reason: "the archive contains \(found.count) saved_model.pb files; it must contain one model"
            )
        }
        return (file as NSString).deletingLastPathComponent
    }

    private func loadBooster(_ path: String, _ trees: TreeSelection) throws(RuntimeError) -> any LoadedModel {
        let runtime = try xgboostRuntime()
        guard let data = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) else {
            throw .runFailed(reason: "the artifact cannot be read")
        }
        guard data.starts(with: [0x1F, 0x8B]) else { return try Self.booster(data, runtime, trees) }
        let files: [(path: String, bytes: [UInt8])]
        var others: [String] = []
        do {
            // The files are read into memory.
            var limits = Archive.Limits()
            limits.bytes = 2 << 30
            files = try Archive(path: path, limits: limits).contents { name in
                let isModel = XGBoostFile.number(of: name) != nil
                if !isModel { others.append(name) }
                return isModel
            }
        } catch {
            throw .modelRejected(framework: "XGBoost", reason: error.description)
        }
        // The models of a cross-validation are numbered from 0.
        let numbered = files.compactMap { file in
            XGBoostFile.number(of: file.path).map { (number: $0, bytes: file.bytes) }
        }
        if let single = numbered.first(where: { $0.number == -1 }) {
            return try Self.booster(Data(single.bytes), runtime, trees)
        }
        guard !numbered.isEmpty else {
            let foreign = ForeignArchive.of(others, archive: "compressed")?.reason
            throw .modelRejected(
                framework: "XGBoost",
                reason: "the archive contains no file 'xgboost-model'" + (foreign.map { "; \($0)" } ?? "")
            )
        }
        guard numbered.count <= XGBoostEnsemble.limit else {
            throw .modelRejected(
                framework: "XGBoost",
                reason: "the archive contains \(numbered.count) models; the limit is \(XGBoostEnsemble.limit)"
            )
        }
        var members: [XGBoostModel] = []
        for file in numbered.sorted(by: { $0.number < $1.number }) {
            members.append(try Self.booster(Data(file.bytes), runtime, trees))
        }
        return try XGBoostEnsemble(members)
    }

    private static func booster(
        _ data: Data,
        _ runtime: XGBoostRuntime,
        _ trees: TreeSelection
    ) throws(RuntimeError) -> XGBoostModel {
        if let reason = XGBoostFile.refusal(of: data) { throw .modelRejected(framework: "XGBoost", reason: reason) }
        let result = data.withUnsafeBytes { bytes in
            Result { () throws(RuntimeError) in try XGBoostModel(bytes: bytes, runtime: runtime, trees: trees) }
        }
        return try result.get()
    }
}

extension Framework {
    /// Guesses the framework from an artifact's first bytes: `PK` for a zipped SavedModel, gzip or `{` for XGBoost, otherwise
    /// ONNX, whose protobuf has no signature.
    package init(artifactBeginningWith head: some Collection<UInt8>) {
        if head.starts(with: [0x50, 0x4B]) {
            self = .tensorflow
        } else if head.starts(with: [0x1F, 0x8B]) || head.first == UInt8(ascii: "{") {
            self = .xgboost
        } else {
            self = .onnx
        }
    }
}
