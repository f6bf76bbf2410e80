import Definitions
import Foundation
import Testing

@testable import Words

@Suite("The ladder of a release that has ended")
struct LadderTests {
    /// A release with stages of a day and 1,000 units, which ended in its first one after a few minutes.
    private func ended(_ state: Release.State) -> [ReleaseWords.Rung] {
        let day = TimeSpan(seconds: 86_400)
        let definition = ReleaseDefinition(
            pipeline: "p",
            candidate: ModelReference(name: "new", version: "1"),
            stages: [.init(share: 0.1, duration: day, units: 1000), .init(share: 0.5, duration: day, units: 1000)]
        )
        let start = Date(timeIntervalSince1970: 1_700_000_000)
        var release = Release(
            id: "r",
            definition: definition,
            champion: ModelReference(name: "old", version: "1"),
            by: nil,
            createdAt: start,
            fromVersion: "v",
            level: nil
        )
        var step = Release.Step(kind: .canary, share: 0.1, startedAt: start)
        step.units = 81
        step.endedAt = start.addingTimeInterval(480)
        release.steps = [step]
        release.state = state
        release.endedAt = step.endedAt
        return ReleaseWords.rungs(ReleaseStatus(release: release))
    }

    @Test("what was not reached says so, the promotion too")
    func aborted() {
        let rungs = ended(.aborted)
        #expect(rungs.suffix(2).map(\.progress) == ["not reached", "not reached"])
        #expect(rungs[rungs.count - 3].outcome.kind == .off)
    }

    @Test("a promotion before the end of a stage cuts it short")
    func promotedEarly() {
        let rungs = ended(.promoted)
        let stage = rungs[rungs.count - 3]
        #expect(stage.progress == "81 units; cut short")
        #expect(stage.outcome.kind == .off)
        #expect(stage.fraction < 0.1)
        #expect(rungs.last?.outcome.kind == .ok)
    }
}
