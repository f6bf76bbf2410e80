public import Definitions
import Foundation

/// `GET /v1/workspaces`.
public struct WorkspaceList: Sendable, Codable {
    public var workspaces: [Workspace]
    public init(workspaces: [Workspace]) { self.workspaces = workspaces }
}

/// `POST /v1/workspaces`.
public struct NewWorkspace: Sendable, Codable {
    public var name: String

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name
    }

    public init(name: String) { self.name = name }

    /// Decodes the body. An unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        name = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .name)
    }
}

/// `GET /v1/models`.
public struct ModelList: Sendable, Codable {
    public var models: [Model]
    public init(models: [Model]) { self.models = models }
}

/// `GET /v1/algorithms`.
public struct AlgorithmList: Sendable, Codable {
    /// The custom algorithms.
    public var algorithms: [CustomAlgorithm]
    public init(algorithms: [CustomAlgorithm]) { self.algorithms = algorithms }
}

/// `GET /v1/pipelines`.
public struct PipelineList: Sendable, Codable {
    public var pipelines: [Pipeline]
    public init(pipelines: [Pipeline]) { self.pipelines = pipelines }
}

/// `GET /v1/pipelines/{pipeline}/versions`.
public struct PipelineVersionList: Sendable, Codable {
    /// The versions, newest first.
    public var versions: [PipelineVersion]
    public init(versions: [PipelineVersion]) { self.versions = versions }
}

/// `PUT /v1/pipelines/{pipeline}/deployment`.
public struct NewDeployment: Sendable, Codable {
    /// The version to deploy; `nil` for the newest.
    public var version: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case version
    }

    public init(version: String? = nil) { self.version = version }

    /// Decodes the body. An unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        version = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(String.self, forKey: .version)
    }
}

/// `GET /v1/status`.
public struct ServerStatus: Sendable, Codable {
    /// The state of the server.
    public enum State: String, Sendable, Codable {
        /// The server is still restoring deployments, endpoints and jobs.
        case starting
        case ready
        /// The server was asked to stop, and is finishing the running requests.
        case draining
    }

    /// An installed runtime.
    public struct Runtime: Sendable, Codable {
        public var name: String
        public var version: String
        /// Whether a model has used the runtime since the server started.
        public var isLoaded: Bool

        private enum CodingKeys: String, CodingKey {
            case name, version
            case isLoaded = "loaded"
        }

        public init(name: String, version: String, isLoaded: Bool) {
            self.name = name
            self.version = version
            self.isLoaded = isLoaded
        }
    }

    public var version: String
    public var state: State
    /// Whether the server started without restoring deployments, endpoints and jobs.
    public var isSafeMode: Bool
    /// Seconds since the server started.
    public var uptimeSeconds: Double
    public var runtimes: [Runtime]
    /// The number of deployed pipelines.
    public var pipelines: Int
    /// Resident memory of the process.
    public var memoryMegabytes: Double
    /// Problems that the operator should fix.
    public var warnings: [String]

    private enum CodingKeys: String, CodingKey {
        case version, state, runtimes, pipelines, warnings
        case isSafeMode = "safe_mode"
        case uptimeSeconds = "uptime_s"
        case memoryMegabytes = "memory_mb"
    }

    public init(
        version: String,
        state: State,
        isSafeMode: Bool,
        uptimeSeconds: Double,
        runtimes: [Runtime],
        pipelines: Int,
        memoryMegabytes: Double,
        warnings: [String]
    ) {
        self.version = version
        self.state = state
        self.isSafeMode = isSafeMode
        self.uptimeSeconds = uptimeSeconds
        self.runtimes = runtimes
        self.pipelines = pipelines
        self.memoryMegabytes = memoryMegabytes
        self.warnings = warnings
    }
}

/// An error of the native API.
public struct ErrorBody: Sendable, Codable {
    /// The details of the error.
    public struct Detail: Sendable, Codable {
        /// The error's code.
        public var code: String
        /// What is wrong, and what was expected.
        public var message: String
        /// The field of the request that is at fault.
        public var field: String?
    }

    public var error: Detail

    public init(_ error: RoostError) {
        self.error = Detail(code: error.code.rawValue, message: error.message, field: error.field)
    }

    /// The error as a ``RoostError``.
    public var roostError: RoostError {
        RoostError(RoostError.Code(rawValue: error.code) ?? .internalError, error.message, field: error.field)
    }
}
