import Catalog
import Definitions
import Events
import Foundation
import Logging
import Monitoring
import Processes

/// What starts runs by itself.
extension LoopService {
    /// Counting labels may take this share of the time.
    private static let share = 1.0 / 20

    func watch() async {
        while !Task.isCancelled {
            do {
                try await lookAtEvents()
                try await lookAtSchedules()
                try await lookAtLabels()
            } catch {
                if error is CancellationError { return }
                logger.error("Could not look for what starts loops", metadata: ["error": "\(error)"])
            }
            try? await clock.sleep(for: .seconds(1))
        }
    }

    private func triggers() -> [(record: LoopRecord, trigger: LoopTrigger)] {
        loops.values.sorted { $0.name < $1.name }.compactMap { record in
            guard !record.definition.isPaused, let trigger = try? LoopTrigger(record.definition.when) else {
                return nil
            }
            return (record, trigger)
        }
    }

    private func lookAtEvents() async throws {
        let newest = try await events.newest()
        guard newest > seenEvent else { return }
        var kinds: Set<EventKind> = []
        for case (_, .events(let found, _)) in triggers() { kinds.formUnion(found) }
        guard !kinds.isEmpty else {
            seenEvent = newest
            return
        }
        var query = EventQuery()
        query.kinds = Array(kinds)
        query.after = seenEvent
        query.limit = EventQuery.limit
        let found = try await events.events(query)
        for event in found {
            for (record, trigger) in triggers()
            where event.sequence > record.eventCursor && trigger.includes(event, of: record.name) {
                let cause = LoopRun.Cause(kind: .event, message: event.message, event: event.sequence)
                try await self.trigger(record.name, cause) { $0.eventCursor = max($0.eventCursor, event.sequence) }
            }
            seenEvent = event.sequence
        }
        if found.count < query.limit { seenEvent = max(seenEvent, newest) }
    }

    private func lookAtSchedules() async throws {
        let time = now()
        for (record, trigger) in triggers() {
            // Times that no server looked at count once.
            guard let next = trigger.next(after: record.timeCursor), next <= time else { continue }
            let cause = LoopRun.Cause(kind: .schedule, message: "The schedule came at \(next.formatted(.iso8601)).")
            try await self.trigger(record.name, cause) { $0.timeCursor = time }
        }
    }

    private func lookAtLabels() async throws {
        for case (let record, .labels(let needed)) in triggers() {
            let start = ContinuousClock.now
            guard running[record.name] == nil, labelLooks[record.name].map({ $0 <= start }) ?? true,
                try await rest(of: record) == nil
            else { continue }
            let count = try await monitoring.labelCount(of: record.definition.pipeline, since: record.timeCursor)
            labelLooks[record.name] = .now + max(.seconds(2), start.duration(to: .now) * (1 / Self.share))
            guard count >= needed else { continue }
            let cause = LoopRun.Cause(
                kind: .labels,
                message: "\(count) labels came since \(record.timeCursor.formatted(.iso8601))."
            )
            try await trigger(record.name, cause) { _ in }
        }
    }

    /// Starts a run, or notes why it does not: one is in progress, or the last one has just ended.
    ///
    /// - Parameter move: Moves the loop's cursor past what happened.
    private func trigger(
        _ name: String,
        _ cause: LoopRun.Cause,
        _ move: @escaping @Sendable (inout LoopRecord) -> Void
    ) async throws {
        try await changes.pass { try await self.handle(name, cause, move) }
    }

    private func handle(_ name: String, _ cause: LoopRun.Cause, _ move: (inout LoopRecord) -> Void) async throws {
        // It may have been removed, paused or defined anew meanwhile.
        guard var record = loops[name], !record.definition.isPaused else { return }
        guard try await catalog.loop(named: name) != nil else {
            // It was deleted with its pipeline.
            loops[name] = nil
            return
        }
        move(&record)
        var reason: String?
        if let open = running[name]?.progress.run {
            reason = "Run \(open.id.prefix(8)) was in progress."
        } else if let rest = try await rest(of: record) {
            reason = "The cooldown ends at \(rest.formatted(.iso8601))."
        }
        guard let reason else {
            _ = try await begin(record, cause)
            return
        }
        record.ignored = Loop.Ignored(time: now(), reason: "\(cause.message) \(reason)")
        try await catalog.putLoop(record)
        keep(record)
        logger.info("Trigger of a loop ignored", metadata: ["loop": "\(name)", "reason": "\(reason)"])
    }

    /// Returns when the cooldown of a loop ends; `nil` if it is over.
    private func rest(of record: LoopRecord) async throws -> Date? {
        guard let cooldown = record.definition.cooldown,
            let end = try await catalog.loopRuns(of: record.name, limit: 1).first?.run.endedAt
        else { return nil }
        let rest = end.addingTimeInterval(Double(cooldown.seconds)).clamped
        return rest > now() ? rest : nil
    }
}
