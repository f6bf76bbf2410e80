package import AWS
package import Analyses
import Definitions
import Foundation
package import Jobs
import WorkThreads

/// CloudWatch: the metrics that training jobs and monitoring schedules report.
package struct CloudWatchMetrics: AWSService {
    /// boto3 spoke the query protocol to CloudWatch until 2025.
    package static let description = AWSServiceDescription(
        name: "cloudwatch",
        signingName: "monitoring",
        operations: ["GetMetricStatistics", "ListMetrics"],
        target: "GraniteServiceVersion20100801",
        query: .init(version: "2010-08-01", namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/")
    )
    package static let model: ServiceModel? = .cloudWatch

    /// The metrics of one response of ListMetrics, as on AWS.
    private static let pageLimit = 500

    private let jobs: JobService
    private let analyses: AnalysisService

    package init(jobs: JobService, analyses: AnalysisService) {
        self.jobs = jobs
        self.analyses = analyses
    }

    package func run(_ call: AWSCall) async throws -> JSON? {
        call.operation == "ListMetrics" ? try await listMetrics(call) : try await getMetricStatistics(call)
    }

    /// Returns statistics of a metric. An unknown metric has no datapoints, as on AWS.
    private func getMetricStatistics(_ call: AWSCall) async throws -> JSON? {
        let input = call.input
        let metric = try input.required("MetricName")
        let asked = try MetricStatistics(input)
        var datapoints = JSON.array([])
        if ["None", nil].contains(input["Unit"]?.string) {
            let namespace = input["Namespace"]?.string ?? ""
            let dimensions = Self.dimensions(input)
            if namespace == MetricStatistics.namespace {
                datapoints = try await training(metric, dimensions, asked) ?? datapoints
            } else if let series = MonitoringMetric.Series(namespace, dimensions, metric) {
                var statistics = asked
                for value in try await analyses.metrics(series, from: asked.start, before: asked.end) {
                    statistics.add(value.summary, at: value.time)
                }
                datapoints = statistics.datapoints
            }
        }
        return .object(["Label": .string(metric), "Datapoints": datapoints])
    }

    /// The dimensions of a request, sorted by name.
    private static func dimensions(_ input: JSON) -> [Dimension] {
        (input["Dimensions"]?.array ?? []).compactMap { dimension in
            dimension["Name"]?.string.map { Dimension(name: $0, value: dimension["Value"]?.string) }
        }.sorted { $0.name < $1.name }
    }

    private func training(
        _ metric: String,
        _ dimensions: [Dimension],
        _ asked: MetricStatistics
    ) async throws -> JSON? {
        guard dimensions.count == 1, dimensions[0].name == "TrainingJobName", let name = dimensions[0].value,
            try await jobs.job(TrainingJob.self, named: name) != nil
        else { return nil }
        return try await offload { [series = jobs.series] in
            var statistics = asked
            try series.forEach(metric, of: name, from: asked.start, before: asked.end) {
                statistics.add(.init($0.value), at: $0.time)
            }
            return statistics.datapoints
        }
    }

    /// Lists the metrics of monitoring schedules. Those of training jobs are in the descriptions of the jobs.
    private func listMetrics(_ call: AWSCall) async throws -> JSON? {
        let input = call.input
        let wanted = Self.dimensions(input)
        let found = try await analyses.metricSeries().filter { series in
            let isNamed = input["MetricName"].map { $0.string == series.name } ?? true
            let isHere = input["Namespace"].map { series.group.isNamespace($0.string ?? "") } ?? true
            return isNamed && isHere
                && wanted.allSatisfy { filter in
                    series.dimensions.contains {
                        $0.name == filter.name && (filter.value == nil || filter.value == $0.value)
                    }
                }
        }
        let page = try Page(call, limit: Self.pageLimit).cut(found)
        return .members([
            "Metrics": .array(
                page.elements.map { series in
                    .object([
                        "Namespace": .string(series.group.namespace), "MetricName": .string(series.name),
                        "Dimensions": .array(
                            series.dimensions.map {
                                .object(["Name": .string($0.name), "Value": .string($0.value ?? "")])
                            }
                        ),
                    ])
                }
            ),
            "NextToken": page.next,
        ])
    }
}

/// A dimension of a metric, or a filter of metrics by one.
struct Dimension: Equatable {
    var name: String
    /// `nil` for any value.
    var value: String?
}

extension MonitoringMetric.Group {
    var namespace: String {
        switch self {
        case .dataQuality: "aws/sagemaker/Endpoints/data-metrics"
        case .modelQuality: "aws/sagemaker/Endpoints/model-metrics"
        }
    }

    /// Whether a name is that of the namespace. AWS's documents also write it with a slash, and without an s.
    func isNamespace(_ name: String) -> Bool {
        let name = name.hasPrefix("/") ? String(name.dropFirst()) : name
        return name == namespace || name + "s" == namespace
    }
}

extension MonitoringMetric.Series {
    /// Finds what a request names; `nil` if it is no metric of a schedule.
    init?(_ namespace: String, _ dimensions: [Dimension], _ name: String) {
        guard let group = MonitoringMetric.Group.allCases.first(where: { $0.isNamespace(namespace) }),
            dimensions.map(\.name) == ["Endpoint", "MonitoringSchedule"], let endpoint = dimensions[0].value,
            let schedule = dimensions[1].value
        else { return nil }
        self.init(group: group, endpoint: endpoint, schedule: schedule, name: name)
    }

    var dimensions: [Dimension] {
        [Dimension(name: "Endpoint", value: endpoint), Dimension(name: "MonitoringSchedule", value: schedule)]
    }
}
