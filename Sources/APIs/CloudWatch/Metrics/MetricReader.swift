import AWS
import Analyses
import Definitions
import Endpoints
import Foundation
import Jobs
import TimeSeries
import WorkThreads

/// What a request says about the metric it wants.
struct MetricName: Hashable {
    let namespace: String
    let name: String
    /// Sorted by name.
    let dimensions: [Dimension]
    let unit: String?

    /// - Parameters:
    ///   - metric: `Namespace`, `MetricName` and `Dimensions`.
    ///   - unit: The unit of the values that are wanted; `nil` for any.
    init(_ metric: JSON, unit: JSON?) throws {
        name = try metric.required("MetricName")
        namespace = metric["Namespace"]?.string ?? ""
        dimensions = Dimension.all(of: metric)
        self.unit = unit?.string
    }
}

/// Reads the values of metrics.
struct MetricReader: Sendable {
    let jobs: JobService
    let analyses: AnalysisService
    let endpoints: EndpointService
    let series: TimeSeriesService

    /// The values of a metric by period, and their unit.
    struct Found {
        var periods: [Int: MetricValues] = [:]
        var unit = "None"
    }

    /// Returns the values of a metric. An unknown metric has none, as on AWS.
    ///
    /// - Parameter code: The error code for an invalid parameter.
    func read(_ metric: MetricName, _ span: MetricSpan, at now: Date, code: String) async throws -> Found {
        switch metric.namespace {
        case EndpointMetric.namespace: return try await endpoint(metric, span, at: now, code: code)
        case _ where !["None", nil].contains(metric.unit): return Found()
        case MetricStatistics.trainingNamespace: return try await training(metric, span)
        default:
            guard let series = MonitoringMetric.Series(metric.namespace, metric.dimensions, metric.name) else {
                return Found()
            }
            var summaries: [Int: MonitoringMetric.Summary] = [:]
            for value in try await analyses.metrics(series, from: span.start, before: span.end) {
                summaries.add(value.summary, to: span.index(of: value.time))
            }
            return Found(periods: summaries.mapValues { MetricValues(summary: $0) })
        }
    }

    private func training(_ metric: MetricName, _ span: MetricSpan) async throws -> Found {
        let dimensions = metric.dimensions
        guard dimensions.count == 1, dimensions[0].name == "TrainingJobName", let name = dimensions[0].value,
            try await jobs.job(TrainingJob.self, named: name) != nil
        else { return Found() }
        let summaries = try await offload { [series = jobs.series] in
            var summaries: [Int: MonitoringMetric.Summary] = [:]
            try series.forEach(metric.name, of: name, from: span.start, before: span.end) {
                summaries.add(.init($0.value), to: span.index(of: $0.time))
            }
            return summaries
        }
        return Found(periods: summaries.mapValues { MetricValues(summary: $0) })
    }

    private func endpoint(
        _ metric: MetricName,
        _ span: MetricSpan,
        at now: Date,
        code: String
    ) async throws -> Found {
        guard try span.fitsStandardResolution(code: code) else { return Found() }
        let dimensions = metric.dimensions
        guard let known = EndpointMetric(rawValue: metric.name), metric.unit == nil || metric.unit == known.unit,
            dimensions.map(\.name) == ["EndpointName", "VariantName"], let endpoint = dimensions[0].value,
            let variant = dimensions[1].value,
            let (range, offset) = span.range(from: await series.oldest, to: now),
            let found = try await series.series(ofPipelineNamed: endpoint, variant: variant, range)
        else { return Found() }
        let instances =
            try await endpoints.entry(named: endpoint)?.record.serving?.definition.variants
            .first { $0.name == variant }?.instanceCount ?? 1
        var periods: [Int: MetricValues] = [:]
        for (index, counts) in found.steps.enumerated() {
            guard let values = counts.flatMap({ known.values(of: $0, instances: instances) }) else { continue }
            periods[index + offset] = values
        }
        return Found(periods: periods, unit: known.unit)
    }
}

extension [Int: MonitoringMetric.Summary] {
    fileprivate mutating func add(_ summary: MonitoringMetric.Summary, to index: Int) {
        if self[index]?.add(summary) == nil { self[index] = summary }
    }
}
