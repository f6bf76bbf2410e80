public import Foundation

/// `GET /v1/pipelines/{pipeline}/reports`.
public struct ReportList: Sendable, Hashable, Codable {
    /// The newest first.
    public var reports: [ReportSummary]

    public init(reports: [ReportSummary]) { self.reports = reports }
}

/// A kept report, without its contents.
public struct ReportSummary: Sendable, Hashable, Codable {
    /// A lowercase UUID.
    public var id: String
    public var pipeline: String
    public var kind: ReportRequest.Kind
    public var createdAt: Date
    /// Inclusive.
    public var start: Date
    /// Exclusive.
    public var end: Date
    /// By the names of the challengers; `nil` for a shadow deploy or a replay.
    public var verdicts: [String: ArmComparison.Verdict]?

    private enum CodingKeys: String, CodingKey {
        case id, pipeline, kind, start, end, verdicts
        case createdAt = "created_at"
    }

    public init(
        id: String,
        pipeline: String,
        kind: ReportRequest.Kind,
        createdAt: Date,
        start: Date,
        end: Date,
        verdicts: [String: ArmComparison.Verdict]?
    ) {
        self.id = id
        self.pipeline = pipeline
        self.kind = kind
        self.createdAt = createdAt
        self.start = start
        self.end = end
        self.verdicts = verdicts
    }
}

extension Report {
    /// The report without its contents.
    public var summary: ReportSummary {
        ReportSummary(
            id: id,
            pipeline: pipeline,
            kind: kind,
            createdAt: createdAt,
            start: start,
            end: end,
            verdicts: experiment.map { experiment in
                // The arms of a report have different names; if they did not, the first would count.
                Dictionary(experiment.comparisons.map { ($0.challenger, $0.verdict) }) { first, _ in first }
            }
        )
    }
}
