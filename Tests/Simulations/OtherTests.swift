import Glibc

/// Single runs of the other sequential tests. Each returns whether the test rejects, or after how many requests.
enum OtherTests {
    /// Looks at the confidence sequence after every request.
    static func confidenceSequence(_ experiment: Experiment, alpha: Double, _ coin: inout Coin) -> Bool {
        anyLook(experiment, &coin) { difference in
            guard let interval = ConfidenceSequence(rates: difference)?.interval(alpha: alpha) else { return false }
            return interval.lower > 0 || interval.upper < 0
        }
    }

    /// Looks at the fixed-sample z test after every request from the 100th on.
    static func peekedZ(_ experiment: Experiment, alpha: Double, _ coin: inout Coin) -> Bool {
        guard let critical = NormalDistribution.critical(alpha: alpha) else { return false }
        return anyLook(experiment, &coin) { difference in
            guard difference.first.count + difference.second.count >= 100 else { return false }
            let (m, n) = (Double(difference.first.count), Double(difference.second.count))
            let pooled = Double(difference.first.successes + difference.second.successes) / (m + n)
            let variance = pooled * (1 - pooled) * (1 / m + 1 / n)
            return variance > 0 && difference.difference * difference.difference > critical * critical * variance
        }
    }

    private static func anyLook(
        _ experiment: Experiment,
        _ coin: inout Coin,
        _ rejects: (ProportionDifference) -> Bool
    ) -> Bool {
        var counts = [0, 0]
        var successes = [0, 0]
        var isRejected = false
        experiment.run(&coin) { isChallenger, isSuccess, _ in
            let arm = isChallenger ? 1 : 0
            counts[arm] += 1
            if isSuccess { successes[arm] += 1 }
            if let first = Proportion(successes: successes[0], count: counts[0]),
                let second = Proportion(successes: successes[1], count: counts[1])
            {
                isRejected = rejects(ProportionDifference(first, second))
            }
            return !isRejected
        }
        return isRejected
    }

    /// Returns after how many requests the sample ratio raises the alarm. Stages change the weights.
    static func sampleRatio(
        requests: Int,
        declared: (Double) -> Double,
        actual: (Double) -> Double,
        _ coin: inout Coin
    ) -> Int? {
        guard var ratio = SampleRatio(weights: [1 - declared(0), declared(0)]) else { return nil }
        var weight = declared(0)
        for index in 0..<requests {
            let time = Double(index) / Double(requests)
            if declared(time) != weight {
                weight = declared(time)
                ratio.change(weights: [1 - weight, weight])
            }
            ratio.add(coin.flip(actual(time)) ? [0, 1] : [1, 0])
            if ratio.isAlarming { return index + 1 }
        }
        return nil
    }

    /// Cases that only one of two equal classifiers gets right.
    static func mcNemar(cases: Int, alpha: Double, _ coin: inout Coin) -> Bool {
        var (first, second) = (0, 0)
        for _ in 0..<cases {
            if coin.flip(0.5) { first += 1 } else { second += 1 }
            guard let pair = McNemar(onlyFirst: first, onlySecond: second) else { return false }
            if pair.logEvidence >= -log(alpha) { return true }
        }
        return false
    }

    /// Returns after how many requests a rate is found to be above the limit.
    ///
    /// The evidence rises only with an event, so it is enough to look at events.
    static func rateGuard(limit: Double, rate: Double, requests: Int, alpha: Double, _ coin: inout Coin) -> Int? {
        guard var watch = RateGuard(limit: limit) else { return nil }
        for index in 1...requests where coin.flip(rate) {
            watch.add(events: 1, of: index - watch.count)
            if watch.evidence.rejects(atAlpha: alpha) { return index }
        }
        return nil
    }
}
