import Buckets
import Definitions
import Endpoints
import Foundation
import Jobs
import WorkThreads

/// What an analysis found.
struct AnalysisResults: Sendable {
    var outcome: Analysis.Outcome
    var metrics: [MonitoringMetric]
}

/// The work of an analysis: rows in, files with their statistics out.
struct AnalysisRun: Sendable {
    let analysis: Analysis
    let handle: RunningJob
    let buckets: BucketService
    let endpoints: EndpointService
    let now: @Sendable () -> Date

    /// - Throws: ``AnalysisEnd`` if it was asked to end, or ``RoostError`` with the reason why it failed.
    func work() async throws -> AnalysisResults {
        let input = try await input()
        let baseline = try await baseline()
        let report = try await runOnThread(named: "analysis", isYielding: true) { [self] in
            try analyze(input, baseline)
        }
        try checkpoint()
        let output = try ObjectURI(analysis.output, field: "output")
        for (name, content) in report.files {
            let file = output.appending(name)
            try await buckets.put(content, at: file, contentType: "application/json", modifiedAt: now())
        }
        return AnalysisResults(outcome: report.outcome, metrics: metrics(report))
    }

    @Sendable
    private func checkpoint() throws {
        if let end = handle.end { throw AnalysisEnd(end) }
    }

    // MARK: Input

    /// The objects to read.
    struct Input: Sendable {
        var bucket: String
        var objects: [ObjectRecord]
        var format: DatasetFormat
        /// Those of the labels, and their bucket.
        var groundTruth: (bucket: String, objects: [ObjectRecord])?
    }

    private func input() async throws -> Input {
        switch analysis.source {
        case .objects(let text, let format):
            let uri = try ObjectURI(text, field: "source")
            let objects = try await buckets.objects(under: uri).filter { !$0.key.hasSuffix("/") }
            return Input(bucket: uri.bucket, objects: objects, format: format)
        case .captures(let selection, let run):
            let uri = try await destination(of: selection.endpoint)
            // What was captured just now is still in memory.
            await endpoints.captures.flush()
            let hourly = HourlyObjects(buckets: buckets)
            var input = Input(bucket: uri.bucket, objects: [], format: .captures)
            for variant in try await hourly.folders(under: uri.appending(selection.endpoint)) {
                input.objects += try await hourly.objects(under: variant, from: run.start, to: run.end)
            }
            if let text = selection.groundTruth {
                let labels = try ObjectURI(text, field: "ground_truth")
                // A label belongs to the hour in which it was collected, which is not before its inference.
                input.groundTruth = (
                    labels.bucket, try await hourly.objects(under: labels, from: run.start, to: max(run.end, now()))
                )
            }
            return input
        }
    }

    /// Where an endpoint stores what it captures.
    private func destination(of endpoint: String) async throws -> ObjectURI {
        guard let record = try await endpoints.entry(named: endpoint)?.record else {
            throw RoostError(.notFound, "Endpoint '\(endpoint)' does not exist.", field: "endpoint")
        }
        guard let capture = record.serving?.definition.capture else {
            throw RoostError(.notFound, "Endpoint '\(endpoint)' does not capture data.", field: "endpoint")
        }
        return try ObjectURI(capture.destination, field: "destination")
    }

    /// The largest file of a baseline.
    private static let fileLimit = 256 << 20

    private func baseline() async throws -> BaselineFiles {
        BaselineFiles(
            constraints: try await file(analysis.baseline.constraints, "constraints"),
            statistics: try await file(analysis.baseline.statistics, "statistics")
        )
    }

    private func file(_ text: String?, _ name: String) async throws -> Data? {
        guard let text else { return nil }
        let uri = try ObjectURI(text, field: name)
        guard let object = try await buckets.object(at: uri) else {
            throw RoostError(.notFound, "The baseline's \(name) \(uri) do not exist.", field: name)
        }
        guard object.byteCount <= Self.fileLimit else {
            throw RoostError(.tooLarge, "The baseline's \(name) \(uri) are larger than 256 MiB.", field: name)
        }
        return try await offload { [buckets] in try buckets.mappedBytes(of: object) }
    }

    // MARK: Reading

    private func analyze(_ input: Input, _ baseline: BaselineFiles) throws -> AnalysisReport {
        var reader = DatasetReader(buckets: buckets, bucket: input.bucket, format: input.format, checkpoint: checkpoint)
        var excluded: [String] = []
        if case .captures(let selection, let run) = analysis.source {
            reader.featuresPath = selection.featuresPath
            reader.start = run.start
            reader.end = run.end
            excluded = selection.excluded
        }
        switch analysis.kind {
        case .dataQuality:
            var quality = try DataQualityAnalysis(
                baseline,
                excluded: excluded,
                categoricalDriftMethod: analysis.categoricalDriftMethod
            )
            try reader.forEachRow(of: input.objects) { try quality.add($0.pair) }
            guard quality.rowCount > 0 else { throw Self.noData }
            return try quality.report()
        case .modelQuality(let columns):
            var quality = try ModelQualityAnalysis(columns, baseline)
            if let groundTruth = input.groundTruth {
                var labels = reader
                labels.bucket = groundTruth.bucket
                quality.groundTruth = try labels.groundTruth(of: groundTruth.objects)
            }
            try reader.forEachRow(of: input.objects) { try quality.add($0) }
            guard quality.rowCount > 0 else { throw Self.noData }
            return try quality.report()
        }
    }

    /// In AWS's words.
    private static let noData = RoostError(.notFound, "Job inputs had no data")

    private func metrics(_ report: AnalysisReport) -> [MonitoringMetric] {
        guard analysis.emitsMetrics, let schedule = analysis.schedule, let endpoint = analysis.endpoint,
            let time = analysis.run?.time
        else { return [] }
        let group: MonitoringMetric.Group = if case .dataQuality = analysis.kind { .dataQuality } else { .modelQuality }
        return report.metrics.map { name, summary in
            MonitoringMetric(
                series: .init(group: group, endpoint: endpoint, schedule: schedule, name: name),
                time: time,
                summary: summary
            )
        }
    }
}

/// The files of a baseline, as they are.
struct BaselineFiles: Sendable {
    var constraints: Data?
    var statistics: Data?
}

/// The files that an analysis writes, and what they say in short.
struct AnalysisReport: Sendable {
    var files: [(name: String, content: [UInt8])]
    var outcome: Analysis.Outcome
    var metrics: [(name: String, summary: MonitoringMetric.Summary)]
}
