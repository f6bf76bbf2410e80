import Definitions
import Encodings
import Foundation
import InferenceLog
import Pipelines
import Statistics

/// Compares the challengers of a shadow deploy with their champions, row by row.
struct ShadowGatherer {
    private static let exampleCount = 20

    private let subject: Monitoring.Subject
    private let labels: LabelSettings?
    /// `nil` if no goal is compared.
    private let goal: PairedGoalSettings?
    private let excluded: Set<UInt64>
    private var pairs: [Key: ShadowPairs] = [:]
    private var order: [Key] = []
    private var layouts: [String: Layout] = [:]
    private var outcomes: [Key: PairedOutcomes] = [:]
    private var values: [ValueKey: BatchMetric] = [:]
    /// The runs of each champion, by its name and version. Challengers do not run on a request whose champion fails.
    private var championRuns: [String: (runs: Int, failures: Int)] = [:]
    private(set) var entries = 0
    private(set) var skippedLines = 0
    /// Challengers' entries whose champion's is not in the window.
    private(set) var unpaired = 0

    /// The outputs of a model version, and what is read of them.
    private struct Layout {
        var layout: TensorLayout
        var prediction: Prediction?
        var goal: ResolvedMetric?
    }

    /// The goal's values of a model version in a batch.
    private struct ValueKey: Hashable {
        var batch: Int
        var version: String
    }

    private struct Key: Hashable {
        var name: String
        var version: String
        var champion: String
        var championVersion: String
    }

    /// - Parameter excluded: The units that an earlier step of a release has counted. They do not count for the goal again.
    init(_ subject: Monitoring.Subject, goal: PairedGoalSettings? = nil, excluding excluded: Set<UInt64> = []) {
        self.subject = subject
        self.goal = goal
        self.excluded = excluded
        labels = subject.settings.labels
    }

    mutating func gather(_ batches: [LogBatch], _ table: LabelTable) -> GatheredPairs {
        // The newest entry of a champion for each id. Its challengers come after it, perhaps in another segment.
        var champions: [UInt64: (batch: Int32, entry: Int32)] = [:]
        var predictions: [Int: [BatchPrediction?]] = [:]
        let range = range(of: batches)
        for (index, batch) in batches.enumerated() {
            skippedLines += batch.skippedLines
            let subjects = batch.subjects
            predictions[index] = subjects.map { subject in
                guard let known = layouts[subject.modelVersion], let prediction = known.prediction else { return nil }
                return BatchPrediction(prediction, known.layout, batch, range.decisions(prediction, labels?.kind))
            }
            for range in batch.entryRanges {
                for entry in range {
                    entries += 1
                    let code = Int(batch.subjectCodes[entry])
                    guard subjects[code].role == "challenger" else {
                        count(subjects[code], hasFailed: batch.flags(at: entry).contains(.failed))
                        champions[batch.idHashes[entry]] = (Int32(clamping: index), Int32(clamping: entry))
                        continue
                    }
                    guard let champion = champions[batch.idHashes[entry]] else {
                        unpaired += 1
                        continue
                    }
                    let other = batches[Int(champion.batch)]
                    add(
                        ShadowSide(batch, index, entry, predictions[index]?[code] ?? nil),
                        ShadowSide(
                            other,
                            Int(champion.batch),
                            Int(champion.entry),
                            predictions[Int(champion.batch)]?[Int(other.subjectCodes[Int(champion.entry)])] ?? nil
                        ),
                        table
                    )
                }
            }
        }
        return GatheredPairs(
            order.sorted { ($0.name, $0.version) < ($1.name, $1.version) }.map { key in
                var comparison = comparison(key, batches, range)
                let (inputs, counted) = outcomes[key]?.inputs() ?? (nil, [])
                comparison.goal = goal.flatMap { inputs?.comparison($0.metric, isDeclared: $0.isDeclared) }
                return GatheredPairs.Challenger(comparison: comparison, inputs: inputs, counted: counted)
            }
        )
    }

    /// Returns what all of the predictions are that are single numbers.
    private mutating func range(of batches: [LogBatch]) -> NumberRange {
        var range = NumberRange()
        for batch in batches {
            for subject in batch.subjects { prepare(subject.modelVersion) }
            let predictions = batch.subjects.map { subject in
                layouts[subject.modelVersion].flatMap { known in
                    known.prediction.map { BatchPrediction($0, known.layout, batch) }
                }
            }
            for entries in batch.entryRanges {
                for entry in entries {
                    guard let prediction = predictions[Int(batch.subjectCodes[entry])], prediction.classCount == 0
                    else { continue }
                    for row in batch.rows(at: entry) { prediction.number(row).map { range.add($0) } }
                }
            }
        }
        return range
    }

    private mutating func count(_ champion: LogEntrySubject, hasFailed: Bool) {
        let name = "\(champion.variant ?? champion.modelName)@\(champion.modelVersion)"
        championRuns[name, default: (0, 0)].runs += 1
        if hasFailed { championRuns[name, default: (0, 0)].failures += 1 }
    }

    /// Resolves the prediction of a model version by its own signature.
    private mutating func prepare(_ version: String) {
        guard layouts[version] == nil else { return }
        let outputs = subject.models[version]?.signature.outputs ?? subject.layout.outputs
        let layout = TensorLayout(
            inputs: subject.layout.inputs,
            outputs: outputs,
            keys: Array(subject.layout.keys)
        )
        layouts[version] = Layout(
            layout: layout,
            prediction: try? Prediction(labels, layout),
            goal: goal.flatMap { try? ResolvedMetric($0.metric, labels, layout) }
        )
    }

    private mutating func add(_ challenger: ShadowSide, _ champion: ShadowSide, _ table: LabelTable) {
        let (one, two) = (challenger.batch.subject(at: challenger.entry), champion.batch.subject(at: champion.entry))
        let key = Key(
            name: one.variant ?? one.modelName,
            version: one.modelVersion,
            champion: two.variant ?? two.modelName,
            championVersion: two.modelVersion
        )
        if pairs[key] == nil {
            pairs[key] = ShadowPairs(model: one.modelName)
            order.append(key)
        }
        pairs[key]?.add(challenger, champion, table)
        addGoal(key, challenger, champion, table)
    }

    private mutating func addGoal(
        _ key: Key,
        _ challenger: ShadowSide,
        _ champion: ShadowSide,
        _ table: LabelTable
    ) {
        guard let metric = layouts[key.championVersion]?.goal, layouts[key.version]?.goal != nil else { return }
        let slot = table.isEmpty ? nil : table.slot(champion.batch, index: champion.index, entry: champion.entry)
        let units = CountedUnits(champion.batch, hashKey: subject.pipeline.version.hashKey)
        outcomes[key, default: PairedOutcomes(metric, excluding: excluded)].add(
            value(champion, key.championVersion, slot),
            value(challenger, key.version, slot),
            unit: units[champion.entry],
            at: champion.batch.times[champion.entry],
            slot
        )
    }

    /// Returns the goal's value of one of the two; `nil` if it has none, or failed.
    private mutating func value(_ side: ShadowSide, _ version: String, _ slot: LabelTable.Slot?) -> Double? {
        let key = ValueKey(batch: side.index, version: version)
        if values[key] == nil, let known = layouts[version], let goal = known.goal {
            values[key] = BatchMetric(goal, known.layout, side.batch)
        }
        return values[key]?.value(at: side.entry, slot)
    }

    // MARK: Results

    private func comparison(_ key: Key, _ batches: [LogBatch], _ range: NumberRange) -> ShadowComparison {
        let ran = championRuns["\(key.champion)@\(key.championVersion)"]
        let pairs = self.pairs[key] ?? ShadowPairs(model: key.name)
        let differences = zip(pairs.champion, pairs.challenger).map { ($0 - $1).magnitude }.sorted()
        let correlation = Correlation.spearman(pairs.champion, pairs.challenger)
        return ShadowComparison(
            name: key.name,
            model: pairs.model,
            modelVersion: key.version,
            champion: key.champion,
            championVersion: key.championVersion,
            requests: pairs.requests,
            rows: differences.count,
            failures: Self.estimate(pairs.failures, of: pairs.requests),
            championFailures: ran.flatMap { Self.estimate($0.failures, of: $0.runs) },
            decision: pairs.decisions > 0 ? decision(key.championVersion, range) : nil,
            agreement: Self.estimate(pairs.equalDecisions, of: pairs.decisions),
            differences: differences.last.flatMap { largest in
                guard let p95 = SortedNumbers(differences).quantile(at: 0.95), let mean = Moments(differences).mean
                else { return nil }
                return ShadowComparison.Differences(mean: mean, p95: p95, largest: largest)
            },
            rankCorrelation: correlation,
            latency: Self.latency(pairs.elapsed),
            championLatency: Self.latency(pairs.championElapsed),
            labels: pairs.labeledPairs > 0 ? Self.labeled(pairs) : nil,
            disagreements: pairs.examples.sorted { $0.rank > $1.rank }.prefix(Self.exampleCount).filter { $0.rank > 0 }
                .map {
                    let batch = batches[$0.batch]
                    return ShadowComparison.Example(
                        id: batch.id(at: $0.entry),
                        time: Date(milliseconds: batch.times[$0.entry]),
                        row: $0.row,
                        champion: $0.champion,
                        challenger: $0.challenger
                    )
                }
        )
    }

    /// The challenger's scores minus the champion's, in the order of the log.
    func differences(of comparison: ShadowComparison) -> [Double] {
        let key = Key(
            name: comparison.name,
            version: comparison.modelVersion,
            champion: comparison.champion,
            championVersion: comparison.championVersion
        )
        guard let pairs = pairs[key] else { return [] }
        return zip(pairs.challenger, pairs.champion).map { $0 - $1 }
    }

    private func decision(_ version: String, _ range: NumberRange) -> String? {
        guard let prediction = layouts[version]?.prediction else { return nil }
        let decisions = range.decisions(prediction, labels?.kind)
        return switch prediction.shape {
        case .single(let element):
            switch decisions {
            case .scores(let threshold), .eachForItself(let threshold): "\(element) >= \(threshold)"
            case .classes, .nothing: "\(element)"
            }
        case .scores: "the class with the highest score of \(prediction.text)"
        }
    }

    private static let alpha = 0.05

    private static func estimate(_ successes: Int, of count: Int) -> Estimate? {
        Estimate(successes, of: count, alpha: alpha)
    }

    private static func latency(_ milliseconds: [Double]) -> LatencySummary? {
        ExperimentInputs.Latency(milliseconds, budget: nil).map { LatencySummary($0, budget: nil, alpha: alpha) }
    }

    private static func labeled(_ pairs: ShadowPairs) -> ShadowComparison.LabeledPairs {
        let test = McNemar(onlyFirst: pairs.onlyChampion, onlySecond: pairs.onlyChallenger)
        return ShadowComparison.LabeledPairs(
            pairs: pairs.labeledPairs,
            championAccuracy: estimate(pairs.championRight, of: pairs.labeledPairs),
            challengerAccuracy: estimate(pairs.challengerRight, of: pairs.labeledPairs),
            onlyChampion: pairs.onlyChampion,
            onlyChallenger: pairs.onlyChallenger,
            exactP: test?.exactPValue,
            evidence: test.map { _ in
                ArmComparison.Evidence(
                    maximum: Evidence.factor(pairs.maximumEvidence),
                    pValue: min(1, exp(-pairs.maximumEvidence))
                )
            }
        )
    }
}
