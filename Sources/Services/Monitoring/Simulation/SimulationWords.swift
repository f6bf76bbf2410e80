import Definitions
import Foundation

/// What a load test means, in sentences.
enum SimulationWords {
    /// A difference of latencies of less than this is not worth a choice.
    private static let noticeable = 1.05

    static func text(milliseconds value: Double) -> String {
        value >= 100 ? String(format: "%.0f ms", value) : String(format: "%.3g ms", value)
    }

    private static func rate(_ value: Double) -> String { String(format: "%.4g", value) }

    static func summary(of subjects: [SimulationReport.Subject], rate asked: Double) -> [String] {
        var sentences: [String] = []
        for subject in subjects {
            let failed = subject.requests - subject.answered
            if subject.isSaturated {
                sentences.append(
                    "\(subject.name) is saturated: it answered \(rate(subject.throughput)) of \(rate(asked)) requests a second, "
                        + "and \(subject.backlog) were waiting at the end. Its latencies grow as long as this goes on."
                )
            } else if subject.answered == 0 {
                sentences.append("\(subject.name) answered none of its \(subject.requests) requests.")
            } else if failed > 0 {
                sentences.append("\(subject.name) did not answer \(failed) of its \(subject.requests) requests.")
            }
        }
        if let choice = choice(subjects) { sentences.append(choice) }
        return sentences
    }

    /// Compares the subjects that keep up, by their slower answers, or by the usual ones if there are too few for that.
    private static func choice(_ subjects: [SimulationReport.Subject]) -> String? {
        guard subjects.count > 1 else { return nil }
        let fit = subjects.filter { !$0.isSaturated && $0.answered == $0.requests && $0.latency != nil }
        guard fit.count > 1 else {
            return fit.first.map { "Only \($0.name) keeps up with this rate without failures." }
        }
        let hasMany = fit.allSatisfy { $0.latency?.p95 != nil }
        func latency(_ subject: SimulationReport.Subject) -> Double {
            (hasMany ? subject.latency?.p95 : subject.latency?.p50) ?? 0
        }
        let part = hasMany ? "95 %" : "half"
        let sorted = fit.sorted { latency($0) < latency($1) }
        let (best, next) = (latency(sorted[0]), latency(sorted[1]))
        guard best > 0 else { return nil }
        guard next / best >= noticeable else {
            return
                "\(sorted[0].name) and \(sorted[1].name) are about equally fast: \(part) of their answers took at most "
                + "\(text(milliseconds: best)) and \(text(milliseconds: next))."
        }
        return "\(sorted[0].name) is the fastest at this rate: \(part) of its answers took at most "
            + "\(text(milliseconds: best)); with \(sorted[1].name), it is \(text(milliseconds: next)), "
            + "\(String(format: "%.1f", next / best)) times as long."
    }
}
