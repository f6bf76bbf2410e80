import Encodings
public import Foundation

/// The comparison that a split makes: it goes on as long as the models, the hash key and the goal stay the same.
///
/// A change of weights stays within the experiment, so its evidence is kept. A unit then moves only to a choice that grew.
public struct Experiment: Sendable, Hashable, Codable {
    /// A part of 0..<1 that belongs to a choice.
    public struct Interval: Sendable, Hashable, Codable {
        /// The index of the choice in the split.
        public var choice: Int
        /// Where the interval ends. It begins where the one before ends.
        public var upTo: Double

        private enum CodingKeys: String, CodingKey {
            case choice
            case upTo = "up_to"
        }

        public init(choice: Int, upTo: Double) {
            self.choice = choice
            self.upTo = upTo
        }
    }

    /// A lowercase UUID.
    public var id: String
    public var startedAt: Date
    /// Mixed into the hash of a unit, so that two experiments assign their units independently.
    public var salt: UInt64
    /// The choices of the units, in order. Empty for a key split, whose choices the keys determine.
    public var intervals: [Interval]

    private enum CodingKeys: String, CodingKey {
        case id, salt, intervals
        case startedAt = "started_at"
    }

    public init(id: String, startedAt: Date, salt: UInt64, intervals: [Interval]) {
        self.id = id
        self.startedAt = startedAt
        self.salt = salt
        self.intervals = intervals
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        startedAt = try container.decode(Date.self, forKey: .startedAt)
        let text = try container.decode(String.self, forKey: .salt)
        guard let salt = UInt64(text, radix: 16) else {
            throw DecodingError.dataCorruptedError(
                forKey: .salt,
                in: container,
                debugDescription: "expected up to 16 hexadecimal digits"
            )
        }
        self.salt = salt
        intervals = try container.decode([Interval].self, forKey: .intervals)
    }

    /// The salt is hexadecimal, because JSON's numbers are not exact beyond 2^53 in many readers.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(startedAt, forKey: .startedAt)
        try container.encode(String(salt, radix: 16), forKey: .salt)
        try container.encode(intervals, forKey: .intervals)
    }
}

// MARK: Steps

extension Experiment {
    /// Returns the index of the step that the experiment of these steps is about: the first split between several models.
    public static func step(in steps: [Step]) -> Int? {
        steps.firstIndex { step in
            switch step {
            case .randomSplit(let split): split.models.count > 1
            case .keySplit: true
            case .model, .shadowDeploy, .function: false
            }
        }
    }

    /// Starts an experiment.
    ///
    /// - Returns: `nil` if the steps contain no split.
    public static func start(_ steps: [Step], id: String, at time: Date, salt: UInt64? = nil) -> Experiment? {
        guard let index = step(in: steps) else { return nil }
        var intervals: [Interval] = []
        if case .randomSplit(let split) = steps[index] { intervals = Self.intervals(shares(of: split)) }
        return Experiment(id: id, startedAt: time, salt: salt ?? StableHash.fnv1a(id), intervals: intervals)
    }

    /// Returns the experiment of a definition that was made before experiments were recorded. It assigns the units as before.
    public static func unrecorded(_ steps: [Step], of pipeline: String, id: String, at time: Date) -> Experiment? {
        step(in: steps).flatMap { .start(steps, id: id, at: time, salt: StableHash.hash("\(pipeline)/\($0)")) }
    }

    /// Returns this experiment with the weights of new steps.
    ///
    /// - Parameters:
    ///   - before: The steps of which the experiment was.
    /// - Returns: `nil` if the new steps differ in more than the weights.
    public func continued(from before: [Step], with steps: [Step]) -> Experiment? {
        guard Self.withoutWeights(before) == Self.withoutWeights(steps), let index = Self.step(in: steps) else {
            return nil
        }
        guard case .randomSplit(let split) = steps[index] else { return self }
        var next = self
        next.intervals = Self.moved(intervals, to: Self.shares(of: split))
        return next
    }

    private static func withoutWeights(_ steps: [Step]) -> [Step] {
        steps.map { step in
            guard case .randomSplit(var split) = step else { return step }
            for index in split.models.indices { split.models[index].weight = 1 }
            return .randomSplit(split)
        }
    }

    /// Returns each choice's probability. The weights were checked when the pipeline was defined.
    package static func shares(of split: RandomSplit) -> [Double] {
        let total = split.models.reduce(0) { $0 + $1.weight }
        return split.models.map { $0.weight / total }
    }

    private static func intervals(_ shares: [Double]) -> [Interval] {
        var end = 0.0
        return shares.enumerated().compactMap { choice, share in
            guard share > 0 else { return nil }
            end += share
            return Interval(choice: choice, upTo: end)
        }
    }

    /// The largest number of intervals. A further change of weights starts again with one for each choice.
    static let maxIntervals = 4096

    /// Returns the intervals for other shares. Only choices that shrink lose units, and only choices that grow get them.
    static func moved(_ before: [Interval], to shares: [Double]) -> [Interval] {
        var widths = [Double](repeating: 0, count: shares.count)
        var start = 0.0
        for interval in before where shares.indices.contains(interval.choice) {
            widths[interval.choice] += interval.upTo - start
            start = interval.upTo
        }
        var surplus = zip(widths, shares).map { max(0, $0 - $1) }
        var missing = zip(shares, widths).map { max(0, $0 - $1) }
        var moved: [Interval] = []
        func append(_ choice: Int, upTo end: Double) {
            if moved.last?.choice == choice {
                moved[moved.count - 1].upTo = end
            } else if end > (moved.last?.upTo ?? 0) {
                moved.append(Interval(choice: choice, upTo: end))
            }
        }
        start = 0
        for (index, interval) in before.enumerated() {
            let end = index == before.count - 1 ? 1 : interval.upTo
            // What is given away is at the end of the interval, so that growing step by step leaves few intervals.
            var given = min(surplus[interval.choice], end - start)
            surplus[interval.choice] -= given
            append(interval.choice, upTo: end - given)
            while given > 0, let taker = missing.indices.max(by: { missing[$0] < missing[$1] }), missing[taker] > 0 {
                let taken = min(given, missing[taker])
                missing[taker] -= taken
                given -= taken
                // Rounding may leave a rest that nobody misses.
                if given < 1e-12 { given = 0 }
                append(taker, upTo: end - given)
            }
            append(interval.choice, upTo: end)
            start = end
        }
        return moved.count <= maxIntervals ? moved : intervals(shares)
    }
}
