import Catalog
import Definitions

/// A loop must not start itself, or it would never end.
extension LoopService {
    /// - Throws: ``RoostError`` if a step of the loop causes what starts the loop.
    func checkFeeds(_ trigger: LoopTrigger, _ definition: LoopDefinition, _ name: String) async throws {
        guard case .events(let kinds, let subject) = trigger else { return }
        let when = definition.when
        let field = when.suite != nil ? "when.suite" : when.gate != nil ? "when.gate" : "when.event"
        func fail(_ kind: EventKind, _ step: String) -> RoostError {
            RoostError(
                .invalidInput,
                "The loop would start itself: its step '\(step)' causes the event '\(kind.rawValue)'. Name another kind of event "
                    + "or another subject.",
                field: field
            )
        }
        let steps = definition.then
        let isOwn = subject == nil || subject == definition.pipeline
        for kind in kinds {
            let group = kind.rawValue.prefix { $0 != "." }
            switch group {
            case "loop":
                guard let subject, subject != name, subject != definition.pipeline else {
                    throw RoostError(
                        .invalidInput,
                        "The loop would start itself by its event '\(kind.rawValue)'. Name another loop in 'subject'.",
                        field: field
                    )
                }
            case "job" where steps.train != nil:
                guard let subject, !subject.hasPrefix(Self.job(of: name, run: "").dropLast()) else {
                    throw fail(kind, "train")
                }
            case "suite" where steps.train != nil:
                if try await isTested(subject, definition) { throw fail(kind, steps.test == nil ? "train" : "test") }
            case "gate", "release", "pipeline", "report":
                if steps.hasRelease, isOwn { throw fail(kind, "promote") }
            default: continue
            }
        }
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
                guard try await starts(started, by: loop, starter) else { continue }
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

    /// Whether a run of a loop causes an event that starts another loop.
    private func starts(_ other: LoopDefinition, by name: String, _ definition: LoopDefinition) async throws -> Bool {
        guard case .events(let kinds, let subject)? = try? LoopTrigger(other.when) else { return false }
        let steps = definition.then
        let isOfPipeline = subject == nil || subject == definition.pipeline
        for kind in kinds {
            switch kind.rawValue.prefix(while: { $0 != "." }) {
            case "loop": if isOfPipeline || subject == name { return true }
            case "job":
                guard steps.train != nil else { continue }
                if subject.map({ $0.hasPrefix(Self.job(of: name, run: "").dropLast()) }) ?? true { return true }
            case "suite":
                guard steps.train != nil || steps.test != nil else { continue }
                if try await isTested(subject, definition) { return true }
            case "gate", "release", "pipeline", "report": if steps.hasRelease, isOfPipeline { return true }
            default: continue
            }
        }
        return false
    }
}
