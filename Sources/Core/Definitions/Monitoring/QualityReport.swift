public import Foundation

/// How good a pipeline's models were, as far as labels say.
public struct QualityReport: Sendable, Hashable, Codable {
    public enum Task: String, Sendable, Hashable, Codable, CaseIterable {
        case binary, multiclass, regression
    }

    /// What became of the labels, and of the inferences of the window.
    public struct Counts: Sendable, Hashable, Codable {
        public var inferences = 0
        public var rows = 0
        /// The rows with a label that fits.
        public var labeledRows = 0
        /// Older inferences with an id that a newer one has too. A label joins the newest.
        public var repeatedIDs = 0
        /// Labels whose inference has not been found yet.
        public var waitingLabels = 0
        /// Labels whose inference was not found in time.
        public var droppedLabels = 0
        /// Labels of a type that the prediction cannot be compared with.
        public var wrongType = 0
        /// Labels with another number of rows than their inference.
        public var wrongRows = 0

        private enum CodingKeys: String, CodingKey {
            case inferences, rows
            case labeledRows = "labeled_rows"
            case repeatedIDs = "repeated_ids"
            case waitingLabels = "waiting_labels"
            case droppedLabels = "dropped_labels"
            case wrongType = "wrong_type"
            case wrongRows = "wrong_rows"
        }

        public init() {}
    }

    /// The quality of one model version in one period and slice.
    public struct Group: Sendable, Hashable, Codable {
        public var model: String
        public var modelVersion: String
        public var variant: String?
        /// The values of the sliced input, such as `[18, 30)` or `"DE"`; `nil` for all.
        public var slice: String?
        /// The beginning of the period; `nil` for the whole window.
        public var period: Date?
        public var rows: Int
        public var labeledRows: Int
        /// By name. A metric that is not defined here is missing.
        public var metrics: [String: Double]

        private enum CodingKeys: String, CodingKey {
            case model, variant, slice, period, rows, metrics
            case modelVersion = "model_version"
            case labeledRows = "labeled_rows"
        }

        public init(
            model: String,
            modelVersion: String,
            variant: String?,
            slice: String?,
            period: Date?,
            rows: Int,
            labeledRows: Int,
            metrics: [String: Double]
        ) {
            self.model = model
            self.modelVersion = modelVersion
            self.variant = variant
            self.slice = slice
            self.period = period
            self.rows = rows
            self.labeledRows = labeledRows
            self.metrics = metrics
        }
    }

    /// A row that was predicted wrongly.
    public struct Mistake: Sendable, Hashable, Codable {
        public var id: String
        public var time: Date
        public var row: Int
        public var model: String
        public var modelVersion: String
        /// The predicted class or number.
        public var prediction: String
        /// The score of the predicted class; `nil` for a number.
        public var score: Double?
        public var label: String
        /// How bad it is: the absolute error, or 1 minus the score of the right class.
        public var loss: Double

        private enum CodingKeys: String, CodingKey {
            case id, time, row, model, prediction, score, label, loss
            case modelVersion = "model_version"
        }

        public init(
            id: String,
            time: Date,
            row: Int,
            model: String,
            modelVersion: String,
            prediction: String,
            score: Double?,
            label: String,
            loss: Double
        ) {
            self.id = id
            self.time = time
            self.row = row
            self.model = model
            self.modelVersion = modelVersion
            self.prediction = prediction
            self.score = score
            self.label = label
            self.loss = loss
        }
    }

    public var pipeline: String
    public var start: Date?
    public var end: Date
    /// `nil` if no label fits, so that it is not known.
    public var task: Task?
    /// The output that is compared with the labels.
    public var prediction: String
    public var threshold: Double?
    public var counts: Counts
    public var groups: [Group]
    /// The p-value of equal shares of labeled rows in all model versions; `nil` with one version.
    public var labeledShareP: Double?
    /// The worst first.
    public var mistakes: [Mistake]
    public var notes: [String]

    private enum CodingKeys: String, CodingKey {
        case pipeline, start, end, task, prediction, threshold, counts, groups, mistakes, notes
        case labeledShareP = "labeled_share_p"
    }

    public init(
        pipeline: String,
        start: Date?,
        end: Date,
        task: Task?,
        prediction: String,
        threshold: Double?,
        counts: Counts,
        groups: [Group],
        labeledShareP: Double?,
        mistakes: [Mistake],
        notes: [String]
    ) {
        self.pipeline = pipeline
        self.start = start
        self.end = end
        self.task = task
        self.prediction = prediction
        self.threshold = threshold
        self.counts = counts
        self.groups = groups
        self.labeledShareP = labeledShareP
        self.mistakes = mistakes
        self.notes = notes
    }
}
