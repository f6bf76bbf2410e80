public import Foundation

/// What is watched of a pipeline: the values of one metric in window after window, compared with a baseline.
public struct AssayDefinition: Sendable, Hashable, Codable {
    /// How the values of a window are compared with the baseline's.
    public enum Statistic: String, Sendable, Hashable, Codable, CaseIterable {
        /// The population stability index of the shares in bins.
        case psi
        /// The two-sample Kolmogorov–Smirnov distance.
        case kolmogorovSmirnov = "ks"
        /// The Wasserstein-1 distance in standard deviations of the baseline.
        case wasserstein
        /// The Jensen–Shannon distance to base 2 of the shares in bins.
        case jensenShannon = "jensen_shannon"
        /// Cramér's V of the counts of categories, with the chi-squared test of homogeneity.
        case chiSquared = "chi_squared"
        /// The largest difference of the distribution functions, or of the shares of categories.
        case lInfinity = "l_infinity"
        /// The same, less what samples of these sizes differ by chance.
        case robustLInfinity = "l_infinity_robust"
        /// The largest difference of the shares in bins.
        case maximumDifference = "max_difference"
        /// The sum of the absolute differences of the shares in bins.
        case sumOfDifferences = "sum_of_differences"
        /// The absolute difference of the means, in the metric's own unit; of a quality metric, that of its two values.
        case mean
    }

    /// Where the values come from that a window is compared with. Exactly one source is set.
    public struct Baseline: Sendable, Hashable, Codable {
        /// A window of the pipeline's log. Inclusive.
        public var start: Date?
        /// Exclusive.
        public var end: Date?
        /// The values themselves: numbers, strings, or `null` for missing ones.
        public var values: [Value]?
        /// An object, or the prefix of objects, with CSV or JSON Lines.
        public var uri: String?
        /// The job whose training data are the baseline.
        public var job: String?
        /// The channel of the job; `nil` for `train`.
        public var channel: String?
        /// The column of the file: its name, or its number from 0. `nil` if the file has only one.
        public var column: String?

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case start, end, values, job, channel, column
            case uri = "s3_uri"
        }

        public init(
            start: Date? = nil,
            end: Date? = nil,
            values: [Value]? = nil,
            uri: String? = nil,
            job: String? = nil,
            channel: String? = nil,
            column: String? = nil
        ) {
            self.start = start
            self.end = end
            self.values = values
            self.uri = uri
            self.job = job
            self.channel = channel
            self.column = column
        }

        /// Decodes strictly: an unknown field is an error.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            start = try container.decodeIfPresent(Date.self, forKey: .start)
            end = try container.decodeIfPresent(Date.self, forKey: .end)
            values = try container.decodeIfPresent([Value].self, forKey: .values)
            uri = try container.decodeIfPresent(String.self, forKey: .uri)
            job = try container.decodeIfPresent(String.self, forKey: .job)
            channel = try container.decodeIfPresent(String.self, forKey: .channel)
            column = try container.decodeIfPresent(String.self, forKey: .column)
        }
    }

    /// A value of a baseline.
    public enum Value: Sendable, Hashable, Codable {
        case number(Double)
        case text(String)
        case missing

        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .missing
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let truth = try? container.decode(Bool.self) {
                self = .number(truth ? 1 : 0)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                throw DecodingError.dataCorruptedError(
                    in: container,
                    debugDescription: "a value must be a number, a string or null"
                )
            }
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            case .missing: try container.encodeNil()
            }
        }
    }

    /// How numbers are divided into bins.
    public struct Binning: Sendable, Hashable, Codable {
        public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
            /// Bins with as many of the baseline's values each.
            case quantiles
            /// Bins of equal width over the baseline's range.
            case equalWidth = "equal_width"
            /// Between the given edges.
            case edges
            /// Each number is a category of its own, such as a class.
            case categories
        }

        public var by: Kind
        /// The number of bins; `nil` for ``defaultCount``.
        public var count: Int?
        /// In ascending order. What lies outside goes to a bin without an end.
        public var edges: [Double]?

        public static let defaultCount = 10
        public static let countLimit = 1000

        private enum CodingKeys: String, CodingKey, CaseIterable {
            case by, count, edges
        }

        /// - Parameter by: `nil` for ``Kind/edges`` if there are any, otherwise ``Kind/quantiles``.
        public init(by: Kind? = nil, count: Int? = nil, edges: [Double]? = nil) {
            self.by = by ?? (edges == nil ? .quantiles : .edges)
            self.count = count
            self.edges = edges
        }

        /// Decodes strictly: an unknown field is an error.
        public init(from decoder: any Decoder) throws {
            try decoder.refuseUnknownKeys(CodingKeys.self)
            let container = try decoder.container(keyedBy: CodingKeys.self)
            edges = try container.decodeIfPresent([Double].self, forKey: .edges)
            by = try container.decodeIfPresent(Kind.self, forKey: .by) ?? (edges == nil ? .quantiles : .edges)
            count = try container.decodeIfPresent(Int.self, forKey: .count)
        }
    }

    public var pipeline: String
    /// `errors`, `check_failures`, `latency`, `accuracy`, one of ``qualityMetrics``, or an element or expression such as `inputs.age` or
    /// `outputs[0][0] > 0.5`.
    public var metric: String
    /// For `latency`: the milliseconds that a response may take.
    public var budgetMilliseconds: Double?
    /// The name of the model whose answers count; `nil` for all that answered.
    public var model: String?
    /// `nil` for the one that fits: ``Statistic/psi`` for elements, ``Statistic/mean`` for metrics.
    public var statistic: Statistic?
    /// `nil` to keep that of the assay that is changed.
    public var baseline: Baseline?
    /// `nil` for quantiles.
    public var bins: Binning?
    /// The length of a window.
    public var window: TimeSpan
    /// How often a window ends; `nil` for each window right after the other.
    public var every: TimeSpan?
    /// When a window ends, as a line of cron in UTC; instead of ``every``.
    public var cron: String?
    /// How long after its end a window is looked at, so that labels can come; `nil` for at once.
    public var delay: TimeSpan?
    /// The score at which a window is a warning; `nil` for the statistic's own.
    public var warn: Double?
    /// The score at which a window is an alert; `nil` for the statistic's own.
    public var alert: Double?
    /// How many of the last ``outOf`` windows must be alerts before the assay alerts; `nil` for 2.
    public var alerts: Int?
    /// `nil` for 3, or for ``alerts`` if that is more.
    public var outOf: Int?
    /// The least number of values of a window, and of the baseline; `nil` for ``defaultMinimum``.
    public var minimum: Int?
    /// The probability that a window without any drift is taken for one with some, at most; `nil` for 0.01.
    public var alpha: Double?
    /// Whether no windows are looked at.
    public var isPaused: Bool

    /// The metrics that labeled rows have together, and not each of them.
    public static let qualityMetrics: Set<String> = [
        "precision", "recall", "f1", "roc_auc", "log_loss", "macro_f1", "weighted_f1", "rmse", "mae", "r2",
    ]
    public static let defaultMinimum = 200
    public static let defaultAlpha = 0.01
    public static let defaultAlerts = 2
    public static let defaultOutOf = 3

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case pipeline, metric, model, statistic, baseline, bins, window, every, cron, delay, warn, alert, alerts,
            minimum, alpha
        case budgetMilliseconds = "budget_ms"
        case outOf = "out_of"
        case isPaused = "paused"
    }

    public init(
        pipeline: String,
        metric: String,
        budgetMilliseconds: Double? = nil,
        model: String? = nil,
        statistic: Statistic? = nil,
        baseline: Baseline?,
        bins: Binning? = nil,
        window: TimeSpan,
        every: TimeSpan? = nil,
        cron: String? = nil,
        delay: TimeSpan? = nil,
        warn: Double? = nil,
        alert: Double? = nil,
        alerts: Int? = nil,
        outOf: Int? = nil,
        minimum: Int? = nil,
        alpha: Double? = nil,
        isPaused: Bool = false
    ) {
        self.pipeline = pipeline
        self.metric = metric
        self.budgetMilliseconds = budgetMilliseconds
        self.model = model
        self.statistic = statistic
        self.baseline = baseline
        self.bins = bins
        self.window = window
        self.every = every
        self.cron = cron
        self.delay = delay
        self.warn = warn
        self.alert = alert
        self.alerts = alerts
        self.outOf = outOf
        self.minimum = minimum
        self.alpha = alpha
        self.isPaused = isPaused
    }

    /// Decodes strictly: an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        pipeline = try container.decode(String.self, forKey: .pipeline)
        metric = try container.decode(String.self, forKey: .metric)
        budgetMilliseconds = try container.decodeIfPresent(Double.self, forKey: .budgetMilliseconds)
        model = try container.decodeIfPresent(String.self, forKey: .model)
        statistic = try container.decodeIfPresent(Statistic.self, forKey: .statistic)
        baseline = try container.decodeIfPresent(Baseline.self, forKey: .baseline)
        bins = try container.decodeIfPresent(Binning.self, forKey: .bins)
        window = try container.decode(TimeSpan.self, forKey: .window)
        every = try container.decodeIfPresent(TimeSpan.self, forKey: .every)
        cron = try container.decodeIfPresent(String.self, forKey: .cron)
        delay = try container.decodeIfPresent(TimeSpan.self, forKey: .delay)
        warn = try container.decodeIfPresent(Double.self, forKey: .warn)
        alert = try container.decodeIfPresent(Double.self, forKey: .alert)
        alerts = try container.decodeIfPresent(Int.self, forKey: .alerts)
        outOf = try container.decodeIfPresent(Int.self, forKey: .outOf)
        minimum = try container.decodeIfPresent(Int.self, forKey: .minimum)
        alpha = try container.decodeIfPresent(Double.self, forKey: .alpha)
        isPaused = try container.decodeIfPresent(Bool.self, forKey: .isPaused) ?? false
    }
}
