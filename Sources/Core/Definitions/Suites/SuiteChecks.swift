/// How long a run may take.
public struct LatencyCheck: Sendable, Hashable, Codable {
    /// The milliseconds that the percentile may have.
    public var budgetMilliseconds: Double
    /// Inside (0, 100]; `nil` for ``defaultPercentile``.
    public var percentile: Double?
    /// The timed runs of each batch size; `nil` for ``defaultRuns``.
    public var runs: Int?
    /// The rows of a run; each is judged on its own. `nil` for one.
    public var batches: [Int]?
    /// The inputs of one row, as an inference takes them; `nil` for zeros.
    public var inputs: DocumentValue?

    public static let defaultPercentile = 99.0
    public static let defaultRuns = 100
    public static let runLimit = 10_000
    public static let batchLimit = 10_000
    public static let batchCountLimit = 20

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case percentile, runs, batches, inputs
        case budgetMilliseconds = "budget_ms"
    }

    public init(
        budgetMilliseconds: Double,
        percentile: Double? = nil,
        runs: Int? = nil,
        batches: [Int]? = nil,
        inputs: DocumentValue? = nil
    ) {
        self.budgetMilliseconds = budgetMilliseconds
        self.percentile = percentile
        self.runs = runs
        self.batches = batches
        self.inputs = inputs
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        budgetMilliseconds = try container.decode(Double.self, forKey: .budgetMilliseconds)
        percentile = try container.decodeIfPresent(Double.self, forKey: .percentile)
        runs = try container.decodeIfPresent(Int.self, forKey: .runs)
        batches = try container.decodeIfPresent([Int].self, forKey: .batches)
        inputs = try container.decodeIfPresent(DocumentValue.self, forKey: .inputs)
    }
}

/// How many bytes something may take.
public struct BudgetCheck: Sendable, Hashable, Codable {
    public var budgetBytes: Int

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case budgetBytes = "budget_bytes"
    }

    public init(budgetBytes: Int) { self.budgetBytes = budgetBytes }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        budgetBytes = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .budgetBytes)
    }
}

/// What a change of the inputs does to an output.
public struct BehaviorCheck: Sendable, Hashable, Codable {
    public enum Expectation: String, Sendable, Hashable, Codable, CaseIterable {
        /// The output does not change.
        case same
        case increases
        case decreases
    }

    /// A change of one input, or of one column of an input. Exactly one of the changes is set.
    public struct Change: Sendable, Hashable, Codable {
        /// The name of an input, or of a feature, or such as `input[3]`.
        public var input: String
        public var set: DocumentValue?
        public var add: Double?
        public var multiply: Double?

        private enum CodingKeys: String, CodingKey, CaseIterable { case input, set, add, multiply }

        public init(input: String, set: DocumentValue? = nil, add: Double? = nil, multiply: Double? = nil) {
            self.input = input
            self.set = set
            self.add = add
            self.multiply = multiply
        }

        /// Decodes strictly: an unknown field is an error.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            input = try container.decode(String.self, forKey: .input)
            set = try container.decodeIfPresent(DocumentValue.self, forKey: .set)
            add = try container.decodeIfPresent(Double.self, forKey: .add)
            multiply = try container.decodeIfPresent(Double.self, forKey: .multiply)
        }
    }

    public var expect: Expectation
    public var change: Change
    /// Rows, as an inference takes them. Exactly one of this and ``data`` is set.
    public var inputs: DocumentValue?
    /// An object with rows: CSV with a label first, which is not used, or JSON Lines with `inputs`.
    public var data: String?
    /// The output that is looked at, such as `probability` or `scores[1]`; `nil` for the only one.
    public var output: String?
    /// For ``Expectation/same``: the output counts as a decision, which is whether it reaches this; `nil` to compare the numbers.
    public var threshold: Double?
    /// The difference of the output that counts as none; `nil` for 0.
    public var tolerance: Double?
    /// The share of the rows that may behave otherwise; `nil` for 0.
    public var allowed: Double?
    /// How many rows of ``data`` are used; `nil` for ``defaultRows``.
    public var rows: Int?

    public static let defaultRows = 1000
    public static let rowLimit = 100_000

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case expect, change, inputs, data, output, threshold, tolerance, allowed, rows
    }

    public init(expect: Expectation, change: Change, inputs: DocumentValue? = nil, data: String? = nil) {
        self.expect = expect
        self.change = change
        self.inputs = inputs
        self.data = data
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        expect = try container.decode(Expectation.self, forKey: .expect)
        change = try container.decode(Change.self, forKey: .change)
        inputs = try container.decodeIfPresent(DocumentValue.self, forKey: .inputs)
        data = try container.decodeIfPresent(String.self, forKey: .data)
        output = try container.decodeIfPresent(String.self, forKey: .output)
        threshold = try container.decodeIfPresent(Double.self, forKey: .threshold)
        tolerance = try container.decodeIfPresent(Double.self, forKey: .tolerance)
        allowed = try container.decodeIfPresent(Double.self, forKey: .allowed)
        rows = try container.decodeIfPresent(Int.self, forKey: .rows)
    }
}

/// A function that judges the outputs.
public struct ProgramCheck: Sendable, Hashable, Codable {
    /// `NAME` or `NAME@VERSION`, as in a step of a pipeline.
    public var function: String
    /// Rows, as an inference takes them.
    public var inputs: DocumentValue
    /// Given to the function as it is.
    public var parameters: DocumentValue?

    private enum CodingKeys: String, CodingKey, CaseIterable { case function, inputs, parameters }

    public init(function: String, inputs: DocumentValue, parameters: DocumentValue? = nil) {
        self.function = function
        self.inputs = inputs
        self.parameters = parameters
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        function = try container.decode(String.self, forKey: .function)
        inputs = try container.decode(DocumentValue.self, forKey: .inputs)
        parameters = try container.decodeIfPresent(DocumentValue.self, forKey: .parameters)
    }
}
