import Definitions
import InferenceLog
import Statistics

/// What was collected about a challenger and its champion.
struct ShadowPairs {
    var model: String
    var requests = 0
    var failures = 0
    var decisions = 0
    var equalDecisions = 0
    var champion: [Double] = []
    var challenger: [Double] = []
    var elapsed: [Double] = []
    var championElapsed: [Double] = []
    var labeledPairs = 0
    var championRight = 0
    var challengerRight = 0
    var onlyChampion = 0
    var onlyChallenger = 0
    var examples: [Candidate] = []
    /// The rows that only one of the two got right by their first labels, with the times at which they came.
    private var discordant: [(time: Int64, isChallengerRight: Bool)] = []
    private var smallestExample = -Double.infinity

    struct Candidate {
        var batch: Int
        var entry: Int
        var row: Int
        var champion: Double
        var challenger: Double
        /// Different decisions come before equal ones.
        var rank: Double
    }

    init(model: String) { self.model = model }

    mutating func add(_ challenger: ShadowSide, _ champion: ShadowSide, _ table: LabelTable) {
        requests += 1
        if challenger.hasFailed { failures += 1 } else { elapsed.append(challenger.milliseconds) }
        if !champion.hasFailed { championElapsed.append(champion.milliseconds) }
        guard !challenger.hasFailed, !champion.hasFailed, let one = challenger.prediction, let two = champion.prediction
        else { return }
        let (rows, others) = (challenger.batch.rows(at: challenger.entry), champion.batch.rows(at: champion.entry))
        guard rows.count == others.count else { return }
        let slot = table.isEmpty ? nil : table.slot(champion.batch, index: champion.index, entry: champion.entry)
        let logged = slot.map { _ in LoggedRows(champion.batch, champion.entry) }
        for (index, (row, other)) in zip(rows, others).enumerated() {
            var isEqual = true
            if let first = one.decision(row), let second = two.decision(other) {
                decisions += 1
                isEqual = first == second
                if isEqual { equalDecisions += 1 }
            }
            // With several classes, the score of the champion's class is compared.
            let best = two.bestClass(other) ?? 0
            if let mine = one.number(row, class: best), let theirs = two.number(other, class: best),
                (mine - theirs).isFinite
            {
                self.champion.append(theirs)
                self.challenger.append(mine)
                keep(champion, index, mine, theirs, isEqual)
            }
            guard let label = logged.flatMap({ slot?.value(row: $0.number(index), of: $0.total) }),
                let right = one.isRight(row, label),
                let championIsRight = two.isRight(other, label)
            else { continue }
            labeledPairs += 1
            if right { challengerRight += 1 }
            if championIsRight { championRight += 1 }
            if right, !championIsRight { onlyChallenger += 1 }
            if championIsRight, !right { onlyChampion += 1 }
            guard let slot, let first = logged.flatMap({ slot.firstValue(row: $0.number(index), of: $0.total) }),
                let wasRight = one.isRight(row, first), let championWasRight = two.isRight(other, first),
                wasRight != championWasRight
            else { continue }
            discordant.append((max(slot.firstTime, champion.batch.times[champion.entry]), wasRight))
        }
    }

    /// The largest evidence of McNemar's test so far, as a logarithm. Labels count in the order in which they came.
    var maximumEvidence: Double {
        var maximum = 0.0
        var counts = (champion: 0, challenger: 0)
        for index in discordant.indices.sorted(by: { (discordant[$0].time, $0) < (discordant[$1].time, $1) }) {
            if discordant[index].isChallengerRight { counts.challenger += 1 } else { counts.champion += 1 }
            let test = McNemar(onlyFirst: counts.champion, onlySecond: counts.challenger)
            maximum = max(maximum, test?.logEvidence ?? 0)
        }
        return maximum
    }

    /// Keeps a row if it is among those with the largest differences.
    private mutating func keep(
        _ champion: ShadowSide,
        _ row: Int,
        _ mine: Double,
        _ theirs: Double,
        _ isEqual: Bool
    ) {
        let rank = (mine - theirs).magnitude + (isEqual ? 0 : 1e6)
        guard rank > smallestExample else { return }
        examples.append(
            Candidate(
                batch: champion.index,
                entry: champion.entry,
                row: row,
                champion: theirs,
                challenger: mine,
                rank: rank
            )
        )
        guard examples.count >= 200 else { return }
        examples = Array(examples.sorted { $0.rank > $1.rank }.prefix(20))
        smallestExample = examples[examples.count - 1].rank
    }
}

/// One of the two entries of a pair.
struct ShadowSide {
    let batch: LogBatch
    let index: Int
    let entry: Int
    let prediction: BatchPrediction?

    init(_ batch: LogBatch, _ index: Int, _ entry: Int, _ prediction: BatchPrediction?) {
        self.batch = batch
        self.index = index
        self.entry = entry
        self.prediction = prediction
    }

    var hasFailed: Bool { batch.flags(at: entry).contains(.failed) }
    var milliseconds: Double { Double(batch.elapsed[entry]) / 1e6 }
}
