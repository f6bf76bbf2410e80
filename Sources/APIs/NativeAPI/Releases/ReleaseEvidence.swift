public import Definitions
public import Foundation

/// The evidence of a release's canary over time, with what each part is and must reach.
public struct ReleaseEvidence: Sendable, Hashable, Codable {
    /// A guardrail that is counted with each request.
    public struct Guardrail: Sendable, Hashable, Codable {
        public var metric: GuardrailMetric
        /// The evidence at which the release is rolled back.
        public var bound: Double

        public init(metric: GuardrailMetric, bound: Double) {
            self.metric = metric
            self.bound = bound
        }
    }

    /// The evidence that promotes the candidate; `nil` without a goal.
    public var bound: Double?
    public var guardrails: [Guardrail]
    /// In the order of time. Each has as many values as there are guardrails.
    public var moments: [ReleaseCourse.Moment]

    public init(bound: Double?, guardrails: [Guardrail], moments: [ReleaseCourse.Moment]) {
        self.bound = bound
        self.guardrails = guardrails
        self.moments = moments
    }

    init(_ release: Release, _ guardrails: [ReleaseStatus.Guardrail], _ course: ReleaseCourse) {
        self.init(
            bound: release.level.map { min(1 / $0.value, .greatestFiniteMagnitude) },
            guardrails: guardrails.map { Guardrail(metric: $0.metric, bound: $0.bound) },
            moments: course.moments
        )
    }
}

extension ReleaseEvidence: WireType {
    package static let schema = Schema.object(
        [
            "guardrails": .list(
                .object(["metric": .reference(GuardrailMetric.self), "bound": .number(min: 0)])
            ),
            "moments": .list(
                .object(
                    ["time": .time, "share": .number(min: 0, max: 1), "guardrails": .list(.number(min: 0))],
                    optional: ["better": .number(min: 0)]
                )
            ),
        ],
        optional: ["bound": .number(min: 0)]
    )
}
