import Definitions
import Serving
import TimeSeries

/// What a pipeline did in all of a span of time: sums, and the latencies of all answered requests together.
public struct SeriesTotal: Sendable, Hashable, Codable {
    public var requests: Int
    public var clientErrors: Int
    public var serverErrors: Int
    public var errors: Int
    public var checkFailures: Int
    /// Of the answered requests in milliseconds; `nil` without any.
    public var meanMilliseconds: Double?
    public var p50Milliseconds: Double?
    public var p90Milliseconds: Double?
    public var p99Milliseconds: Double?
    public var modelMeanMilliseconds: Double?
    public var modelP50Milliseconds: Double?
    public var modelP90Milliseconds: Double?
    public var modelP99Milliseconds: Double?

    private enum CodingKeys: String, CodingKey {
        case requests, errors
        case clientErrors = "client_errors"
        case serverErrors = "server_errors"
        case checkFailures = "check_failures"
        case meanMilliseconds = "mean_ms"
        case p50Milliseconds = "p50_ms"
        case p90Milliseconds = "p90_ms"
        case p99Milliseconds = "p99_ms"
        case modelMeanMilliseconds = "model_mean_ms"
        case modelP50Milliseconds = "model_p50_ms"
        case modelP90Milliseconds = "model_p90_ms"
        case modelP99Milliseconds = "model_p99_ms"
    }

    init(_ counts: TrafficCounts) {
        requests = counts.requests
        clientErrors = counts.clientErrors
        serverErrors = counts.serverErrors
        errors = counts.errors
        checkFailures = counts.checkFailures
        meanMilliseconds = counts.mean { Double($0.modelNanoseconds) + Double($0.overheadNanoseconds) }
        p50Milliseconds = counts.request.milliseconds(0.5)
        p90Milliseconds = counts.request.milliseconds(0.9)
        p99Milliseconds = counts.request.milliseconds(0.99)
        modelMeanMilliseconds = counts.mean { Double($0.modelNanoseconds) }
        modelP50Milliseconds = counts.model.milliseconds(0.5)
        modelP90Milliseconds = counts.model.milliseconds(0.9)
        modelP99Milliseconds = counts.model.milliseconds(0.99)
    }
}

extension SeriesTotal {
    static let schema = Schema.object(
        [
            "requests": .integer(), "client_errors": .integer(), "server_errors": .integer(), "errors": .integer(),
            "check_failures": .integer(),
        ],
        optional: [
            "mean_ms": .number(), "p50_ms": .number(), "p90_ms": .number(), "p99_ms": .number(),
            "model_mean_ms": .number(), "model_p50_ms": .number(), "model_p90_ms": .number(),
            "model_p99_ms": .number(),
        ]
    )
}
