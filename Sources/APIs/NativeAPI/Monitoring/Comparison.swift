public import Definitions
public import Foundation

/// `GET /v1/comparisons`.
public struct ComparisonList: Sendable, Codable {
    /// In the order of the pipelines' names.
    public var comparisons: [Comparison]
    /// Of all, not only of these.
    public var total: Int

    public init(comparisons: [Comparison], total: Int) {
        self.comparisons = comparisons
        self.total = total
    }
}

/// A pipeline that answers, and compares models with its requests.
public struct Comparison: Sendable, Hashable, Codable {
    public var pipeline: String
    /// `experiment` or `shadow`.
    public var kind: ReportRequest.Kind
    /// The version that answers.
    public var version: String
    /// When the comparison began.
    public var since: Date
    /// The names of the models, as in logs and reports.
    public var champion: String
    public var challengers: [String]
    /// The newest report on it; `nil` if there is none.
    public var report: ReportSummary?

    public init(
        pipeline: String,
        kind: ReportRequest.Kind,
        version: String,
        since: Date,
        champion: String,
        challengers: [String],
        report: ReportSummary? = nil
    ) {
        self.pipeline = pipeline
        self.kind = kind
        self.version = version
        self.since = since
        self.champion = champion
        self.challengers = challengers
        self.report = report
    }
}

/// `GET /v1/reports/{report}/differences`.
public struct ReportDifferences: Sendable, Hashable, Codable {
    /// The differences of a challenger's scores from its champion's, counted in bins of equal width around 0.
    public struct Challenger: Sendable, Hashable, Codable {
        public var name: String
        /// The rows that the log still holds.
        public var rows: Int
        /// Where the first bin begins, and the last one ends.
        public var lower: Double
        public var upper: Double
        /// An odd number of counts, so that the one in the middle is that of the smallest differences.
        public var counts: [Int]

        public init(name: String, rows: Int, lower: Double, upper: Double, counts: [Int]) {
            self.name = name
            self.rows = rows
            self.lower = lower
            self.upper = upper
            self.counts = counts
        }

        /// Counts differences, of which those that are not finite are left out.
        ///
        /// - Parameter bins: Odd.
        package init(name: String, counting differences: [Double], bins: Int) {
            let finite = differences.filter(\.isFinite)
            let largest = finite.reduce(0) { max($0, $1.magnitude) }
            // The width of the range must be finite, too.
            let end = largest == 0 ? 1 : min(largest, Double.greatestFiniteMagnitude / 4)
            var counts = Array(repeating: 0, count: bins)
            for difference in finite {
                let place = (difference / end + 1) / 2 * Double(bins)
                counts[min(max(Int(saturating: place.rounded(.down)), 0), bins - 1)] += 1
            }
            self.init(name: name, rows: finite.count, lower: -end, upper: end, counts: counts)
        }
    }

    public var report: String
    /// In the order of the report.
    public var challengers: [Challenger]

    public init(report: String, challengers: [Challenger]) {
        self.report = report
        self.challengers = challengers
    }
}

extension ComparisonList: WireType {
    package static let schema = Schema.object(["comparisons": .list(of: Comparison.self), "total": .integer(min: 0)])
}

extension Comparison: WireType {
    package static let schema = Schema.object(
        [
            "pipeline": .name, "kind": .choice(of: ReportRequest.Kind.self), "version": .uuid, "since": .time,
            "champion": .string(), "challengers": .list(.string()),
        ],
        optional: ["report": .described("The newest report on it.", .reference(ReportSummary.self))]
    )
}

extension ReportDifferences: WireType {
    package static let schema = Schema.object([
        "report": .uuid,
        "challengers": .list(
            .described(
                "The challenger's scores minus the champion's, counted in bins of equal width.",
                .object([
                    "name": .string(), "rows": .integer(min: 0), "lower": .number(), "upper": .number(),
                    "counts": .list(.integer(min: 0)),
                ])
            )
        ),
    ])
}
