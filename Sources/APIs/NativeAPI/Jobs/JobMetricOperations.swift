import Definitions
public import Foundation
package import Jobs
import WorkThreads

/// The operation on what a training job's metrics were over time.
package struct JobMetricOperations: OperationGroup {
    private static let pointLimit = 2...1000

    let jobs: JobService

    package init(jobs: JobService) { self.jobs = jobs }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/training-jobs/{job}/metrics",
            id: "getTrainingJobMetric",
            "Get the values of a training job's metric in the order of time",
            query: [
                QueryParameter("name"),
                QueryParameter(
                    "points",
                    .described(
                        "The most values: of each of as many equal runs of values, the last one. The default is 200.",
                        .integer(min: Self.pointLimit.lowerBound, max: Self.pointLimit.upperBound)
                    )
                ),
            ],
            returns: MetricCourse.self,
            handler: course
        )
    }

    private func course(_ call: Call) async throws -> MetricCourse {
        let job = try call.parameter("job")
        let limit = try call.number("points", Self.pointLimit) ?? 200
        guard let metric = call.query("name"), !metric.isEmpty else {
            throw RoostError(.invalidInput, "The query parameter 'name' is missing.", field: "name")
        }
        guard try await jobs.job(TrainingJob.self, named: job) != nil else {
            throw JobRejection.missing(.training, job)
        }
        return try await offload { [series = jobs.series] in
            var values: [MetricValue] = []
            try series.forEach(metric, of: job, from: .distantPast, before: .distantFuture) { values.append($0) }
            return MetricCourse(metric, values, limit: limit)
        }
    }
}

/// `GET /v1/training-jobs/{job}/metrics`: the values of a metric.
public struct MetricCourse: Sendable, Codable {
    public var name: String
    /// How many values the job wrote.
    public var count: Int
    /// Of the values, which one each is: 1 is the first that the job wrote.
    public var positions: [Int]
    public var times: [Date]
    /// `nil` for a value that is not finite.
    public var values: [Double?]

    /// - Parameter limit: The most values; at least 2.
    init(_ name: String, _ all: [MetricValue], limit: Int) {
        self.name = name
        count = all.count
        // Neither product is near the limit of an integer: a series has at most some 300,000 values.
        let kept = all.count <= limit ? Array(all.indices) : (1...limit).map { $0 * all.count / limit - 1 }
        positions = kept.map { $0 + 1 }
        times = kept.map { all[$0].time }
        values = kept.map { all[$0].value.isFinite ? all[$0].value : nil }
    }
}

extension MetricCourse: WireType {
    package static let schema = Schema.object([
        "name": .string(), "count": .integer(min: 0), "positions": .list(.integer(min: 1)), "times": .list(.time),
        "values": .list(.described("A number; null if it is not finite.", .anything)),
    ])
}
