import Definitions
import Foundation
import NativeAPI

/// Suites and their runs as tables.
extension Page {
    mutating func add(_ run: SuiteRun) {
        sentence("Suite \(run.suite) \(run.words) for \(run.model.brief)", isBold: true)
        if let reason = run.reason { sentence(reason) }
        guard !run.cases.isEmpty else { return }
        table(
            ["CASE", "KIND", "RESULT", "TIME", "FOUND"],
            run.cases.map { each in
                [
                    each.name, each.kind.rawValue, each.passed ? "passed" : "FAILED",
                    "\(Figures.short(each.elapsedMilliseconds)) ms", each.passed ? each.message : "see below",
                ]
            },
            numbers: [3]
        )
        list("Failed", run.failures.map { "\($0.name): \($0.message)" })
    }

    mutating func add(_ suite: Suite) {
        let definition = suite.definition
        sentence("Suite \(suite.name), revision \(suite.revision)", isBold: true)
        add("")
        var facts = [(name: "model", value: suite.model)]
        if let pipeline = definition.pipeline { facts.append(("in pipeline", pipeline)) }
        if let champion = definition.champion { facts.append(("champion", "that of pipeline \(champion)")) }
        if let jobs = definition.trainingJobs { facts.append(("training jobs", jobs)) }
        facts.append(("changed", Output.time(suite.updatedAt)))
        self.facts(facts)
        let last = suite.lastRun?.revision == suite.revision ? suite.lastRun : nil
        table(
            ["CASE", "KIND", "LAST RESULT"],
            definition.cases.map { each in
                let found = last?.cases.first { $0.name == each.name }
                return [each.name, each.kind.rawValue, found.map { $0.passed ? "passed" : "FAILED" } ?? "-"]
            }
        )
        guard let run = suite.lastRun else { return }
        title("The last run")
        sentence("It \(run.words) for \(run.model.brief)\(run.endedAt.map { " at \(Output.time($0))" } ?? "").")
        if let reason = run.reason { sentence(reason) }
    }
}

extension SuiteRun {
    fileprivate var words: String {
        switch outcome {
        case .pending: "waits for its turn"
        case .running: "is running"
        case .passed: "passed"
        case .failed: "failed"
        case .error: "could not be run"
        }
    }
}
