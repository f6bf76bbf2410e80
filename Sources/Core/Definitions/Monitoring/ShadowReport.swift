public import Foundation

/// How the challengers of a shadow deploy, or the candidate of a replay, compare with the champion on the same requests.
public struct ShadowReport: Sendable, Hashable, Codable {
    public var challengers: [ShadowComparison]

    public init(challengers: [ShadowComparison]) { self.challengers = challengers }
}

/// A challenger and its champion, row by row.
public struct ShadowComparison: Sendable, Hashable, Codable {
    /// The absolute differences between the two scores.
    public struct Differences: Sendable, Hashable, Codable {
        public var mean: Double
        public var p95: Double
        public var largest: Double

        public init(mean: Double, p95: Double, largest: Double) {
            self.mean = mean
            self.p95 = p95
            self.largest = largest
        }
    }

    /// The rows that only one of the two got right.
    public struct LabeledPairs: Sendable, Hashable, Codable {
        public var pairs: Int
        public var championAccuracy: Estimate?
        public var challengerAccuracy: Estimate?
        public var onlyChampion: Int
        public var onlyChallenger: Int
        /// McNemar's exact test, for a fixed sample.
        public var exactP: Double?
        /// Valid at any time.
        public var evidence: ArmComparison.Evidence?

        private enum CodingKeys: String, CodingKey {
            case pairs, evidence
            case championAccuracy = "champion_accuracy"
            case challengerAccuracy = "challenger_accuracy"
            case onlyChampion = "only_champion"
            case onlyChallenger = "only_challenger"
            case exactP = "exact_p"
        }

        public init(
            pairs: Int,
            championAccuracy: Estimate?,
            challengerAccuracy: Estimate?,
            onlyChampion: Int,
            onlyChallenger: Int,
            exactP: Double?,
            evidence: ArmComparison.Evidence?
        ) {
            self.pairs = pairs
            self.championAccuracy = championAccuracy
            self.challengerAccuracy = challengerAccuracy
            self.onlyChampion = onlyChampion
            self.onlyChallenger = onlyChallenger
            self.exactP = exactP
            self.evidence = evidence
        }
    }

    /// A row on which the two disagree.
    public struct Example: Sendable, Hashable, Codable {
        public var id: String
        public var time: Date
        /// From 0, within the inference.
        public var row: Int
        public var champion: Double
        public var challenger: Double

        public init(id: String, time: Date, row: Int, champion: Double, challenger: Double) {
            self.id = id
            self.time = time
            self.row = row
            self.champion = champion
            self.challenger = challenger
        }
    }

    public var name: String
    public var model: String
    public var modelVersion: String
    public var champion: String
    public var championVersion: String
    /// The inferences that both ran.
    public var requests: Int
    /// The rows that both answered.
    public var rows: Int
    public var failures: Estimate?
    public var championFailures: Estimate?
    /// What counts as a decision, in the language of metrics; `nil` if the outputs decide nothing.
    public var decision: String?
    /// The share of rows with the same decision.
    public var agreement: Estimate?
    public var differences: Differences?
    /// Spearman's; `nil` with fewer than two rows, or if one of the two always answers the same.
    public var rankCorrelation: Double?
    /// Of the challenger's model alone, which runs after the response.
    public var latency: LatencySummary?
    /// Of whole requests.
    public var championLatency: LatencySummary?
    /// `nil` without labels.
    public var labels: LabeledPairs?
    /// `nil` without a goal.
    public var goal: PairedComparison?
    /// The rows with the largest differences.
    public var disagreements: [Example]

    private enum CodingKeys: String, CodingKey {
        case name, model, champion, requests, rows, failures, decision, agreement, differences, latency, labels,
            goal, disagreements
        case modelVersion = "model_version"
        case championVersion = "champion_version"
        case championFailures = "champion_failures"
        case rankCorrelation = "rank_correlation"
        case championLatency = "champion_latency"
    }

    public init(
        name: String,
        model: String,
        modelVersion: String,
        champion: String,
        championVersion: String,
        requests: Int,
        rows: Int,
        failures: Estimate?,
        championFailures: Estimate?,
        decision: String?,
        agreement: Estimate?,
        differences: Differences?,
        rankCorrelation: Double?,
        latency: LatencySummary?,
        championLatency: LatencySummary?,
        labels: LabeledPairs?,
        goal: PairedComparison? = nil,
        disagreements: [Example]
    ) {
        self.name = name
        self.model = model
        self.modelVersion = modelVersion
        self.champion = champion
        self.championVersion = championVersion
        self.requests = requests
        self.rows = rows
        self.failures = failures
        self.championFailures = championFailures
        self.decision = decision
        self.agreement = agreement
        self.differences = differences
        self.rankCorrelation = rankCorrelation
        self.latency = latency
        self.championLatency = championLatency
        self.labels = labels
        self.goal = goal
        self.disagreements = disagreements
    }
}
