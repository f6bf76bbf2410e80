import Definitions
import Foundation
import Pipelines
import Statistics
import Testing

@testable import Monitoring

@Suite("Reports on experiments")
struct ExperimentReporterTests {
    /// Outcomes of each arm in one update: the count and the sum.
    private typealias Update = [(count: Int, sum: Double)]

    /// Returns a report on updates of equal weights.
    private static func report(
        _ updates: [Update],
        goal: GoalMetric = GoalMetric(metric: "outputs[0][0] > 0.5"),
        guardrails: [GuardrailMetric] = [],
        weights: [Double] = [1, 1],
        failures: [[Double]] = [],
        units: [[Int]]? = nil,
        isOdd: Bool = false,
        isCut: Bool = false
    ) throws -> ExperimentReport {
        let names = ["a", "b", "c", "d"].prefix(weights.count)
        let scene = try Scene.split(weights, names: Array(names))
        let total = weights.reduce(0, +)
        let shares = weights.map { $0 / total }
        let arms = names.indices.map { arm in
            var values = TallyBuilder()
            for update in updates {
                let ones = Int(update[arm].sum)
                for index in 0..<update[arm].count { values.add(index < ones ? 1 : 0) }
            }
            return ExperimentInputs.Arm(
                name: names[arm],
                model: names[arm],
                modelVersion: "\(names[arm])1",
                share: isOdd ? nil : shares[arm],
                requests: updates.reduce(0) { $0 + $1[arm].count },
                units: updates.reduce(0) { $0 + $1[arm].count },
                goal: values.tally,
                current: values.tally,
                guardrails: guardrails.map { _ in TallyBuilder().tally }
            )
        }
        let assignments = updates.indices.map { index in
            ExperimentInputs.Assignments(
                time: Int64(index),
                weights: isOdd ? [] : shares,
                units: units?[index] ?? updates[index].map(\.count),
                guardrails: guardrails.map { _ in
                    names.indices.map { arm in
                        ExperimentInputs.Outcomes(
                            count: updates[index][arm].count,
                            sum: failures.isEmpty ? 0 : failures[index][arm]
                        )
                    }
                }
            )
        }
        let metric = try scene.metric(goal)
        let inputs = ExperimentInputs(
            arms: arms,
            assignments: assignments,
            batches: isOdd || metric.range == nil
                ? []
                : updates.enumerated().map { index, update in
                    ExperimentInputs.Batch(
                        time: Int64(index),
                        weights: shares,
                        outcomes: update.map { outcome in
                            ExperimentInputs.Outcomes(
                                count: outcome.count,
                                sum: metric.isHigherBetter ? outcome.sum : Double(outcome.count) - outcome.sum
                            )
                        },
                        squares: update.map { metric.isHigherBetter ? $0.sum : Double($0.count) - $0.sum }
                    )
                },
            entries: updates.reduce(0) { $0 + $1.reduce(0) { $0 + $1.count } },
            clipped: 0,
            withoutOutcome: 0,
            repeatedIDs: 0,
            skippedLines: 0,
            withoutUnit: 0,
            isCut: isCut
        )
        let reporter = ExperimentReporter(
            experiment: try #require(scene.subject.pipeline.version.experiment),
            goal: metric,
            isDeclared: true,
            guardrails: try guardrails.map { ($0, try scene.metric($0.metric)) },
            inputs: inputs
        )
        let report = reporter.report()
        // A pure function, and everything can be encoded.
        #expect(reporter.report() == report)
        _ = try JSONEncoder().encode(report)
        return report
    }

    private static func updates(_ count: Int, _ update: Update) -> [Update] { Array(repeating: update, count: count) }

    @Test("each verdict has its reason")
    func verdicts() throws {
        let better = try Self.report(Self.updates(20, [(50, 10), (50, 20)])).comparisons[0]
        #expect(better.verdict == .better && better.reason.hasPrefix("The goal is better: 0.4 against 0.2."))
        #expect((better.better?.maximum ?? 0) >= 20 && (better.worse?.maximum ?? 0) < 20)
        let worse = try Self.report(Self.updates(20, [(50, 20), (50, 10)])).comparisons[0]
        #expect(worse.verdict == .worse && worse.reason.hasPrefix("The goal is worse: 0.2 against 0.4."))
        let few = try Self.report(Self.updates(1, [(5, 1), (5, 2)])).comparisons[0]
        #expect(few.verdict == .notEnoughData && few.reason.contains("20 decides") && few.sequence == nil)
        let same = try Self.report(
            Self.updates(200, [(50, 10), (50, 10)]),
            goal: GoalMetric(metric: "outputs[0][0] > 0.5", smallestEffect: 0.1)
        ).comparisons[0]
        #expect(same.verdict == .noDifference && same.reason.hasPrefix("The difference is less than 0.1 either way"))
        let ratio = try Self.report(
            Self.updates(20, [(50, 10), (50, 20)]),
            units: Array(repeating: [70, 30], count: 20)
        )
        #expect(ratio.comparisons[0].verdict == .invalid && ratio.sampleRatio?.isAlarm == true)
        #expect(ratio.comparisons[0].reason.hasPrefix("The arms did not get the units"))
        #expect(ratio.sampleRatio?.expected == [1000, 1000] && ratio.sampleRatio?.observed == [1400, 600])
    }

    @Test("a goal of which less is better is turned around")
    func lower() throws {
        let goal = GoalMetric(metric: "outputs[0][0] > 0.5", better: .lower)
        let comparison = try Self.report(Self.updates(20, [(50, 10), (50, 20)]), goal: goal).comparisons[0]
        #expect(comparison.verdict == .worse && (comparison.difference?.value ?? 0) > 0)
    }

    @Test("a broken guardrail comes before a better goal")
    func guardrails() throws {
        let updates = Self.updates(20, [(50, 10), (50, 20)])
        let failing = Array(repeating: [0.0, 10], count: 20)
        let errors = GuardrailMetric(metric: GoalMetric(metric: "errors"))
        let comparison = try Self.report(updates, guardrails: [errors], failures: failing).comparisons[0]
        #expect(comparison.verdict == .worse && comparison.guardrails[0].isBroken)
        #expect(comparison.reason.hasPrefix("The guardrail 'errors' is broken"))
        let fine = try Self.report(updates, guardrails: [errors], failures: Array(repeating: [10, 0], count: 20))
        #expect(fine.comparisons[0].verdict == .better)
    }

    @Test("a guardrail with a limit looks at the challenger alone, and counts parts of a request as parts")
    func limit() throws {
        func isBroken(_ updates: [Update], _ failures: [Double], limit: Double) throws -> Bool {
            let guardrail = GuardrailMetric(metric: GoalMetric(metric: "errors"), limit: limit)
            let report = try Self.report(
                updates,
                guardrails: [guardrail],
                failures: failures.map { [$0, $0] }
            )
            return report.comparisons[0].guardrails[0].isBroken
        }
        let many = Self.updates(20, [(50, 10), (50, 10)])
        #expect(try isBroken(many, Array(repeating: 20, count: 20), limit: 0.2))
        #expect(try !isBroken(many, Array(repeating: 5, count: 20), limit: 0.2))
        // Each request has a tenth of its rows over the mark, which is less than the limit of 0.2.
        let single = Self.updates(300, [(1, 0), (1, 0)])
        #expect(try !isBroken(single, Array(repeating: 0.1, count: 300), limit: 0.2))
        #expect(try isBroken(single, Array(repeating: 0.5, count: 300), limit: 0.2))
    }

    @Test("with several challengers, each level is that of Holm's method")
    func holm() throws {
        let updates = Self.updates(30, [(50, 10), (50, 25), (50, 11), (50, 13)])
        let report = try Self.report(updates, weights: [1, 1, 1, 1])
        let pValues = report.comparisons.indices.map { index in
            var process = EProcess()
            for update in updates {
                process.add(
                    EProcess.Batch(
                        champion: EProcess.Outcomes(count: update[0].count, sum: update[0].sum),
                        challenger: EProcess.Outcomes(count: update[index + 1].count, sum: update[index + 1].sum),
                        weight: 0.5
                    )
                )
            }
            return process.different.pValue
        }
        let adjusted = try #require(holmAdjusted(pValues))
        for (comparison, adjusted) in zip(report.comparisons, adjusted) {
            let isDecided = comparison.verdict == .better || comparison.verdict == .worse
            #expect(isDecided == (adjusted <= 0.05), "\(comparison.challenger)")
        }
        #expect(report.comparisons.map(\.verdict).contains(.better))
        #expect(abs(report.comparisons[0].alpha - 0.05 / 3) < 1e-15)
        #expect(report.comparisons.map(\.challenger) == ["b", "c", "d"])
    }

    @Test("without shares or a range, the goal is shown and does not decide")
    func undecided() throws {
        let updates = Self.updates(20, [(50, 0), (50, 50)])
        let odd = try Self.report(updates, isOdd: true)
        #expect(odd.comparisons[0].verdict == .notEnoughData && odd.sampleRatio == nil)
        #expect(odd.comparisons[0].evidenceProblem?.contains("'shares'") == true)
        #expect(odd.comparisons[0].reason.contains("'shares'") && odd.arms[1].goal?.value == 1)
        // A limit needs no shares.
        let limit = GuardrailMetric(metric: GoalMetric(metric: "errors"), limit: 0.1)
        let failing = Array(repeating: [0.0, 20], count: 20)
        let guarded = try Self.report(updates, guardrails: [limit], failures: failing, isOdd: true)
        #expect(guarded.comparisons[0].verdict == .worse && guarded.sampleRatio == nil)
        let mean = try Self.report(updates, goal: GoalMetric(metric: "outputs[0][0] * 1"))
        #expect(mean.comparisons[0].verdict == .notEnoughData)
        #expect(mean.comparisons[0].evidenceProblem?.contains("'minimum'") == true)
        let bounded = try Self.report(updates, goal: GoalMetric(metric: "outputs[0][0] * 1", minimum: 0, maximum: 1))
        #expect(bounded.comparisons[0].verdict == .better && bounded.comparisons[0].evidenceProblem == nil)
    }

    @Test("an arm without a share, and no outcome at all")
    func edges() throws {
        let stopped = try Self.report(Self.updates(5, [(10, 5), (0, 0)]), weights: [1, 0])
        #expect(stopped.comparisons[0].verdict == .notEnoughData)
        #expect(stopped.comparisons[0].reason.contains("Not every arm"))
        let empty = try Self.report([])
        #expect(empty.comparisons[0].verdict == .notEnoughData)
        #expect(empty.comparisons[0].reason == "The log has no inferences of this experiment.")
    }

    @Test("the series has at most 200 moments, the last one among them")
    func series() throws {
        let report = try Self.report(Self.updates(1003, [(1, 0), (1, 1)]))
        let series = report.comparisons[0].series
        #expect(series.count == 200)
        #expect(series.last?.time == Date(timeIntervalSince1970: 1.002))
        #expect(zip(series, series.dropFirst()).allSatisfy { $0.time < $1.time })
    }

    @Test("the difference over time ends as the report does", arguments: [GoalMetric.Direction.higher, .lower])
    func differences(better: GoalMetric.Direction) throws {
        let goal = GoalMetric(metric: "outputs[0][0] > 0.5", better: better)
        let report = try Self.report(Self.updates(40, [(10, 3), (10, 5)]), goal: goal)
        let comparison = report.comparisons[0]
        let last = try #require(comparison.series.last)
        #expect(last.share == 0.5)
        #expect(abs(try #require(last.difference) - 0.2) < 1e-12)
        let (found, whole) = (try #require(last.sequence), try #require(comparison.sequence))
        #expect(abs(found.lower - whole.lower) < 1e-12 && abs(found.upper - whole.upper) < 1e-12)
        // It becomes narrower with each update, once there is one.
        let widths = comparison.series.compactMap(\.sequence).map { $0.upper - $0.lower }
        #expect(widths.count > 30 && zip(widths, widths.dropFirst()).allSatisfy { $0 > $1 })
    }

    @Test("what cannot decide does not find that there is no difference either")
    func blocked() throws {
        let updates = Self.updates(400, [(100, 50), (100, 50)])
        let goal = GoalMetric(metric: "outputs[0][0] > 0.5", smallestEffect: 0.2)
        #expect(try Self.report(updates, goal: goal).comparisons[0].verdict == .noDifference)
        let unknown = try Self.report(updates, goal: goal, isOdd: true).comparisons[0]
        #expect(unknown.verdict == .notEnoughData && unknown.evidenceProblem != nil)
        // Retention has deleted the beginning, where the evidence began.
        let cut = try Self.report(Self.updates(20, [(50, 10), (50, 20)]), isCut: true).comparisons[0]
        #expect(cut.verdict == .notEnoughData && cut.better == nil && cut.reason.contains("was deleted from the log"))
    }
}
