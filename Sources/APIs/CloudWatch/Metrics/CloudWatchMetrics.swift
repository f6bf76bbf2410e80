package import AWS
import Definitions
import Foundation
package import Jobs
import WorkThreads

/// CloudWatch: the metrics that training jobs report.
package struct CloudWatchMetrics: AWSService {
    /// boto3 spoke the query protocol to CloudWatch until 2025.
    package static let description = AWSServiceDescription(
        name: "cloudwatch",
        signingName: "monitoring",
        operations: ["GetMetricStatistics"],
        target: "GraniteServiceVersion20100801",
        query: .init(version: "2010-08-01", namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/")
    )
    package static let model: ServiceModel? = .cloudWatch

    private let jobs: JobService

    package init(jobs: JobService) { self.jobs = jobs }

    package func run(_ call: AWSCall) async throws -> JSON? { try await getMetricStatistics(call) }

    /// Returns statistics of a training job's metric. An unknown metric has no datapoints, as on AWS.
    private func getMetricStatistics(_ call: AWSCall) async throws -> JSON? {
        let input = call.input
        let metric = try input.required("MetricName")
        let asked = try MetricStatistics(input)
        let isHere =
            input["Namespace"]?.string == MetricStatistics.namespace && ["None", nil].contains(input["Unit"]?.string)
        let dimensions = input["Dimensions"]?.array ?? []
        guard isHere, dimensions.count == 1, dimensions[0]["Name"]?.string == "TrainingJobName",
            let name = dimensions[0]["Value"]?.string,
            try await jobs.job(TrainingJob.self, named: name) != nil
        else { return .object(["Label": .string(metric), "Datapoints": .array([])]) }
        let datapoints = try await offload { [series = jobs.series] in
            var statistics = asked
            try series.forEach(metric, of: name, from: asked.start, before: asked.end) { statistics.add($0) }
            return statistics.datapoints
        }
        return .object(["Label": .string(metric), "Datapoints": datapoints])
    }
}
