import Definitions
import TestSupport
import Testing

@testable import roost

@Suite("Reports on the terminal")
struct ReportPageTests {
    private func text(_ report: Report) -> String {
        var page = Page()
        page.add(report)
        return page.lines.map(\.text).joined(separator: "\n")
    }

    @Test("an experiment")
    func experiment() {
        #expect(
            text(SampleReports.report(experiment: SampleReports.experiment())) == """
                Experiment report of pipeline churn
                  report      0193a5c0-0000-7000-8000-000000000001, made 2026-11-25 11:07:40 UTC
                  experiment  0193a5c0-0000-7000-8000-000000000002, started 2026-11-18 11:06:40 UTC
                  window      2026-11-18 11:06:40 to 2026-11-25 11:06:40 UTC, 24,680 inferences
                  goal        accuracy, smallest effect 0.01 (declared in the definition)
                  alpha       0.05

                ARM                MODEL                  SHARE  UNITS  REQUESTS  OUTCOMES  GOAL
                linear (champion)  churn@5f0c1a2b        50.0 %  6,145    12,410     5,710  0.8124 [0.8023, 0.8225]
                trees              churn-trees@8d9e7f6a  50.0 %  6,098    12,270     5,688  0.8401 [0.8306, 0.8496]

                ARM     ERRORS                      CHECK FAILURES               P50 MS  P95 MS  LABELED
                linear  0.00120 [0.00070, 0.00170]  0.00000 [-0.00020, 0.00020]    0.41    0.93   93.1 %
                trees   0.00090 [0.00040, 0.00140]  0.00000 [-0.00020, 0.00020]    0.41    0.93   93.1 %

                  sample ratio  as the shares promise: linear 6,145 (expected 6,122), trees 6,098 (expected 6,122);
                                evidence 0.42, chi-squared p = 0.67

                trees against linear
                  difference      +0.028 [+0.014, +0.041] for a fixed sample
                  at any time     [+0.002, +0.053]
                  better          evidence 215 (decides from 20), p = 0.0047
                  worse           evidence 1.4 (decides from 20), p = 0.70
                  fixed sample    two-proportion z 3.924, p < 0.0001
                  labeled shares  p = 0.58 for equal shares

                GUARDRAIL            linear                      trees                       EVIDENCE     P  STATE
                errors at most 0.01  0.00120 [0.00070, 0.00170]  0.00090 [0.00040, 0.00140]         1  1.00  holds
                latency within 5 ms  0.00210 [0.00130, 0.00290]  -                                  -     -  holds

                Verdict: better. The evidence that trees is better reached 214.6; 20 were needed.

                Rule
                  1. invalid, if the arms did not get the units that the shares promise
                  2. worse, if a guardrail is broken or the evidence against the challenger reaches 1/alpha
                  3. better, if the evidence for the challenger reaches 1/alpha

                Notes
                  - Units are assumed to be independent of each other.
                  - 12 entries without a unit were left out.
                """
        )
    }

    @Test("the verdict and the titles are bold")
    func bold() {
        var page = Page()
        page.add(SampleReports.report(experiment: SampleReports.experiment(verdict: .noDifference)))
        #expect(
            page.lines.filter(\.isBold).map(\.text) == [
                "Experiment report of pipeline churn", "trees against linear",
                "Verdict: no difference. The evidence that trees is better reached 214.6; 20 were needed.", "Rule",
                "Notes",
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
            "at any time     The range of the values is unknown.", "evidence        No unit has an outcome.",
            "still needed    1,234 units of both arms together, for a fixed sample",
            "sample ratio  ALARM: linear 6,145",
            "BROKEN",
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
        #expect(text.contains("\na?[2J very long name of…  churn-trees@"))
    }

    @Test("a shadow deploy")
    func shadow() {
        #expect(
            text(SampleReports.report(shadow: SampleReports.shadow())) == """
                Shadow report of pipeline churn
                  report  0193a5c0-0000-7000-8000-000000000001, made 2026-11-25 11:07:40 UTC
                  window  2026-11-18 11:06:40 to 2026-11-25 11:06:40 UTC, 24,680 inferences

                trees in the shadow of churn
                  inferences        12,340, with 24,680 rows
                  decision          outputs[0][0] >= 0.5
                  agreement         0.9612 [0.9587, 0.9635]
                  differences       mean 0.0312, p95 0.1184, largest 0.6021
                  rank correlation  0.9437
                  labeled rows      5,710; right only for the champion 112, only for the challenger 270
                  McNemar's test    p < 0.0001 for a fixed sample
                  at any time       evidence 3.2e+06, p < 0.0001

                            MODEL                 FAILURES                    P50 MS  P95 MS  P99 MS  ACCURACY
                champion    churn@5f0c1a2b        0.00000 [0.00000, 0.00030]    0.41    0.93    1.71  0.8124 [0.8023, 0.8225]
                challenger  churn-trees@8d9e7f6a  0.00310 [0.00220, 0.00420]    0.71    1.42    2.38  0.8401 [0.8306, 0.8496]

                LARGEST DIFFERENCES  ROW  TIME                 CHAMPION  CHALLENGER
                a17                    0  2026-11-18 11:08:10     0.121      0.7231
                b4                     3  2026-11-18 11:08:15      0.91         0.4

                Notes
                  - Units are assumed to be independent of each other.
                  - 12 entries without a unit were left out.
                """
        )
    }

    @Test("a replay, with the goal of both")
    func replay() {
        let lines = text(SampleReports.report(shadow: SampleReports.replay(), kind: .replay)).split(separator: "\n")
        #expect(lines.first == "Replay report of pipeline churn")
        for line in [
            "churn-trees, replayed beside churn",
            "candidate  churn-trees@8d9e7f6a  0.00310 [0.00220, 0.00420]    0.71    1.42    2.38  0.8401 [0.8306, 0.8496]",
            "  goal        accuracy (declared in the definition)",
            "  units       5,710, of which 382 differ",
            "  champion    0.8124 [0.8023, 0.8225]",
            "  candidate   0.8401 [0.8306, 0.8496]",
            "  difference  +0.0277 [+0.0210, +0.0344] for a fixed sample",
            "  better      evidence 3.1e+06 (decides from 20), p < 0.0001",
            "  worse       evidence 1.2 (decides from 20), p = 0.83",
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
        #expect(text.contains("challenger  churn-trees@8d9e7f6a  -"))
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
                "trees: better",
            ]
        )
        #expect(ReportCommand.row(SampleReports.report(shadow: SampleReports.shadow()).summary).last == "-")
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
