import Definitions
import Foundation
import Testing

@testable import Monitoring

@Suite("Assays compare a window with their baseline")
struct AssayComparisonTests {
    private static let start = Date(timeIntervalSince1970: 0)
    private static let end = Date(timeIntervalSince1970: 3600)

    /// Evenly spread numbers, so that a test needs no chance.
    private func spread(_ count: Int, from low: Double = 0, to high: Double = 1) -> AssayValues {
        var values = AssayValues()
        for index in 0..<count { values.add(low + (high - low) * (Double(index) + 0.5) / Double(count)) }
        return values
    }

    private func words(_ counts: [String: Int], missing: Int = 0) -> AssayValues {
        var values = AssayValues()
        for (word, count) in counts { values.add(word, count: count) }
        values.missing = missing
        return values
    }

    private func definition(
        _ statistic: AssayDefinition.Statistic? = nil,
        bins: AssayDefinition.Binning? = nil,
        warn: Double? = nil,
        alert: Double? = nil,
        minimum: Int? = nil
    ) -> AssayDefinition {
        AssayDefinition(
            pipeline: "p",
            metric: "inputs.x",
            statistic: statistic,
            baseline: nil,
            bins: bins,
            window: TimeSpan(seconds: 3600),
            warn: warn,
            alert: alert,
            minimum: minimum
        )
    }

    private func result(
        _ definition: AssayDefinition,
        _ baseline: AssayValues,
        _ window: AssayValues
    ) throws -> AssayResult {
        let made = try AssayBaseline.make(baseline, definition)
        return AssayComparison(definition: definition, baseline: made.baseline, sample: made.sample)
            .result(window, from: Self.start, to: Self.end, at: Self.end)
    }

    @Test("that is the same is fine", arguments: AssayDefinition.Statistic.allCases)
    func same(statistic: AssayDefinition.Statistic) throws {
        let found = try result(definition(statistic, alert: 0.2), spread(5000), spread(3000))
        #expect(found.status == .ok, "\(found)")
        #expect(try #require(found.score) < 0.01)
        #expect(found.reason.hasPrefix("\(statistic.rawValue) is "))
    }

    @Test("that has moved is an alert", arguments: AssayDefinition.Statistic.allCases)
    func moved(statistic: AssayDefinition.Statistic) throws {
        let found = try result(definition(statistic, alert: 0.2), spread(5000), spread(3000, from: 0.6, to: 1.6))
        #expect(found.status == .alert, "\(found)")
        #expect(found.bins.reduce(0) { $0 + $1.window } == 3000)
        #expect(found.bins.reduce(0) { $0 + $1.baseline } == 5000)
    }

    @Test("A score over the threshold must also beat chance")
    func noise() throws {
        // The Kolmogorov-Smirnov distance is 0.1, which 200 values have by chance.
        let found = try result(definition(.kolmogorovSmirnov, warn: 0.05), spread(300), spread(200, from: 0.1, to: 1.1))
        #expect(found.status == .ok)
        #expect(found.reason.contains("chance explains"))
        #expect(try #require(found.pValue) > 0.01)
        let more = try result(
            definition(.kolmogorovSmirnov, warn: 0.05),
            spread(30_000),
            spread(20_000, from: 0.1, to: 1.1)
        )
        #expect(more.status == .warning)
    }

    @Test("A window with too few values has not enough data")
    func few() throws {
        let found = try result(definition(), spread(1000), spread(199, from: 5, to: 6))
        #expect(found.status == .notEnoughData)
        #expect(found.score == nil)
        #expect(found.reason == "The window has 199 values. At least 200 are needed.")
    }

    @Test("Where chance alone would reach half of the alert threshold, there is not enough data")
    func noisy() throws {
        let found = try result(definition(minimum: 50), spread(60), spread(60))
        #expect(found.status == .notEnoughData, "\(found)")
        #expect(found.reason.contains("by chance"))
    }

    @Test("A baseline with too few values is refused")
    func fewBefore() throws {
        let error = try #require(throws: RoostError.self) { try AssayBaseline.make(spread(199), definition()) }
        #expect(error.field == "baseline")
        #expect(error.message == "Not enough data: the baseline has 199 values of 'inputs.x'. At least 200 are needed.")
    }

    @Test("Missing values are counted apart")
    func missing() throws {
        var window = spread(800)
        window.missing = 200
        let found = try result(definition(), spread(1000), window)
        #expect(found.status == .alert)
        #expect(found.reason == "20% of the values are missing, compared with 0% in the baseline.")
        #expect(try #require(found.score) < 0.01)
        var none = AssayValues()
        none.missing = 1000
        #expect(try result(definition(), spread(1000), none).status == .alert)
        window.missing = 45
        #expect(try result(definition(), spread(1000), window).status == .warning)
        window.missing = 30
        #expect(try result(definition(), spread(1000), window).status == .ok)
    }

    @Test("New categories are counted apart")
    func newCategories() throws {
        let before = words(["red": 500, "blue": 400, "green": 100])
        let found = try result(definition(), before, words(["red": 450, "blue": 360, "green": 90, "pink": 100]))
        #expect(found.newCategories == [.init(category: "pink", count: 100)])
        #expect(found.newCount == 100)
        #expect(found.status == .alert)
        #expect(found.bins.map(\.category) == ["red", "blue", "green", nil])
        #expect(found.bins.map(\.window) == [450, 360, 90, 100])
        #expect(try result(definition(), before, before).status == .ok)
    }

    @Test("Numbers can be categories")
    func classes() throws {
        var before = AssayValues()
        var after = AssayValues()
        for index in 0..<1000 {
            before.add(Double(index % 2))
            after.add(Double(index % 3))
        }
        let found = try result(definition(.chiSquared, bins: .init(by: .categories)), before, after)
        #expect(found.status == .alert)
        #expect(found.newCategories.map(\.category) == ["2"])
    }

    @Test("Strings need categories")
    func strings() throws {
        let before = words(["red": 500])
        let bins = try #require(throws: RoostError.self) {
            try AssayBaseline.make(before, definition(bins: .init(by: .quantiles)))
        }
        #expect(bins.field == "bins")
        let statistic = try #require(throws: RoostError.self) {
            try AssayBaseline.make(before, definition(.kolmogorovSmirnov))
        }
        #expect(statistic.field == "statistic")
    }

    @Test("Given edges are used as they are")
    func edges() throws {
        let found = try result(definition(bins: .init(edges: [0.25, 0.5])), spread(1000), spread(1000))
        #expect(found.bins.map(\.lower) == [nil, 0.25, 0.5])
        #expect(found.bins.map(\.upper) == [0.25, 0.5, nil])
        #expect(found.bins.map(\.baseline) == [250, 250, 500])
    }

    @Test("Infinite and constant values are no problem", arguments: AssayDefinition.Statistic.allCases)
    func strange(statistic: AssayDefinition.Statistic) throws {
        var constant = AssayValues()
        for _ in 0..<500 { constant.add(1) }
        var infinite = constant
        for _ in 0..<500 { infinite.add(.infinity) }
        for _ in 0..<10 { infinite.add(-.infinity) }
        let sets = [constant, infinite, spread(1000), spread(1000, from: -8e307, to: 8e307)]
        for before in sets {
            for after in sets {
                let found = try result(definition(statistic, alert: 0.2), before, after)
                if let score = found.score { #expect(score.isFinite && score >= 0, "\(statistic): \(score)") }
                _ = try JSONEncoder().encode(found)
            }
        }
    }

    @Test("The mean of a rate is tested as a share")
    func rates() throws {
        var before = AssayValues()
        var after = AssayValues()
        for index in 0..<1000 {
            before.add(index % 100 == 0 ? 1 : 0)
            after.add(index % 5 == 0 ? 1 : 0)
        }
        let found = try result(definition(.mean, alert: 0.1), before, after)
        #expect(found.status == .alert)
        #expect((try #require(found.score) - 0.19).magnitude < 1e-12)
        #expect(try #require(found.pValue) < 1e-20)
        #expect(try result(definition(.mean, alert: 0.5), before, after).status == .ok)
    }

    @Test("A level needs two of the last three windows, and windows without data do not count")
    func levels() {
        typealias Status = AssayResult.Status
        func level(_ statuses: [Status], before: Status = .ok) -> Status {
            statuses.level(definition(), before: before)
        }
        #expect(level([.alert]) == .ok)
        #expect(level([.alert, .alert]) == .alert)
        #expect(level([.alert, .ok, .alert]) == .alert)
        #expect(level([.alert, .alert, .ok, .ok]) == .ok)
        #expect(level([.alert, .warning]) == .warning)
        #expect(level([.alert, .notEnoughData, .notEnoughData, .alert]) == .alert)
        #expect(level([.notEnoughData], before: .alert) == .alert)
        #expect(level([], before: .notEnoughData) == .notEnoughData)
    }
}
