public import Foundation

/// A load test: the same requests, at the same rate, sent to one or more subjects, one after the other.
public struct SimulationRequest: Sendable, Hashable, Codable {
    /// When requests begin.
    public enum Arrivals: String, Sendable, Hashable, Codable, CaseIterable {
        /// At equal distances.
        case constant
        /// Independently of each other, as those of many users do.
        case poisson
    }

    /// The inputs. Exactly one of ``data`` and ``pipeline`` is set.
    public struct Inputs: Sendable, Hashable, Codable {
        public enum Format: String, Sendable, Hashable, Codable, CaseIterable {
            /// A request, or a list of requests.
            case json
            /// A request in each line.
            case jsonLines = "json_lines"
            /// A row in each line, which is a request.
            case csv

            /// That of a file, by its name.
            public init(named name: String) {
                let ends: [(String, Format)] = [(".csv", .csv), (".jsonl", .jsonLines), (".ndjson", .jsonLines)]
                self = ends.first { name.lowercased().hasSuffix($0.0) }?.1 ?? .json
            }
        }

        /// What a file contains, in ``format``.
        public var data: String?
        public var format: Format?
        /// The name of the pipeline whose logged requests are replayed.
        public var pipeline: String?
        /// Its requests from this time on; `nil` for all.
        public var start: Date?
        /// Exclusive; `nil` for now.
        public var end: Date?
        /// How many of its newest requests; `nil` for ``defaultRequests``.
        public var requests: Int?

        public static let defaultRequests = 1000
        /// The most different inputs.
        public static let limit = 10_000
        /// The most bytes of all inputs.
        public static let byteLimit = 64 << 20

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case data, format, pipeline, start, end, requests
        }

        public init(
            data: String? = nil,
            format: Format? = nil,
            pipeline: String? = nil,
            start: Date? = nil,
            end: Date? = nil,
            requests: Int? = nil
        ) {
            self.data = data
            self.format = format
            self.pipeline = pipeline
            self.start = start
            self.end = end
            self.requests = requests
        }

        /// Decodes strictly: an unknown field is an error.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            data = try container.decodeIfPresent(String.self, forKey: .data)
            format = try container.decodeIfPresent(Format.self, forKey: .format)
            pipeline = try container.decodeIfPresent(String.self, forKey: .pipeline)
            start = try container.decodeIfPresent(Date.self, forKey: .start)
            end = try container.decodeIfPresent(Date.self, forKey: .end)
            requests = try container.decodeIfPresent(Int.self, forKey: .requests)
        }
    }

    /// Names of pipelines and models, and versions of models: `fraud`, `fraud-dense@v2`. The first one is what the outputs of the
    /// others are compared with.
    public var subjects: [String]
    public var inputs: Inputs
    /// Requests a second.
    public var rate: Double
    /// Seconds in which requests begin, for each subject; `nil` for ``defaultDuration``.
    public var duration: Double?
    /// `nil` for ``Arrivals/constant``.
    public var arrivals: Arrivals?
    /// Makes Poisson arrivals repeatable; `nil` for 0.
    public var seed: UInt64?
    /// Seconds before that, at the same rate, which are not counted; `nil` for ``defaultWarmUp``.
    public var warmUp: Double?
    /// Outputs that differ by more than this are different; `nil` for 0.
    public var tolerance: Double?
    /// That of the models; `nil` for the default one.
    public var workspace: String?

    public static let defaultDuration = 10.0
    public static let defaultWarmUp = 1.0
    public static let subjectLimit = 10
    public static let rateLimit = 20_000.0
    /// The most requests to one subject.
    public static let requestLimit = 1_000_000
    /// Seconds of all subjects together.
    public static let totalLimit = 600.0

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case subjects, inputs, rate, duration, arrivals, seed, tolerance, workspace
        case warmUp = "warm_up"
    }

    public init(
        subjects: [String],
        inputs: Inputs,
        rate: Double,
        duration: Double? = nil,
        arrivals: Arrivals? = nil,
        seed: UInt64? = nil,
        warmUp: Double? = nil,
        tolerance: Double? = nil,
        workspace: String? = nil
    ) {
        self.subjects = subjects
        self.inputs = inputs
        self.rate = rate
        self.duration = duration
        self.arrivals = arrivals
        self.seed = seed
        self.warmUp = warmUp
        self.tolerance = tolerance
        self.workspace = workspace
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        subjects = try container.decode([String].self, forKey: .subjects)
        inputs = try container.decode(Inputs.self, forKey: .inputs)
        rate = try container.decode(Double.self, forKey: .rate)
        duration = try container.decodeIfPresent(Double.self, forKey: .duration)
        arrivals = try container.decodeIfPresent(Arrivals.self, forKey: .arrivals)
        seed = try container.decodeIfPresent(UInt64.self, forKey: .seed)
        warmUp = try container.decodeIfPresent(Double.self, forKey: .warmUp)
        tolerance = try container.decodeIfPresent(Double.self, forKey: .tolerance)
        workspace = try container.decodeIfPresent(String.self, forKey: .workspace)
    }

    /// - Throws: ``RoostError`` that names the first field that is wrong.
    public func check() throws(RoostError) {
        guard (1...Self.subjectLimit).contains(subjects.count) else {
            throw RoostError(
                .invalidInput,
                "A simulation needs 1 to \(Self.subjectLimit) subjects, not \(subjects.count).",
                field: "subjects"
            )
        }
        if let twice = subjects.indices.first(where: { subjects[..<$0].contains(subjects[$0]) }) {
            throw RoostError(
                .invalidInput,
                "Subject '\(subjects[twice].prefix(80))' is listed twice.",
                field: "subjects[\(twice)]"
            )
        }
        try Self.check(rate, 0.1...Self.rateLimit, "rate", "requests a second")
        try Self.check(duration ?? Self.defaultDuration, 0.1...Self.totalLimit, "duration", "seconds")
        try Self.check(warmUp ?? Self.defaultWarmUp, 0...60, "warm_up", "seconds")
        try Self.check(tolerance ?? 0, 0...Double.greatestFiniteMagnitude, "tolerance", nil)
        let seconds = (duration ?? Self.defaultDuration) + (warmUp ?? Self.defaultWarmUp)
        guard seconds * Double(subjects.count) <= Self.totalLimit else {
            throw RoostError(
                .invalidInput,
                "A simulation may take \(Int(Self.totalLimit)) s in all. Choose a shorter 'duration', or fewer subjects.",
                field: "duration"
            )
        }
        guard rate * (duration ?? Self.defaultDuration) <= Double(Self.requestLimit) else {
            throw RoostError(
                .invalidInput,
                "A subject may get \(Self.requestLimit) requests. Choose a lower 'rate' or a shorter 'duration'.",
                field: "rate"
            )
        }
        guard seed == nil || arrivals == .poisson else {
            throw RoostError(.invalidInput, "Only Poisson arrivals have a 'seed'.", field: "seed")
        }
        try inputs.check()
    }

    private static func check(
        _ value: Double,
        _ range: ClosedRange<Double>,
        _ field: String,
        _ unit: String?
    ) throws(RoostError) {
        guard range.contains(value) else {
            let bounds =
                range.upperBound == .greatestFiniteMagnitude
                ? "0 or more" : "from \(range.lowerBound.formatted()) to \(range.upperBound.formatted())"
            throw RoostError(
                .invalidInput,
                "'\(field)' must be \(bounds)\(unit.map { " \($0)" } ?? ""), not \(value).",
                field: field
            )
        }
    }
}

extension SimulationRequest.Inputs {
    func check() throws(RoostError) {
        guard (data != nil) != (pipeline != nil) else {
            throw RoostError(.invalidInput, "'inputs' must have either 'data' or 'pipeline'.", field: "inputs")
        }
        if let data, data.utf8.count > Self.byteLimit {
            throw RoostError(
                .tooLarge,
                "The inputs are larger than the limit of \(Self.byteLimit) bytes.",
                field: "inputs.data"
            )
        }
        let misplaced: [(String, Bool)] = [
            ("format", format != nil && data == nil), ("start", start != nil && pipeline == nil),
            ("end", end != nil && pipeline == nil), ("requests", requests != nil && pipeline == nil),
        ]
        if let found = misplaced.first(where: \.1) {
            throw RoostError(
                .invalidInput,
                "'\(found.0)' does not belong to such inputs.",
                field: "inputs.\(found.0)"
            )
        }
        if let requests, !(1...Self.limit).contains(requests) {
            throw RoostError(
                .invalidInput,
                "'requests' must be a number from 1 to \(Self.limit), not \(requests).",
                field: "inputs.requests"
            )
        }
    }
}
