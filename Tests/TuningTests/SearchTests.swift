import Testing

@testable import Tuning

@Suite struct SearchTests {
    private static let bowl: [SearchSpace.Parameter] = [
        .init("x", .continuous(-5...5, .linear)), .init("n", .integer(0...20, .linear)),
        .init("kind", .categorical(["a", "b", "c"])),
    ]

    /// The minimum is 0 at x = 1, n = 7, kind b.
    private static func cost(_ values: [String: String]) -> Double {
        let x = Double(values["x"] ?? "") ?? .nan
        let n = Double(values["n"] ?? "") ?? .nan
        return (x - 1) * (x - 1) + 0.1 * (n - 7) * (n - 7) + (values["kind"] == "b" ? 0 : 2)
    }

    private static func search(
        _ strategy: Search.Strategy,
        seed: UInt64,
        direction: Search.Direction = .minimize
    ) throws -> Search {
        try Search(SearchSpace(bowl), strategy: strategy, direction: direction, seed: seed)
    }

    /// Runs trials, `width` at once, and ends the oldest first. Returns the values of the trials in order.
    private static func run(_ search: inout Search, count: Int, width: Int, sign: Double = 1) -> [[String: String]] {
        var trials: [Search.Trial] = []
        var ended = 0
        while ended < count {
            while trials.count < count, trials.count - ended < width, let trial = search.propose() {
                trials.append(trial)
            }
            guard ended < trials.count else { break }
            search.observe(trials[ended].number, sign * cost(trials[ended].values))
            ended += 1
        }
        return trials.map(\.values)
    }

    @Test("the same seed gives the same trials", arguments: [Search.Strategy.random, .bayesian])
    func reproducible(strategy: Search.Strategy) throws {
        var searches = try [Self.search(strategy, seed: 4), Self.search(strategy, seed: 4)]
        let first = Self.run(&searches[0], count: 12, width: 3)
        #expect(first == Self.run(&searches[1], count: 12, width: 3))
        var other = try Self.search(strategy, seed: 5)
        #expect(first != Self.run(&other, count: 12, width: 3))
    }

    @Test("maximizing equals minimizing the negative")
    func directions() throws {
        var down = try Self.search(.bayesian, seed: 2)
        var up = try Self.search(.bayesian, seed: 2, direction: .maximize)
        #expect(Self.run(&down, count: 10, width: 2) == Self.run(&up, count: 10, width: 2, sign: -1))
    }

    @Test("a search continues the same way after its trials are replayed")
    func replay() throws {
        var whole = try Self.search(.bayesian, seed: 9)
        let trials = Self.run(&whole, count: 9, width: 1)
        var again = try Self.search(.bayesian, seed: 9)
        for values in trials.prefix(6) {
            let trial = again.adopt(values)
            again.observe(trial.number, Self.cost(values))
        }
        for values in trials.dropFirst(6) {
            let proposal = again.propose()
            let trial = try #require(proposal)
            #expect(trial.values == values)
            again.observe(trial.number, Self.cost(values))
        }
    }

    @Test("the Bayesian strategy finds the bottom of a bowl with three concurrent trials")
    func bowl() throws {
        var search = try Self.search(.bayesian, seed: 1)
        let best = Self.run(&search, count: 20, width: 3).map(Self.cost).min() ?? .infinity
        #expect(best < 0.3)
    }

    @Test("failed trials and extreme values do not stop the search")
    func failures() throws {
        var search = try Self.search(.bayesian, seed: 1)
        for number in 0..<12 {
            let proposal = search.propose()
            let trial = try #require(proposal)
            switch number % 3 {
            case 0: search.fail(trial.number)
            case 1: search.observe(trial.number, number == 4 ? .nan : 1e300)
            default: search.observe(trial.number, Double(number))
            }
        }
    }

    @Test("a grid tries each combination once, and supports only categories")
    func grid() throws {
        let space = try SearchSpace([
            .init("a", .categorical(["1", "2"])), .init("b", .categorical(["x", "y", "z"])),
        ])
        var search = try Search(space, strategy: .grid, direction: .minimize, seed: 0)
        var seen: [[String: String]] = []
        while let trial = search.propose() { seen.append(trial.values) }
        #expect(seen.count == 6)
        #expect(Set(seen).count == 6)
        #expect(throws: SearchSpace.Problem.self) { try Self.search(.grid, seed: 0) }
    }

    @Test("a search ends when a small space is exhausted", arguments: [Search.Strategy.random, .bayesian])
    func exhausted(strategy: Search.Strategy) throws {
        let space = try SearchSpace([.init("n", .integer(1...3, .auto)), .init("b", .categorical(["x", "y"]))])
        var search = try Search(space, strategy: strategy, direction: .minimize, seed: 3)
        var seen: Set<[String: String]> = []
        while let trial = search.propose() {
            #expect(seen.insert(trial.values).inserted)
            search.observe(trial.number, Double(seen.count))
        }
        #expect(seen.count == 6)
    }

    @Test("a search starts where an earlier one found good values", arguments: [true, false])
    func warmStart(isComparable: Bool) throws {
        var earlier = try Self.search(.bayesian, seed: 1)
        let trials = Self.run(&earlier, count: 20, width: 1).map { (values: $0, objective: Self.cost($0)) }
        var search = try Self.search(.bayesian, seed: 2)
        search.learn(trials, isComparable: isComparable)
        search.learn([(["x": "100", "n": "1", "kind": "a"], -1000)], isComparable: isComparable)
        let best = Self.run(&search, count: 4, width: 1).map(Self.cost).min() ?? .infinity
        #expect(best < 1)
    }
}
