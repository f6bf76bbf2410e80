import Definitions
import Testing

@testable import Endpoints

@Suite("Guardrails of a roll-out")
struct GuardrailTests {
    @Test(
        "an alarm's name defines its metric and threshold",
        arguments: [
            ("error-rate>1%", .errorRate, 0.01), ("error-rate > 0.05", .errorRate, 0.05), ("errors>3", .errors, 3),
            ("latency>250ms", .meanLatency, 250e6), ("latency-p99>1.5s", .latency(quantile: 0.99), 1.5e9),
            ("latency-p50>80us", .latency(quantile: 0.5), 80e3),
        ] as [(String, Guardrail.Metric, Double)]
    )
    func names(name: String, metric: Guardrail.Metric, threshold: Double) throws {
        let alarm = try Guardrail(name)
        #expect(alarm.metric == metric)
        #expect(abs(alarm.threshold - threshold) < threshold * 1e-9)
    }

    @Test("others are rejected", arguments: ["my-alarm", "error-rate>x", "latency>250", "errors>1%", "cpu>1", ">1"])
    func unknown(name: String) {
        #expect(throws: RoostError.self) { try Guardrail(name) }
    }

    private func seen(answers: Int, failures: Int, milliseconds: Int = 1) -> VariantObservation {
        var seen = VariantObservation(
            answers: answers,
            failures: failures,
            sum: answers * milliseconds * 1_000_000
        )
        for (index, bound) in VariantObservation.bounds.enumerated() where bound >= milliseconds * 1_000_000 {
            seen.cumulative[index] = answers
        }
        seen.cumulative[seen.cumulative.count - 1] = answers
        return seen
    }

    @Test("an alarm on failures trips above its threshold, and never without an invocation")
    func failures() throws {
        let rate = try Guardrail("error-rate>10%")
        #expect(rate.trip(seen(answers: 0, failures: 0)) == nil)
        #expect(rate.trip(seen(answers: 9, failures: 1)) == nil)
        #expect(rate.trip(seen(answers: 8, failures: 2)) != nil)
        let count = try Guardrail("errors>1")
        #expect(count.trip(seen(answers: 100, failures: 1)) == nil)
        #expect(count.trip(seen(answers: 100, failures: 2)) != nil)
    }

    @Test("an alarm on latency trips by mean or by quantile")
    func latency() throws {
        let slow = seen(answers: 10, failures: 0, milliseconds: 40)
        #expect(try Guardrail("latency>30ms").trip(slow) != nil)
        #expect(try Guardrail("latency>50ms").trip(slow) == nil)
        #expect(try Guardrail("latency-p90>25ms").trip(slow) != nil)
        #expect(try Guardrail("latency-p90>50ms").trip(slow) == nil)
    }
}
