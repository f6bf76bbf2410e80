import Catalog
import Definitions
import Foundation
import Jobs
import Platform

extension SageMakerService {
    static let metricOperations: [String: Operation] = [
        "GetMetricStatistics": { try await $0.getMetricStatistics($1) }
    ]

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
            try await platform.catalog.job(TrainingJob.self, named: name) != nil
        else { return .object(["Label": .string(metric), "Datapoints": .array([])]) }
        let datapoints = try await offload { [series = jobs.series] in
            var statistics = asked
            try series.forEach(metric, of: name, from: asked.start, before: asked.end) { statistics.add($0) }
            return statistics.datapoints
        }
        return .object(["Label": .string(metric), "Datapoints": datapoints])
    }
}
