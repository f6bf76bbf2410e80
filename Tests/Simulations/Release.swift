import Foundation

/// The release of a candidate: pairs from a replay and from a shadow deploy, then the units of a canary whose share rises.
///
/// The champion is right on nine units of ten. The two differ on some of them.
struct Release {
    var replay = 300
    var shadow = 500
    var canary = 4000
    /// How much more often the candidate is right.
    let effect: Double
    /// The share of the units on which only one of the two is right.
    var discordant = 0.1
    /// The evidence at which the replay ends.
    var enough = Double.infinity
    /// Whether the replay begins anew, with nothing counted, until it has enough: the candidate was lucky.
    var isLucky = false
    /// How many replays are made, of which the best one counts, which must not be.
    var replays = 1
    /// Whether the shadow deploy counts the replayed pairs again, which it must not.
    var countsTwice = false

    private static let championRate = 0.9

    /// Returns the difference of the outcomes of one unit.
    private func pair(_ coin: inout Coin) -> Double {
        let place = coin.uniform()
        if place < (discordant + effect) / 2 { return 1 }
        return place < discordant ? -1 : 0
    }

    private func replayed(_ coin: inout Coin) -> [Double] {
        var evidence = PairedEvidence()
        var pairs: [Double] = []
        while pairs.count < replay {
            pairs.append(pair(&coin))
            evidence.add(pairs[pairs.count - 1])
            if evidence.better.logarithm >= log(enough) { return pairs }
            if isLucky, pairs.count == replay { (evidence, pairs) = (PairedEvidence(), []) }
        }
        return pairs
    }

    private func bestReplay(_ coin: inout Coin) -> [Double] {
        (0..<replays).map { _ in replayed(&coin) }.max { $0.reduce(0, +) < $1.reduce(0, +) } ?? []
    }

    /// Returns after how many units the candidate was promoted; `nil` if it was not.
    func promotion(level: Double = 0.05, _ coin: inout Coin) -> Int? {
        let replayed = bestReplay(&coin)
        let shadowed = countsTwice ? replayed : (0..<shadow).map { _ in pair(&coin) }
        var steps: [LadderEvidence.Step] = []
        var units = 0
        for pairs in [replayed, shadowed] {
            var evidence = PairedEvidence()
            for pair in pairs {
                evidence.add(pair)
                units += 1
                // The evidence only rises with a unit that the candidate wins.
                guard pair > 0 else { continue }
                if LadderEvidence(steps + [.init(evidence.better)], level: level).isBetter { return units }
            }
            steps.append(.init(evidence.better))
        }
        return canary(after: steps, level, &coin).map { $0 + units }
    }

    private func canary(after steps: [LadderEvidence.Step], _ level: Double, _ coin: inout Coin) -> Int? {
        var process = EProcess()
        for unit in 0..<canary {
            let weight = Experiment.staged(Double(unit) / Double(canary))
            let isCandidate = coin.flip(weight)
            let isSuccess = coin.flip(Self.championRate + (isCandidate ? effect : 0))
            let before = process.better.maximum
            process.add(.one(isCandidate, isSuccess, weight))
            guard process.better.maximum > before else { continue }
            if LadderEvidence(steps + [.init(process.better)], level: level).isBetter { return unit + 1 }
        }
        return nil
    }

    /// Returns whether the candidate did better in the replay, which must not be enough.
    func winsReplay(_ coin: inout Coin) -> Bool { replayed(&coin).reduce(0, +) > 0 }
}

/// A loop that retrains for ever: 200 releases, of which few are better.
struct ReleaseLoop {
    /// Whether each release gets its level by ``OnlineDiscovery``, or always alpha.
    let isControlled: Bool
    /// The probabilities of a worse and of a better candidate; the others are equal to the champion.
    private static let worse = 0.3
    private static let better = 0.1
    private static let alpha = 0.05

    /// Returns how many promotions were right and how many were not.
    func promotions(_ coin: inout Coin) -> (right: Int, wrong: Int) {
        guard var loop = OnlineDiscovery(alpha: Self.alpha) else { return (0, .max) }
        var (right, wrong) = (0, 0)
        for _ in 0..<200 {
            let kind = coin.uniform()
            let effect = kind < Self.worse ? -0.01 : kind < Self.worse + Self.better ? 0.05 : 0
            let level = loop.begin()
            let release = Release(canary: 1000, effect: effect)
            guard release.promotion(level: isControlled ? level : Self.alpha, &coin) != nil else { continue }
            loop.discover()
            if effect > 0 { right += 1 } else { wrong += 1 }
        }
        return (right, wrong)
    }

    /// Returns whether a promotion that is drawn at random was wrong. Its probability is the expected share of wrong ones.
    func isWrong(_ coin: inout Coin) -> Bool {
        let (right, wrong) = promotions(&coin)
        return wrong > 0 && coin.flip(Double(wrong) / Double(right + wrong))
    }
}
