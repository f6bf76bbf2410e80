/// `GET /v1/status`.
public struct ServerStatus: Sendable, Codable {
    /// The state of the server.
    public enum State: String, Sendable, Codable, CaseIterable {
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

extension ServerStatus: WireType {
    package static let schema = Schema.object([
        "version": .string(), "state": .choice(of: State.self), "safe_mode": .boolean, "uptime_s": .number(),
        "runtimes": .list(.object(["name": .string(), "version": .string(), "loaded": .boolean])),
        "pipelines": .integer(), "memory_mb": .number(), "warnings": .list(.string()),
    ])
}
