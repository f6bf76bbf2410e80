import Foundation
import Statistics
import Testing

@Suite struct LadderTests {
    private func paired(_ differences: [Double]) -> PairedEvidence {
        var evidence = PairedEvidence()
        for difference in differences { expectAccepted(evidence.add(difference)) }
        return evidence
    }

    @Test("the evidence of pairs is that of the formula in 50 digits")
    func formula() throws {
        for each in try Fixtures.cases("paired evidence") {
            let evidence = paired(each.arrays[0])
            let values = [
                evidence.better.logarithm, evidence.worse.logarithm, evidence.better.maximum, evidence.worse.maximum,
            ]
            expectEqual(values, each.expected)
        }
    }

    @Test("while one side wins every pair, the evidence is that of McNemar", arguments: 0...10)
    func mcNemar(wins: Int) {
        let won = paired(Array(repeating: 1, count: wins))
        expectEqual([won.better.logarithm], [McNemar(onlyFirst: 0, onlySecond: wins)?.logEvidence ?? .nan])
        #expect(won.worse == Evidence())
        // By hand: 1 + 0, 1 + 1/2, 1 + 2/3.
        if wins == 3 { expectEqual([won.better.logarithm], [log(1.5 * 5 / 3)]) }
    }

    @Test("pairs that do not differ change nothing, and a mirrored order gives mirrored evidence")
    func equal() {
        #expect(paired([0, 0, 0]).better == Evidence())
        #expect(paired([1, 0, 0, 1]).better == paired([1, 1]).better)
        let (one, two) = (paired([0.25, -0.5, 1]), paired([-0.25, 0.5, -1]))
        #expect(one.better == two.worse)
        #expect(one.worse == two.better)
    }

    @Test("if the candidate is no better, the factor of the next pair is at most 1 on average")
    func martingale() {
        for seen in [[1.0, 1, 1], [0.5, -0.25], [-1, -1], Array(repeating: 1, count: 50)] {
            let before = paired(seen)
            for (win, loss) in [(0.1, 0.1), (0.0, 0.3), (0.5, 0.5), (0.2, 0.4)] {
                var (better, mirrored) = (1 - win - loss, 1 - win - loss)
                for (difference, probability) in [(1.0, win), (-1, loss)] {
                    var after = before
                    after.add(difference)
                    better += probability * exp(after.better.logarithm - before.better.logarithm)
                    after = before
                    after.add(-difference)
                    mirrored += probability * exp(after.worse.logarithm - before.worse.logarithm)
                }
                #expect(better <= 1 + 1e-12)
                #expect(mirrored <= 1 + 1e-12)
            }
        }
    }

    @Test("an impossible difference is not counted", arguments: [1.5, -1.0001, .nan, .infinity])
    func impossible(difference: Double) {
        var evidence = paired([1])
        let isCounted = evidence.add(difference)
        #expect(!isCounted)
        #expect(evidence == paired([1]))
    }

    @Test("the evidence of the steps multiplies, and its maximum is that of the product over time")
    func ladder() {
        // ln E of the steps: up to ln 2.5, then down; both are known by hand.
        let first = paired([1, 1, 1, -1]).better
        let second = paired([1, 1]).better
        expectEqual([first.logarithm, first.maximum], [log(2.5 * 0.25), log(2.5)])
        let ladder = LadderEvidence([.init(first), .init(second)], level: 0.5)
        expectEqual([ladder.logarithm, ladder.maximum], [log(2.5 * 0.25 * 1.5), log(2.5)])
        #expect(ladder.isBetter)
        #expect(!LadderEvidence(ladder.steps, level: 0.3).isBetter)
        let reversed = LadderEvidence(ladder.steps.reversed(), level: 0.27)
        expectEqual([reversed.maximum], [log(1.5 * 2.5)])
        #expect(reversed.isBetter)
        #expect(LadderEvidence([], level: 0.05).maximum == 0)
        for level in [0, 1, -1, .nan] { #expect(!LadderEvidence(ladder.steps, level: level).isBetter) }
    }

    @Test("the levels of an endless sequence are those of e-LOND, and grow with discoveries")
    func onlineDiscovery() throws {
        var loop = try #require(OnlineDiscovery(alpha: 0.05))
        let share = 6 / (Double.pi * Double.pi)
        expectEqual([loop.begin(), loop.begin()], [0.05 * share, 0.05 * share / 4])
        loop.discover()
        expectEqual([loop.begin()], [0.05 * share / 9 * 2])
        // Without discoveries, all levels add up to alpha.
        var poor = try #require(OnlineDiscovery(alpha: 0.05))
        let sum = (0..<100_000).reduce(0) { sum, _ in sum + poor.begin() }
        #expect(sum < 0.05 && sum > 0.0499)
        #expect(OnlineDiscovery(alpha: 1) == nil)
        #expect(OnlineDiscovery(alpha: 0.05, tests: 1, discoveries: 2) == nil)
        var last = try #require(OnlineDiscovery(alpha: 0.05, tests: .max, discoveries: .max))
        #expect(last.begin() <= 0.05)
        last.discover()
        #expect(last.discoveries == .max)
    }
}
