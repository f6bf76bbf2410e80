import Foundation
import Synchronization

/// Token buckets of stages, methods and API keys, and the quotas of API keys. They begin anew when the server starts.
final class RateLimits: Sendable {
    /// Requests per second, and how many may come at once.
    struct Rate: Sendable, Equatable {
        let perSecond: Double
        let burst: Double

        /// - Returns: `nil` if neither is limited. A missing one is AWS's default for an account.
        init?(perSecond: Double?, burst: Int?) {
            let rate = perSecond.flatMap { $0 < 0 ? nil : $0 }
            let most = burst.flatMap { $0 < 0 ? nil : $0 }
            guard rate != nil || most != nil else { return nil }
            self.perSecond = rate ?? 10_000
            self.burst = Double(most ?? 5000)
        }
    }

    private struct Bucket {
        var tokens: Double
        var time: Double
    }

    private struct Count {
        var period: Int
        var used: Int
    }

    private struct State {
        var buckets: [String: Bucket] = [:]
        var counts: [String: Count] = [:]
    }

    /// So many buckets are kept. Full ones go first.
    private static let limit = 20_000

    private let state = Mutex(State())

    /// Takes a token.
    ///
    /// - Parameters:
    ///   - name: What the bucket belongs to.
    ///   - time: In seconds; it may only grow.
    /// - Returns: `false` if the bucket is empty.
    func take(_ name: String, _ rate: Rate, at time: Double) -> Bool {
        state.withLock { state in
            if state.buckets.count >= Self.limit, state.buckets[name] == nil {
                state.buckets = state.buckets.filter { time - $0.value.time < 1 }
                if state.buckets.count >= Self.limit { state.buckets.removeAll() }
            }
            var bucket = state.buckets[name] ?? Bucket(tokens: rate.burst, time: time)
            bucket.tokens = min(rate.burst, bucket.tokens + max(0, time - bucket.time) * rate.perSecond)
            bucket.time = max(bucket.time, time)
            defer { state.buckets[name] = bucket }
            guard bucket.tokens >= 1 else { return false }
            bucket.tokens -= 1
            return true
        }
    }

    /// Counts a request against a quota.
    ///
    /// - Parameter period: `DAY`, `WEEK` or `MONTH`, in UTC.
    /// - Returns: `false` if the quota is used up.
    func count(_ name: String, limit: Int, period: String, at date: Date) -> Bool {
        let current = Self.number(of: period, at: date)
        return state.withLock { state in
            var count = state.counts[name] ?? Count(period: current, used: 0)
            if count.period != current { count = Count(period: current, used: 0) }
            guard count.used < limit else { return false }
            count.used += 1
            state.counts[name] = count
            return true
        }
    }

    /// A number that differs from one period to the next.
    static func number(of period: String, at date: Date) -> Int {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .weekOfYear, .yearForWeekOfYear], from: date)
        return switch period {
        case "DAY": (parts.year ?? 0) * 10_000 + (parts.month ?? 0) * 100 + (parts.day ?? 0)
        case "WEEK": (parts.yearForWeekOfYear ?? 0) * 100 + (parts.weekOfYear ?? 0)
        default: (parts.year ?? 0) * 100 + (parts.month ?? 0)
        }
    }
}
