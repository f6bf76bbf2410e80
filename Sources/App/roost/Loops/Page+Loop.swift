import Definitions
import Foundation
import NativeAPI
import Words

/// Loops, their runs and training sets as tables.
extension Page {
    mutating func add(_ loop: Loop) {
        let definition = loop.definition
        sentence("\(loop.status.mark) Loop \(loop.name): \(loop.status.word)", isBold: true)
        add("")
        var facts = [
            ("pipeline", definition.pipeline), ("when", definition.when.words),
            ("then", definition.then.words),
        ]
        if let model = definition.model { facts.insert(("model", model), at: 1) }
        if let cooldown = definition.cooldown { facts.append(("cooldown", "\(cooldown)")) }
        if let next = loop.nextAt { facts.append(("next", Output.time(next))) }
        if let ignored = loop.ignored { facts.append(("ignored", "\(Output.time(ignored.time)): \(ignored.reason)")) }
        self.facts(facts.map { (name: $0.0, value: $0.1) })
        guard let last = loop.last else { return }
        add("")
        add(last)
    }

    mutating func add(_ run: LoopRun) {
        verdict(
            Status(run.state),
            "Run \(run.id.prefix(8)) of loop \(run.loop)." + (run.reason.map { " \($0)" } ?? "")
        )
        sentence("Cause: \(run.cause.message)")
        table(
            ["STEP", "STATE", "STARTED", "TOOK"],
            run.steps.map {
                [$0.kind.rawValue, Status($0.state).text, Output.time($0.startedAt), LoopText.took($0)]
            }
        )
        let findings = run.steps.compactMap { step in step.finding.map { "\(step.kind.rawValue): \($0)" } }
        list("Findings", findings)
        let links = run.steps.flatMap(\.links.words)
        guard !links.isEmpty else { return }
        title("Links")
        facts(links)
    }

    mutating func add(_ set: TrainingSet) {
        sentence("Training set of pipeline \(set.pipeline)", isBold: true)
        add("")
        func words(_ file: TrainingSet.File) -> String { "\(file.uri), \(Numbers.count(file.rows)) rows" }
        let counts = set.counts
        var facts: [(name: String, value: String)] = [("training", words(set.train)), ("SHA-256", set.train.sha256)]
        if let validation = set.validation { facts.append(("validation", words(validation))) }
        facts.append(("columns", "label, " + set.features.joined(separator: ", ")))
        facts.append(("logged", "\(Numbers.count(counts.logged)) rows"))
        for (name, count) in [
            ("unlabeled", counts.unlabeled), ("incomplete", counts.incomplete), ("wrong type", counts.wrongType),
            ("older", counts.older), ("repeated", counts.repeated), ("added", counts.added),
        ] where count > 0 { facts.append((name, Numbers.count(count))) }
        self.facts(facts)
    }
}

/// Words for parts of loops.
enum LoopText {
    /// A model version with the beginning of its ID.
    static func brief(_ version: String) -> String {
        let parts = version.split(separator: "@", maxSplits: 1)
        return parts.count == 2 ? "\(parts[0])@\(parts[1].prefix(8))" : version
    }

    static func took(_ step: LoopRun.Step) -> String {
        step.endedAt.map { Span.long($0.timeIntervalSince(step.startedAt)) } ?? Numbers.none
    }
}

extension Loop {
    /// Its newest run, unless it is paused, as in the console.
    var status: Status {
        if let last, last.state.isOpen { return Status(last.state) }
        if definition.isPaused { return Status(.off, "Paused") }
        return last.map { Status($0.state) } ?? Status(.unknown, "Never ran")
    }
}

extension LoopDefinition.Trigger {
    /// The trigger in a few words.
    var words: String {
        if let assay { return "assay \(assay) alerts" }
        if let suite { return "suite \(suite) fails" }
        if let gate { return "gate of \(gate) refuses" }
        if let event { return subject.map { "\(event) of \($0)" } ?? event }
        if let every { return "every \(every)" }
        if let cron { return "at '\(cron)'" }
        return labels.map { "\($0) new labels" } ?? Numbers.none
    }
}

extension LoopDefinition.Steps {
    /// The names of the steps as they are written.
    var words: String {
        let names = [
            build.map { _ in "build" }, train.map { _ in "train" }, test.map { _ in "test" },
            replay.map { _ in "replay" }, shadow.map { _ in "shadow" }, canary.map { _ in "canary" },
            promote.map { "promote: \($0.rawValue)" }, tell.map { _ in "tell" },
        ]
        return names.compactMap(\.self).joined(separator: ", ")
    }
}

extension LoopRun.Links {
    /// Names with values.
    var words: [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        if let data { found.append(("data", data.train.uri)) }
        if let job { found.append(("job", job)) }
        if let version { found.append(("version", version)) }
        for run in suiteRuns ?? [] { found.append(("suite run", run)) }
        if let release { found.append(("release", release)) }
        return found
    }
}
