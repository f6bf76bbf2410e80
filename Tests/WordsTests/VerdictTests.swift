import Definitions
import Foundation
import TestSupport
import Testing

@testable import Words

@Suite("Verdicts in words")
struct VerdictTests {
    @Test("each verdict has its shape and its word")
    func verdicts() {
        let verdicts: [ArmComparison.Verdict] = [.better, .worse, .noDifference, .notEnoughData, .invalid]
        #expect(
            verdicts.map { Words.Status($0).text } == [
                "● Better", "◆ Worse", "○ No difference", "◌ Not enough data", "◆ Invalid",
            ]
        )
        #expect(
            AssayResult.Status.allCases.map { Words.Status($0).text } == [
                "● OK", "▲ Warning", "◆ Alert", "◌ Not enough data",
            ]
        )
        #expect(
            Release.State.allCases.map { Words.Status($0).text } == [
                "◐ Running", "▲ Paused", "● Promoted", "◆ Rolled back", "○ Aborted", "◆ Failed",
            ]
        )
    }

    @Test("a comparison says both rates, the evidence, and what chance could do")
    func comparison() {
        let experiment = SampleReports.experiment()
        let words = experiment.comparisons[0].words(in: experiment)
        #expect(words.word == "Better")
        let sentence =
            "trees is right for 84.01\u{A0}%, linear for 81.24\u{A0}%. The evidence reached 215 and had to reach 20; were the two "
            + "equal, that would happen in at most 5 of 100 experiments."
        #expect(words.sentence == sentence)
    }

    @Test("an expression that is true or false is a rate, and a number is a mean")
    func metrics() {
        func isRate(_ metric: String) -> Bool { MetricWords(GoalMetric(metric: metric)).isRate }
        let rates = [
            "errors", "latency", "accuracy", "outputs[0][0] > 0.5", "not (label == 1)", "inputs.age is missing",
        ]
        for metric in rates { #expect(isRate(metric), "\(metric)") }
        let means = ["outputs[0][0]", "label - outputs[0][0]", "(label) * 2", "no such metric ("]
        for metric in means { #expect(!isRate(metric), "\(metric)") }
        let goal = MetricWords(GoalMetric(metric: "accuracy", smallestEffect: 0.01))
        let declared = "“Right answers”, larger is better, a difference below 1.0\u{A0}points does not matter"
        #expect(goal.goal(isDeclared: true) == declared)
        let chosen = "“Failed requests”, smaller is better, chosen for this report"
        #expect(MetricWords(GoalMetric(metric: "errors")).goal(isDeclared: false) == chosen)
    }
}
