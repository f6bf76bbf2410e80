/// One case of a suite: a name, and what is checked.
public struct SuiteCase: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case golden, quality, latency, size, memory, behavior, program
    }

    public enum Check: Sendable, Hashable {
        case golden(GoldenCheck)
        case quality(QualityCheck)
        case latency(LatencyCheck)
        case size(BudgetCheck)
        case memory(BudgetCheck)
        case behavior(BehaviorCheck)
        case program(ProgramCheck)
    }

    public var name: String
    public var check: Check

    public var kind: Kind {
        switch check {
        case .golden: .golden
        case .quality: .quality
        case .latency: .latency
        case .size: .size
        case .memory: .memory
        case .behavior: .behavior
        case .program: .program
        }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, golden, quality, latency, size, memory, behavior, program
    }

    public init(name: String, _ check: Check) {
        self.name = name
        self.check = check
    }

    /// Decodes strictly: an unknown field is an error, and exactly one check must be there.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        let checks = CodingKeys.allCases.filter { $0 != .name && container.contains($0) }
        guard let key = checks.first, checks.count == 1 else {
            let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "a case has a name and exactly one of: \(known)"
                )
            )
        }
        check =
            switch key {
            case .golden: .golden(try container.decode(GoldenCheck.self, forKey: key))
            case .quality: .quality(try container.decode(QualityCheck.self, forKey: key))
            case .latency: .latency(try container.decode(LatencyCheck.self, forKey: key))
            case .size: .size(try container.decode(BudgetCheck.self, forKey: key))
            case .memory: .memory(try container.decode(BudgetCheck.self, forKey: key))
            case .behavior: .behavior(try container.decode(BehaviorCheck.self, forKey: key))
            case .program, .name: .program(try container.decode(ProgramCheck.self, forKey: key))
            }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        switch check {
        case .golden(let check): try container.encode(check, forKey: .golden)
        case .quality(let check): try container.encode(check, forKey: .quality)
        case .latency(let check): try container.encode(check, forKey: .latency)
        case .size(let check): try container.encode(check, forKey: .size)
        case .memory(let check): try container.encode(check, forKey: .memory)
        case .behavior(let check): try container.encode(check, forKey: .behavior)
        case .program(let check): try container.encode(check, forKey: .program)
        }
    }
}

/// Inputs whose outputs are known.
public struct GoldenCheck: Sendable, Hashable, Codable {
    /// As an inference takes them: an object of inputs by name.
    public var inputs: DocumentValue
    /// The expected outputs by name. Outputs that are not named are not compared.
    public var outputs: DocumentValue
    /// The largest difference that is no mistake; `nil` for ``defaultAbsolute``.
    public var absolute: Double?
    /// The same as a share of the expected number; `nil` for ``defaultRelative``.
    public var relative: Double?

    public static let defaultAbsolute = 1e-6
    public static let defaultRelative = 1e-4

    private enum CodingKeys: String, CodingKey, CaseIterable { case inputs, outputs, absolute, relative }

    public init(inputs: DocumentValue, outputs: DocumentValue, absolute: Double? = nil, relative: Double? = nil) {
        self.inputs = inputs
        self.outputs = outputs
        self.absolute = absolute
        self.relative = relative
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        inputs = try container.decode(DocumentValue.self, forKey: .inputs)
        outputs = try container.decode(DocumentValue.self, forKey: .outputs)
        absolute = try container.decodeIfPresent(Double.self, forKey: .absolute)
        relative = try container.decodeIfPresent(Double.self, forKey: .relative)
    }
}

/// How good the outputs are on labeled data.
public struct QualityCheck: Sendable, Hashable, Codable {
    public enum Metric: String, Sendable, Hashable, Codable, CaseIterable {
        case accuracy, precision, recall, f1, auc
        case logLoss = "log_loss"
        case mae, mse, rmse, r2

        /// Whether a smaller value is the better one.
        public var isLoss: Bool { [.logLoss, .mae, .mse, .rmse].contains(self) }
    }

    /// A comparison with the version in production, on the same rows.
    public struct Comparison: Sendable, Hashable, Codable {
        /// How much worse the candidate may be, in the metric's unit.
        public var margin: Double

        private enum CodingKeys: String, CodingKey, CaseIterable { case margin }

        public init(margin: Double) { self.margin = margin }

        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            margin = try decoder.container(keyedBy: CodingKeys.self).decode(Double.self, forKey: .margin)
        }
    }

    public var metric: Metric
    /// Objects with labeled rows: CSV with the label first, or JSON Lines with `inputs` and `label`. Each is judged on its own.
    public var data: [String]
    public var minimum: Double?
    public var maximum: Double?
    public var versusChampion: Comparison?
    /// The output with the score or the prediction, such as `probability` or `scores[1]`; `nil` for the only one.
    public var output: String?
    /// The least score of the positive class; `nil` for 0.5.
    public var threshold: Double?
    /// How many rows of each data set are used, from its beginning; `nil` for ``defaultRows``.
    public var rows: Int?

    public static let dataLimit = 20
    public static let defaultRows = 10_000
    public static let rowLimit = 1_000_000

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case metric, data, minimum, maximum, output, threshold, rows
        case versusChampion = "versus_champion"
    }

    public init(
        metric: Metric,
        data: [String],
        minimum: Double? = nil,
        maximum: Double? = nil,
        versusChampion: Comparison? = nil,
        output: String? = nil,
        threshold: Double? = nil,
        rows: Int? = nil
    ) {
        self.metric = metric
        self.data = data
        self.minimum = minimum
        self.maximum = maximum
        self.versusChampion = versusChampion
        self.output = output
        self.threshold = threshold
        self.rows = rows
    }

    /// Decodes strictly: an unknown field is an error. One data set need not be a list.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metric = try container.decode(Metric.self, forKey: .metric)
        if let only = try? container.decode(String.self, forKey: .data) {
            data = [only]
        } else {
            data = try container.decode([String].self, forKey: .data)
        }
        minimum = try container.decodeIfPresent(Double.self, forKey: .minimum)
        maximum = try container.decodeIfPresent(Double.self, forKey: .maximum)
        versusChampion = try container.decodeIfPresent(Comparison.self, forKey: .versusChampion)
        output = try container.decodeIfPresent(String.self, forKey: .output)
        threshold = try container.decodeIfPresent(Double.self, forKey: .threshold)
        rows = try container.decodeIfPresent(Int.self, forKey: .rows)
    }
}
