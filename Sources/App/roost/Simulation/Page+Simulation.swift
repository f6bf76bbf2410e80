import Definitions
import Foundation
import NativeAPI
import Words

/// Simulations as tables and sentences.
extension Page {
    mutating func add(_ report: SimulationReport) {
        title("Simulation at \(Numbers.chosen(report.rate)) requests a second")
        facts([
            (name: "arrivals", value: report.arrivals.rawValue),
            (name: "duration", value: "\(Numbers.measure(report.duration)) s for each subject"),
            (name: "inputs", value: Numbers.count(report.inputs)),
        ])
        title("Latency in milliseconds")
        table(
            ["SUBJECT", "P50", "P90", "P95", "P99", "MAX", "ANSWERS/S", "FAILED", "STATE"],
            report.subjects.map { subject in
                let latency = subject.latency
                return [
                    subject.name, Numbers.measure(latency?.p50), Numbers.measure(latency?.p90),
                    Numbers.measure(latency?.p95), Numbers.measure(latency?.p99), Numbers.measure(latency?.max),
                    Numbers.measure(subject.throughput), Numbers.count(subject.requests - subject.answered),
                    subject.isSaturated ? "SATURATED" : "keeps up",
                ]
            },
            numbers: Set(1...7)
        )
        addOutputs(of: report)
        title("Machine")
        table(
            ["SUBJECT", "MEMORY", "PEAK", "SERVER BUSY", "MACHINE BUSY", "OTHER REQUESTS", "LAG P99"],
            report.subjects.map { subject in
                let around = subject.surroundings
                let grown = subject.memory.loaded - subject.memory.before
                return [
                    subject.name, subject.memory.isShared ? "loaded before" : "+\(Self.mebibytes(max(0, grown)))",
                    Self.mebibytes(subject.memory.peak), Numbers.percent(around.serverBusy),
                    Numbers.percent(around.machineBusy), Numbers.count(around.otherRequests),
                    Numbers.measure(around.lagP99) + (around.isLate ? " LATE" : ""),
                ]
            },
            numbers: Set(1...6)
        )
        list("Summary", report.summary)
        list(
            "Failures",
            report.subjects.flatMap { subject in
                subject.failures.map { "\(subject.name): \(Numbers.count($0.count)) × \($0.code): \($0.message)" }
            }
        )
        list("Notes", report.notes)
    }

    private mutating func addOutputs(of report: SimulationReport) {
        let compared = report.subjects.filter { $0.outputs != nil }
        guard let first = report.subjects.first, !compared.isEmpty else { return }
        title("Outputs, compared with those of \(first.name)")
        table(
            ["SUBJECT", "INPUTS", "DIFFERENT", "LARGEST DIFFERENCE", "FIRST DIFFERENT"],
            compared.map { subject in
                let outputs = subject.outputs
                return [
                    subject.name, Numbers.count(outputs?.compared ?? 0), Numbers.count(outputs?.different ?? 0),
                    outputs?.largestDifference.map(Numbers.measure) ?? Numbers.none,
                    outputs?.firstDifferent.map(Numbers.count) ?? Numbers.none,
                ]
            },
            numbers: Set(1...4)
        )
    }

    private static func mebibytes(_ bytes: Int) -> String { "\(Numbers.count(bytes >> 20)) MiB" }
}
