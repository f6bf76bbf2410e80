/// A canary with a guardrail on its errors, as the server watches it: 100 requests a second, and the counts of each second.
struct Canary {
    static let requestsPerSecond = 100
    /// The level of a guardrail.
    static let alpha = 0.01

    /// The share of the candidate in a second.
    var share: @Sendable (_ second: Int) -> Double = { _ in 0.5 }
    /// The rates of errors in a second.
    var champion: @Sendable (_ second: Int) -> Double
    var candidate: @Sendable (_ second: Int) -> Double
    var seconds = 600

    /// Returns the second in which it is rolled back; `nil` if it never is.
    func rollback(_ coin: inout Coin) -> Int? {
        var process = EProcess()
        for second in 1...seconds {
            let share = share(second)
            var (old, new) = (EProcess.Outcomes(count: 0, sum: 0), EProcess.Outcomes(count: 0, sum: 0))
            for _ in 0..<Self.requestsPerSecond {
                if coin.flip(share) {
                    new.count += 1
                    if coin.flip(candidate(second)) { new.sum += 1 }
                } else {
                    old.count += 1
                    if coin.flip(champion(second)) { old.sum += 1 }
                }
            }
            process.add(EProcess.Batch(champion: old, challenger: new, weight: share))
            // An outcome is an error, so this is the evidence that the candidate has more of them.
            if process.better.rejects(atAlpha: Self.alpha) { return second }
        }
        return nil
    }
}

extension Simulations {
    static func canaries(_ report: inout Report) async {
        for rate in [0, 0.02, 0.2] {
            await report.falseAlarms("canary at 50 %, both fail \(rate): rolled back", alpha: Canary.alpha) { coin in
                Canary(champion: { _ in rate }, candidate: { _ in rate }).rollback(&coin) != nil
            }
        }
        await report.falseAlarms("canary, 1, 10, 50 % while the errors go 0 to 10 %: rolled back", alpha: Canary.alpha)
        {
            coin in
            let rate: @Sendable (Int) -> Double = { 0.1 * Double($0) / 600 }
            let share: @Sendable (Int) -> Double = { $0 <= 200 ? 0.01 : $0 <= 400 ? 0.1 : 0.5 }
            return Canary(share: share, champion: rate, candidate: rate).rollback(&coin) != nil
        }
        let failing = Canary(champion: { _ in 0 }, candidate: { _ in 0.05 })
        await report.power("canary at 50 %, 0 and 5 % errors: seconds", quantile: 0.9, 2...7) { coin in
            failing.rollback(&coin)
        }
        await report.power("canary at 10 %, 0 and 5 % errors: seconds", quantile: 0.9, 5...15) { coin in
            Canary(share: { _ in 0.1 }, champion: { _ in 0 }, candidate: { _ in 0.05 }).rollback(&coin)
        }
    }
}
