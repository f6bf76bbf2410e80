import Testing

@testable import Tuning

@Suite struct EarlyStoppingTests {
    /// Li et al. 2018, table 1: R = 81, η = 3.
    @Test("the brackets match the paper")
    func brackets() {
        let brackets = Hyperband(minSteps: 1, maxSteps: 81).brackets.map { $0.map { [$0.trials, $0.steps] } }
        #expect(
            brackets == [
                [[81, 1], [27, 3], [9, 9], [3, 27], [1, 81]],
                [[34, 3], [11, 9], [3, 27], [1, 81]],
                [[15, 9], [5, 27], [1, 81]],
                [[8, 27], [2, 81]],
                [[5, 81]],
            ]
        )
    }

    @Test("steps beyond the limit count as the limit", arguments: [Int.max, 1 << 62, 1 << 41])
    func mostSteps(steps: Int) {
        let brackets = Hyperband(minSteps: 1, maxSteps: steps).brackets
        #expect(brackets.last?.map(\.steps) == [Hyperband.stepLimit])
        #expect(Hyperband(minSteps: steps, maxSteps: steps).brackets.count == 1)
        #expect(Hyperband(minSteps: .min, maxSteps: .min).brackets == [[.init(trials: 1, steps: 1)]])
    }

    @Test("brackets take turns in proportion to their sizes")
    func turns() {
        let hyperband = Hyperband(minSteps: 1, maxSteps: 9)
        // Sizes 9, 5, 3.
        let counts = (0..<34).reduce(into: [0, 0, 0]) { $0[hyperband.bracket(of: $1)] += 1 }
        #expect(counts == [18, 10, 6])
    }

    @Test("at a rung the worst two thirds stop; at the last rung none stops, and beyond it all stop")
    func rungs() throws {
        let space = try SearchSpace([.init("x", .continuous(0...1, .linear))])
        var search = try Search(
            space,
            strategy: .hyperband(minSteps: 1, maxSteps: 9),
            direction: .maximize,
            seed: 1
        )
        for _ in 0..<9 { _ = search.propose() }
        // The first bracket contains trials 0 to 8 and has rungs at 1, 3 and 9 steps.
        let first = [(0, 0.5), (1, 0.9), (2, 0.1), (3, 0.95), (4, 0.2)].map { search.report($0.0, $0.1) }
        #expect(first == [true, true, false, true, false])
        let later = (2...9).map { search.report(1, 0.9 + Double($0) / 1000) }
        #expect(later == [true, true, true, true, true, true, true, true])
        #expect(search.steps(of: 1) == 9)
        let past = search.report(1, 0.91)
        #expect(!past)
    }

    /// Golovin et al. 2017, section 3.2.2: compares the best value so far with the median of running averages.
    @Test("a trial stops when its best value is worse than the median of the others' averages")
    func median() {
        var rule = MedianStoppingRule()
        rule.finish([4, 3, 2, 1, 1])
        rule.finish([5, 5, 5, 5, 5])
        #expect(!rule.stops([9, 9, 9, 9]))
        rule.finish([8, 6, 4, 2])
        // Averages of the first four steps: 2.5, 5 and 5.
        #expect(rule.stops([9, 9, 9, 6]))
        #expect(!rule.stops([9, 9, 9, 5]))
        #expect(!rule.stops([9, 9, 9]))
        // Only two trials have reached five steps.
        #expect(!rule.stops([9, 9, 9, 9, 9]))
    }

    @Test("early stopping compares running trials with ended ones")
    func search() throws {
        let space = try SearchSpace([.init("x", .continuous(0...1, .linear))])
        var search = try Search(space, strategy: .random, direction: .maximize, seed: 1, stopsEarly: true)
        for number in 0..<3 {
            _ = search.propose()
            let verdicts = [0.5, 0.6, 0.7, 0.8].map { search.report(number, $0) }
            #expect(verdicts == [true, true, true, true])
            search.observe(number, 0.8)
        }
        _ = search.propose()
        let worse = [0.1, 0.1, 0.1, 0.2].map { search.report(3, $0) }
        #expect(worse == [true, true, true, false])
        search.restart(3)
        let better = [0.1, 0.1, 0.1, 0.9].map { search.report(3, $0) }
        #expect(better == [true, true, true, true])
    }
}
