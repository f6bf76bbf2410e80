import Statistics
import Testing

@Suite struct ExperimentTests {
    private func evidence(of requests: Int, events: Int) throws -> Evidence {
        var watch = try #require(RateGuard(limit: 0.01))
        watch.add(events: events, of: requests)
        return watch.evidence
    }

    private func goal(champion: Double, challenger: Double) -> EProcess {
        var process = EProcess()
        for _ in 0..<2 {
            process.add(
                .init(
                    champion: .init(count: 500, sum: champion),
                    challenger: .init(count: 500, sum: challenger),
                    weight: 0.5
                )
            )
        }
        return process
    }

    @Test("the confidence sequence agrees with gbstats")
    func confidenceSequence() throws {
        for each in try Fixtures.cases("confidence sequence") {
            let first = try #require(Proportion(successes: each.count(0), count: each.count(1)))
            let second = try #require(Proportion(successes: each.count(2), count: each.count(3)))
            let sequence = ConfidenceSequence(rates: ProportionDifference(first, second))
            let alpha = each.numbers[4]
            let interval = sequence?.interval(alpha: alpha)
            expectEqual(
                [interval?.lower, interval?.upper, sequence?.pValue(alpha: alpha)],
                each.expected,
                each.numbers
            )
            #expect(sequence?.interval(alpha: 1) == nil)
        }
    }

    @Test("the confidence sequence needs 5 successes and failures, or 300 values, in each arm")
    func guards() throws {
        let enough = try #require(Proportion(successes: 5, count: 10))
        for successes in [4, 6] {
            let few = try #require(Proportion(successes: successes, count: 10))
            #expect(ConfidenceSequence(rates: .init(enough, few)) == nil)
            #expect(ConfidenceSequence(rates: .init(few, enough)) == nil)
        }
        let values = (0..<300).map { Double($0 % 7) }
        let all = Moments(values)
        #expect(ConfidenceSequence(means: all, Moments(values.dropLast())) == nil)
        let sequence = try #require(ConfidenceSequence(means: all, Moments(values.map { $0 + 1 })))
        expectEqual([sequence.difference], [1])
        #expect(ConfidenceSequence(means: Moments(values.map { _ in 1 }), Moments(values.map { _ in 1 })) == nil)
    }

    @Test("the guard of a rate agrees with the formula in 50 digits")
    func rateGuard() throws {
        for each in try Fixtures.cases("rate guard") {
            var watch = try #require(RateGuard(limit: each.numbers[2]))
            let (events, count) = (each.count(0), each.count(1))
            // In two parts: only the totals matter.
            expectAccepted(watch.add(events: events / 2, of: count / 2))
            expectAccepted(watch.add(events: events - events / 2, of: count - count / 2))
            expectEqual([watch.evidence.logarithm], each.expected, each.numbers)
        }
        #expect(RateGuard(limit: 0) == nil)
        #expect(RateGuard(limit: 1) == nil)
        var watch = try #require(RateGuard(limit: 0.1))
        expectRejected(watch.add(events: 2, of: 1))
        expectRejected(watch.add(events: -1, of: 1))
        expectRejected(watch.add(events: 0, of: .max))
        #expect(watch.count == 0)
    }

    @Test("the sample ratio agrees with ssrm-test and SciPy")
    func sampleRatio() throws {
        for each in try Fixtures.cases("sample ratio") {
            var ratio = try #require(SampleRatio(weights: each.arrays[0]))
            for counts in each.arrays.dropFirst() { expectAccepted(ratio.add(counts.map { Int($0) })) }
            let test = ratio.chiSquaredTest()
            let values = [ratio.evidence.logarithm, ratio.evidence.maximum, test?.statistic, test?.pValue]
            expectEqual(values, each.expected, each.arrays[0])
        }
    }

    @Test("a change of the weights multiplies the evidence, and billions of requests keep their digits")
    func sampleRatioStages() throws {
        for each in try Fixtures.cases("sample ratio stages") {
            var ratio = try #require(SampleRatio(weights: each.arrays[0]))
            ratio.add(each.arrays[1].map { Int($0) })
            expectAccepted(ratio.change(weights: each.arrays[0]))
            #expect(ratio.counts == each.arrays[1].map { Int($0) })
            expectAccepted(ratio.change(weights: each.arrays[2]))
            ratio.add(each.arrays[3].map { Int($0) })
            expectEqual([ratio.evidence.logarithm], each.expected)
        }
    }

    @Test("requests to an arm without a weight raise the alarm at once; impossible input changes nothing")
    func sampleRatioLimits() throws {
        var ratio = try #require(SampleRatio(weights: [1, 0, 3]))
        #expect(ratio.chiSquaredTest() == nil)
        let before = ratio
        expectRejected(ratio.add([1, 2]))
        expectRejected(ratio.add([1, -2, 0]))
        expectRejected(ratio.change(weights: [1, 1]))
        expectRejected(ratio.change(weights: [1, .nan, 1]))
        #expect(ratio == before)
        expectAccepted(ratio.add([10, 0, 30]))
        #expect(!ratio.isAlarming)
        #expect(ratio.chiSquaredTest()?.pValue == 1)
        ratio.add([0, 1, 0])
        #expect(ratio.isAlarming)
        #expect(ratio.chiSquaredTest()?.pValue == 0)
        for weights in [[], [1], [0, 0], [1, -1], [1, .infinity]] { #expect(SampleRatio(weights: weights) == nil) }
    }

    @Test("sample sizes follow the formula")
    func sampleSize() throws {
        for each in try Fixtures.cases("sample size") {
            let size = SampleSize(
                rate: each.numbers[0],
                change: each.numbers[1],
                alpha: each.numbers[2],
                power: each.numbers[3],
                ratio: each.numbers[4]
            )
            expectEqual([size.map { Double($0.champion) }, size.map { Double($0.challenger) }], each.expected)
        }
        let size = try #require(SampleSize(rate: 0.05, change: 0.03, alpha: 0.05, power: 0.8))
        #expect(size.stillNeeded(champion: 1000, challenger: 559, share: 0.5) == 1000)
        #expect(size.stillNeeded(champion: 1059, challenger: 959, share: 0.1) == 1000)
        #expect(size.stillNeeded(champion: 5000, challenger: 5000, share: 0.1) == 0)
        #expect(size.stillNeeded(champion: 0, challenger: 0, share: 0) == nil)
        #expect(SampleSize(rate: 0.05, change: 0, alpha: 0.05, power: 0.8) == nil)
        #expect(SampleSize(rate: 0.05, change: -0.05, alpha: 0.05, power: 0.8) == nil)
        #expect(SampleSize(rate: 0.05, change: 1e-12, alpha: 0.05, power: 0.8) == nil)
    }

    @Test("the first rule that applies decides")
    func verdict() throws {
        let none = Evidence()
        let strong = try evidence(of: 100, events: 20)
        let weak = try evidence(of: 100, events: 6)
        // Enough at 5 %, not at 1 %.
        #expect(weak.rejects(atAlpha: 0.05) && !weak.rejects(atAlpha: 0.01))
        var inputs = VerdictInputs(
            sampleRatio: none,
            isGuardrailBroken: false,
            goal: EProcess(),
            interval: nil,
            smallestEffect: nil
        )
        #expect(inputs.verdict == .notEnoughData)
        inputs.interval = ConfidenceInterval(lower: -0.01, upper: 0.02)
        #expect(inputs.verdict == .notEnoughData)
        inputs.smallestEffect = 0.02
        #expect(inputs.verdict == .notEnoughData)
        inputs.smallestEffect = 0.021
        #expect(inputs.verdict == .noDifference)
        inputs.goal = goal(champion: 5, challenger: 25)
        #expect(inputs.verdict == .better)
        inputs.goal = goal(champion: 25, challenger: 5)
        #expect(inputs.verdict == .worse(.goal))
        inputs.goal = goal(champion: 5, challenger: 25)
        inputs.isGuardrailBroken = true
        #expect(inputs.verdict == .worse(.guardrail))
        inputs.sampleRatio = weak
        #expect(inputs.verdict == .worse(.guardrail))
        inputs.sampleRatio = strong
        #expect(inputs.verdict == .invalid)
    }

    @Test("a direction alone is not a verdict, and neither is a difference whose direction changed")
    func direction() {
        var process = EProcess()
        // The bets that the challenger is worse are lost first.
        for numbers in [(20, 2), (2, 40), (5, 40)] {
            process.add(
                .init(
                    champion: .init(count: 500, sum: Double(numbers.0)),
                    challenger: .init(count: 500, sum: Double(numbers.1)),
                    weight: 0.5
                )
            )
        }
        let inputs = VerdictInputs(
            sampleRatio: Evidence(),
            isGuardrailBroken: false,
            goal: process,
            interval: nil,
            smallestEffect: nil
        )
        #expect(process.worse.logarithm < 0)
        #expect(process.better.rejects(atAlpha: 0.05))
        #expect(!process.different.rejects(atAlpha: 0.05))
        #expect(inputs.verdict == .notEnoughData)
    }

    @Test("evidence never rejects at a level that is not one")
    func levels() throws {
        let strong = try evidence(of: 100, events: 20)
        for alpha in [0, 1, -1, Double.nan] { #expect(!strong.rejects(atAlpha: alpha)) }
        #expect(Evidence().pValue == 1)
    }
}
