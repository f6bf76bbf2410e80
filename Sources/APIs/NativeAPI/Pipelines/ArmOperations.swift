public import Definitions
public import Foundation
package import Platform
import Serving
import TimeSeries

/// The operation on the live shares of what a pipeline compares.
package struct ArmOperations: OperationGroup {
    let platform: Platform

    package init(platform: Platform) { self.platform = platform }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/pipelines/{pipeline}/arms",
            id: "getArms",
            "Count the requests that each model of the running experiment has answered",
            returns: ArmList.self
        ) { call in
            let pipeline = try await platform.pipeline(named: call.parameter("pipeline"))
            guard let version = platform.serving.served[pipeline.name]?.current else {
                throw RoostError(.notFound, "Pipeline '\(pipeline.name)' is not deployed.", field: "pipeline")
            }
            return ArmList(version, of: pipeline.name)
        }
    }
}

/// `GET /v1/pipelines/{pipeline}/arms`.
public struct ArmList: Sendable, Codable {
    /// One of the models that the experiment compares.
    public struct Arm: Sendable, Hashable, Codable {
        public var name: String
        public var model: ModelReference
        /// The share of the requests that it should get, from 0 to 1; `nil` if the requests themselves say who answers.
        public var share: Double?
        /// The requests that it has answered.
        public var requests: Int
        /// Its part of the requests that the arms have answered; `nil` before the first one.
        public var liveShare: Double?
        /// Milliseconds of a whole request; `nil` before the first one.
        public var p50Milliseconds: Double?
        public var p99Milliseconds: Double?

        private enum CodingKeys: String, CodingKey {
            case name, model, share, requests
            case liveShare = "live_share"
            case p50Milliseconds = "p50_ms"
            case p99Milliseconds = "p99_ms"
        }

        package init(
            name: String,
            model: ModelReference,
            share: Double?,
            requests: Int,
            liveShare: Double?,
            p50Milliseconds: Double?,
            p99Milliseconds: Double?
        ) {
            self.name = name
            self.model = model
            self.share = share
            self.requests = requests
            self.liveShare = liveShare
            self.p50Milliseconds = p50Milliseconds
            self.p99Milliseconds = p99Milliseconds
        }
    }

    public var pipeline: String
    public var version: String
    /// When the version began to answer on this server: requests are counted from then on.
    public var since: Date
    /// The champion's first. Empty if the version compares nothing.
    public var arms: [Arm]

    package init(pipeline: String, version: String, since: Date, arms: [Arm]) {
        self.pipeline = pipeline
        self.version = version
        self.since = since
        self.arms = arms
    }

    fileprivate init(_ version: ServedVersion, of pipeline: String) {
        self.pipeline = pipeline
        self.version = version.id
        since = Date(timeIntervalSince1970: Double(version.began) / 1000)
        let tallies = version.armTallies
        let all = tallies.reduce(0) { $0.addingReportingOverflow($1.latencies.total).partialValue }
        arms = tallies.map { tally in
            let count = tally.latencies.total
            return Arm(
                name: tally.name,
                model: tally.model,
                share: tally.share,
                requests: count,
                liveShare: all > 0 ? Double(count) / Double(all) : nil,
                p50Milliseconds: tally.latencies.quantile(0.5).map { $0 / 1e6 },
                p99Milliseconds: tally.latencies.quantile(0.99).map { $0 / 1e6 }
            )
        }
    }
}

extension ArmList: WireType {
    package static let schema = Schema.object([
        "pipeline": .name, "version": .uuid, "since": .time,
        "arms": .list(
            .object(
                ["name": .string(), "model": .string(), "requests": .integer(min: 0)],
                optional: [
                    "share": .number(), "live_share": .number(), "p50_ms": .number(),
                    "p99_ms": .described("Milliseconds of a whole request, within 6.25 %.", .number()),
                ]
            )
        ),
    ])
}
