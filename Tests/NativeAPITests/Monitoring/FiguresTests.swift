import Definitions
import Foundation
import Testing

@testable import NativeAPI

@Suite("Numbers of reports")
struct FiguresTests {
    private func estimate(_ value: Double, _ width: Double?) -> Estimate {
        Estimate(value: value, interval: width.map { ValueRange(lower: value - $0, upper: value + $0) }, count: 9)
    }

    @Test("an estimate has as many decimals as its interval makes useful")
    func estimates() {
        #expect(Figures.estimate(estimate(0.81234, 0.0123)) == "0.812 [0.800, 0.825]")
        #expect(Figures.estimate(estimate(0.81234, nil)) == "0.8123")
        #expect(Figures.estimate(estimate(812.34, 10)) == "812 [802, 822]")
        #expect(Figures.estimate(estimate(0.02, 0.015), sign: true) == "+0.020 [+0.005, +0.035]")
        #expect(Figures.estimate(nil) == "-")
        #expect(Figures.estimate(estimate(0, 0)) == "0.0 [0.0, 0.0]")
        #expect(Figures.estimate(estimate(.nan, nil)) == "-")
    }

    @Test("estimates below each other have the same decimals")
    func decimals() {
        #expect(Figures.decimals([estimate(1, 0.5), nil, estimate(2, 0.004)]) == 4)
        #expect(Figures.decimals([estimate(0, 1e-300)]) == 6)
        #expect(Figures.decimals([estimate(1e300, nil), estimate(.infinity, nil)]) == 0)
        #expect(Figures.decimals([]) == 1)
    }

    @Test(
        "a number has no sign if it rounds to zero, and an exponent if it is very large",
        arguments: [
            (-0.0001, 2, "0.00"), (0.0001, 2, "0.00"), (-0.5, 1, "-0.5"), (1e12, 2, "1e+12"), (.infinity, 1, "∞"),
            (-.infinity, 1, "-∞"),
        ] as [(Double, Int, String)]
    )
    func fixed(value: Double, decimals: Int, text: String) { #expect(Figures.fixed(value, decimals) == text) }

    @Test(
        "a p-value has two digits",
        arguments: [
            (1, "p = 1.00"), (0.234, "p = 0.23"), (0.0466, "p = 0.047"), (0.00002, "p < 0.0001"), (.nan, "p = -"),
        ] as [(Double, String)]
    )
    func pValues(value: Double, text: String) { #expect(Figures.p(value) == text) }

    @Test(
        "evidence spans many powers of ten",
        arguments: [
            (0, "0"), (0.00012, "1.2e-04"), (0.25, "0.25"), (19.7, "20"), (1234.4, "1,234"), (3_210_000, "3.2e+06"),
            (.infinity, "∞"),
        ] as [(Double, String)]
    )
    func evidence(value: Double, text: String) { #expect(Figures.evidence(value) == text) }

    @Test(
        "counts have groups of three digits",
        arguments: [
            (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"), (.min, "-9,223,372,036,854,775,808"),
        ]
    )
    func counts(value: Int, text: String) { #expect(Figures.count(value) == text) }

    @Test("shares, milliseconds and times")
    func others() {
        #expect(Figures.percent(0.9312) == "93.1 %")
        #expect(Figures.percent(nil) == "-")
        #expect([0.4123, 12.34, 123.4].map { Figures.latency($0) } == ["0.41", "12.3", "123"])
        #expect(Figures.minute(Date(timeIntervalSince1970: 1_795_000_000)) == "2026-11-18 11:06")
    }

    @Test("versions are as short as they can be told apart")
    func versions() {
        #expect(Figures.short(ids: ["0123456789", "abcdefghij", "0123456789"])["0123456789"] == "01234567")
        #expect(Figures.short(ids: ["0123456789", "0123456799"])["0123456799"] == "012345679")
        #expect(Figures.short(ids: ["a", "ab"]) == ["a": "a", "ab": "ab"])
    }

    @Test("metrics in words")
    func metrics() {
        let goal = GoalMetric(metric: "latency", better: .lower, budgetMilliseconds: 5, smallestEffect: 0.01)
        #expect(goal.summary == "latency within 5 ms, lower is better, smallest effect 0.01")
        #expect(GuardrailMetric(metric: GoalMetric(metric: "errors"), limit: 0.01).summary == "errors at most 0.01")
    }
}

@Suite("Scales of pictures")
struct PictureScaleTests {
    @Test("a scale has round ticks within it")
    func ticks() {
        let scale = PictureScale([0.802, 0.85], from: 0, to: 100)
        #expect(scale.ticks.map(\.label) == ["0.80", "0.82", "0.84"])
        #expect(scale.ticks.allSatisfy { $0.place >= 0 && $0.place <= 100 })
        #expect(PictureScale([0, 1], limits: 0...1, from: 0, to: 100).place(0.5) == 50)
    }

    @Test("a single value and no value have a scale", arguments: [[0.5], [], [.nan], [1e300, -1e300]])
    func few(values: [Double]) {
        let scale = PictureScale(values, from: 0, to: 100)
        #expect(!scale.ticks.isEmpty)
        #expect((0...100).contains(scale.place(.infinity)))
        #expect((0...100).contains(scale.place(.nan)))
    }

    @Test("powers of ten")
    func logarithms() {
        let scale = LogScale([0.2, 214], from: 100, to: 0)
        #expect(scale.ticks.map(\.label) == ["1", "10", "100"])
        #expect(scale.place(10) > scale.place(100))
        #expect(LogScale([1e300], from: 0, to: 1).ticks.last?.label.hasPrefix("10") == true)
        #expect(LogScale([], from: 0, to: 1).ticks.map(\.label) == ["1", "10"])
    }

    @Test("times have days, or hours and minutes")
    func times() {
        let start = Date(timeIntervalSince1970: 1_795_000_000)
        let hours = TimeScale([start, start + 6 * 3600], from: 0, to: 100).ticks.map(\.label)
        #expect(hours == ["12:00", "13:00", "14:00", "15:00", "16:00", "17:00"])
        let days = TimeScale([start, start + 3 * 86_400], from: 0, to: 100).ticks.map(\.label)
        #expect(days.contains("2026-11-19") && days.contains("12:00"))
        #expect(TimeScale([.distantPast, .distantFuture], from: 0, to: 100).ticks.count <= 8)
        #expect(!TimeScale([start], from: 0, to: 100).ticks.isEmpty)
    }
}
