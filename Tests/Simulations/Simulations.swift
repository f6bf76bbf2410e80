import Foundation

/// Checks by simulation that the sequential tests keep their levels, and that they find real differences in time.
///
/// Equal code gives equal numbers: the random numbers are seeded.
@main
struct Simulations {
    static func main() async {
        var report = Report()
        print(
            "False alarms without a difference, looking after every request; and the requests that a real difference takes"
        )
        await nulls(&report)
        await controls(&report)
        await power(&report)
        await releases(&report)
        await canaries(&report)
        await drift(&report)
        exit(report.hasFailed ? 1 : 0)
    }

    private static func nulls(_ report: inout Report) async {
        let staged = Experiment.null(weight: Experiment.staged, rate: Experiment.drifting)
        let experiments: [(String, Experiment, Int)] = [
            ("50/50", .null(weight: { _ in 0.5 }), 1),
            ("10 %", .null(weight: { _ in 0.1 }), 1),
            ("1 %", .null(weight: { _ in 0.01 }), 1),
            ("1 to 90 %, rate .02 to .16", staged, 1),
            ("1 to 90 %, rate .02 to .16, batches of 100", staged, 100),
        ]
        for (name, experiment, size) in experiments {
            let kinds = ["verdict", "only better", "only worse"]
            await report.falseAlarms(kinds.map { "e-process, \(name): \($0)" }, alpha: 0.05) { coin in
                let found = Decisions(of: experiment, alpha: 0.05, batchSize: size, &coin)
                return [found.verdict != nil, found.better != nil, found.worse != nil]
            }
        }
        await report.falseAlarms("e-process, sticky keys, first outcomes", alpha: 0.05) { coin in
            StickyUnits.rejects(firstOnly: true, alpha: 0.05, &coin)
        }
        await report.falseAlarms("sample ratio, 50/50", alpha: 0.001) { coin in
            OtherTests.sampleRatio(requests: 20_000, declared: { _ in 0.5 }, actual: { _ in 0.5 }, &coin) != nil
        }
        await report.falseAlarms("sample ratio, 1 to 90 %", alpha: 0.001) { coin in
            let staged = Experiment.staged
            return OtherTests.sampleRatio(requests: 20_000, declared: staged, actual: staged, &coin) != nil
        }
        await report.falseAlarms("McNemar", alpha: 0.05) { coin in
            OtherTests.mcNemar(cases: 5000, alpha: 0.05, &coin)
        }
        for limit in [0.001, 0.01] {
            await report.falseAlarms("guard of a rate, at its limit \(limit)", alpha: 0.01) { coin in
                OtherTests.rateGuard(limit: limit, rate: limit, requests: 50_000, alpha: 0.01, &coin) != nil
            }
        }
        await report.falseAlarms("confidence sequence, 50/50", alpha: 0.05) { coin in
            OtherTests.confidenceSequence(.null(weight: { _ in 0.5 }), alpha: 0.05, &coin)
        }
    }

    private static func controls(_ report: inout Report) async {
        await report.control("control: z test at every look, 50/50", atLeast: 0.4) { coin in
            OtherTests.peekedZ(.null(weight: { _ in 0.5 }), alpha: 0.05, &coin)
        }
        await report.control("control: confidence sequence, 1 to 90 %, rate .02 to .16", atLeast: 0.9) { coin in
            let experiment = Experiment.null(weight: Experiment.staged, rate: Experiment.drifting)
            return OtherTests.confidenceSequence(experiment, alpha: 0.05, &coin)
        }
        await report.control("control: e-process, sticky keys, all outcomes", atLeast: 0.15) { coin in
            StickyUnits.rejects(firstOnly: false, alpha: 0.05, &coin)
        }
    }

    private static func power(_ report: inout Report) async {
        let change = Experiment(
            requests: 20_000,
            weight: { _ in 0.5 },
            championRate: { _ in 0.05 },
            challengerRate: { _ in 0.08 }
        )
        await report.power("e-process, .05 to .08, 50/50: verdict", 1900...2400) { coin in
            Decisions(of: change, alpha: 0.05, &coin).verdict
        }
        await report.power("e-process, .05 to .08, 50/50: only better", 1800...2200) { coin in
            Decisions(of: change, alpha: 0.05, &coin).better
        }
        let errors = Experiment(
            requests: 3000,
            weight: { _ in 0.1 },
            championRate: { _ in 0 },
            challengerRate: { _ in 0.05 }
        )
        for (quantile, range) in [(0.5, 300...400), (0.9, 700...900), (0.99, 1000...1600)] {
            await report.power("e-process, errors 0 to .05, 10 %: only better", quantile: quantile, range) { coin in
                Decisions(of: errors, alpha: 0.05, &coin).better
            }
        }
        await report.power("sample ratio, 53/47 instead of 50/50", 8000...9900) { coin in
            OtherTests.sampleRatio(requests: 40_000, declared: { _ in 0.5 }, actual: { _ in 0.47 }, &coin)
        }
        await report.power("guard of a rate, .05 at limit .01", 135...185) { coin in
            OtherTests.rateGuard(limit: 0.01, rate: 0.05, requests: 5000, alpha: 0.01, &coin)
        }
    }
}
