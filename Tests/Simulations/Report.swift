import Foundation

/// Runs simulations and prints a line for each.
struct Report {
    static let runs = 2000
    private(set) var hasFailed = false
    private var seed: UInt64 = 1

    /// Prints the share of false alarms.
    ///
    /// It passes if the number of them is at most the 99.9 % quantile of a binomial distribution with probability alpha: a test that
    /// keeps its level fails this by chance once in a thousand.
    ///
    /// - Parameter run: Returns whether there was an alarm, for each of the names.
    mutating func falseAlarms(
        _ names: [String],
        alpha: Double,
        _ run: @escaping @Sendable (inout Coin) -> [Bool]
    ) async {
        let started = Date()
        let results = await results(Self.runs, run)
        let bound = Self.bound(runs: Self.runs, alpha: alpha)
        for (index, name) in names.enumerated() {
            let alarms = results.count { $0[index] }
            line(name, alarms, Self.runs, "at most \(bound)", alarms <= bound, started)
        }
    }

    mutating func falseAlarms(
        _ name: String,
        alpha: Double,
        _ run: @escaping @Sendable (inout Coin) -> Bool
    ) async {
        await falseAlarms([name], alpha: alpha) { [run(&$0)] }
    }

    /// Prints the share of false alarms of a test that must not be used like this, to show that the simulation would find it.
    mutating func control(
        _ name: String,
        atLeast least: Double,
        _ run: @escaping @Sendable (inout Coin) -> Bool
    ) async {
        let started = Date()
        let runs = 400
        let alarms = await results(runs, run).count { $0 }
        let bound = Int(least * Double(runs))
        line(name, alarms, runs, "at least \(bound)", alarms >= bound, started)
    }

    /// Prints after how many requests a real difference is found. It passes if a quantile is in a range.
    mutating func power(
        _ name: String,
        quantile: Double = 0.5,
        _ range: ClosedRange<Int>,
        runs: Int = Report.runs,
        _ run: @escaping @Sendable (inout Coin) -> Int?
    ) async {
        let started = Date()
        let found = await results(runs, run).map { $0 ?? .max }.sorted()
        let value = found[Int(quantile * Double(runs - 1))]
        let text = value == .max ? "not found" : "\(value)"
        let wanted = "\(range.lowerBound) to \(range.upperBound)"
        line("\(name), p\(Int(quantile * 100))", text, wanted, range.contains(value), started)
    }

    /// Returns the results in the order of the runs. Each run has random numbers of its own, so they do not depend on threads.
    private mutating func results<Result: Sendable>(
        _ runs: Int,
        _ run: @escaping @Sendable (inout Coin) -> Result
    ) async -> [Result] {
        let first = seed
        seed += UInt64(runs)
        let threads = max(2, ProcessInfo.processInfo.activeProcessorCount)
        return await withTaskGroup(of: (Int, [Result]).self) { group in
            for thread in 0..<threads {
                group.addTask {
                    let slice = runs * thread / threads..<runs * (thread + 1) / threads
                    return (
                        thread,
                        slice.map { index in
                            var coin = Coin(seed: first + UInt64(index))
                            return run(&coin)
                        }
                    )
                }
            }
            var parts: [(Int, [Result])] = []
            for await part in group { parts.append(part) }
            return parts.sorted { $0.0 < $1.0 }.flatMap(\.1)
        }
    }

    /// Returns the smallest number with P(X > number) ≤ 0.001.
    private static func bound(runs: Int, alpha: Double) -> Int {
        (0..<runs).first { BinomialDistribution.upperTail($0 + 1, trials: runs, probability: alpha) ?? 1 <= 0.001 }
            ?? runs
    }

    private mutating func line(
        _ name: String,
        _ alarms: Int,
        _ runs: Int,
        _ wanted: String,
        _ passes: Bool,
        _ started: Date
    ) {
        let share = String(format: "%.3f", Double(alarms) / Double(runs))
        line(name, "\(alarms) of \(runs) (\(share))", wanted, passes, started)
    }

    private mutating func line(_ name: String, _ text: String, _ wanted: String, _ passes: Bool, _ started: Date) {
        if !passes { hasFailed = true }
        func padded(_ text: String, _ width: Int) -> String {
            text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
        }
        let seconds = String(format: "%5.1f s", Date().timeIntervalSince(started))
        print(padded(name, 72), padded(text, 22), padded(wanted, 16), passes ? "pass" : "FAIL", seconds)
    }
}
