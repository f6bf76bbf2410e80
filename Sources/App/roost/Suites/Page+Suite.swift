import Definitions
import Foundation
import NativeAPI
import Words

/// Suites and their runs as tables.
extension Page {
    mutating func add(_ run: SuiteRun) {
        verdict(Status(run), "Suite \(run.suite) for \(run.model.brief)." + (run.reason.map { " \($0)" } ?? ""))
        guard !run.cases.isEmpty else { return }
        table(
            ["CASE", "KIND", "STATE", "TIME", "FOUND"],
            run.cases.map { each in
                [
                    each.name, each.kind.words, Status(each).text,
                    Numbers.with("ms", Numbers.measure(each.elapsedMilliseconds)),
                    each.passed ? each.message : "see below",
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
        facts.append(("changed", Moment.printed(suite.updatedAt)))
        self.facts(facts)
        let last = suite.lastRun?.revision == suite.revision ? suite.lastRun : nil
        table(
            ["CASE", "KIND", "STATE"],
            definition.cases.map { each in
                let found = last?.cases.first { $0.name == each.name }
                return [each.name, each.kind.words, found.map { Status($0).text } ?? Numbers.none]
            }
        )
        guard let run = suite.lastRun else { return }
        title("The last run")
        let end = run.endedAt.map { ", \(Moment.printed($0))" } ?? ""
        sentence("\(Status(run).text). \(run.model.brief)\(end)." + (run.reason.map { " \($0)" } ?? ""))
    }
}
