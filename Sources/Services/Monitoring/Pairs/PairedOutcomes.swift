import Definitions
import InferenceLog
import Pipelines

/// Collects the outcomes of a goal for a challenger and its champion on the same requests.
///
/// A unit counts once, with its first pair. Labels count in the order in which they came, with their first value.
struct PairedOutcomes {
    /// What a report records at most. Evidence that has not decided by then is not going to.
    static let differenceLimit = 100_000

    private struct Outcome {
        var time: Int64
        var unit: UInt64
        var champion: Double
        var challenger: Double
    }

    private let metric: ResolvedMetric
    private let excluded: Set<UInt64>
    private var outcomes: [Outcome] = []

    /// - Parameter excluded: The units that an earlier step has counted.
    init(_ metric: ResolvedMetric, excluding excluded: Set<UInt64>) {
        self.metric = metric
        self.excluded = excluded
    }

    /// - Parameters:
    ///   - challenger: `nil` if it failed.
    ///   - slot: The labels of the request.
    mutating func add(
        _ champion: Double?,
        _ challenger: Double?,
        unit: UInt64,
        at time: Int64,
        _ slot: LabelTable.Slot?
    ) {
        // To fail is the worst outcome; to leave such requests out would favor the challenger.
        guard !excluded.contains(unit), let champion, let challenger = challenger ?? metric.worstValue else { return }
        // A label that came before its inference was known only then.
        let known = metric.needsLabel ? max(slot?.firstTime ?? time, time) : time
        outcomes.append(Outcome(time: known, unit: unit, champion: champion, challenger: challenger))
    }

    /// Returns what was collected, and the units of it that count.
    func inputs() -> (inputs: PairedInputs, counted: Set<UInt64>) {
        var counted: Set<UInt64> = []
        var (champion, challenger, difference) = (TallyBuilder(), TallyBuilder(), TallyBuilder())
        var differences: [Double] = []
        var uncounted = 0
        // The order of the log among equal times.
        for index in outcomes.indices.sorted(by: { (outcomes[$0].time, $0) < (outcomes[$1].time, $1) }) {
            let outcome = outcomes[index]
            guard !counted.contains(outcome.unit) else { continue }
            guard differences.count < Self.differenceLimit else {
                uncounted += 1
                continue
            }
            counted.insert(outcome.unit)
            champion.add(outcome.champion)
            challenger.add(outcome.challenger)
            difference.add(outcome.challenger - outcome.champion)
            if let one = metric.scaled(outcome.champion), let two = metric.scaled(outcome.challenger), one != two {
                differences.append(two - one)
            }
        }
        let inputs = PairedInputs(
            champion: champion.tally,
            challenger: challenger.tally,
            difference: difference.tally,
            differences: differences,
            problem: metric.range == nil ? "The goal is not a rate and declares no 'minimum' and 'maximum'." : nil,
            isRate: metric.isRate,
            uncounted: uncounted
        )
        return (inputs, counted)
    }
}

extension ResolvedMetric {
    /// The end of the range that nobody wants; `nil` without a range.
    fileprivate var worstValue: Double? { range.map { isHigherBetter ? $0.lowerBound : $0.upperBound } }
}
