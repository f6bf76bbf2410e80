import Definitions
import Foundation
import Testing

@testable import Serving
@testable import TimeSeries

@Suite("What is counted of requests")
struct TrafficTests {
    @Test("the middle of a bucket is within 6.25 % of each duration in it")
    func error() {
        var duration = 512.0
        while duration < 137e9 {
            let middle = LatencyBuckets.middle(of: LatencyBuckets.index(of: Int(duration)))
            #expect(abs(middle - duration) <= 0.0625 * duration + 64, "\(duration) ns")
            duration *= 1.003
        }
    }

    @Test("each duration has a bucket", arguments: [Int.min, -1, 0, 63, 64, 511, 512, 1 << 37, Int.max])
    func bounds(_ nanoseconds: Int) {
        #expect((0..<LatencyBuckets.count).contains(LatencyBuckets.index(of: nanoseconds)))
    }

    @Test("buckets ascend")
    func order() {
        for bucket in 1..<LatencyBuckets.count {
            #expect(LatencyBuckets.middle(of: bucket) > LatencyBuckets.middle(of: bucket - 1))
        }
    }

    @Test("what is taken is what was counted, once")
    func taking() {
        let traffic = Traffic(variant: "A")
        #expect(traffic.take() == nil)
        traffic.answer(modelTime: 1000, elapsed: 3000, checkFailed: true)
        traffic.answer(modelTime: 1000, elapsed: 3000, checkFailed: false)
        traffic.fail(.invalidInput)
        traffic.fail(.busy)
        traffic.fail(.timeout)
        traffic.withdrawAnswer(isOfClient: true)
        let taken = traffic.take()
        #expect(taken?.answered == 2)
        #expect(taken?.requests == 5)
        #expect(taken?.clientErrors == 2)
        #expect(taken?.serverErrors == 2)
        #expect(taken?.checkFailures == 1)
        #expect(taken?.modelNanoseconds == 2000)
        #expect(taken?.overheadNanoseconds == 4000)
        #expect(taken?.overhead.total == 2)
        #expect(traffic.take() == nil)
    }

    @Test("nothing is lost between threads")
    func threads() {
        let traffic = Traffic()
        nonisolated(unsafe) var taken = TrafficCounts()
        DispatchQueue.concurrentPerform(iterations: 4) { index in
            for _ in 0..<10_000 where index > 0 { traffic.answer(modelTime: 700, elapsed: 900, checkFailed: false) }
            for _ in 0..<100 where index == 0 { if let counts = traffic.take() { taken.add(counts) } }
        }
        if let counts = traffic.take() { taken.add(counts) }
        #expect(taken.answered == 30_000)
        #expect(taken.modelNanoseconds == 21_000_000)
        #expect(taken.model.total == 30_000)
        #expect(taken.overhead == [])
    }

    @Test("counts are read as they were written, and noise is refused")
    func coding() {
        var counts = TrafficCounts()
        (counts.clientErrors, counts.serverErrors, counts.modelNanoseconds) = (1, 300, .max)
        counts.model = [.init(bucket: 0, count: 1), .init(bucket: 231, count: 1 << 40)]
        var reader = NumberReader(counts.encoded)
        #expect(TrafficCounts(&reader) == counts)
        #expect(reader.isAtEnd)
        for length in 0..<counts.encoded.count {
            var reader = NumberReader(Array(counts.encoded.prefix(length)))
            #expect(TrafficCounts(&reader) == nil)
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let noise = (0..<60).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var reader = NumberReader(noise)
            if var found = TrafficCounts(&reader) {
                found.add(found)
                _ = (found.requests, found.errors, found.model.quantile(0.5))
            }
        }
    }

    @Test("sums that do not fit saturate")
    func saturation() {
        var counts = TrafficCounts()
        counts.clientErrors = .max
        counts.request = [.init(bucket: 3, count: .max)]
        counts.add(counts)
        #expect(counts.clientErrors == .max)
        #expect(counts.requests == .max)
    }

    @Test("quantiles are those of the merged histograms")
    func quantiles() {
        var all: [Double] = []
        var whole = TrafficCounts()
        for part in 0..<20 {
            let traffic = Traffic()
            for index in 0..<500 {
                let duration = Int(1000 * exp(Double((index * 7919 + part * 104_729) % 1000) / 120))
                all.append(Double(duration))
                traffic.answer(modelTime: 0, elapsed: duration, checkFailed: false)
            }
            if let counts = traffic.take() { whole.add(counts) }
        }
        all.sort()
        for share in [0.01, 0.5, 0.9, 0.99, 1] {
            let exact = all[Int((share * Double(all.count)).rounded(.up)) - 1]
            let found = whole.request.quantile(share) ?? 0
            #expect(abs(found - exact) <= 0.0625 * exact, "\(share)")
        }
        #expect(TrafficCounts().request.quantile(0.5) == nil)
    }
}
