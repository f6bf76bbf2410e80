import Definitions
import Foundation
import TestSupport
import Testing

@testable import roost

@Suite("Quality and labels on the terminal")
struct QualityPageTests {
    private func text(width: Int = 80, _ fill: (inout Page) -> Void) -> String {
        var page = Page(terminalWidth: width)
        fill(&page)
        // The spaces that do not break are written as usual ones here.
        return page.lines.map(\.text).joined(separator: "\n").replacing("\u{202F}", with: " ").replacing(
            "\u{A0}",
            with: " "
        )
    }

    @Test("few groups are columns")
    func models() {
        #expect(
            text { $0.add(SampleReports.quality(slices: [nil])) } == """
                Quality of pipeline churn
                  window        from 2026-11-18 11:06:40 to 2026-11-25 11:06:40 UTC
                  prediction    outputs[0][0], positive from 0.5
                  task          binary
                  labeled       5 710 of 24 680 rows in 12 340 inferences
                  other labels  17 waiting, 2 of a wrong type

                              churn@5f0c1a2b
                rows                  12 340
                labeled                2 855
                accuracy              0.8124
                f1                    0.7120
                roc_auc               0.9012
                log_loss              0.4123
                outcome_mean            12.5

                WORST MISTAKES  ROW  TIME                 PREDICTION  SCORE  LABEL   LOSS
                a17               0  2026-11-18 11:08:10  1           0.993  0      0.993
                """
        )
    }

    @Test("many groups are rows, and a table that is too wide is divided")
    func slices() {
        #expect(
            text { $0.add(SampleReports.quality(slices: ["[18, 30)", "[30, 50)", "[50, 90)", "missing"])) } == """
                Quality of pipeline churn
                  window        from 2026-11-18 11:06:40 to 2026-11-25 11:06:40 UTC
                  prediction    outputs[0][0], positive from 0.5
                  task          binary
                  labeled       5 710 of 24 680 rows in 12 340 inferences
                  other labels  17 waiting, 2 of a wrong type

                MODEL           SLICE       ROWS  LABELED  ACCURACY      F1  ROC_AUC  LOG_LOSS
                churn@5f0c1a2b  [18, 30)  12 340    2 855    0.8124  0.7120   0.9012    0.4123
                churn@5f0c1a2b  [30, 50)  12 339    2 854    0.8124  0.7120   0.9012    0.4123
                churn@5f0c1a2b  [50, 90)  12 338    2 853    0.8124  0.7120   0.9012    0.4123
                churn@5f0c1a2b  missing   12 337    2 852    0.8124  0.7120   0.9012    0.4123

                MODEL           SLICE     OUTCOME_MEAN
                churn@5f0c1a2b  [18, 30)          12.5
                churn@5f0c1a2b  [30, 50)          12.5
                churn@5f0c1a2b  [50, 90)          12.5
                churn@5f0c1a2b  missing           12.5

                WORST MISTAKES  ROW  TIME                 PREDICTION  SCORE  LABEL   LOSS
                a17               0  2026-11-18 11:08:10  1           0.993  0      0.993
                """
        )
    }

    @Test("no inference, and no label")
    func empty() {
        var report = SampleReports.quality(slices: [])
        report.start = nil
        report.task = nil
        report.mistakes = []
        let text = text { $0.add(report) }
        #expect(text.contains("from the beginning of the log to"))
        #expect(text.contains("unknown: no label fits"))
        #expect(text.hasSuffix("No inference is in the window."))
    }

    @Test("a counterfactual answer")
    func counterfactual() {
        #expect(
            text(width: 100) { $0.add(SampleReports.counterfactual) } == """
                What if: pipeline churn
                  policy          All units go to trees.
                  metric          Right answers
                  effective size  5 688 equally weighted units

                ESTIMATE             UNITS  METRIC
                observed            11 398  0.8262 (0.8191 to 0.8333)
                inverse propensity  11 398  0.8401 (0.8259 to 0.8543)
                self-normalized     11 398  0.8398 (0.8303 to 0.8493)

                Notes
                  - The shares of all units are known.
                """
        )
        var report = SampleReports.counterfactual
        report.isUnreliable = true
        report.inversePropensity = nil
        let text = text(width: 100) { $0.add(report) }
        #expect(text.contains("equally weighted units: TOO FEW to rely on"))
        #expect(text.contains("inverse propensity       –  –"))
    }

    @Test("the labels of a pipeline")
    func labels() {
        let summary = GroundTruthSummary(
            labels: 1200,
            byID: 1000,
            byKey: 200,
            oldest: SampleReports.start,
            newest: SampleReports.end,
            waitHours: 168
        )
        #expect(
            text { $0.add(summary, of: "churn") } == """
                Labels of pipeline churn
                  labels        1 200: 1 000 by id, 200 by key
                  received      2026-11-18 11:06:40 to 2026-11-25 11:06:40 UTC
                  waiting time  168 hours
                """
        )
    }
}
