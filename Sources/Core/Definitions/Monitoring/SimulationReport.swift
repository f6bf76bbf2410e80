public import Foundation

/// How subjects answered the same requests at the same rate.
public struct SimulationReport: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case model, pipeline
    }

    /// Durations in milliseconds, from when a request should have begun to its answer. A percentile is `nil` if there are too few
    /// answers for it: fewer than 10 for p90, 20 for p95, and 100 for p99.
    public struct Latency: Sendable, Hashable, Codable {
        public var mean: Double
        public var p50: Double
        public var p90: Double?
        public var p95: Double?
        public var p99: Double?
        public var max: Double

        private enum CodingKeys: String, CodingKey {
            case mean = "mean_ms"
            case p50 = "p50_ms"
            case p90 = "p90_ms"
            case p95 = "p95_ms"
            case p99 = "p99_ms"
            case max = "max_ms"
        }

        public init(mean: Double, p50: Double, p90: Double?, p95: Double?, p99: Double?, max: Double) {
            self.mean = mean
            self.p50 = p50
            self.p90 = p90
            self.p95 = p95
            self.p99 = p99
            self.max = max
        }
    }

    /// Requests that failed for the same reason.
    public struct Failure: Sendable, Hashable, Codable {
        public var code: String
        /// The message of the first one.
        public var message: String
        public var count: Int

        public init(code: String, message: String, count: Int) {
            self.code = code
            self.message = message
            self.count = count
        }
    }

    /// How the outputs compare with those of the first subject, for each input once.
    public struct Outputs: Sendable, Hashable, Codable {
        /// The inputs that both answered.
        public var compared: Int
        public var different: Int
        /// Those with another shape, or with another text.
        public var incomparable: Int
        /// The largest difference of two numbers; `nil` if none could be compared.
        public var largestDifference: Double?
        /// The first input whose outputs differ, from 0.
        public var firstDifferent: Int?

        private enum CodingKeys: String, CodingKey {
            case compared, different, incomparable
            case largestDifference = "largest_difference"
            case firstDifferent = "first_different"
        }

        public init(
            compared: Int,
            different: Int,
            incomparable: Int,
            largestDifference: Double?,
            firstDifferent: Int?
        ) {
            self.compared = compared
            self.different = different
            self.incomparable = incomparable
            self.largestDifference = largestDifference
            self.firstDifferent = firstDifferent
        }
    }

    /// The bytes of the server's memory that are in use.
    public struct Memory: Sendable, Hashable, Codable {
        /// Before the subject was loaded.
        public var before: Int
        /// After its warm-up.
        public var loaded: Int
        /// The most while it answered.
        public var peak: Int
        /// Whether its models were loaded before, so that ``loaded`` says nothing about them.
        public var isShared: Bool

        private enum CodingKeys: String, CodingKey {
            case before, loaded, peak
            case isShared = "shared"
        }

        public init(before: Int, loaded: Int, peak: Int, isShared: Bool) {
            self.before = before
            self.loaded = loaded
            self.peak = peak
            self.isShared = isShared
        }
    }

    /// What else was going on.
    public struct Surroundings: Sendable, Hashable, Codable {
        /// The share of the machine's processors that this server used, and that all programs used.
        public var serverBusy: Double
        public var machineBusy: Double
        /// Requests of others that the server answered meanwhile.
        public var otherRequests: Int
        /// How late the simulation began its own requests, in milliseconds.
        public var lagP99: Double
        public var lagMax: Double
        /// Whether that was late enough to matter for the latencies.
        public var isLate: Bool

        private enum CodingKeys: String, CodingKey {
            case serverBusy = "server_busy"
            case machineBusy = "machine_busy"
            case otherRequests = "other_requests"
            case lagP99 = "lag_p99_ms"
            case lagMax = "lag_max_ms"
            case isLate = "late"
        }

        public init(
            serverBusy: Double,
            machineBusy: Double,
            otherRequests: Int,
            lagP99: Double,
            lagMax: Double,
            isLate: Bool
        ) {
            self.serverBusy = serverBusy
            self.machineBusy = machineBusy
            self.otherRequests = otherRequests
            self.lagP99 = lagP99
            self.lagMax = lagMax
            self.isLate = isLate
        }
    }

    public struct Subject: Sendable, Hashable, Codable {
        /// As it was asked for.
        public var name: String
        public var kind: Kind
        /// The ID of the version that answered.
        public var version: String
        /// The requests that were sent.
        public var requests: Int
        public var answered: Int
        public var failures: [Failure]
        /// Answers a second, while requests began.
        public var throughput: Double
        /// Requests that had no answer yet when the last one began.
        public var backlog: Int
        /// Whether the subject cannot keep up with the rate: it answered fewer requests than began, and its backlog grew.
        public var isSaturated: Bool
        /// `nil` without an answer.
        public var latency: Latency?
        public var memory: Memory
        public var surroundings: Surroundings
        /// `nil` for the first subject.
        public var outputs: Outputs?

        private enum CodingKeys: String, CodingKey {
            case name, kind, version, requests, answered, failures, throughput, backlog, latency, memory, surroundings
            case outputs
            case isSaturated = "saturated"
        }

        public init(
            name: String,
            kind: Kind,
            version: String,
            requests: Int,
            answered: Int,
            failures: [Failure],
            throughput: Double,
            backlog: Int,
            isSaturated: Bool,
            latency: Latency?,
            memory: Memory,
            surroundings: Surroundings,
            outputs: Outputs?
        ) {
            self.name = name
            self.kind = kind
            self.version = version
            self.requests = requests
            self.answered = answered
            self.failures = failures
            self.throughput = throughput
            self.backlog = backlog
            self.isSaturated = isSaturated
            self.latency = latency
            self.memory = memory
            self.surroundings = surroundings
            self.outputs = outputs
        }
    }

    public var createdAt: Date
    /// Requests a second that were asked for.
    public var rate: Double
    /// Seconds in which requests began, for each subject.
    public var duration: Double
    public var arrivals: SimulationRequest.Arrivals
    /// The number of different inputs.
    public var inputs: Int
    public var subjects: [Subject]
    /// What that means, in sentences.
    public var summary: [String]
    public var notes: [String]

    private enum CodingKeys: String, CodingKey {
        case rate, duration, arrivals, inputs, subjects, summary, notes
        case createdAt = "created_at"
    }

    public init(
        createdAt: Date,
        rate: Double,
        duration: Double,
        arrivals: SimulationRequest.Arrivals,
        inputs: Int,
        subjects: [Subject],
        summary: [String],
        notes: [String]
    ) {
        self.createdAt = createdAt
        self.rate = rate
        self.duration = duration
        self.arrivals = arrivals
        self.inputs = inputs
        self.subjects = subjects
        self.summary = summary
        self.notes = notes
    }
}
