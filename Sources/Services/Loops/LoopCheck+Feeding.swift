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
        if kinds.contains(where: { $0.rawValue.hasPrefix("loop.") }), let subject {
            try await checkChain(from: name, through: subject, field)
        }
    }

    /// Loops may start one another, but not in a circle.
    private func checkChain(from name: String, through first: String, _ field: String) async throws {
        var seen: Set<String> = [name]
        var next: String? = first
        while let loop = next {
            guard seen.insert(loop).inserted else {
                throw RoostError(
                    .invalidInput,
                    "The loop would start itself: '\(loop)' is started by the events of '\(name)', or of a loop that it starts.",
                    field: field
                )
            }
            guard let record = try await catalog.loop(named: loop),
                case .events(let kinds, let subject)? = try? LoopTrigger(record.definition.when),
                kinds.contains(where: { $0.rawValue.hasPrefix("loop.") })
            else { return }
            next = subject
        }
    }
}
