import AsyncHTTPClient
public import Definitions
import Files
public import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOSSL
public import NativeAPI

/// A typed client of Roost's native API.
public struct RoostClient: Sendable {
    /// The address of a server that was started without options.
    public static let defaultURL = "http://127.0.0.1:8080"

    let address: ServerAddress
    let http: HTTPClient

    /// The server's address, without user name and password, and without a trailing slash.
    public var baseURL: String { address.url }

    /// - Parameters:
    ///   - url: The server's address; if `nil`, `ROOST_URL` or else ``defaultURL``. It may contain a user name and password, for
    ///     basic authentication, and a path prefix.
    ///   - token: Is sent as `Authorization: Bearer`; if `nil`, `ROOST_TOKEN`.
    ///   - headers: Further headers of every request, for a proxy in front of the server.
    /// - Throws: ``RoostError`` if one of these is not valid, or the certificates in `SSL_CERT_FILE` cannot be read.
    public init(url: String? = nil, token: String? = nil, headers: [(name: String, value: String)] = []) throws {
        let environment = ProcessInfo.processInfo.environment
        address = try ServerAddress(
            url ?? environment["ROOST_URL"] ?? Self.defaultURL,
            token: token ?? environment["ROOST_TOKEN"],
            headers: headers
        )
        http = try Self.http.get()
    }

    /// Does not retry connections, so that a missing server is reported at once. Does not follow redirects, which would send the
    /// headers to another server.
    private static let http = Result {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.timeout.connect = .seconds(10)
        // Each request has a limit of its own. Reports and suites take minutes, in which the server sends nothing.
        configuration.timeout.read = nil
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.redirectConfiguration = .disallow
        configuration.tlsConfiguration = try trustedCertificates()
        // The client refuses what is compressed too well, and entries of a log resemble each other.
        configuration.decompression = .disabled
        return HTTPClient(configuration: configuration)
    }

    /// Returns a configuration that trusts the certificates in `SSL_CERT_FILE`; `nil` if that is not set.
    private static func trustedCertificates() throws(RoostError) -> TLSConfiguration? {
        guard let path = ProcessInfo.processInfo.environment["SSL_CERT_FILE"], !path.isEmpty else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        do {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path))
        } catch {
            throw RoostError(
                .invalidInput,
                "The file '\(path)' in SSL_CERT_FILE cannot be read. Expected certificates in PEM format.",
                field: "SSL_CERT_FILE"
            )
        }
        return configuration
    }

    // MARK: Server and workspaces

    /// Returns the server's version, state and runtimes.
    public func status() async throws -> ServerStatus { try await get("/v1/status") }

    /// Returns what AWS clients need to connect.
    public func awsAccess() async throws -> AWSAccess { try await get("/v1/aws") }

    /// Returns the server's quotas, and the requests to raise them.
    public func quotas() async throws -> QuotaList { try await get("/v1/quotas") }

    /// Grants or denies a request to raise a quota.
    ///
    /// - Parameter id: The identifier of the request, or the beginning of it.
    public func decide(quotaRequest id: String, isGranted: Bool) async throws -> QuotaRequest {
        let requests = try await quotas().requests
        let found = try ShortID.find(id, in: requests, id: \.id, kind: "requests", field: "id")
        let id = found?.id ?? id
        let route = "/v1/quota-requests/\(Self.escaped(id))/\(isGranted ? "grant" : "deny")"
        return try await decode(QuotaRequest.self, execute(request(.PUT, route)))
    }

    /// Returns all workspaces.
    public func workspaces() async throws -> [Workspace] {
        try await get("/v1/workspaces", as: WorkspaceList.self).workspaces
    }

    /// Creates a workspace.
    public func createWorkspace(_ name: String) async throws -> Workspace {
        try await send(.POST, "/v1/workspaces", NewWorkspace(name: name))
    }

    // MARK: Algorithms

    /// Returns the custom algorithms.
    public func algorithms() async throws -> [CustomAlgorithm] {
        try await get("/v1/algorithms", as: AlgorithmList.self).algorithms
    }

    /// Adds the custom algorithm in the archive at `path`, or replaces the one with this name.
    public func addAlgorithm(
        _ name: String,
        path: String,
        progress: @escaping @Sendable (_ sent: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> CustomAlgorithm {
        let response = try await upload(path, request(.PUT, "/v1/algorithms/\(Self.escaped(name))"), progress)
        return try await decode(CustomAlgorithm.self, response)
    }

    /// Removes a custom algorithm.
    @discardableResult
    public func removeAlgorithm(_ name: String) async throws -> CustomAlgorithm {
        try await decode(CustomAlgorithm.self, execute(request(.DELETE, "/v1/algorithms/\(Self.escaped(name))")))
    }

    // MARK: Pipelines

    /// Returns the pipelines of a workspace, or of all workspaces.
    public func pipelines(in workspace: String? = nil, search: String? = nil) async throws -> [Pipeline] {
        var query = Self.filter(in: workspace)
        query["search"] = search
        return try await get("/v1/pipelines", query, as: PipelineList.self).pipelines
    }

    /// What a list is narrowed to.
    static func filter(of pipeline: String? = nil, in workspace: String?) -> [String: String] {
        ["pipeline": pipeline, "workspace": workspace].compactMapValues(\.self)
    }

    /// Returns a pipeline.
    public func pipeline(_ name: String) async throws -> Pipeline {
        try await get("/v1/pipelines/\(Self.escaped(name))")
    }

    /// Returns a pipeline's versions, newest first.
    public func pipelineVersions(_ name: String) async throws -> [PipelineVersion] {
        try await get("/v1/pipelines/\(Self.escaped(name))/versions", as: PipelineVersionList.self).versions
    }

    /// Returns a version of a pipeline.
    ///
    /// - Parameter version: An ID or the beginning of it, a tag, or `previous`.
    public func pipelineVersion(_ version: String, of name: String) async throws -> PipelineVersion {
        try await get("/v1/pipelines/\(Self.escaped(name))/versions/\(Self.escaped(version))")
    }

    /// Creates a pipeline, or changes its definition.
    public func apply(_ definition: PipelineDefinition) async throws -> Pipeline {
        try await send(.PUT, "/v1/pipelines/\(Self.escaped(definition.name))", definition)
    }

    /// Adds a tag to a version of a pipeline, or removes it.
    ///
    /// - Parameter version: An ID or the beginning of it, a tag, or `previous`.
    public func setTag(
        _ tag: String,
        onVersion version: String,
        of name: String,
        _ isSet: Bool
    ) async throws -> PipelineVersion {
        let route = "/v1/pipelines/\(Self.escaped(name))/versions/\(Self.escaped(version))/tags/\(Self.escaped(tag))"
        return try await decode(PipelineVersion.self, execute(request(isSet ? .PUT : .DELETE, route)))
    }

    /// Checks a definition without applying it, and returns it with exact model versions.
    public func resolve(_ definition: PipelineDefinition) async throws -> PipelineDefinition {
        try await send(.POST, "/v1/pipelines/\(Self.escaped(definition.name))/resolve", definition)
    }

    /// Adds a tag to a pipeline, or removes it.
    public func setTag(_ tag: String, onPipeline name: String, _ isSet: Bool) async throws -> Pipeline {
        let route = "/v1/pipelines/\(Self.escaped(name))/tags/\(Self.escaped(tag))"
        return try await decode(Pipeline.self, execute(request(isSet ? .PUT : .DELETE, route)))
    }

    /// Starts to deploy a version, by default the newest. ``waitForDeployment(of:limit:)`` waits for the result.
    public func deploy(_ name: String, version: String? = nil) async throws -> Deployment {
        try await send(.PUT, "/v1/pipelines/\(Self.escaped(name))/deployment", NewDeployment(version: version))
    }

    /// Returns a pipeline's deployment.
    public func deployment(of name: String) async throws -> Deployment {
        try await get("/v1/pipelines/\(Self.escaped(name))/deployment")
    }

    /// Starts to undeploy a pipeline.
    public func undeploy(_ name: String) async throws -> Deployment {
        try await decode(Deployment.self, execute(request(.DELETE, "/v1/pipelines/\(Self.escaped(name))/deployment")))
    }

    /// Waits until a deployment is no longer changing.
    ///
    /// - Throws: ``RoostError`` with the server's reason if the change failed, or if it took longer than `limit`.
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

    /// Runs a pipeline on a JSON body, and returns the result as JSON.
    public func infer(_ pipeline: String, body: Data) async throws -> Data {
        var request = request(.POST, "/v1/pipelines/\(Self.escaped(pipeline))/infer")
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: body))
        return try await collect(execute(request))
    }

    /// Selects entries of a log. Unset properties match everything.
    public struct LogFilter: Sendable {
        /// Maximum number of entries; the newest are returned.
        public var limit: Int?
        /// The earliest time: RFC 3339 or milliseconds since the epoch.
        public var start: String?
        /// The time before which entries must be: RFC 3339 or milliseconds since the epoch.
        public var end: String?
        /// The name of a model.
        public var model: String?
        /// Whether the entries passed all validations.
        public var valid: Bool?
        /// The id of an inference.
        public var id: String?

        /// Selects all entries.
        public init() {}

        var query: [String: String] {
            [
                "limit": limit.map(String.init), "start": start, "end": end, "model": model,
                "valid": valid.map { "\($0)" },
                "id": id,
            ].compactMapValues { $0 }
        }
    }

    /// Returns entries of the inference log in the order in which they were written.
    ///
    /// - Parameter place: The ``NewLogEntries/next`` of an earlier response; `nil` for the newest entries.
    public func newLogEntries(
        of pipeline: String,
        _ filter: LogFilter = LogFilter(),
        after place: String? = nil
    ) async throws -> NewLogEntries {
        var query = filter.query
        query["after"] = place
        let route = "/v1/pipelines/\(Self.escaped(pipeline))/logs/tail"
        return try NewLogEntries(json: try await collect(execute(request(.GET, route, query))))
    }

    /// Streams entries of the inference log as JSON Lines, newest first.
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
