import Definitions
import Foundation
import Statistics

/// When the requests of a load test begin, in nanoseconds after its start. It is fixed before the first one: an open loop, in which
/// a slow answer delays no later request, as with users who do not know of each other.
struct ArrivalSchedule: Sendable {
    let times: [Int64]
    /// In nanoseconds.
    let duration: Int64

    /// - Parameters:
    ///   - rate: Requests a second.
    ///   - duration: In seconds. Rate and duration are within the limits of ``SimulationRequest``.
    init(_ arrivals: SimulationRequest.Arrivals, rate: Double, duration: Double, seed: UInt64) {
        let length = Int64(saturating: duration * 1e9)
        let interval = 1e9 / rate
        var times: [Int64] = []
        switch arrivals {
        case .constant:
            let count = max(1, Int(saturating: (duration * rate).rounded()))
            times = (0..<count).map { Int64(saturating: Double($0) * interval) }
        case .poisson:
            var random = SplitMix64(seed: seed)
            var time = 0.0
            while times.count < SimulationRequest.requestLimit {
                // Exponential distances: the inverse of their distribution, of a number in (0, 1].
                let uniform = (Double(random.next() >> 11) + 1) / 9_007_199_254_740_992
                time -= log(uniform) * interval
                guard time < Double(length) else { break }
                times.append(Int64(saturating: time))
            }
        }
        self.times = times
        self.duration = length
    }
}
