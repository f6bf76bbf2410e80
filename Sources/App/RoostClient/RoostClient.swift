import AsyncHTTPClient
public import Definitions
public import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
public import NativeAPI

/// A typed client of Roost's native API.
public struct RoostClient: Sendable {
    /// Where a server listens that was started without options.
    public static let defaultURL = "http://127.0.0.1:8080"

    /// The server's address, without a slash at its end.
    public let baseURL: String
    let http: HTTPClient

    /// - Parameter url: The server's address; without it `ROOST_URL`, else ``defaultURL``.
    public init(url: String? = nil) {
        let given = url ?? ProcessInfo.processInfo.environment["ROOST_URL"] ?? Self.defaultURL
        baseURL = given.hasSuffix("/") ? String(given.dropLast()) : given
        http = Self.http
    }

    /// A server that is not there says so at once.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.timeout.connect = .seconds(10)
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(configuration: configuration)
    }()

    // MARK: Server and workspaces

    /// What the server is and does.
    public func status() async throws -> ServerStatus { try await get("/v1/status") }

    /// What clients of AWS's APIs need to know.
    public func awsAccess() async throws -> AWSAccess { try await get("/v1/aws") }

    /// The limits of the server, and requests for more.
    public func quotas() async throws -> QuotaList { try await get("/v1/quotas") }

    /// Grants or denies a request for more.
    public func decide(quotaRequest id: String, isGranted: Bool) async throws -> QuotaRequest {
        let route = "/v1/quota-requests/\(Self.escaped(id))/\(isGranted ? "grant" : "deny")"
        return try await decode(QuotaRequest.self, execute(request(.PUT, route)))
    }

    /// All workspaces.
    public func workspaces() async throws -> [Workspace] {
        try await get("/v1/workspaces", as: WorkspaceList.self).workspaces
    }

    /// Makes a workspace.
    public func createWorkspace(_ name: String) async throws -> Workspace {
        try await send(.POST, "/v1/workspaces", NewWorkspace(name: name))
    }

    // MARK: Models

    /// The models of a workspace.
    public func models(in workspace: String) async throws -> [Model] {
        try await get("/v1/models", ["workspace": workspace], as: ModelList.self).models
    }

    /// One model with its versions.
    public func model(_ name: String, in workspace: String) async throws -> Model {
        try await get("/v1/models/\(Self.escaped(name))", ["workspace": workspace])
    }

    /// Uploads the file at `path` as a new version of a model, in pieces.
    ///
    /// - Parameters:
    ///   - framework: What it is; without it, the server decides by the bytes.
    ///   - trees: Which of a boosted model's trees answer; `nil` for all.
    ///   - algorithm: The added algorithm whose program serves it.
    ///   - progress: Told how many bytes were sent, and how many there are.
    public func uploadModel(
        _ name: String,
        path: String,
        in workspace: String,
        framework: Framework? = nil,
        trees: TreeSelection? = nil,
        algorithm: String? = nil,
        progress: @escaping @Sendable (_ sent: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> ModelVersion {
        var query = ["workspace": workspace]
        query["framework"] = framework?.rawValue
        query["trees"] = trees?.rawValue
        query["algorithm"] = algorithm
        let request = request(.POST, "/v1/models/\(Self.escaped(name))/versions", query)
        return try await upload(path, request, progress)
    }

    private func upload<Value: Decodable>(
        _ path: String,
        _ request: HTTPClientRequest,
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws -> Value {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
            let file = FileHandle(forReadingAtPath: path), let end = try? file.seekToEnd()
        else {
            throw RoostError(.notFound, "There is no readable file '\(path)'.", field: "path")
        }
        try file.seek(toOffset: 0)
        let total = Int(end)
        var request = request
        request.headers.add(name: "content-type", value: "application/octet-stream")
        let chunks = FileChunks(file: file, total: total, progress: progress)
        request.body = .stream(chunks, length: .known(Int64(total)))
        return try await decode(Value.self, execute(request, timeout: .hours(12)))
    }

    /// Downloads a version's artifact to a new file at `path`.
    public func downloadArtifact(
        of reference: ModelReference,
        in workspace: String,
        to path: String,
        progress: @escaping @Sendable (_ received: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws {
        let version = try await version(reference, in: workspace)
        let route = "/v1/models/\(Self.escaped(version.model))/versions/\(version.id)/artifact"
        let response = try await execute(request(.GET, route, ["workspace": workspace]), timeout: .hours(12))
        let partial = path + ".partial"
        guard FileManager.default.createFile(atPath: partial, contents: nil),
            let file = FileHandle(forWritingAtPath: partial)
        else { throw RoostError(.invalidInput, "'\(path)' cannot be written.", field: "path") }
        do {
            var received = 0
            for try await chunk in response.body {
                try file.write(contentsOf: Data(buffer: chunk))
                received += chunk.readableBytes
                progress(received, version.byteCount)
            }
            try file.close()
            guard rename(partial, path) == 0 else {
                throw RoostError(.invalidInput, "'\(path)' cannot be written.", field: "path")
            }
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw error
        }
    }

    /// Puts a tag on a model version, or takes it away.
    public func setTag(
        _ tag: String,
        on reference: ModelReference,
        in workspace: String,
        _ isSet: Bool
    ) async throws -> ModelVersion {
        let version = try await version(reference, in: workspace)
        let route = "/v1/models/\(Self.escaped(version.model))/versions/\(version.id)/tags/\(Self.escaped(tag))"
        let request = request(isSet ? .PUT : .DELETE, route, ["workspace": workspace])
        return try await decode(ModelVersion.self, execute(request))
    }

    private func version(_ reference: ModelReference, in workspace: String) async throws -> ModelVersion {
        let model = try await model(reference.name, in: workspace)
        guard let version = model.versions.first(where: { reference.version == nil || $0.id == reference.version })
        else {
            throw RoostError(.notFound, "There is no model version '\(reference)'.", field: "version")
        }
        return version
    }

    // MARK: Algorithms

    /// The algorithms that were added.
    public func algorithms() async throws -> [OwnAlgorithm] {
        try await get("/v1/algorithms", as: AlgorithmList.self).algorithms
    }

    /// Adds the algorithm in the archive at `path`, or replaces the one of that name.
    public func addAlgorithm(
        _ name: String,
        path: String,
        progress: @escaping @Sendable (_ sent: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> OwnAlgorithm {
        try await upload(path, request(.PUT, "/v1/algorithms/\(Self.escaped(name))"), progress)
    }

    /// Removes an algorithm.
    @discardableResult
    public func removeAlgorithm(_ name: String) async throws -> OwnAlgorithm {
        try await decode(OwnAlgorithm.self, execute(request(.DELETE, "/v1/algorithms/\(Self.escaped(name))")))
    }

    // MARK: Pipelines

    /// The pipelines of a workspace, or of all.
    public func pipelines(in workspace: String? = nil) async throws -> [Pipeline] {
        try await get("/v1/pipelines", workspace.map { ["workspace": $0] } ?? [:], as: PipelineList.self).pipelines
    }

    /// One pipeline.
    public func pipeline(_ name: String) async throws -> Pipeline {
        try await get("/v1/pipelines/\(Self.escaped(name))")
    }

    /// Its versions, newest first.
    public func pipelineVersions(_ name: String) async throws -> [PipelineVersion] {
        try await get("/v1/pipelines/\(Self.escaped(name))/versions", as: PipelineVersionList.self).versions
    }

    /// Makes a pipeline, or changes its definition.
    public func apply(_ definition: PipelineDefinition) async throws -> Pipeline {
        try await send(.PUT, "/v1/pipelines/\(Self.escaped(definition.name))", definition)
    }

    /// Puts a tag on a pipeline, or takes it away.
    public func setTag(_ tag: String, onPipeline name: String, _ isSet: Bool) async throws -> Pipeline {
        let route = "/v1/pipelines/\(Self.escaped(name))/tags/\(Self.escaped(tag))"
        return try await decode(Pipeline.self, execute(request(isSet ? .PUT : .DELETE, route)))
    }

    /// Begins to deploy a version, the newest without `version`; ``waitForDeployment(of:version:until:)`` waits for its end.
    public func deploy(_ name: String, version: String? = nil) async throws -> Deployment {
        try await send(.PUT, "/v1/pipelines/\(Self.escaped(name))/deployment", NewDeployment(version: version))
    }

    /// How the deployment is.
    public func deployment(of name: String) async throws -> Deployment {
        try await get("/v1/pipelines/\(Self.escaped(name))/deployment")
    }

    /// Begins to undeploy.
    public func undeploy(_ name: String) async throws -> Deployment {
        try await decode(Deployment.self, execute(request(.DELETE, "/v1/pipelines/\(Self.escaped(name))/deployment")))
    }

    /// Waits until nothing is on its way any more.
    ///
    /// - Throws: ``RoostError`` with the server's reason where the change failed, or took longer than `limit`.
    public func waitForDeployment(of name: String, limit: Duration = .seconds(120)) async throws -> Deployment {
        let end = ContinuousClock.now + limit
        while true {
            let deployment = try await deployment(of: name)
            switch deployment.state {
            case .running, .error, .stopped:
                if let error = deployment.error { throw RoostError(.unavailable, error) }
                return deployment
            case .starting, .updating, .stopping:
                guard ContinuousClock.now < end else {
                    throw RoostError(.timeout, "Pipeline '\(name)' is still \(deployment.state.rawValue.lowercased()).")
                }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    // MARK: Inference

    /// Runs the pipeline on a JSON body; answers the inference result as JSON.
    public func infer(_ pipeline: String, body: Data) async throws -> Data {
        var request = request(.POST, "/v1/pipelines/\(Self.escaped(pipeline))/infer")
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: body))
        return try await collect(execute(request))
    }

    /// Which entries of a log are wanted; everything that is left out does not matter.
    public struct LogFilter: Sendable {
        /// No more entries than this, the newest.
        public var limit: Int?
        /// RFC 3339 or milliseconds since the epoch.
        public var start: String?
        /// RFC 3339 or milliseconds since the epoch.
        public var end: String?
        /// Of this model.
        public var model: String?
        /// Only those that passed all validations, or only those that did not.
        public var valid: Bool?
        /// Of this inference.
        public var id: String?

        /// Every entry.
        public init() {}

        fileprivate var query: [String: String] {
            [
                "limit": limit.map(String.init), "start": start, "end": end, "model": model,
                "valid": valid.map { "\($0)" },
                "id": id,
            ].compactMapValues { $0 }
        }
    }

    /// Entries of the inference log as JSON Lines, newest first, in pieces.
    public func logs(of pipeline: String, _ filter: LogFilter = LogFilter()) async throws -> AsyncThrowingStream<
        Data, any Error
    > {
        let route = "/v1/pipelines/\(Self.escaped(pipeline))/logs/export"
        let body = try await execute(request(.GET, route, filter.query), timeout: .hours(1)).body
        return AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    for try await chunk in body { continuation.yield(Data(buffer: chunk)) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}

/// A file in pieces, with its progress told.
private struct FileChunks: AsyncSequence, Sendable {
    let file: FileHandle
    let total: Int
    let progress: @Sendable (Int, Int) -> Void

    struct AsyncIterator: AsyncIteratorProtocol {
        let chunks: FileChunks
        var sent = 0

        mutating func next() async throws -> ByteBuffer? {
            guard let data = try chunks.file.read(upToCount: 256 << 10), !data.isEmpty else { return nil }
            sent += data.count
            chunks.progress(sent, chunks.total)
            return ByteBuffer(bytes: data)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(chunks: self) }
}
