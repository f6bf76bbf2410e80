import Definitions
import Foundation
import Testing
import Words

@Suite("Numbers as people read them")
struct NumbersTests {
    private func estimate(_ value: Double, _ width: Double?) -> Estimate {
        Estimate(value: value, interval: width.map { ValueRange(lower: value - $0, upper: value + $0) }, count: 9)
    }

    /// Thin and usual spaces that do not break are written as `_` and `~` below.
    private func plain(_ text: String) -> String {
        text.replacing("\u{202F}", with: "_").replacing("\u{00A0}", with: "~")
    }

    @Test(
        "counts have groups of three digits",
        arguments: [
            (0, "0"), (999, "999"), (1000, "1_000"), (-1_234_567, "−1_234_567"), (.min, "−9_223_372_036_854_775_808"),
        ]
    )
    func counts(value: Int, text: String) { #expect(plain(Numbers.count(value)) == text) }

    @Test("a noun is singular after one")
    func nouns() {
        #expect([0, 1, 1000].map { plain(Numbers.count($0, "row")) } == ["0 rows", "1 row", "1_000 rows"])
        #expect(Numbers.count(2, "entry", "entries") == "2 entries")
    }

    @Test(
        "measures have three significant digits",
        arguments: [
            (41.84, "41.8"), (0.99962, "1.00"), (999.7, "1_000"),
            (0.4123, "0.412"), (1240.4, "1_240"), (-0.41, "−0.410"), (0, "0"), (1.1e11, "1.1~×~10¹¹"),
            (3e-9, "3.0~×~10⁻⁹"), (.infinity, "∞"), (-.infinity, "−∞"), (.nan, "NaN"), (5e-324, "0"),
            (.greatestFiniteMagnitude, "1.8~×~10³⁰⁸"),
        ] as [(Double, String)]
    )
    func measures(value: Double, text: String) { #expect(plain(Numbers.measure(value)) == text) }

    @Test(
        "evidence spans many powers of ten",
        arguments: [
            (0, "<~0.01"), (0.00012, "<~0.01"), (0.25, "0.25"), (1.94, "1.9"), (14.3, "14.3"), (131.2, "131"),
            (2151.7, "2_152"), (1.1e11, "1.1~×~10¹¹"), (.infinity, "∞"), (.nan, "–"),
        ] as [(Double, String)]
    )
    func evidence(value: Double, text: String) { #expect(plain(Numbers.evidence(value)) == text) }

    @Test(
        "a p-value has two digits",
        arguments: [
            (1, "1.00"), (0.234, "0.23"), (0.0466, "0.047"), (0.00002, "<~0.0001"), (.nan, "–"),
        ] as [(Double, String)]
    )
    func pValues(value: Double, text: String) { #expect(plain(Numbers.probability(value)) == text) }

    @Test(
        "a number has no sign if it rounds to zero, and a power of ten if it is very large",
        arguments: [
            (-0.0001, 2, "0.00"), (0.0001, 2, "0.00"), (-0.5, 1, "−0.5"), (1e12, 2, "1.0~×~10¹²"), (.infinity, 1, "∞"),
            (-.infinity, 1, "−∞"), (.nan, 1, "–"),
        ] as [(Double, Int, String)]
    )
    func fixed(value: Double, decimals: Int, text: String) {
        #expect(plain(Numbers.fixed(value, decimals)) == text)
    }

    @Test("shares are in percent, and their differences in points with their sign")
    func shares() {
        #expect(plain(Numbers.percent(0.95614)) == "95.61~%")
        #expect(plain(Numbers.percent(-0.00001)) == "0.00~%")
        #expect(plain(Numbers.share(0.005)) == "0.5~%")
        #expect(Numbers.points(0.0163) == "+1.6")
        #expect(Numbers.points(-0.004) == "−0.4")
        #expect(Numbers.points(0) == "0")
        #expect([Numbers.percent(nil), Numbers.share(.nan), Numbers.points(.infinity)] == ["–", "–", "–"])
    }

    @Test("an estimate has as many decimals as its interval makes useful")
    func estimates() {
        #expect(Numbers.estimate(estimate(0.81234, 0.0123)) == "0.812 (0.800 to 0.825)")
        #expect(Numbers.estimate(estimate(0.81234, nil)) == "0.812")
        #expect(Numbers.estimate(estimate(812.34, 10)) == "812 (802 to 822)")
        #expect(Numbers.estimate(nil) == "–")
        #expect(Numbers.estimate(estimate(.nan, nil)) == "–")
        #expect(plain(Numbers.rate(estimate(0.95614, 0.00512))) == "95.61~% (95.10 to 96.13)")
        #expect(Numbers.decimals([estimate(1, 0.5), nil, estimate(2, 0.004)]) == 4)
        #expect(Numbers.decimals([estimate(0, 1e-300)]) == 6)
        #expect(Numbers.decimals([estimate(1e300, nil), estimate(.infinity, nil)]) == 0)
        #expect(Numbers.decimals([]) == 1)
    }

    @Test("identifiers are as short as they can be told apart")
    func identifiers() {
        #expect(Identifiers.short(["0123456789", "abcdefghij", "0123456789"])["0123456789"] == "01234567")
        #expect(Identifiers.short(["0123456789", "0123456799"])["0123456799"] == "012345679")
        #expect(Identifiers.short(["a", "ab"]) == ["a": "a", "ab": "ab"])
        let uuid = "01331a81-bb2b-4502-8663-f3a9d7292dfa"
        #expect(
            Identifiers.brief("Loop 'a', run \(uuid): m@\(uuid) is new.")
                == "Loop 'a', run 01331a81: m@01331a81 is new."
        )
    }
}

@Suite("Times as people read them")
struct TimesTests {
    private let time = Date(timeIntervalSince1970: 1_795_000_000)

    @Test("a time is said as how long ago it was, and after 30 days as a date")
    func moments() {
        func text(_ seconds: Double) -> String { Moment(time, now: time + seconds).text }
        let ago: [(Double, String)] = [
            (0.5, "now"), (59, "59\u{A0}s ago"), (1320, "22\u{A0}min ago"), (18_000, "5\u{A0}h ago"),
            (2_505_600, "29\u{A0}d ago"),
        ]
        for (seconds, words) in ago { #expect(text(seconds) == words) }
        #expect(text(2_678_400) == "2026-11-18")
        #expect(text(-60) == "in 1\u{A0}min")
        #expect(Moment.printed(time, now: time + 60) == "1\u{A0}min ago (2026-11-18 11:06:40 UTC)")
        #expect(Moment.printed(time, now: time + 2_678_400) == "2026-11-18 11:06:40 UTC")
        #expect(Moment.minute(time) == "2026-11-18 11:06")
        #expect(Moment.precise(time + 0.25, step: 1) == "2026-11-18 11:06:40")
        #expect(Moment.precise(time + 0.25, step: 0.1) == "2026-11-18 11:06:40.2")
        #expect(Moment.precise(time + 0.25, step: 0.001) == "2026-11-18 11:06:40.250")
        #expect(Moment(time).exact == "2026-11-18 11:06:40 UTC")
        #expect(Moment.title(time) == "2026-11-18 11:06:40 UTC")
        #expect(Moment.title(time - 40) == "2026-11-18 11:06 UTC")
    }

    @Test("a length has two units from an hour on")
    func spans() {
        let lengths: [(Double, String)] = [
            (1.04, "1.0\u{A0}s"), (61, "1\u{A0}min 1\u{A0}s"), (3700, "1\u{A0}h 1\u{A0}min"),
            (90_000, "1\u{A0}d 1\u{A0}h"),
        ]
        for (seconds, words) in lengths { #expect(Span.long(seconds) == words) }
        #expect(Span.long(.infinity) == Span.long(1e12))
        #expect(Span.short(-5) == "0\u{A0}s")
        let chosen = [(90, "90\u{A0}s"), (7200, "2\u{A0}h"), (1_209_600, "14\u{A0}d"), (0, "0\u{A0}s")]
        for (seconds, words) in chosen { #expect(Span.chosen(seconds) == words) }
    }
}
