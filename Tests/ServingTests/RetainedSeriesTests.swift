import Testing

@testable import Serving

@Suite("Series of metrics")
struct RetainedSeriesTests {
    private final class Count {}

    @Test("a series is kept while it is used and for an hour afterwards")
    func retention() {
        var series = RetainedSeries<Count>()
        let start = ContinuousClock.now
        func count(afterMinutes minutes: Double) -> Int { series.values(at: start + .seconds(60 * minutes)).count }
        do {
            let used = series.value("a") { Count() }
            _ = series.value("b") { Count() }
            #expect(series.value("a") { Count() } === used)
            #expect(count(afterMinutes: 0) == 2)
            #expect(count(afterMinutes: 59) == 2)
            #expect(count(afterMinutes: 61) == 1)
            #expect(count(afterMinutes: 1000) == 1)
            withExtendedLifetime(used) {}
        }
        #expect(count(afterMinutes: 1010) == 1)
        // Using it again restarts the hour.
        do {
            let used = series.value("a") { Count() }
            #expect(count(afterMinutes: 1069) == 1)
            withExtendedLifetime(used) {}
        }
        #expect(count(afterMinutes: 1075) == 1)
        #expect(count(afterMinutes: 1134) == 1)
        #expect(count(afterMinutes: 1136) == 0)
    }
}
