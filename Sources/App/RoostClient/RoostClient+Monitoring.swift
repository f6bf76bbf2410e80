import AsyncHTTPClient
public import Definitions
public import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NativeAPI

/// Labels, quality and reports.
extension RoostClient {
    /// Where labels are added.
    public enum LabelTarget: Sendable, Hashable {
        case pipeline(String)
        case endpoint(String)

        var path: String {
            switch self {
            case .pipeline(let name): "/v1/pipelines/\(RoostClient.escaped(name))/ground-truth"
            case .endpoint(let name): "/v1/endpoints/\(RoostClient.escaped(name))/ground-truth"
            }
        }
    }

    /// Adds labels.
    ///
    /// - Parameter contentType: `application/json`, `application/x-ndjson` or `text/csv`.
    @discardableResult
    public func addLabels(_ labels: Data, contentType: String, to target: LabelTarget) async throws -> AddedLabels {
        var request = request(.POST, target.path)
        request.headers.add(name: "content-type", value: contentType)
        request.body = .bytes(ByteBuffer(bytes: labels))
        return try await decode(AddedLabels.self, execute(request, timeout: .hours(1)))
    }

    /// Adds the labels in the objects at an S3 URI, which the server reads.
    @discardableResult
    public func addLabels(at uri: String, to target: LabelTarget) async throws -> AddedLabels {
        let body = try NativeCoding.encoder.encode(["s3_uri": uri])
        return try await addLabels(body, contentType: "application/json", to: target)
    }

    /// Returns how many labels a pipeline has.
    public func groundTruth(of pipeline: String) async throws -> GroundTruthSummary {
        try await get(LabelTarget.pipeline(pipeline).path)
    }

    /// Selects what a quality report is about. Unset properties leave the choice to the server.
    public struct QualityFilter: Sendable {
        /// Inclusive.
        public var start: Date?
        /// Exclusive.
        public var end: Date?
        /// The name of a model.
        public var model: String?
        /// An input or output by whose values the rows are grouped, such as `inputs.age` or `outputs[0][0]`.
        public var by: String?
        /// Into how many groups with equally many rows numbers are divided.
        public var bins: Int?
        /// The seconds of a period.
        public var every: Int?
        /// The number of mistakes.
        public var worst: Int?

        /// Selects everything.
        public init() {}

        var query: [String: String] {
            [
                "start": start.map(NativeCoding.timestamp), "end": end.map(NativeCoding.timestamp), "model": model,
                "by": by, "bins": bins.map(String.init), "every": every.map(String.init),
                "worst": worst.map(String.init),
            ].compactMapValues { $0 }
        }
    }

    /// Returns how good a pipeline's models were, as far as labels say.
    public func quality(of pipeline: String, _ filter: QualityFilter = QualityFilter()) async throws -> QualityReport {
        try await decode(
            QualityReport.self,
            execute(
                request(.GET, "/v1/pipelines/\(Self.escaped(pipeline))/quality", filter.query),
                timeout: .hours(1)
            )
        )
    }

    /// Makes a report on a pipeline's experiment or shadow deploy, which the server keeps.
    public func makeReport(
        on pipeline: String,
        _ request: ReportRequest = ReportRequest()
    ) async throws -> Report {
        try await send(.POST, "/v1/pipelines/\(Self.escaped(pipeline))/reports", request, timeout: .hours(1))
    }

    /// Returns a pipeline's reports, newest first.
    public func reports(of pipeline: String) async throws -> [ReportSummary] {
        try await get("/v1/pipelines/\(Self.escaped(pipeline))/reports", as: ReportList.self).reports
    }

    /// Returns a report.
    public func report(_ id: String) async throws -> Report { try await get("/v1/reports/\(Self.escaped(id))") }

    /// Returns the picture of a report as SVG.
    public func reportPicture(_ id: String) async throws -> Data {
        try await collect(execute(request(.GET, "/v1/reports/\(Self.escaped(id))/picture")))
    }

    /// Computes a report again, and compares the result and the log with what was recorded.
    public func verifyReport(_ id: String) async throws -> ReportVerification {
        try await decode(
            ReportVerification.self,
            execute(request(.POST, "/v1/reports/\(Self.escaped(id))/verify"), timeout: .hours(1))
        )
    }

    /// Estimates what a metric would have been if another policy had chosen.
    public func counterfactual(
        of pipeline: String,
        _ request: CounterfactualRequest
    ) async throws -> CounterfactualReport {
        try await send(.POST, "/v1/pipelines/\(Self.escaped(pipeline))/counterfactual", request, timeout: .hours(1))
    }

    /// Says what changed between two windows of a pipeline's log: which inputs and outputs moved, and in which slices quality fell.
    public func diagnose(
        _ pipeline: String,
        _ request: DiagnosisRequest = DiagnosisRequest()
    ) async throws -> Diagnosis {
        try await send(.POST, "/v1/pipelines/\(Self.escaped(pipeline))/diagnosis", request, timeout: .hours(1))
    }

    /// Compares a vocabulary with the words of new texts.
    public func checkVocabulary(_ request: VocabularyRequest) async throws -> VocabularyReport {
        try await send(.POST, "/v1/vocabulary", request, timeout: .hours(1))
    }

    /// Deletes the entries of one value of a key, an input or a feature, and their labels.
    @discardableResult
    public func deleteLogEntries(of pipeline: String, _ deletion: LogDeletion) async throws -> DeletedEntries {
        try await send(.POST, "/v1/pipelines/\(Self.escaped(pipeline))/logs/deletions", deletion, timeout: .hours(1))
    }
}
