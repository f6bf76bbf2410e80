import Foundation
import Statistics
import Testing

struct PairedDifferenceTests {
    @Test("the interval of matched proportions is that of half a row more in each cell")
    func rates() throws {
        let interval = try #require(PairedDifference.ofRates(onlyFirst: 10, onlySecond: 4, count: 100, alpha: 0.05))
        // (4.5 − 10.5)/102 ± 1.959964 · √(((10.5 + 4.5)/102 − (6/102)²)/102)
        #expect(abs(interval.lower + 0.13236) < 1e-5)
        #expect(abs(interval.upper - 0.01471) < 1e-5)
    }

    @Test("models that never differ have an interval that narrows with the rows", arguments: [30, 1000, 100_000])
    func noDifference(count: Int) throws {
        let interval = try #require(PairedDifference.ofRates(onlyFirst: 0, onlySecond: 0, count: count, alpha: 0.05))
        #expect(interval.lower == -interval.upper)
        #expect(interval.upper > 0)
        #expect(interval.upper < 2 / Double(count))
    }

    @Test("counts that cannot be are refused")
    func impossible() {
        #expect(PairedDifference.ofRates(onlyFirst: 3, onlySecond: 3, count: 5, alpha: 0.05) == nil)
        #expect(PairedDifference.ofRates(onlyFirst: -1, onlySecond: 0, count: 5, alpha: 0.05) == nil)
        #expect(PairedDifference.ofRates(onlyFirst: .max, onlySecond: .max, count: .max, alpha: 0.05) == nil)
        #expect(PairedDifference.ofRates(onlyFirst: 0, onlySecond: 0, count: 0, alpha: 0.05) == nil)
        #expect(PairedDifference.jackknife(whole: 0, parts: [0], alpha: 0.05) == nil)
        #expect(PairedDifference.jackknife(whole: .nan, parts: [0, 1], alpha: 0.05) == nil)
        #expect(PairedDifference.ofMeans(Moments([1]), alpha: 0.05) == nil)
    }

    @Test("leaving out one value after the other gives Student's interval of the mean")
    func jackknifeOfAMean() throws {
        let values = (0..<40).map { sin(Double($0) * 1.7) + Double($0) / 10 }
        let sum = values.reduce(0, +)
        let parts = values.map { (sum - $0) / Double(values.count - 1) }
        let jackknife = try #require(
            PairedDifference.jackknife(whole: sum / Double(values.count), parts: parts, alpha: 0.05)
        )
        let student = try #require(Moments(values).meanInterval(alpha: 0.05))
        #expect(abs(jackknife.lower - student.lower) < 1e-9)
        #expect(abs(jackknife.upper - student.upper) < 1e-9)
    }

    @Test("equal differences have an interval without a width")
    func equalDifferences() {
        let interval = PairedDifference.ofMeans(Moments([0.5, 0.5, 0.5]), alpha: 0.05)
        #expect(interval == ConfidenceInterval(lower: 0.5, upper: 0.5))
    }
}
