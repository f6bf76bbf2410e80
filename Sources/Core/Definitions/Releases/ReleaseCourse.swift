public import Foundation

/// The evidence of a release's canary over time.
public struct ReleaseCourse: Sendable, Hashable, Codable {
    /// What was known at a moment.
    public struct Moment: Sendable, Hashable, Codable {
        public var time: Date
        /// The share of the requests that the candidate answered.
        public var share: Double
        /// Evidence that the candidate is better in the goal, over all steps; `nil` without a goal.
        public var better: Double?
        /// Evidence that the candidate breaks each of the guardrails that are counted with each request, in their order.
        public var guardrails: [Double]

        public init(time: Date, share: Double, better: Double?, guardrails: [Double]) {
            self.time = time
            self.share = share
            self.better = better
            self.guardrails = guardrails
        }
    }

    /// The most moments. When there are more, every other one is left out.
    public static let momentLimit = 200

    /// In the order of time.
    public private(set) var moments: [Moment] = []
    /// The least seconds between two moments that stay: at first somewhat less than the second between two looks at a canary.
    private var interval = 0.9

    public init() {}

    /// Adds the newest moment. It takes the place of the last one if that came too soon after the one before.
    public mutating func add(_ moment: Moment) {
        if moments.count > 1, case let (before, last) = (moments[moments.count - 2], moments[moments.count - 1]),
            before.share == last.share, last.time.timeIntervalSince(before.time) < interval
        {
            moments[moments.count - 1] = moment
            return
        }
        moments.append(moment)
        guard moments.count > Self.momentLimit else { return }
        moments = moments.indices.filter { $0 % 2 == 0 }.map { moments[$0] }
        interval *= 2
    }
}
