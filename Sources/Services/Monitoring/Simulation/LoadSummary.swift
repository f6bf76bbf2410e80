import Definitions
import Foundation

/// The figures of a load test, from the times of its requests. Pure: no clock is read.
struct LoadSummary: Sendable {
    /// From here on, what is not answered is not noise.
    private static let noise = 0.02

    private(set) var requests = 0
    private(set) var answered = 0
    /// Answers a second while requests began.
    private(set) var throughput = 0.0
    /// Requests a second that began.
    private(set) var offered = 0.0
    /// Requests without a result when the last one began.
    private(set) var backlog = 0
    private(set) var isSaturated = false
    private(set) var latency: SimulationReport.Latency?
    /// How late requests began, in milliseconds.
    private(set) var lagP99 = 0.0
    private(set) var lagMax = 0.0
    private(set) var isLate = false

    /// - Parameters:
    ///   - duration: The nanoseconds in which requests began.
    ///   - refused: The number of requests that were refused because too many waited.
    init(_ times: LoadRecorder.Times, duration: Int64, refused: Int) {
        var latencies: [Int64] = []
        var lags: [Int64] = []
        var answeredInTime = 0
        for index in times.intended.indices where times.begun[index] >= 0 {
            requests += 1
            lags.append(max(0, times.begun[index] - times.intended[index]))
            if times.ended[index] < 0 || times.ended[index] > duration { backlog += 1 }
            guard times.isAnswered[index] else { continue }
            latencies.append(times.ended[index] - times.intended[index])
            if times.ended[index] <= duration { answeredInTime += 1 }
        }
        guard requests > 0 else { return }
        answered = latencies.count
        let seconds = Double(max(duration, 1)) / 1e9
        throughput = Double(answeredInTime) / seconds
        offered = Double(requests) / seconds
        latency = Self.latency(&latencies)
        lags.sort()
        lagP99 = Self.inMilliseconds(Self.percentile(lags, 0.99))
        lagMax = Self.inMilliseconds(lags[lags.count - 1])
        isLate = lagP99 > max(1, 0.1 * (latency.map { $0.p99 ?? $0.max } ?? 0))
        isSaturated =
            throughput < (1 - Self.noise) * offered
            && (Self.backlogGrows(times, duration, offered) || Double(refused) > Self.noise * Double(requests))
    }

    /// Whether the backlog of the last quarter is larger than that of the second one, by more than requests that happen to come
    /// close together explain, and by a noticeable part of the requests that came in between.
    private static func backlogGrows(_ times: LoadRecorder.Times, _ duration: Int64, _ offered: Double) -> Bool {
        let length = Double(duration)
        let before = meanBacklog(times, from: length * 0.25, to: length * 0.5)
        let after = meanBacklog(times, from: length * 0.75, to: length)
        let growth = after - before
        let arrived = offered * length * 0.5 / 1e9
        return growth > 3 * max(before, 1).squareRoot() && growth > noise * arrived
    }

    /// The mean number of requests that were under way.
    private static func meanBacklog(_ times: LoadRecorder.Times, from: Double, to: Double) -> Double {
        var sum = 0.0
        for index in times.intended.indices where times.begun[index] >= 0 {
            let end = times.ended[index] < 0 ? to : Double(times.ended[index])
            sum += max(0, min(end, to) - max(Double(times.intended[index]), from))
        }
        return to > from ? sum / (to - from) : 0
    }

    private static func latency(_ latencies: inout [Int64]) -> SimulationReport.Latency? {
        guard !latencies.isEmpty else { return nil }
        latencies.sort()
        let count = latencies.count
        func percentile(_ share: Double, atLeast: Int) -> Double? {
            count >= atLeast ? inMilliseconds(Self.percentile(latencies, share)) : nil
        }
        let sum = latencies.reduce(0.0) { $0 + Double($1) }
        return SimulationReport.Latency(
            mean: sum / Double(count) / 1e6,
            p50: inMilliseconds(Self.percentile(latencies, 0.5)),
            p90: percentile(0.9, atLeast: 10),
            p95: percentile(0.95, atLeast: 20),
            p99: percentile(0.99, atLeast: 100),
            max: inMilliseconds(latencies[count - 1])
        )
    }

    /// The smallest value that at least this share of the values does not exceed: the nearest rank, so that it is one that was
    /// measured.
    ///
    /// - Parameter sorted: Not empty.
    static func percentile(_ sorted: [Int64], _ share: Double) -> Int64 {
        let rank = Int(saturating: (share * Double(sorted.count)).rounded(.up))
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }

    private static func inMilliseconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e6 }
}
