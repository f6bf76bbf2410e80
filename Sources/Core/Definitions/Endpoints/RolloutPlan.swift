import Foundation

/// How traffic moves to something new in stages, and what takes it back.
package struct RolloutPlan: Sendable, Equatable {
    /// A share of the requests, and how long it lasts.
    package struct Stage: Codable, Sendable, Equatable {
        /// The share of the requests that goes to what is new, from 0 to 1.
        package var share: Double
        /// How long to watch the stage before the next one.
        package var bakingTime: Duration
        /// How many units what is new must have answered before the next stage.
        package var minUnits: Int

        package init(share: Double, bakingTime: Duration = .zero, minUnits: Int = 0) {
            self.share = share
            self.bakingTime = bakingTime
            self.minUnits = minUnits
        }
    }

    package var stages: [Stage]
    /// How long the old variants stay loaded after the last stage. Until then, the roll-out can be rolled back.
    package var terminationWait: Duration
    /// The time after which the change is rolled back.
    package var timeLimit: Duration?
    /// Thresholds.
    package var guardrails: [Guardrail]
    /// Rates that must not be worse than those of what answered before, or above a limit.
    package var rates: [RateGuardrail]

    package init(
        stages: [Stage],
        terminationWait: Duration = .zero,
        timeLimit: Duration? = nil,
        guardrails: [Guardrail] = [],
        rates: [RateGuardrail] = []
    ) {
        self.stages = stages
        self.terminationWait = terminationWait
        self.timeLimit = timeLimit
        self.guardrails = guardrails
        self.rates = rates
    }

    /// Moves all traffic at once, without watching it.
    package static let immediate = RolloutPlan(stages: [Stage(share: 1)])

    package var isImmediate: Bool {
        stages.count == 1 && stages[0].bakingTime == .zero && stages[0].minUnits == 0 && terminationWait == .zero
    }

    /// Whether anything that is observed can change what happens.
    package var watchesNothing: Bool {
        guardrails.isEmpty && rates.isEmpty && timeLimit == nil && stages.allSatisfy { $0.minUnits == 0 }
    }
}

extension RolloutPlan: Codable {
    private enum CodingKeys: String, CodingKey {
        case stages, terminationWait, timeLimit, guardrails, rates
        // What release 0.2 recorded in place of stages.
        case shares, bakingTime
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let stages = try container.decodeIfPresent([Stage].self, forKey: .stages) {
            self.stages = stages
        } else {
            let bakingTime = try container.decode(Duration.self, forKey: .bakingTime)
            stages = try container.decode([Double].self, forKey: .shares).map {
                Stage(share: $0, bakingTime: bakingTime)
            }
        }
        terminationWait = try container.decode(Duration.self, forKey: .terminationWait)
        timeLimit = try container.decodeIfPresent(Duration.self, forKey: .timeLimit)
        guardrails = try container.decode([Guardrail].self, forKey: .guardrails)
        rates = try container.decodeIfPresent([RateGuardrail].self, forKey: .rates) ?? []
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(stages, forKey: .stages)
        try container.encode(terminationWait, forKey: .terminationWait)
        try container.encodeIfPresent(timeLimit, forKey: .timeLimit)
        try container.encode(guardrails, forKey: .guardrails)
        if !rates.isEmpty { try container.encode(rates, forKey: .rates) }
    }
}

/// A rate of what is new that is watched by evidence which may be looked at at any time.
package struct RateGuardrail: Codable, Sendable, Equatable {
    package enum Rate: String, Codable, Sendable {
        case errors
        /// Answers that fail a validation.
        case checkFailures = "check_failures"
        /// Answers that take longer than the latency's budget.
        case slowAnswers = "latency"
    }

    /// The probability of rolling back something that is as good as what answered before.
    package static let defaultAlpha = 0.01

    package var rate: Rate
    /// The rate that must not be exceeded; `nil` to compare with what answered before.
    package var limit: Double?
    package var alpha: Double

    package init(_ rate: Rate, limit: Double? = nil, alpha: Double = Self.defaultAlpha) {
        self.rate = rate
        self.limit = limit
        self.alpha = alpha
    }

    /// The guardrail that the name of an alarm declares, which is `error-rate>old` for the errors of the new variants.
    ///
    /// - Returns: `nil` if the name is another alarm's.
    package init?(alarm name: String) {
        guard name.filter({ $0 != " " }) == "error-rate>old" else { return nil }
        self.init(.errors)
    }
}
