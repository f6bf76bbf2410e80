public import Foundation

/// What an assay says about one window.
public struct AssayResult: Sendable, Hashable, Codable {
    public enum Status: String, Sendable, Hashable, Codable, CaseIterable {
        case ok
        case warning
        case alert
        /// The window has too few values to tell drift from chance.
        case notEnoughData = "not_enough_data"
    }

    /// The values of a baseline or window, in numbers.
    public struct Summary: Sendable, Hashable, Codable {
        /// The values that are there.
        public var count: Int
        /// The rows without a value.
        public var missing: Int
        /// Of finite numbers; `nil` without any.
        public var minimum: Double?
        public var maximum: Double?
        public var mean: Double?
        public var median: Double?
        /// With divisor n.
        public var deviation: Double?

        private enum CodingKeys: String, CodingKey {
            case count, missing, mean, median
            case minimum = "min"
            case maximum = "max"
            case deviation = "std"
        }

        public init(
            count: Int,
            missing: Int,
            minimum: Double? = nil,
            maximum: Double? = nil,
            mean: Double? = nil,
            median: Double? = nil,
            deviation: Double? = nil
        ) {
            self.count = count
            self.missing = missing
            self.minimum = minimum
            self.maximum = maximum
            self.mean = mean
            self.median = median
            self.deviation = deviation
        }

        public var missingShare: Double {
            let total = Double(count) + Double(missing)
            return total > 0 ? Double(missing) / total : 0
        }
    }

    /// The values in one bin: an interval (lower, upper], or a category.
    public struct Bin: Sendable, Hashable, Codable {
        /// `nil` for a bin without a lower end.
        public var lower: Double?
        /// `nil` for a bin without an upper end.
        public var upper: Double?
        /// The category; `nil` for an interval, and for all other categories.
        public var category: String?
        public var baseline: Int
        public var window: Int

        public init(lower: Double? = nil, upper: Double? = nil, category: String? = nil, baseline: Int, window: Int) {
            self.lower = lower
            self.upper = upper
            self.category = category
            self.baseline = baseline
            self.window = window
        }
    }

    /// A category that the baseline does not have.
    public struct NewCategory: Sendable, Hashable, Codable {
        public var category: String
        public var count: Int

        public init(category: String, count: Int) {
            self.category = category
            self.count = count
        }
    }

    /// Inclusive.
    public var start: Date
    /// Exclusive.
    public var end: Date
    public var analyzedAt: Date
    public var status: Status
    /// Why, in one sentence.
    public var reason: String
    /// `nil` if there is not enough data.
    public var score: Double?
    /// The score that a window without drift exceeds with probability alpha at most; `nil` if the test has a p-value instead.
    public var noise: Double?
    /// The probability of such a difference without drift; `nil` if the score is compared with the noise instead.
    public var pValue: Double?
    /// The score of a warning, as it was in force; `nil` if there is none.
    public var warn: Double?
    /// The score of an alert, as it was in force.
    public var alert: Double?
    public var baseline: Summary
    public var window: Summary
    public var bins: [Bin]
    /// The most frequent ones first, at most 20.
    public var newCategories: [NewCategory]
    /// The values of the window in categories that the baseline does not have.
    public var newCount: Int

    private enum CodingKeys: String, CodingKey {
        case start, end, status, reason, score, noise, warn, alert, baseline, window, bins
        case analyzedAt = "analyzed_at"
        case pValue = "p_value"
        case newCategories = "new_categories"
        case newCount = "new_count"
    }

    public init(
        start: Date,
        end: Date,
        analyzedAt: Date,
        status: Status,
        reason: String,
        score: Double?,
        noise: Double?,
        pValue: Double?,
        warn: Double?,
        alert: Double?,
        baseline: Summary,
        window: Summary,
        bins: [Bin],
        newCategories: [NewCategory],
        newCount: Int
    ) {
        self.start = start
        self.end = end
        self.analyzedAt = analyzedAt
        self.status = status
        self.reason = reason
        self.score = score
        self.noise = noise
        self.pValue = pValue
        self.warn = warn
        self.alert = alert
        self.baseline = baseline
        self.window = window
        self.bins = bins
        self.newCategories = newCategories
        self.newCount = newCount
    }
}

/// An assay, and what it has come to.
public struct Assay: Sendable, Hashable, Codable {
    public var name: String
    /// Without the baseline if its values were listed.
    public var definition: AssayDefinition
    public var createdAt: Date
    /// The baseline, which was read when the assay was defined.
    public var baseline: AssayResult.Summary
    /// What enough of the last windows said; `not_enough_data` before any did.
    public var level: AssayResult.Status
    /// The newest result; `nil` before the first window.
    public var last: AssayResult?
    /// When the next window ends; `nil` if the assay is paused.
    public var nextEnd: Date?

    private enum CodingKeys: String, CodingKey {
        case name, definition, baseline, level, last
        case createdAt = "created_at"
        case nextEnd = "next_end"
    }

    public init(
        name: String,
        definition: AssayDefinition,
        createdAt: Date,
        baseline: AssayResult.Summary,
        level: AssayResult.Status,
        last: AssayResult?,
        nextEnd: Date?
    ) {
        self.name = name
        self.definition = definition
        self.createdAt = createdAt
        self.baseline = baseline
        self.level = level
        self.last = last
        self.nextEnd = nextEnd
    }
}

/// What an assay would have said about past windows.
public struct AssayPreview: Sendable, Hashable, Codable {
    public var baseline: AssayResult.Summary
    /// The oldest first.
    public var results: [AssayResult]
    /// The ends of the windows at which the assay would have begun to alert.
    public var alerts: [Date]

    public init(baseline: AssayResult.Summary, results: [AssayResult], alerts: [Date]) {
        self.baseline = baseline
        self.results = results
        self.alerts = alerts
    }
}

/// Assays that a pipeline could have, and what they would have said.
public struct AssaySuggestions: Sendable, Hashable, Codable {
    public struct Suggestion: Sendable, Hashable, Codable {
        /// A name that no assay has.
        public var name: String
        public var definition: AssayDefinition
        /// Why it is suggested, in one sentence.
        public var reason: String
        /// The windows of the log that it was tried on.
        public var windows: Int
        /// Those that would have been warnings, and alerts.
        public var warnings: Int
        public var alerts: Int
        /// How often the assay would have begun to alert.
        public var alarms: Int

        public init(
            name: String,
            definition: AssayDefinition,
            reason: String,
            windows: Int,
            warnings: Int,
            alerts: Int,
            alarms: Int
        ) {
            self.name = name
            self.definition = definition
            self.reason = reason
            self.windows = windows
            self.warnings = warnings
            self.alerts = alerts
            self.alarms = alarms
        }
    }

    /// The part of the log that was looked at. Inclusive.
    public var start: Date
    /// Exclusive.
    public var end: Date
    public var suggestions: [Suggestion]
    /// What is not suggested, and why.
    public var notes: [String]

    public init(start: Date, end: Date, suggestions: [Suggestion], notes: [String]) {
        self.start = start
        self.end = end
        self.suggestions = suggestions
        self.notes = notes
    }
}
