import Definitions
import Foundation
import NativeAPI
import Words

/// Gates as tables.
extension Page {
    mutating func add(_ gate: Gate) {
        sentence("Pipeline \(gate.pipeline) requires \(gate.suites.joined(separator: ", "))", isBold: true)
        add("")
        facts([(name: "set", value: Moment.printed(gate.updatedAt) + (gate.by.map { " by \($0)" } ?? ""))])
        guard !gate.overrides.isEmpty else { return }
        title("Versions that are admitted whatever the suites say")
        table(
            ["VERSION", "SINCE", "BY", "REASON"],
            gate.overrides.map { [$0.model.brief, Output.time($0.createdAt), $0.by ?? Numbers.none, $0.reason] }
        )
    }

    mutating func add(_ verdict: GateVerdict) {
        let end = verdict.isAdmitted ? "may answer" : "may not begin to answer"
        let isOverridden = verdict.isAdmitted && !verdict.problems.isEmpty
        self.verdict(
            Status(verdict, isOverridden: isOverridden),
            "\(verdict.model.brief) \(end) in pipeline \(verdict.pipeline)."
        )
        list(verdict.isAdmitted ? "Not passed, but overridden" : "Not passed", verdict.problems)
    }
}
