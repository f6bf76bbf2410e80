package import AWS
package import Analyses
import Definitions
package import Endpoints
import Foundation
package import Jobs
package import TimeSeries

/// CloudWatch: the metrics of endpoints, and those that training jobs and monitoring schedules report.
package struct CloudWatchMetrics: AWSService {
    /// boto3 spoke the query protocol to CloudWatch until 2025.
    package static let description = AWSServiceDescription(
        name: "cloudwatch",
        signingName: "monitoring",
        operations: ["GetMetricData", "GetMetricStatistics", "ListMetrics"],
        target: "GraniteServiceVersion20100801",
        query: .init(version: "2010-08-01", namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/")
    )
    package static let model: ServiceModel? = .cloudWatch

    /// The metrics of one response of ListMetrics, as on AWS.
    private static let pageLimit = 500

    /// The metrics that had data in this time are recently active.
    private static let recentSeconds: TimeInterval = 3 * 3600

    let reader: MetricReader

    package init(
        jobs: JobService,
        analyses: AnalysisService,
        endpoints: EndpointService,
        series: TimeSeriesService
    ) {
        reader = MetricReader(jobs: jobs, analyses: analyses, endpoints: endpoints, series: series)
    }

    package func run(_ call: AWSCall) async throws -> JSON? {
        switch call.operation {
        case "ListMetrics": try await listMetrics(call)
        case "GetMetricData": try await getMetricData(call)
        default: try await getMetricStatistics(call)
        }
    }

    private func getMetricStatistics(_ call: AWSCall) async throws -> JSON? {
        let metric = try MetricName(call.input, unit: call.input["Unit"])
        let asked = try MetricStatistics(call.input, now: call.time)
        let found = try await reader.read(metric, asked.span, at: call.time, code: "InvalidParameterValue")
        return .object(["Label": .string(metric.name), "Datapoints": asked.datapoints(found)])
    }

    /// Lists the metrics of endpoints and monitoring schedules. Those of training jobs are in the descriptions of the jobs.
    private func listMetrics(_ call: AWSCall) async throws -> JSON? {
        let input = call.input
        let wanted = Dimension.all(of: input)
        let isRecent = input["RecentlyActive"]?.string != nil
        var found = try await endpointMetrics(since: isRecent ? call.time - Self.recentSeconds : .distantPast)
        found += try await scheduleMetrics(isRecent ? call.time - Self.recentSeconds : nil, until: call.time)
        found.removeAll { metric in
            let isNamed = input["MetricName"].map { $0.string == metric.name } ?? true
            let isHere = input["Namespace"].map { metric.isIn($0.string ?? "") } ?? true
            return !isNamed || !isHere
                || !wanted.allSatisfy { filter in
                    metric.dimensions.contains {
                        $0.name == filter.name && (filter.value == nil || filter.value == $0.value)
                    }
                }
        }
        let page = try Page(call, limit: Self.pageLimit).cut(found)
        return .members([
            "Metrics": .array(
                page.elements.map { metric in
                    .object([
                        "Namespace": .string(metric.namespace), "MetricName": .string(metric.name),
                        "Dimensions": .array(
                            metric.dimensions.map {
                                .object(["Name": .string($0.name), "Value": .string($0.value ?? "")])
                            }
                        ),
                    ])
                }
            ),
            "NextToken": page.next,
        ])
    }

    /// A metric in a list.
    private struct Listed {
        var namespace: String
        var name: String
        var dimensions: [Dimension]
        var group: MonitoringMetric.Group?

        func isIn(_ namespace: String) -> Bool { group?.isNamespace(namespace) ?? (namespace == self.namespace) }
    }

    private func endpointMetrics(since time: Date) async throws -> [Listed] {
        try await reader.series.activeVariants(since: time).flatMap { endpoint, variants in
            variants.flatMap { variant in
                EndpointMetric.allCases.map { metric in
                    Listed(
                        namespace: EndpointMetric.namespace,
                        name: metric.rawValue,
                        dimensions: [
                            Dimension(name: "EndpointName", value: endpoint),
                            Dimension(name: "VariantName", value: variant),
                        ]
                    )
                }
            }
        }
    }

    /// - Parameter start: Lists only metrics with values since then; `nil` for all.
    private func scheduleMetrics(_ start: Date?, until end: Date) async throws -> [Listed] {
        var found: [Listed] = []
        for series in try await reader.analyses.metricSeries() {
            if let start, try await reader.analyses.metrics(series, from: start, before: end).isEmpty { continue }
            found.append(
                Listed(
                    namespace: series.group.namespace,
                    name: series.name,
                    dimensions: series.dimensions,
                    group: series.group
                )
            )
        }
        return found
    }
}

/// A dimension of a metric, or a filter of metrics by one.
struct Dimension: Hashable {
    var name: String
    /// `nil` for any value.
    var value: String?

    /// The dimensions of a request, sorted by name.
    static func all(of input: JSON) -> [Dimension] {
        (input["Dimensions"]?.array ?? []).compactMap { dimension in
            dimension["Name"]?.string.map { Dimension(name: $0, value: dimension["Value"]?.string) }
        }.sorted { $0.name < $1.name }
    }
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
