import Definitions
import TestSupport
import Testing

@testable import roost

@Suite("Reports on the terminal")
struct ReportPageTests {
    private func text(_ report: Report) -> String {
        var page = Page()
        page.add(report)
        // The spaces that do not break are written as usual ones here.
        return page.lines.map(\.text).joined(separator: "\n").replacing("\u{202F}", with: " ").replacing(
            "\u{A0}",
            with: " "
        )
    }

    @Test("an experiment begins with the verdict, in the words of the console")
    func experiment() {
        let lines = text(SampleReports.report(experiment: SampleReports.experiment())).split(separator: "\n")
        #expect(lines.first == "● Better. trees is right for 84.01 %, linear for 81.24 %. The evidence reached")
        for line in [
            "Experiment report of pipeline churn",
            "  report      0193a5c0-0000-7000-8000-000000000001, made 2026-11-25 11:07:40 UTC",
            "  experiment  0193a5c0-0000-7000-8000-000000000002, since 2026-11-18 11:06:40",
            "  window      2026-11-18 11:06:40 to 2026-11-25 11:06:40 UTC, 24 680 inferences",
            "  goal        “Right answers”, larger is better, a difference below 1.0 points",
            "  alpha       0.05",
            "MODEL               SHARE  UNITS  OUTCOMES     RATE  95 % INTERVAL",
            "linear  champion     50 %  6 145     5 710  81.24 %  80.23 % – 82.25 %",
            "trees   challenger   50 %  6 098     5 688  84.01 %  83.06 % – 84.96 %",
            "MODEL   VERSION               LABELED  FAILED  CHECKS FAILED  P50 MS  P95 MS",
            "linear  churn@5f0c1a2b        93.10 %  0.12 %         0.00 %   0.412   0.930",
            "trees   churn-trees@8d9e7f6a  93.10 %  0.09 %         0.00 %   0.412   0.930",
            "trees against linear", "  difference    +2.8 points", "  at any time   +0.2 to +5.3",
            "                two-proportion z 3.92, p < 0.0001",
            "  better        E 215 of 20, p 0.0047", "  worse         E 1.4 of 20, p 0.70",
            "GUARDRAIL        DEMAND                  linear    trees     E  BOUND  STATE",
            "Failed requests  at most 1 %             0.12 %   0.09 %   1.0    100  ● Holds",
            "Slow: over 5 ms  no worse                0.21 %        –     –    100  ◌ No data",
            "Sample ratio     by the shares: 50.00 %       –  49.81 %  0.42  1 000  ● Holds",
            "Verdict is better            E 215, bound 20              ● Met",
            "A full week                  7 d 0 h of 7 d               ● Met",
            "  1. invalid, if the arms did not get the units that the shares promise",
            "  - 12 entries without a unit were left out.",
        ] {
            #expect(lines.contains { $0.lowercased() == line.lowercased() }, "\(line)")
        }
        #expect(lines.allSatisfy { $0.displayWidth <= 80 })
    }

    @Test("the verdict and the titles are bold")
    func bold() {
        var page = Page()
        page.add(SampleReports.report(experiment: SampleReports.experiment(verdict: .noDifference)))
        let bold = page.lines.filter(\.isBold).map(\.text)
        #expect(bold.first?.hasPrefix("○ No difference. trees is right for") == true)
        #expect(
            bold.suffix(5) == [
                "Experiment report of pipeline churn", "Counts", "trees against linear", "Rule", "Notes",
            ]
        )
    }

    @Test("what is missing, and what is wrong")
    func problems() {
        var experiment = SampleReports.experiment(verdict: .worse)
        experiment.sampleRatio?.isAlarm = true
        experiment.arms[1].goal = nil
        experiment.comparisons[0].sequence = nil
        experiment.comparisons[0].sequenceProblem = "The range of the values is unknown."
        experiment.comparisons[0].evidenceProblem = "No unit has an outcome."
        experiment.comparisons[0].sampleStillNeeded = 1234
        let text = text(SampleReports.report(experiment: experiment))
        for line in [
            "at any time   The range of the values is unknown.", "evidence      No unit has an outcome.",
            "still needed  1 234 units of both together, for a fixed sample",
            "◆ Worse. The guardrail “Slow: over 5 ms”",
            "1 000  ◆ Broken",
        ] { #expect(text.contains(line), "\(line)") }
        experiment.arms = []
        experiment.comparisons = []
        #expect(
            self.text(SampleReports.report(experiment: experiment)).contains(
                "\n\nNo inference of the experiment is in the window.\n\nRule"
            )
        )
    }

    @Test("a long name leaves space for the numbers, and cannot control the terminal")
    func names() {
        let name = "a\u{1B}[2J very long name of a challenger"
        let text = text(SampleReports.report(experiment: SampleReports.experiment(challenger: name)))
        #expect(text.contains("\na?[2J very long name of…  challenger"))
    }

    @Test("a table that is wider than the terminal is divided")
    func narrow() {
        for report in [
            SampleReports.report(experiment: SampleReports.experiment(challenger: "a-challenger-with-a-long-name")),
            SampleReports.report(shadow: SampleReports.replay(), kind: .replay),
        ] {
            var page = Page(terminalWidth: 79)
            page.add(report)
            #expect(page.lines.allSatisfy { $0.text.displayWidth <= 79 })
        }
    }

    @Test("a shadow deploy")
    func shadow() {
        let lines = text(SampleReports.report(shadow: SampleReports.shadow())).split(separator: "\n")
        #expect(lines.first == "● Better where they differ. trees takes the same decision as churn for 96.12 %")
        for line in [
            "Shadow report of pipeline churn", "trees in the shadow of churn",
            "  requests          12 340, with 24 680 rows", "  decision          outputs[0][0] >= 0.5",
            "  same decision     96.12 % (95.87 to 96.35)",
            "  |difference|      mean 0.0312, p95 0.118, largest 0.602", "  rank correlation  0.944",
            "  McNemar, exact    p < 0.0001", "  at any time       E 3.2 × 10⁶ of 20, p < 0.0001",
            "            MODEL                 FAILED    RIGHT  P50 MS  P95 MS  P99 MS",
            "champion    churn@5f0c1a2b        0.00 %  81.24 %   0.412   0.930    1.71",
            "challenger  churn-trees@8d9e7f6a  0.31 %  84.01 %   0.710    1.42    2.38",
            "LARGEST DIFFERENCES  ROW  TIME, UTC            CHAMPION  CHALLENGER  DIFFERENCE",
            "a17                    0  2026-11-18 11:08:10     0.121       0.723      +0.602",
            "b4                     3  2026-11-18 11:08:15     0.910       0.400      −0.510",
        ] {
            #expect(lines.contains { $0 == line }, "\(line)")
        }
        #expect(lines.allSatisfy { $0.displayWidth <= 80 })
    }

    @Test("a replay, with the goal of both")
    func replay() {
        let lines = text(SampleReports.report(shadow: SampleReports.replay(), kind: .replay)).split(separator: "\n")
        #expect(lines.first?.hasPrefix("● Better where they differ.") == true)
        for line in [
            "Replay report of pipeline churn", "churn-trees, replayed beside churn",
            "candidate  churn-trees@8d9e7f6a  0.31 %  84.01 %   0.710    1.42    2.38",
            "  goal        “Right answers”, larger is better", "  units       5 710, 382 differ",
            "  candidate   84.01 % (83.06 to 84.96)", "  champion    81.24 % (80.23 to 82.25)",
            "  difference  +2.8 points (+2.1 to +3.4)", "  better      E 3.1 × 10⁶ of 20, p < 0.0001",
            "  worse       E 1.2 of 20, p 0.83",
        ] {
            #expect(lines.contains { $0 == line }, "\(line)")
        }
        let undecided = text(SampleReports.report(shadow: SampleReports.replay(problem: "No range."), kind: .replay))
        #expect(undecided.contains("  evidence    No range.\n"))
    }

    @Test("a shadow deploy without inferences")
    func emptyShadow() {
        let text = text(SampleReports.report(shadow: SampleReports.emptyShadow))
        #expect(text.contains("rank correlation  not defined"))
        #expect(text.contains("challenger  churn-trees@8d9e7f6a  "))
        #expect(
            self.text(SampleReports.report(shadow: ShadowReport(challengers: []))).contains(
                "No inference of a challenger is in the window."
            )
        )
    }

    @Test("a report in a list")
    func summary() {
        let report = SampleReports.report(experiment: SampleReports.experiment())
        #expect(
            ReportCommand.row(report.summary) == [
                SampleReports.id, "experiment", "2026-11-25 11:07:40", "2026-11-18 11:06:40", "2026-11-25 11:06:40",
                "trees: ● Better",
            ]
        )
        #expect(ReportCommand.row(SampleReports.report(shadow: SampleReports.shadow()).summary).last == "–")
    }

    @Test("a verification")
    func verification() {
        func text(isReproduced: Bool, logAgrees: Bool) -> [String] {
            var page = Page()
            page.add(
                ReportVerification(
                    report: "7",
                    isReproduced: isReproduced,
                    differences: isReproduced ? [] : ["The goal of trees differs."],
                    logAgrees: logAgrees,
                    logDifferences: logAgrees ? [] : ["3 entries were deleted."]
                )
            )
            return page.lines.map(\.text)
        }
        #expect(
            text(isReproduced: true, logAgrees: true) == [
                "Report 7 is reproduced: its inputs give its result, bit for bit.",
                "The log still holds what was recorded.",
            ]
        )
        #expect(
            text(isReproduced: false, logAgrees: false) == [
                "Report 7 is NOT reproduced: its inputs do not give its result.",
                "The log no longer holds what was recorded.", "", "Differences of the result",
                "  - The goal of trees differs.", "", "Differences of the log", "  - 3 entries were deleted.",
            ]
        )
    }
}
