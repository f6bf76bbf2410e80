public import Foundation

/// Which rows of a pipeline's log become training data, and where they are stored.
public struct TrainingSetRequest: Sendable, Hashable, Codable {
    /// A condition on rows, and how often those that fulfill it are written.
    public struct Weight: Sendable, Hashable, Codable {
        /// An expression over inputs, outputs and `label`, such as `inputs.size > 200`.
        public var condition: String
        /// How often a row that fulfills the condition is written: a whole number, because every algorithm reads repeated rows.
        public var factor: Int

        /// The largest ``factor``.
        public static let limit = 100

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case factor
            case condition = "where"
        }

        public init(condition: String, factor: Int) {
            self.condition = condition
            self.factor = factor
        }

        /// Decodes strictly: an unknown field is an error.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            condition = try container.decode(String.self, forKey: .condition)
            factor = try container.decode(Int.self, forKey: .factor)
        }
    }

    /// The `s3://BUCKET/PREFIX` under which `train.csv` and `validation.csv` are stored.
    public var output: String
    /// The beginning of the window of the log, inclusive; `nil` for that of the log, or of ``window``.
    public var start: Date?
    /// The end of the window, exclusive; `nil` for now.
    public var end: Date?
    /// The length of the window before its end; instead of ``start``.
    public var window: TimeSpan?
    /// The newest rows of the window that are used; `nil` for all.
    public var rows: Int?
    /// The share of the inferences whose rows go to `validation.csv`; `nil` for none.
    public var validation: Double?
    /// The `s3://BUCKET/PREFIX` of an existing data set of the same columns whose rows come first; `nil` for none.
    public var addTo: String?
    public var weight: Weight?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case output, start, end, window, rows, validation, weight
        case addTo = "add_to"
    }

    public init(
        output: String,
        start: Date? = nil,
        end: Date? = nil,
        window: TimeSpan? = nil,
        rows: Int? = nil,
        validation: Double? = nil,
        addTo: String? = nil,
        weight: Weight? = nil
    ) {
        self.output = output
        self.start = start
        self.end = end
        self.window = window
        self.rows = rows
        self.validation = validation
        self.addTo = addTo
        self.weight = weight
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        output = try container.decode(String.self, forKey: .output)
        start = try container.decodeIfPresent(Date.self, forKey: .start)
        end = try container.decodeIfPresent(Date.self, forKey: .end)
        window = try container.decodeIfPresent(TimeSpan.self, forKey: .window)
        rows = try container.decodeIfPresent(Int.self, forKey: .rows)
        validation = try container.decodeIfPresent(Double.self, forKey: .validation)
        addTo = try container.decodeIfPresent(String.self, forKey: .addTo)
        weight = try container.decodeIfPresent(Weight.self, forKey: .weight)
    }

    /// The most rows of a training set, before they are repeated.
    public static let rowLimit = 10_000_000

    /// Checks what does not depend on the pipeline.
    ///
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    package func check() throws(RoostError) {
        func fail(_ field: String, _ message: String) -> RoostError { RoostError(.invalidInput, message, field: field) }
        _ = try ObjectURI(output, field: "output")
        if let addTo { _ = try ObjectURI(addTo, field: "add_to") }
        if let start, let end, start >= end { throw fail("start", "'start' must be before 'end'.") }
        if let window {
            guard start == nil else { throw fail("window", "Declare either 'window' or 'start'.") }
            guard (1...Self.longestWindow).contains(window.seconds) else {
                throw fail("window", "'window' must be from 1s to 520w.")
            }
        }
        if let rows, !(1...Self.rowLimit).contains(rows) {
            throw fail("rows", "'rows' must be from 1 to \(Self.rowLimit).")
        }
        if let validation, !(validation > 0 && validation < 1) {
            throw fail("validation", "'validation' must be more than 0 and less than 1, such as 0.2.")
        }
        if let weight, !(2...Weight.limit).contains(weight.factor) {
            throw fail("weight.factor", "'factor' must be a whole number from 2 to \(Weight.limit).")
        }
    }

    /// Ten years, in seconds.
    private static let longestWindow = 520 * 7 * 86_400
}

/// Training data that was made from a pipeline's log and its labels: CSV without a header, the label first, then the features in the
/// order of the signature.
public struct TrainingSet: Sendable, Hashable, Codable {
    /// One of the stored objects.
    public struct File: Sendable, Hashable, Codable {
        /// Its `s3://BUCKET/KEY`.
        public var uri: String
        /// The SHA-256 of its bytes, in hexadecimal.
        public var sha256: String
        /// The rows of the log that it has, without those that are repeated.
        public var rows: Int
        public var bytes: Int

        public init(uri: String, sha256: String, rows: Int, bytes: Int) {
            self.uri = uri
            self.sha256 = sha256
            self.rows = rows
            self.bytes = bytes
        }
    }

    /// What became of the rows of the window.
    public struct Counts: Sendable, Hashable, Codable {
        /// Rows of the log in the window.
        public var logged = 0
        /// Without a label, and therefore left out.
        public var unlabeled = 0
        /// With a label, but without the value of a feature, and therefore left out.
        public var incomplete = 0
        /// With a text where the model expects a number, or a label of another type, and therefore left out.
        public var wrongType = 0
        /// With a label, but older than the newest rows that were asked for.
        public var older = 0
        /// Lines that were written once more because of the weight.
        public var repeated = 0
        /// Lines of the data set that it was added to.
        public var added = 0

        private enum CodingKeys: String, CodingKey {
            case logged, unlabeled, incomplete, older, repeated, added
            case wrongType = "wrong_type"
        }

        public init() {}
    }

    public var pipeline: String
    public var train: File
    /// `nil` if no validation data was asked for.
    public var validation: File?
    /// The names of the features, in the order of the columns after the label.
    public var features: [String]
    public var counts: Counts
    /// The beginning of the window; `nil` for that of the log.
    public var start: Date?
    public var end: Date

    public init(
        pipeline: String,
        train: File,
        validation: File?,
        features: [String],
        counts: Counts,
        start: Date?,
        end: Date
    ) {
        self.pipeline = pipeline
        self.train = train
        self.validation = validation
        self.features = features
        self.counts = counts
        self.start = start
        self.end = end
    }
}
