import Foundation
import Statistics
import Testing

@Suite struct EProcessTests {
    private func process(_ batches: [[Double]]) -> EProcess {
        var process = EProcess()
        for batch in batches { expectAccepted(process.add(self.batch(batch))) }
        return process
    }

    /// n and Σy of the champion, n and Σy of the challenger, and the weight.
    private func batch(_ numbers: [Double]) -> EProcess.Batch {
        .init(
            champion: .init(count: Int(numbers[0]), sum: numbers[1]),
            challenger: .init(count: Int(numbers[2]), sum: numbers[3]),
            weight: numbers[4]
        )
    }

    @Test("the evidence is that of the formula in 50 digits")
    func formula() throws {
        for each in try Fixtures.cases("e-process") {
            let process = process(each.arrays)
            let values = [
                process.better.logarithm, process.worse.logarithm, process.better.maximum, process.worse.maximum,
            ]
            expectEqual(values, each.expected)
            #expect(process.different.logarithm == process.better.logarithm + process.worse.logarithm)
        }
    }

    @Test("equal batches give the same bits")
    func deterministic() throws {
        let batches = try Fixtures.cases("e-process")[2].arrays
        #expect(process(batches) == process(batches))
        #expect(process(batches).worse.logarithm.bitPattern == process(batches).worse.logarithm.bitPattern)
    }

    @Test(
        "if the rates are equal, the factor of the next request is 1 on average over the coin",
        arguments: [0.001, 0.1, 0.5, 0.95]
    )
    func martingale(weight: Double) {
        for seen in [[0.0, 0, 0, 0], [100, 3, 11, 4], [900, 40, 950, 10], [5, 5, 5, 5]] {
            let before = process([seen + [0.5]])
            for rate in [0, 0.02, 0.4, 1] {
                var (better, worse, better2) = (0.0, 0.0, 0.0)
                // Each arm and outcome, with its probability.
                for (next, probability) in [
                    ([1.0, 1, 0, 0], (1 - weight) * rate), ([1, 0, 0, 0], (1 - weight) * (1 - rate)),
                    ([0, 0, 1, 1], weight * rate), ([0, 0, 1, 0], weight * (1 - rate)),
                ] {
                    var after = before
                    after.add(batch(next + [weight]))
                    better += probability * exp(after.better.logarithm - before.better.logarithm)
                    worse += probability * exp(after.worse.logarithm - before.worse.logarithm)
                    better2 += probability * exp(after.different.logarithm - before.different.logarithm)
                }
                expectEqual([better, worse, better2], [1, 1, 1], seen)
            }
        }
    }

    @Test("if the challenger is worse, evidence that it is better falls on average")
    func supermartingale() {
        let before = process([[100, 3, 100, 9, 0.5]])
        let (championRate, challengerRate, weight) = (0.06, 0.04, 0.3)
        var mean = 0.0
        for (next, probability) in [
            ([1.0, 1, 0, 0], (1 - weight) * championRate), ([1, 0, 0, 0], (1 - weight) * (1 - championRate)),
            ([0, 0, 1, 1], weight * challengerRate), ([0, 0, 1, 0], weight * (1 - challengerRate)),
        ] {
            var after = before
            after.add(batch(next + [weight]))
            mean += probability * exp(after.better.logarithm - before.better.logarithm)
        }
        #expect(mean < 0.999)
    }

    @Test("a difference is found in its own direction only, and swapped arms swap the directions")
    func directions() {
        let process = process([[500, 5, 500, 25, 0.5], [500, 5, 500, 25, 0.5]])
        #expect(process.better.rejects(atAlpha: 0.05))
        #expect(process.better.pValue < 0.05)
        #expect(process.worse.maximum == 0)
        #expect(process.worse.pValue == 1)
        let swapped = self.process([[500, 25, 500, 5, 0.5], [500, 25, 500, 5, 0.5]])
        #expect(swapped.worse.logarithm == process.better.logarithm)
        #expect(swapped.better.maximum == 0)
    }

    @Test("the evidence keeps its maximum")
    func maximum() {
        var process = process([[500, 5, 500, 25, 0.5], [500, 5, 500, 25, 0.5]])
        let peak = process.better
        process.add(batch([500, 60, 500, 5, 0.5]))
        #expect(process.better.logarithm < peak.logarithm)
        #expect(process.better.maximum == peak.maximum)
    }

    @Test("an impossible batch is rejected and changes nothing")
    func impossible() {
        var process = process([[10, 2, 10, 5, 0.5]])
        let before = process
        for numbers in [
            [-1, 0, 0, 0, 0.5], [1, 2, 0, 0, 0.5], [1, -1, 0, 0, 0.5], [1, .nan, 0, 0, 0.5], [1, 0, 1, 0, 1.5],
            [1, 0, 1, 0, .nan], [1, 0, 1, 0, 0], [1, 0, 1, 0, 1],
        ] {
            expectRejected(process.add(batch(numbers)))
        }
        #expect(process == before)
    }

    @Test("requests that could only go to one arm tell nothing")
    func oneArm() {
        var process = process([[50, 5, 50, 25, 0.5]])
        let before = process
        process.add(batch([100, 3, 0, 0, 0]))
        process.add(batch([0, 0, 100, 90, 1]))
        #expect(process.better == before.better)
        #expect(process.worse == before.worse)
    }

    @Test("the largest counts do not trap, and the evidence stays a number")
    func large() {
        var process = EProcess()
        for _ in 0..<5 {
            process.add(
                .init(
                    champion: .init(count: .max, sum: Double(Int.max)),
                    challenger: .init(count: .max, sum: 0),
                    weight: 0.5
                )
            )
        }
        #expect(!process.better.logarithm.isNaN)
        #expect(!process.worse.logarithm.isNaN)
    }
}
