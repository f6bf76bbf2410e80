public import Foundation

/// A question about the cause of a change: which inputs moved, and where did quality fall?
public struct DiagnosisRequest: Sendable, Hashable, Codable {
    /// A span of time.
    public struct Span: Sendable, Hashable, Codable {
        /// Inclusive.
        public var start: Date
        /// Exclusive.
        public var end: Date

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case start, end
        }

        public init(start: Date, end: Date) {
            self.start = start
            self.end = end
        }

        /// Decodes strictly: an unknown field is an error.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            start = try container.decode(Date.self, forKey: .start)
            end = try container.decode(Date.self, forKey: .end)
        }
    }

    /// Inclusive; `nil` for ``defaultLength`` before the end.
    public var start: Date?
    /// Exclusive; `nil` for now.
    public var end: Date?
    /// What the window is compared with; `nil` for as long a span right before it.
    public var baseline: Span?
    /// The name of the model whose answers count; `nil` for all that answered.
    public var model: String?
    /// For predictions that are numbers: the absolute error up to which one is right. `nil` for ``tolerancePercentile`` of the
    /// baseline's errors.
    public var tolerance: Double?
    /// How many of its worst mistakes each slice lists; `nil` for ``defaultExamples``.
    public var examples: Int?

    public static let defaultLength = 24.0 * 3600
    public static let defaultExamples = 5
    public static let exampleLimit = 100
    /// The percentile of the errors of numbers up to which a prediction is right.
    public static let tolerancePercentile = 90

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case start, end, baseline, model, tolerance, examples
    }

    public init(
        start: Date? = nil,
        end: Date? = nil,
        baseline: Span? = nil,
        model: String? = nil,
        tolerance: Double? = nil,
        examples: Int? = nil
    ) {
        self.start = start
        self.end = end
        self.baseline = baseline
        self.model = model
        self.tolerance = tolerance
        self.examples = examples
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        start = try container.decodeIfPresent(Date.self, forKey: .start)
        end = try container.decodeIfPresent(Date.self, forKey: .end)
        baseline = try container.decodeIfPresent(Span.self, forKey: .baseline)
        model = try container.decodeIfPresent(String.self, forKey: .model)
        tolerance = try container.decodeIfPresent(Double.self, forKey: .tolerance)
        examples = try container.decodeIfPresent(Int.self, forKey: .examples)
    }

    /// Checks the numbers, and returns the two spans.
    ///
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    public func spans(now: Date) throws(RoostError) -> (window: Span, baseline: Span) {
        if let tolerance, !tolerance.isFinite || tolerance < 0 {
            throw RoostError(.invalidInput, "'tolerance' must be 0 or greater, not \(tolerance).", field: "tolerance")
        }
        if let examples, !(0...Self.exampleLimit).contains(examples) {
            throw RoostError(
                .invalidInput,
                "'examples' must be a number from 0 to \(Self.exampleLimit), not \(examples).",
                field: "examples"
            )
        }
        let end = end ?? now
        let window = Span(start: start ?? end - Self.defaultLength, end: end)
        guard window.start < window.end else {
            throw RoostError(.invalidInput, "'start' must be before 'end'.", field: "start")
        }
        let baseline = baseline ?? Span(start: window.start - end.timeIntervalSince(window.start), end: window.start)
        guard baseline.start < baseline.end else {
            throw RoostError(
                .invalidInput,
                "The start of the baseline must be before its end.",
                field: "baseline.start"
            )
        }
        guard baseline.end <= window.start || baseline.start >= window.end else {
            throw RoostError(
                .invalidInput,
                "The baseline and the window overlap. They must have no inferences in common.",
                field: "baseline"
            )
        }
        return (window, baseline)
    }
}
