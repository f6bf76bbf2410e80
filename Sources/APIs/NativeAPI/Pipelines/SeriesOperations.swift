import Definitions
package import Endpoints
public import Foundation
package import Platform
import Serving
package import TimeSeries
import WorkThreads

/// The operations on what pipelines and endpoints did over time.
package struct SeriesOperations: OperationGroup {
    /// How many pipelines one request may ask for.
    static let pipelineLimit = 100

    let platform: Platform
    let endpoints: EndpointService
    let series: TimeSeriesService

    package init(platform: Platform, endpoints: EndpointService, series: TimeSeriesService) {
        self.platform = platform
        self.endpoints = endpoints
        self.series = series
    }

    private static let span = [
        QueryParameter("start", .time), QueryParameter("end", .time),
        QueryParameter("step", .integer(min: 5, max: SeriesRange.maxStep)),
    ]

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/pipelines/{pipeline}/series",
            id: "getPipelineSeries",
            "Get what a pipeline did over time: requests, errors, failed validations and latencies",
            query: Self.span + [QueryParameter("variant")],
            response: .json(PipelineSeries.self)
        ) { call in try await one(platform.pipeline(named: call.parameter("pipeline")), call) }

        APIOperation(
            .get,
            "/v1/endpoints/{endpoint}/series",
            id: "getEndpointSeries",
            "Get what an endpoint did over time: requests, errors, failed validations and latencies",
            query: Self.span + [QueryParameter("variant")],
            response: .json(PipelineSeries.self)
        ) { call in
            let name = try call.parameter("endpoint")
            guard try await endpoints.entry(named: name) != nil else {
                throw RoostError(.notFound, "Endpoint '\(name.prefix(80))' does not exist.", field: "endpoint")
            }
            return try await one(platform.pipeline(named: name), call)
        }

        APIOperation(
            .get,
            "/v1/series",
            id: "getSeries",
            "Get what several pipelines did over time",
            query: [QueryParameter("pipelines"), QueryParameter("columns")] + Self.span,
            response: .json(SeriesList.self)
        ) { call in try await several(call) }
    }

    private func one(_ pipeline: Pipeline, _ call: Call) async throws -> Reply {
        let range = try await call.range(of: series)
        let variant = call.query("variant")
        guard let found = try await series.series(of: [pipeline], variant: variant, range).first else {
            throw RoostError(.internalError, "The pipeline has no series.")
        }
        let end = await series.counted(range)
        return try await offload { try .json(encoding: PipelineSeries(found, variant: variant, end: end), status: .ok) }
    }

    private func several(_ call: Call) async throws -> Reply {
        let names = (call.query("pipelines") ?? "").split(separator: ",").map(String.init)
        guard (1...Self.pipelineLimit).contains(names.count), Set(names).count == names.count else {
            throw RoostError(
                .invalidInput,
                "'pipelines' must be 1 to \(Self.pipelineLimit) different names with commas between them.",
                field: "pipelines"
            )
        }
        let columns = try SeriesList.Column.chosen(call.query("columns"))
        let range = try await call.range(of: series, seriesCount: names.count)
        // One may have been deleted since the client got its list.
        let found = try await series.series(of: platform.pipelines(named: names), range)
        let end = await series.counted(range)
        return try await offload { try .json(encoding: SeriesList(range, found, columns, end: end), status: .ok) }
    }
}

extension Call {
    fileprivate func range(of series: TimeSeriesService, seriesCount: Int = 1) async throws -> SeriesRange {
        try await series.range(
            start: time("start"),
            end: time("end"),
            step: number("step", 1...Int(Int32.max)),
            seriesCount: seriesCount
        )
    }
}

/// `GET /v1/pipelines/{pipeline}/series`.
public struct PipelineSeries: Sendable, Codable {
    public var pipeline: String
    /// `nil` for all requests.
    public var variant: String?
    /// The variants of an endpoint that did something in this time.
    public var variants: [String]
    /// Of the first step.
    public var start: Date
    /// Until when requests are counted. The last step is incomplete if it ends later.
    public var end: Date
    public var stepSeconds: Int
    /// By step, as all of the following: `nil` if the pipeline did not exist or the server did not run, 0 if nothing was asked.
    public var requests: [Int?]
    public var clientErrors: [Int?]
    public var serverErrors: [Int?]
    public var errors: [Int?]
    public var checkFailures: [Int?]
    /// Of the answered requests in milliseconds; `nil` without any.
    public var meanMilliseconds: [Double?]
    public var p50Milliseconds: [Double?]
    public var p90Milliseconds: [Double?]
    public var p99Milliseconds: [Double?]
    public var modelMeanMilliseconds: [Double?]
    public var modelP50Milliseconds: [Double?]
    public var modelP90Milliseconds: [Double?]
    public var modelP99Milliseconds: [Double?]
    /// All steps together.
    public var total: SeriesTotal

    private enum CodingKeys: String, CodingKey {
        case pipeline, variant, variants, start, end, total
        case stepSeconds = "step_seconds"
        case requests
        case clientErrors = "client_errors"
        case serverErrors = "server_errors"
        case errors
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

    package init(_ series: Series, variant: String?, end: Date) {
        let steps = series.steps
        pipeline = series.pipeline
        self.variant = variant
        variants = series.variants
        start = series.range.startTime
        self.end = end
        stepSeconds = Int(series.range.step)
        requests = steps.map { $0?.requests }
        clientErrors = steps.map { $0?.clientErrors }
        serverErrors = steps.map { $0?.serverErrors }
        errors = steps.map { $0?.errors }
        checkFailures = steps.map { $0?.checkFailures }
        meanMilliseconds = steps.map { $0?.mean { Double($0.modelNanoseconds) + Double($0.overheadNanoseconds) } }
        p50Milliseconds = steps.map { $0?.request.milliseconds(0.5) }
        p90Milliseconds = steps.map { $0?.request.milliseconds(0.9) }
        p99Milliseconds = steps.map { $0?.request.milliseconds(0.99) }
        modelMeanMilliseconds = steps.map { $0?.mean { Double($0.modelNanoseconds) } }
        modelP50Milliseconds = steps.map { $0?.model.milliseconds(0.5) }
        modelP90Milliseconds = steps.map { $0?.model.milliseconds(0.9) }
        modelP99Milliseconds = steps.map { $0?.model.milliseconds(0.99) }
        total = SeriesTotal(series.total)
    }
}

extension PipelineSeries: WireType {
    package static let schema = Schema.object(
        [
            "pipeline": .string(), "variants": .list(.string()), "start": .time, "end": .time,
            "step_seconds": .integer(min: 5), "requests": .counts, "client_errors": .counts, "server_errors": .counts,
            "errors": .counts, "check_failures": .counts, "mean_ms": .latencies, "p50_ms": .latencies,
            "p90_ms": .latencies, "p99_ms": .latencies, "model_mean_ms": .latencies, "model_p50_ms": .latencies,
            "model_p90_ms": .latencies, "model_p99_ms": .latencies, "total": SeriesTotal.schema,
        ],
        optional: ["variant": .string()]
    )
}

/// `GET /v1/series`.
public struct SeriesList: Sendable, Codable {
    /// A column that can be asked for.
    enum Column: String, CaseIterable {
        case requests, errors
        case checkFailures = "check_failures"
        case p50 = "p50_ms"
        case p99 = "p99_ms"

        /// - Parameter names: With commas between them; `nil` for all columns.
        static func chosen(_ names: String?) throws(RoostError) -> Set<Self> {
            guard let names else { return Set(allCases) }
            var columns: Set<Self> = []
            for name in names.split(separator: ",") {
                guard let column = Self(rawValue: String(name)) else {
                    throw RoostError(
                        .invalidInput,
                        "'columns' must be some of \(allCases.map(\.rawValue).joined(separator: ", ")) with commas between "
                            + "them, not '\(name.prefix(80))'.",
                        field: "columns"
                    )
                }
                columns.insert(column)
            }
            return columns
        }
    }

    /// A pipeline's columns, as in ``PipelineSeries``. A column that was not asked for is `nil`.
    public struct Columns: Sendable, Codable {
        public var pipeline: String
        public var requests: [Int?]?
        public var errors: [Int?]?
        public var checkFailures: [Int?]?
        public var p50Milliseconds: [Double?]?
        public var p99Milliseconds: [Double?]?
        /// All steps together.
        public var total: SeriesTotal

        private enum CodingKeys: String, CodingKey {
            case pipeline, requests, errors, total
            case checkFailures = "check_failures"
            case p50Milliseconds = "p50_ms"
            case p99Milliseconds = "p99_ms"
        }
    }

    public var start: Date
    public var end: Date
    public var stepSeconds: Int
    /// In the order of the request, without the pipelines that do not exist.
    public var series: [Columns]

    private enum CodingKeys: String, CodingKey {
        case start, end, series
        case stepSeconds = "step_seconds"
    }

    init(_ range: SeriesRange, _ series: [Series], _ columns: Set<Column>, end: Date) {
        start = range.startTime
        self.end = end
        stepSeconds = Int(range.step)
        self.series = series.map { series in
            func column<Value>(_ column: Column, _ value: (TrafficCounts) -> Value?) -> [Value?]? {
                columns.contains(column) ? series.steps.map { $0.flatMap(value) } : nil
            }
            return Columns(
                pipeline: series.pipeline,
                requests: column(.requests) { $0.requests },
                errors: column(.errors) { $0.errors },
                checkFailures: column(.checkFailures) { $0.checkFailures },
                p50Milliseconds: column(.p50) { $0.request.milliseconds(0.5) },
                p99Milliseconds: column(.p99) { $0.request.milliseconds(0.99) },
                total: SeriesTotal(series.total)
            )
        }
    }
}

extension SeriesList: WireType {
    package static let schema = Schema.object([
        "start": .time, "end": .time, "step_seconds": .integer(min: 5),
        "series": .list(
            .object(
                ["pipeline": .string(), "total": SeriesTotal.schema],
                optional: [
                    "requests": .counts, "errors": .counts, "check_failures": .counts, "p50_ms": .latencies,
                    "p99_ms": .latencies,
                ]
            )
        ),
    ])
}

extension Schema {
    fileprivate static let counts = Schema.list(
        .described("A whole number; null if the pipeline did not exist or the server did not run.", .anything)
    )
    fileprivate static let latencies = Schema.list(
        .described("Milliseconds of the answered requests, null without any. Percentiles are within 6.25 %.", .anything)
    )
}

extension SeriesRange {
    fileprivate var startTime: Date { Date(timeIntervalSince1970: Double(start)).clamped }
}

extension TrafficCounts {
    /// Returns the mean over the answered requests in milliseconds; `nil` if there are none.
    func mean(_ nanoseconds: (TrafficCounts) -> Double) -> Double? {
        let count = answered
        return count > 0 ? (nanoseconds(self) / Double(count)).millisecondsOfNanoseconds : nil
    }
}

extension [LatencyBuckets.Entry] {
    func milliseconds(_ share: Double) -> Double? { quantile(share)?.millisecondsOfNanoseconds }
}

extension Double {
    /// To the nearest 100 ns: more digits would only make the answer longer.
    fileprivate var millisecondsOfNanoseconds: Double { (self / 100).rounded() / 10_000 }
}
