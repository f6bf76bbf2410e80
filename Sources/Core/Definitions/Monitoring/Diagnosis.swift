public import Foundation

/// What changed between two windows of a pipeline's log: which inputs and outputs moved, and in which slices quality fell.
public struct Diagnosis: Sendable, Hashable, Codable {
    /// An input or output in both windows.
    public struct Element: Sendable, Hashable, Codable {
        /// In the language of metrics, such as `inputs.age` or `outputs[0][0]`.
        public var element: String
        /// `warning` or `alert` if it moved: by as much as an assay needs, and by more than chance explains.
        public var status: AssayResult.Status
        /// Why, in one sentence.
        public var reason: String
        /// The population stability index; `nil` if there is not enough data.
        public var psi: Double?
        /// What the index of windows without drift exceeds with small probability.
        public var noise: Double?
        public var baseline: AssayResult.Summary
        public var window: AssayResult.Summary
        /// The most frequent ones first, at most 20.
        public var newCategories: [AssayResult.NewCategory]
        /// The values of the window in categories that the baseline does not have.
        public var newCount: Int

        public var isMoved: Bool { status == .warning || status == .alert }

        private enum CodingKeys: String, CodingKey {
            case element, status, reason, psi, noise, baseline, window
            case newCategories = "new_categories"
            case newCount = "new_count"
        }

        public init(
            element: String,
            status: AssayResult.Status,
            reason: String,
            psi: Double?,
            noise: Double?,
            baseline: AssayResult.Summary,
            window: AssayResult.Summary,
            newCategories: [AssayResult.NewCategory],
            newCount: Int
        ) {
            self.element = element
            self.status = status
            self.reason = reason
            self.psi = psi
            self.noise = noise
            self.baseline = baseline
            self.window = window
            self.newCategories = newCategories
            self.newCount = newCount
        }
    }

    /// How many labeled rows were predicted wrongly.
    public struct ErrorRate: Sendable, Hashable, Codable {
        public var rows: Int
        public var errors: Int
        /// `nil` without rows.
        public var rate: Double?
        /// Wilson's interval at 95 %.
        public var interval: ValueRange?

        public init(rows: Int, errors: Int, rate: Double?, interval: ValueRange?) {
            self.rows = rows
            self.errors = errors
            self.rate = rate
            self.interval = interval
        }
    }

    /// The quality of all labeled rows.
    public struct Quality: Sendable, Hashable, Codable {
        public var task: QualityReport.Task
        /// For predictions that are numbers: the absolute error up to which one is right.
        public var tolerance: Double?
        public var window: ErrorRate
        public var baseline: ErrorRate
        /// The probability of as many errors if the rate were that of the baseline; `nil` without labels in the baseline.
        public var pValue: Double?
        /// The labeled rows in which slices were searched for. They were tested in the others.
        public var searchedRows: Int
        public var testedRows: Int
        /// Slices that were found in the searched rows, but not confirmed by the others.
        public var unconfirmed: Int

        private enum CodingKeys: String, CodingKey {
            case task, tolerance, window, baseline, unconfirmed
            case pValue = "p_value"
            case searchedRows = "searched_rows"
            case testedRows = "tested_rows"
        }

        public init(
            task: QualityReport.Task,
            tolerance: Double?,
            window: ErrorRate,
            baseline: ErrorRate,
            pValue: Double?,
            searchedRows: Int,
            testedRows: Int,
            unconfirmed: Int
        ) {
            self.task = task
            self.tolerance = tolerance
            self.window = window
            self.baseline = baseline
            self.pValue = pValue
            self.searchedRows = searchedRows
            self.testedRows = testedRows
            self.unconfirmed = unconfirmed
        }
    }

    /// Rows in which the models are wrong more often than in others.
    public struct Slice: Sendable, Hashable, Codable {
        public enum Finding: String, Sendable, Hashable, Codable, CaseIterable {
            /// Wrong more often than the same slice in the baseline.
            case fell
            /// Wrong more often than elsewhere, but as far as is known it always was.
            case weak
        }

        /// In the language of metrics, such as `inputs.age > 40 and inputs.country == "DE"`.
        public var condition: String
        public var finding: Finding
        /// The labeled rows of the window in the slice, those that were searched included.
        public var rows: Int
        /// The rows of the slice in which it was tested, not searched for.
        public var tested: ErrorRate
        /// The other tested rows.
        public var elsewhere: ErrorRate
        /// The same slice in the baseline.
        public var baseline: ErrorRate
        /// The probability of as many errors in the tested rows if the slice were like the others, corrected for the number of slices.
        public var pValue: Double
        /// The same if the slice were as it was in the baseline; `nil` without labels there.
        public var risePValue: Double?
        /// The worst mistakes first.
        public var examples: [Example]

        private enum CodingKeys: String, CodingKey {
            case condition, finding, rows, tested, elsewhere, baseline, examples
            case pValue = "p_value"
            case risePValue = "rise_p_value"
        }

        public init(
            condition: String,
            finding: Finding,
            rows: Int,
            tested: ErrorRate,
            elsewhere: ErrorRate,
            baseline: ErrorRate,
            pValue: Double,
            risePValue: Double?,
            examples: [Example]
        ) {
            self.condition = condition
            self.finding = finding
            self.rows = rows
            self.tested = tested
            self.elsewhere = elsewhere
            self.baseline = baseline
            self.pValue = pValue
            self.risePValue = risePValue
            self.examples = examples
        }
    }

    /// A row of a slice that was predicted wrongly.
    public struct Example: Sendable, Hashable, Codable {
        public var mistake: QualityReport.Mistake
        /// Some of the row's inputs, by their names in the language of metrics: first those of the slice, then those that moved.
        public var inputs: [Input]
        /// The beginning of what a function before the models was given, as JSON; `nil` without one.
        public var request: String?

        public struct Input: Sendable, Hashable, Codable {
            public var element: String
            /// The beginning of a string.
            public var value: AssayDefinition.Value

            public init(element: String, value: AssayDefinition.Value) {
                self.element = element
                self.value = value
            }
        }

        public init(mistake: QualityReport.Mistake, inputs: [Input], request: String?) {
            self.mistake = mistake
            self.inputs = inputs
            self.request = request
        }
    }

    public var pipeline: String
    /// The name of the model whose answers count; `nil` for all that answered.
    public var model: String?
    public var window: DiagnosisRequest.Span
    public var baseline: DiagnosisRequest.Span
    /// The findings in sentences.
    public var summary: [String]
    /// Those that moved first, each by the index, at most 100.
    public var elements: [Element]
    /// How many inputs and outputs were compared.
    public var comparedElements: Int
    /// `nil` if the window has too few labels.
    public var quality: Quality?
    /// The ones with the most errors above the rate elsewhere first.
    public var slices: [Slice]
    public var notes: [String]

    private enum CodingKeys: String, CodingKey {
        case pipeline, model, window, baseline, summary, elements, quality, slices, notes
        case comparedElements = "compared_elements"
    }

    public init(
        pipeline: String,
        model: String?,
        window: DiagnosisRequest.Span,
        baseline: DiagnosisRequest.Span,
        summary: [String],
        elements: [Element],
        comparedElements: Int,
        quality: Quality?,
        slices: [Slice],
        notes: [String]
    ) {
        self.pipeline = pipeline
        self.model = model
        self.window = window
        self.baseline = baseline
        self.summary = summary
        self.elements = elements
        self.comparedElements = comparedElements
        self.quality = quality
        self.slices = slices
        self.notes = notes
    }
}
