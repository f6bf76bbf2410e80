import Definitions
import Foundation
import NativeAPI

/// Releases and promotions.
extension WireSample {
    private static let uuid = "01980000-0000-7000-8000-000000000001"

    static let promotion = Promotion(
        promotedAt: time,
        by: "ann",
        challenger: ModelReference(name: "m", version: "2"),
        champion: ModelReference(name: "m", version: "1"),
        fromVersion: uuid,
        report: uuid,
        release: uuid
    )

    static func releases() -> [any WireType & Encodable] {
        let definition = ReleaseDefinition(
            pipeline: "p",
            candidate: ModelReference(name: "m", version: "2"),
            replaces: "m",
            hashKey: "user",
            goal: goal,
            guardrails: [GuardrailMetric(metric: goal, limit: 0.5)],
            replay: 100,
            shadow: .init(duration: TimeSpan(seconds: 60), units: 10),
            stages: [.init(share: 0.1, duration: TimeSpan(seconds: 90), units: 20)],
            promote: .better,
            alpha: 0.1,
            timeLimit: TimeSpan(seconds: 3600)
        )
        let level = Release.Level(alpha: 0.05, position: 2, promotions: 1, value: 0.015)
        var release = Release(
            id: uuid,
            definition: definition,
            champion: ModelReference(name: "m", version: "1"),
            by: "ann",
            createdAt: time,
            fromVersion: uuid,
            level: level
        )
        release.state = .promoted
        release.endedAt = time
        release.toVersion = uuid
        release.reason = "Enough."
        var step = Release.Step(kind: .canary, share: 0.1, startedAt: time)
        step.endedAt = time
        step.units = 20
        step.evidence = 4.5
        step.report = uuid
        step.finding = "It is better."
        release.steps = [step]
        let status = ReleaseStatus(
            release: release,
            stage: .init(
                index: 0,
                share: 0.1,
                watchedSeconds: 1.5,
                duration: TimeSpan(seconds: 90),
                units: 3,
                unitsNeeded: 20
            ),
            guardrails: [
                .init(
                    metric: GuardrailMetric(metric: goal, limit: 0.5),
                    champion: 0.1,
                    candidate: 0.2,
                    evidence: 1.5,
                    bound: 100
                )
            ],
            evidence: .init(value: 2, bound: 20),
            waitingFor: "the end of the stage's time"
        )
        return [
            definition, status,
            ReleaseEvidence(
                bound: 20,
                guardrails: [.init(metric: GuardrailMetric(metric: goal, limit: 0.5), bound: 100)],
                moments: [ReleaseCourse.Moment(time: time, share: 0.1, better: 1.5, guardrails: [0.5])]
            ),
            ReleaseList(releases: [release], total: 1, open: 1), promotion,
            PromotionRequest(challenger: "m", report: uuid, by: "ann"),
            ReleasePlan(
                definition: definition,
                champion: ModelReference(name: "m", version: "1"),
                fromVersion: uuid,
                level: level,
                lastHour: 60
            ),
        ]
    }
}
