public import Foundation

/// A challenger compared with the champion.
public struct ArmComparison: Sendable, Hashable, Codable {
    public enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
        case invalid
        case worse
        case better
        case noDifference = "no_difference"
        case notEnoughData = "not_enough_data"
    }

    /// Evidence that a claim is wrong. It reaches 1/p with a probability of at most p if the claim is right.
    public struct Evidence: Sendable, Hashable, Codable {
        /// The largest value so far.
        public var maximum: Double
        /// Valid at any time; the smaller of 1 and 1/maximum.
        public var pValue: Double

        private enum CodingKeys: String, CodingKey {
            case maximum
            case pValue = "p_value"
        }

        public init(maximum: Double, pValue: Double) {
            self.maximum = maximum
            self.pValue = pValue
        }
    }

    /// What was known at a moment.
    public struct Point: Sendable, Hashable, Codable {
        public var time: Date
        /// Evidence that the challenger is better.
        public var better: Double
        public var worse: Double
        /// The challenger's share of the requests of both, by which these units were assigned.
        public var share: Double
        /// The challenger's goal minus the champion's, of the units that these shares have assigned, with values outside of the goal's
        /// range as its nearest end. `nil` without such outcomes in both arms, or if the shares have changed since.
        public var difference: Double?
        /// An interval of the difference that is valid at any time; `nil` if its conditions did not hold yet.
        public var sequence: ValueRange?

        public init(
            time: Date,
            better: Double,
            worse: Double,
            share: Double,
            difference: Double? = nil,
            sequence: ValueRange? = nil
        ) {
            self.time = time
            self.better = better
            self.worse = worse
            self.share = share
            self.difference = difference
            self.sequence = sequence
        }
    }

    /// A test that is valid only if the sample size was fixed before the experiment.
    public struct FixedSampleTest: Sendable, Hashable, Codable {
        /// Its name, such as `two-proportion z`.
        public var name: String
        public var statistic: Double
        public var pValue: Double

        private enum CodingKeys: String, CodingKey {
            case name, statistic
            case pValue = "p_value"
        }

        public init(name: String, statistic: Double, pValue: Double) {
            self.name = name
            self.statistic = statistic
            self.pValue = pValue
        }
    }

    public struct Guardrail: Sendable, Hashable, Codable {
        public var metric: GuardrailMetric
        public var champion: Estimate?
        public var challenger: Estimate?
        public var evidence: Evidence?
        public var isBroken: Bool

        private enum CodingKeys: String, CodingKey {
            case metric, champion, challenger, evidence
            case isBroken = "is_broken"
        }

        public init(
            metric: GuardrailMetric,
            champion: Estimate?,
            challenger: Estimate?,
            evidence: Evidence?,
            isBroken: Bool
        ) {
            self.metric = metric
            self.champion = champion
            self.challenger = challenger
            self.evidence = evidence
            self.isBroken = isBroken
        }
    }

    /// The names of the arms.
    public var challenger: String
    public var champion: String
    /// The challenger's goal minus the champion's, with an interval for a fixed sample.
    public var difference: Estimate?
    /// An interval of the difference that is valid at any time; `nil` if its conditions do not hold.
    public var sequence: ValueRange?
    /// Why there is no such interval.
    public var sequenceProblem: String?
    /// Against the claim that the challenger is no better.
    public var better: Evidence?
    /// Against the claim that the challenger is no worse.
    public var worse: Evidence?
    /// Why the goal cannot decide.
    public var evidenceProblem: String?
    /// The level that the evidence is compared with: Holm's, if there are several challengers.
    public var alpha: Double
    /// The evidence and the difference over time, at most 200 moments.
    public var series: [Point]
    public var fixedSample: FixedSampleTest?
    public var guardrails: [Guardrail]
    /// Whether the shares of labeled requests differ between the arms; `nil` if the goal needs no labels.
    public var labeledShareP: Double?
    /// How many more units, of both arms together, a fixed sample would need for the observed or smallest effect; `nil` if unknown.
    public var sampleStillNeeded: Int?
    public var verdict: Verdict
    /// The reason for the verdict, in a sentence.
    public var reason: String

    private enum CodingKeys: String, CodingKey {
        case challenger, champion, difference, sequence, better, worse, alpha, series, guardrails, verdict, reason
        case sequenceProblem = "sequence_problem"
        case evidenceProblem = "evidence_problem"
        case fixedSample = "fixed_sample"
        case labeledShareP = "labeled_share_p"
        case sampleStillNeeded = "sample_still_needed"
    }

    public init(
        challenger: String,
        champion: String,
        difference: Estimate?,
        sequence: ValueRange?,
        sequenceProblem: String?,
        better: Evidence?,
        worse: Evidence?,
        evidenceProblem: String?,
        alpha: Double,
        series: [Point],
        fixedSample: FixedSampleTest?,
        guardrails: [Guardrail],
        labeledShareP: Double?,
        sampleStillNeeded: Int?,
        verdict: Verdict,
        reason: String
    ) {
        self.challenger = challenger
        self.champion = champion
        self.difference = difference
        self.sequence = sequence
        self.sequenceProblem = sequenceProblem
        self.better = better
        self.worse = worse
        self.evidenceProblem = evidenceProblem
        self.alpha = alpha
        self.series = series
        self.fixedSample = fixedSample
        self.guardrails = guardrails
        self.labeledShareP = labeledShareP
        self.sampleStillNeeded = sampleStillNeeded
        self.verdict = verdict
        self.reason = reason
    }
}
