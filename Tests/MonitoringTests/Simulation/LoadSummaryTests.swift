import Definitions
import Foundation
import Testing

@testable import Monitoring

@Suite("Figures of a load test")
struct LoadSummaryTests {
    private static let millisecond: Int64 = 1_000_000

    /// Requests at equal distances, of which the server answers one at a time.
    private static func queue(rate: Double, service: Int64, seconds: Double) -> (LoadRecorder.Times, Int64) {
        let schedule = ArrivalSchedule(.constant, rate: rate, duration: seconds, seed: 0)
        var free: Int64 = 0
        let ended = schedule.times.map { time in
            free = max(free, time) + service
            return free
        }
        let times = LoadRecorder.Times(
            intended: schedule.times,
            begun: schedule.times,
            ended: ended,
            isAnswered: schedule.times.map { _ in true }
        )
        return (times, schedule.duration)
    }

    @Test("a subject that keeps up has its own latency, and answers at the rate")
    func keepsUp() throws {
        let (times, duration) = Self.queue(rate: 20, service: 40 * Self.millisecond, seconds: 10)
        let summary = LoadSummary(times, duration: duration, refused: 0)
        let latency = try #require(summary.latency)
        #expect(!summary.isSaturated)
        #expect([latency.p50, latency.p99 ?? 0, latency.max].allSatisfy { abs($0 - 40) < 0.001 })
        #expect(summary.throughput == 20)
        #expect(summary.backlog == 0)
    }

    /// The i-th request waits i · (s − 1/λ), with the service time s and the rate λ.
    @Test("past saturation, the latency grows as that of a queue")
    func saturated() throws {
        let (times, duration) = Self.queue(rate: 100, service: 20 * Self.millisecond, seconds: 4)
        let summary = LoadSummary(times, duration: duration, refused: 0)
        let latency = try #require(summary.latency)
        #expect(summary.isSaturated)
        #expect(summary.throughput == 50)
        #expect(abs(latency.max - (20 + 399 * 10)) < 0.001)
        // The 200th of 400 values.
        #expect(abs(latency.p50 - (20 + 199 * 10)) < 0.001)
        #expect(summary.backlog == 200)
    }

    @Test("a slow subject that keeps up is not saturated, although some answers come after the end")
    func slow() {
        let schedule = ArrivalSchedule(.constant, rate: 10, duration: 5, seed: 0)
        let times = LoadRecorder.Times(
            intended: schedule.times,
            begun: schedule.times,
            ended: schedule.times.map { $0 + 1000 * Self.millisecond },
            isAnswered: schedule.times.map { _ in true }
        )
        let summary = LoadSummary(times, duration: schedule.duration, refused: 0)
        #expect(!summary.isSaturated)
        #expect(summary.throughput < 10)
        #expect(summary.backlog == 9)
    }

    @Test("refusals count as saturation, and latencies are only those of answers")
    func refused() throws {
        var (times, duration) = Self.queue(rate: 100, service: Self.millisecond, seconds: 2)
        for index in times.intended.indices where index.isMultiple(of: 2) {
            times.isAnswered[index] = false
            times.ended[index] = times.intended[index]
        }
        let summary = LoadSummary(times, duration: duration, refused: 100)
        #expect(summary.isSaturated)
        #expect(summary.answered == 100)
        #expect(try abs(#require(summary.latency).p50 - 1) < 0.001)
    }

    @Test("a generator that is late says so")
    func late() {
        var (times, duration) = Self.queue(rate: 100, service: 10 * Self.millisecond, seconds: 2)
        for index in 100..<200 { times.begun[index] += 5 * Self.millisecond }
        let summary = LoadSummary(times, duration: duration, refused: 0)
        #expect(summary.isLate)
        #expect(summary.lagMax == 5)
    }

    @Test("a percentile needs enough answers")
    func few() throws {
        let (times, duration) = Self.queue(rate: 10, service: Self.millisecond, seconds: 1.5)
        let latency = try #require(LoadSummary(times, duration: duration, refused: 0).latency)
        #expect(latency.p90 != nil && latency.p95 == nil && latency.p99 == nil)
    }

    @Test("Poisson arrivals are independent, repeatable, and have the rate")
    func poisson() {
        let schedule = ArrivalSchedule(.poisson, rate: 1000, duration: 20, seed: 7)
        #expect(schedule.times == ArrivalSchedule(.poisson, rate: 1000, duration: 20, seed: 7).times)
        #expect(schedule.times != ArrivalSchedule(.poisson, rate: 1000, duration: 20, seed: 8).times)
        // Within four standard deviations of a Poisson number.
        #expect(abs(Double(schedule.times.count) - 20_000) < 4 * 20_000.0.squareRoot())
        let gaps = zip(schedule.times, schedule.times.dropFirst()).map { Double($1 - $0) / 1e6 }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
        // The deviation of exponential distances is their mean.
        #expect(abs(variance.squareRoot() / mean - 1) < 0.05)
    }
}

@Suite("Outputs of a load test")
struct ComparedOutputTests {
    private static func output(_ json: String) -> ComparedOutput { ComparedOutput(json: Array(json.utf8)) }

    @Test(
        "documents of the same form have a difference",
        arguments: [
            (#"{"a": [1, 2]}"#, #"{"a": [1, 2.5]}"#, 0.5), (#"{"a": [1, 2]}"#, #"{ "a":[1,2] }"#, 0),
            (#"[{"v": "x", "s": -1}]"#, #"[{"v": "x", "s": 1}]"#, 2),
        ]
    )
    func same(a: String, b: String, expected: Double) {
        #expect(Self.output(a).difference(from: Self.output(b)) == expected)
    }

    @Test(
        "other texts, names and shapes cannot be compared",
        arguments: [
            (#"["x"]"#, #"["y"]"#), (#"{"a": 1}"#, #"{"b": 1}"#), ("[1, 2]", "[[1, 2]]"), ("[1]", "[1, 2]"),
            ("[null]", "[1]"), ("[true]", "[false]"),
        ]
    )
    func other(a: String, b: String) { #expect(Self.output(a).difference(from: Self.output(b)) == nil) }
}
