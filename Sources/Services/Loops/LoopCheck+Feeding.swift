import Catalog
import Definitions

/// A loop must not start itself, directly or by way of others, or it would never end.
extension LoopService {
    /// What a run of a loop does that starts a loop.
    private struct Feed {
        let kind: EventKind
        /// The step that causes the event; `nil` if the run itself does.
        let step: String?
    }

    /// - Throws: ``RoostError`` if a step of the loop causes what starts the loop.
    func checkFeeds(_ trigger: LoopTrigger, _ definition: LoopDefinition, _ name: String) async throws {
        guard let feed = try await feed(of: trigger, by: name, definition) else { return }
        let when = definition.when
        let field = when.suite != nil ? "when.suite" : when.gate != nil ? "when.gate" : "when.event"
        let kind = feed.kind.rawValue
        let reason =
            feed.step.map {
                "The loop would start itself: its step '\($0)' causes the event '\(kind)'. Name another kind of event or another "
                    + "subject."
            } ?? "The loop would start itself by its event '\(kind)'. Name another loop in 'subject'."
        throw RoostError(.invalidInput, reason, field: field)
    }

    /// Loops may start one another, but not in a circle.
    ///
    /// - Throws: ``RoostError`` if the loop starts others that start it in the end.
    func checkChain(_ trigger: LoopTrigger, _ definition: LoopDefinition, _ name: String) async throws {
        guard case .events = trigger else { return }
        var known: [String: LoopDefinition] = [:]
        for record in try await catalog.loops() { known[record.name] = record.definition }
        known[name] = definition
        var seen: Set<String> = []
        var open = [name]
        while let loop = open.popLast() {
            guard let starter = known[loop] else { continue }
            for (next, started) in known where next != loop {
                guard let trigger = try? LoopTrigger(started.when),
                    try await feed(of: trigger, by: loop, starter) != nil
                else { continue }
                guard next != name else {
                    throw RoostError(
                        .invalidInput,
                        "The loop would start itself: it starts loop '\(loop)', or a loop that does, which starts it again.",
                        field: definition.when.event == nil ? "when" : "when.event"
                    )
                }
                if seen.insert(next).inserted { open.append(next) }
            }
        }
    }

    /// Returns what a run of a loop does that sets off a trigger; `nil` if nothing.
    private func feed(of trigger: LoopTrigger, by name: String, _ definition: LoopDefinition) async throws -> Feed? {
        guard case .events(let kinds, let subject) = trigger else { return nil }
        let steps = definition.then
        let isOfPipeline = subject == nil || subject == definition.pipeline
        for kind in kinds {
            switch kind.rawValue.prefix(while: { $0 != "." }) {
            case "loop":
                if isOfPipeline || subject == name { return Feed(kind: kind, step: nil) }
            case "job" where steps.train != nil:
                let jobs = Self.job(of: name, run: "").dropLast()
                if subject?.hasPrefix(jobs) ?? true { return Feed(kind: kind, step: "train") }
            case "suite" where steps.train != nil || steps.test != nil:
                if try await isTested(subject, definition) {
                    return Feed(kind: kind, step: steps.test == nil ? "train" : "test")
                }
            case "gate", "release", "pipeline", "report":
                if steps.hasRelease, isOfPipeline { return Feed(kind: kind, step: "promote") }
            default: continue
            }
        }
        return nil
    }
}
