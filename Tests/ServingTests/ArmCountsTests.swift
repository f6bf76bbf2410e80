import Definitions
import Testing

@testable import Serving

@Suite("Counts of the arms of an experiment")
struct ArmCountsTests {
    @Test("what was taken is not taken again")
    func takesOnce() {
        let arm = ArmCounts(latencyBudget: 10)
        arm.answer(nanoseconds: 5, checkFailed: false)
        arm.answer(nanoseconds: 11, checkFailed: true)
        arm.fail()
        let first = arm.take()
        #expect((first.units, first.failed, first.checkFailed, first.slow) == (3, 1, 1, 1))
        #expect(arm.take() == ArmCounts.Tally())
        arm.fail()
        #expect((arm.take().units, arm.take().units) == (1, 0))
    }

    @Test("an answer that turns out to be an error waits for the next unit")
    func waitsForUnit() {
        let arm = ArmCounts(latencyBudget: nil)
        arm.answer(nanoseconds: 1, checkFailed: false)
        #expect(arm.take().failed == 0)
        arm.withdrawAnswer()
        #expect(arm.take() == ArmCounts.Tally())
        arm.answer(nanoseconds: 1, checkFailed: false)
        let next = arm.take()
        #expect((next.units, next.failed) == (1, 1))
    }

    @Test("each unit counts once")
    func countsOnce() {
        let seen = SeenUnits()
        #expect(seen.isNew(1) && seen.isNew(1))
        seen.begin(with: [1])
        #expect(!seen.isNew(1))
        #expect(seen.isNew(2))
        #expect(!seen.isNew(2))
        seen.end()
        #expect(seen.isNew(2))
    }

    @Test("only a sample of endless units is counted, and each of them once")
    func samples() {
        let seen = SeenUnits(limit: 100)
        seen.begin(with: [])
        var dice = SystemRandomNumberGenerator()
        let units = (0..<10_000).map { _ in dice.next() }
        let counted = units.count { seen.isNew($0) }
        #expect((100..<2000).contains(counted))
        #expect(!units.contains { seen.isNew($0) })
        let later = (0..<10_000).count { _ in seen.isNew(dice.next()) }
        #expect((10..<200).contains(later))
    }
}
