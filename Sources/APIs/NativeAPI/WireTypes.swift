public import Definitions
import Foundation

/// `GET /v1/workspaces`.
public struct WorkspaceList: Sendable, Codable {
    /// The workspaces.
    public var workspaces: [Workspace]
    /// One made of these parts.
    public init(workspaces: [Workspace]) { self.workspaces = workspaces }
}

/// `POST /v1/workspaces`.
public struct NewWorkspace: Sendable, Codable {
    /// Its name.
    public var name: String

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name
    }

    /// One made of these parts.
    public init(name: String) { self.name = name }

    /// Reads it; a field that is not known is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        name = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .name)
    }
}

/// `GET /v1/models`.
public struct ModelList: Sendable, Codable {
    /// The models that take part.
    public var models: [Model]
    /// One made of these parts.
    public init(models: [Model]) { self.models = models }
}

/// `GET /v1/algorithms`.
public struct AlgorithmList: Sendable, Codable {
    /// The algorithms that were added.
    public var algorithms: [OwnAlgorithm]
    /// One made of these parts.
    public init(algorithms: [OwnAlgorithm]) { self.algorithms = algorithms }
}

/// `GET /v1/pipelines`.
public struct PipelineList: Sendable, Codable {
    /// The pipelines.
    public var pipelines: [Pipeline]
    /// One made of these parts.
    public init(pipelines: [Pipeline]) { self.pipelines = pipelines }
}

/// `GET /v1/pipelines/{pipeline}/versions`.
public struct PipelineVersionList: Sendable, Codable {
    /// The versions, newest first.
    public var versions: [PipelineVersion]
    /// One made of these parts.
    public init(versions: [PipelineVersion]) { self.versions = versions }
}

/// `PUT /v1/pipelines/{pipeline}/deployment`.
public struct NewDeployment: Sendable, Codable {
    /// The newest version where it is left out.
    public var version: String?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case version
    }

    /// One made of these parts.
    public init(version: String? = nil) { self.version = version }

    /// Reads it; a field that is not known is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        version = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(String.self, forKey: .version)
    }
}

/// `GET /v1/status`.
public struct ServerStatus: Sendable, Codable {
    /// What the server takes requests for.
    public enum State: String, Sendable, Codable {
        /// Deployed pipelines are still loading.
        case starting
        case ready
        /// It was asked to end, and finishes what is running.
        case draining
    }

    /// A runtime that is installed.
    public struct Runtime: Sendable, Codable {
        /// Its name.
        public var name: String
        /// The version.
        public var version: String
        /// A model has needed it since the server started.
        public var isLoaded: Bool

        private enum CodingKeys: String, CodingKey {
            case name, version
            case isLoaded = "loaded"
        }

        /// One made of these parts.
        public init(name: String, version: String, isLoaded: Bool) {
            self.name = name
            self.version = version
            self.isLoaded = isLoaded
        }
    }

    /// The version.
    public var version: String
    /// Where it is in its life.
    public var state: State
    /// It took up nothing when it started: no deployment, endpoint or job.
    public var isSafeMode: Bool
    /// Seconds since the server started.
    public var uptimeSeconds: Double
    /// The installed runtimes.
    public var runtimes: [Runtime]
    /// How many pipelines answer.
    public var pipelines: Int
    /// Resident memory of the process.
    public var memoryMegabytes: Double
    /// What its operator should change.
    public var warnings: [String]

    private enum CodingKeys: String, CodingKey {
        case version, state, runtimes, pipelines, warnings
        case isSafeMode = "safe_mode"
        case uptimeSeconds = "uptime_s"
        case memoryMegabytes = "memory_mb"
    }

    /// One made of these parts.
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

/// What an error of the native API looks like.
public struct ErrorBody: Sendable, Codable {
    /// The error itself.
    public struct Detail: Sendable, Codable {
        /// What kind of mistake it is.
        public var code: String
        /// What was wrong, and what would be right.
        public var message: String
        /// The field of the request that is at fault.
        public var field: String?
    }

    /// What was wrong.
    public var error: Detail

    /// One made of these parts.
    public init(_ error: RoostError) {
        self.error = Detail(code: error.code.rawValue, message: error.message, field: error.field)
    }

    /// The error that was sent.
    public var roostError: RoostError {
        RoostError(RoostError.Code(rawValue: error.code) ?? .internalError, error.message, field: error.field)
    }
}

extension RoostError {
    /// The HTTP status of the error.
    public var httpStatus: Int {
        switch code {
        case .invalidInput: 400
        case .unauthorized: 401
        case .forbidden: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .requestTimeout: 408
        case .conflict: 409
        case .tooLarge: 413
        case .unsupportedMediaType: 415
        case .busy: 429
        case .internalError: 500
        case .unavailable: 503
        case .timeout: 504
        case .insufficientStorage: 507
        }
    }
}
