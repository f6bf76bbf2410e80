/// How far a roll-out has come.
package struct RolloutPosition: Codable, Sendable, Equatable {
    /// An index into the plan's stages.
    package var stage: Int
    /// How long the stage has been watched. The time in which no server ran does not count.
    package var watched: Duration
    /// The units that what is new has answered in the stage.
    package var units: Int

    package init(stage: Int = 0, watched: Duration = .zero, units: Int = 0) {
        self.stage = stage
        self.watched = watched
        self.units = units
    }
}

/// What the units came to that were assigned by one weight between two moments, usually a second apart.
///
/// Evidence is computed from these alone, so that a kept list of them gives the same evidence again.
package struct RolloutCounts: Codable, Sendable, Equatable {
    /// The outcomes of the units of one side.
    package struct Tally: Codable, Sendable, Equatable {
        package var units = 0
        package var failed = 0
        /// Answers that failed a validation.
        package var checkFailed = 0
        /// Answers that took longer than the latency's budget.
        package var slow = 0

        package init(units: Int = 0, failed: Int = 0, checkFailed: Int = 0, slow: Int = 0) {
            self.units = units
            self.failed = failed
            self.checkFailed = checkFailed
            self.slow = slow
        }

        package mutating func add(_ more: Tally) {
            units += more.units
            failed += more.failed
            checkFailed += more.checkFailed
            slow += more.slow
        }
    }

    /// The probability that a unit went to what is new.
    package var weight: Double
    package var old: Tally
    package var new: Tally

    package init(weight: Double, old: Tally, new: Tally) {
        self.weight = weight
        self.old = old
        self.new = new
    }

    package var isEmpty: Bool { old.units == 0 && new.units == 0 }
}
