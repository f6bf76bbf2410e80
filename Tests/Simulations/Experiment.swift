/// The requests of an experiment, routed by a coin.
struct Experiment {
    let requests: Int
    /// The probability of the challenger, at a time from 0 to 1.
    let weight: @Sendable (Double) -> Double
    let championRate: @Sendable (Double) -> Double
    let challengerRate: @Sendable (Double) -> Double

    /// Both arms have the same rate.
    static func null(
        weight: @escaping @Sendable (Double) -> Double,
        rate: @escaping @Sendable (Double) -> Double = { _ in 0.05 }
    ) -> Experiment {
        Experiment(requests: 20_000, weight: weight, championRate: rate, challengerRate: rate)
    }

    /// A canary's stages: 1, 10, 50 and 90 %.
    @Sendable static func staged(_ time: Double) -> Double { [0.01, 0.1, 0.5, 0.9][min(3, Int(time * 4))] }

    @Sendable static func drifting(_ time: Double) -> Double { 0.02 + 0.14 * time }

    /// Calls a function with each request, until it returns `false`.
    func run(_ coin: inout Coin, _ observe: (_ isChallenger: Bool, _ isSuccess: Bool, _ weight: Double) -> Bool) {
        for index in 0..<requests {
            let time = Double(index) / Double(requests)
            let weight = weight(time)
            let isChallenger = coin.flip(weight)
            let isSuccess = coin.flip(isChallenger ? challengerRate(time) : championRate(time))
            if !observe(isChallenger, isSuccess, weight) { return }
        }
    }
}

/// After how many requests each hypothesis was rejected, and the first verdict on the goal was given. `nil` if it was not.
struct Decisions: Sendable {
    private(set) var better: Int?
    private(set) var worse: Int?
    private(set) var different: Int?
    private(set) var verdict: Int?

    /// - Parameter batchSize: The number of requests after which the process is updated.
    init(of experiment: Experiment, alpha: Double, batchSize: Int = 1, _ coin: inout Coin) {
        var process = EProcess()
        var batch = EProcess.Batch.one(false, false, 0)
        var count = 0
        var found = [Int?](repeating: nil, count: 4)
        experiment.run(&coin) { isChallenger, isSuccess, weight in
            let next = EProcess.Batch.one(isChallenger, isSuccess, weight)
            count += 1
            if count % batchSize == 1 % batchSize {
                batch = next
            } else {
                batch.champion.count += next.champion.count
                batch.champion.sum += next.champion.sum
                batch.challenger.count += next.challenger.count
                batch.challenger.sum += next.challenger.sum
            }
            guard count % batchSize == 0 else { return true }
            process.add(batch)
            if found[0] == nil, process.better.rejects(atAlpha: alpha) { found[0] = count }
            if found[1] == nil, process.worse.rejects(atAlpha: alpha) { found[1] = count }
            if found[2] == nil, process.different.rejects(atAlpha: alpha) { found[2] = count }
            if found[3] == nil, found[2] != nil {
                let inputs = VerdictInputs(
                    sampleRatio: Evidence(),
                    isGuardrailBroken: false,
                    goal: process,
                    interval: nil,
                    smallestEffect: nil,
                    alpha: alpha
                )
                if inputs.verdict != .notEnoughData { found[3] = count }
            }
            return found.contains(nil)
        }
        (better, worse, different, verdict) = (found[0], found[1], found[2], found[3])
    }
}

extension EProcess.Batch {
    /// A batch of one request.
    static func one(_ isChallenger: Bool, _ isSuccess: Bool, _ weight: Double) -> Self {
        let this = EProcess.Outcomes(count: 1, sum: isSuccess ? 1 : 0)
        let none = EProcess.Outcomes(count: 0, sum: 0)
        return Self(champion: isChallenger ? none : this, challenger: isChallenger ? this : none, weight: weight)
    }
}

/// Units that send several requests and stay with their arm. One in ten fails half of its requests, the others none.
struct StickyUnits {
    /// Returns whether the evidence rejects equal rates within 20,000 requests.
    ///
    /// - Parameter firstOnly: Whether only the first outcome of a unit counts.
    static func rejects(firstOnly: Bool, alpha: Double, _ coin: inout Coin) -> Bool {
        var units: [(isChallenger: Bool, rate: Double)] = []
        var seen = Set<Int>()
        var process = EProcess()
        for _ in 0..<20_000 {
            // A new unit with every tenth request; the others are of the latest 200 units.
            if units.isEmpty || coin.flip(0.1) { units.append((coin.flip(0.5), coin.flip(0.1) ? 0.5 : 0)) }
            let recent = min(200, units.count)
            let index = units.count - 1 - Int(coin.uniform() * Double(recent))
            let isSuccess = coin.flip(units[index].rate)
            guard seen.insert(index).inserted || !firstOnly else { continue }
            process.add(.one(units[index].isChallenger, isSuccess, 0.5))
            if process.different.rejects(atAlpha: alpha) { return true }
        }
        return false
    }
}
