package import Catalog
import Definitions
import Events
package import Foundation
package import Logging
package import Platform
import Processes
import Serving
import WorkThreads

/// Manages all endpoints. Each is a pipeline, and its changes are applied one at a time.
///
/// A change is recorded before it is acknowledged. If the server stops before the change is complete, the next start resumes it.
package actor EndpointService {
    package struct Entry: Sendable {
        package var record: EndpointRecord
        package let createdAt: Date
        package var modifiedAt: Date
    }

    /// A change in progress.
    private struct Change {
        var task: Task<Void, Never>
        var end: Latch
    }

    let platform: Platform
    private let catalog: Catalog
    private let beat: RolloutBeat
    private let recorder: RolloutRecorder
    let logger: Logger
    private let clock: any Clock<Duration>
    /// Returns the time for records.
    private let now: @Sendable () -> Date
    /// The captured requests and responses, by endpoint.
    package nonisolated let captures: DataCaptures
    /// The output of the endpoints' programs.
    package nonisolated let logs: EndpointLogs
    private var entries: [String: Entry] = [:]
    private var loading: Task<Void, any Error>?
    private var changes: [String: Change] = [:]
    private var isClosed = false
    /// Safe mode: changes that were in progress when the server stopped are not resumed.
    private var resumesNothing = false

    package init(
        dataFolder: String,
        catalog: Catalog,
        platform: Platform,
        logger: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.platform = platform
        self.catalog = catalog
        beat = RolloutBeat(clock: clock)
        recorder = RolloutRecorder(catalog: catalog)
        self.logger = logger
        self.clock = clock
        self.now = now
        captures = DataCaptures(platform: platform, logger: logger, clock: clock, now: now)
        logs = EndpointLogs(folder: dataFolder + "/endpoint-logs", output: platform.serving.programOutput)
    }

    /// Starts to record the output of the endpoints' programs. Call it before the platform's deployments are restored.
    package func prepare() async throws {
        try await load()
        for (name, entry) in entries {
            if let serving = entry.record.serving { logs.follow(name, [serving.definition]) }
        }
        let names = Set(entries.keys)
        try await offload { [logs] in logs.removeAll(but: names) }
    }

    /// Resumes the changes that were in progress when the server stopped. Call it after the platform's deployments are restored.
    package func restore() async throws {
        try await load()
        for (name, entry) in entries {
            if let serving = entry.record.serving { captures.set(serving.definition.capture, of: name) }
            guard entry.record.pending != nil else { continue }
            if platform.serving.marks.suspicion(of: .endpoint(name))?.isProven == true {
                platform.serving.marks.unmark(.endpoint(name))
                await finish(name) {
                    $0.status = $0.serving == nil ? .failed : .inService
                    $0.failureReason = "The server crashed twice in a row while making this change."
                }
            } else {
                begin(name)
            }
        }
    }

    /// Safe mode: leaves unfinished changes as they are until the endpoint is changed or deleted.
    package func restoreNothing() async throws {
        resumesNothing = true
        try await load()
    }

    /// Stops the changes in progress. The next start resumes them.
    package func close() async {
        isClosed = true
        for change in changes.values { change.task.cancel() }
        beat.wakeAll()
        for change in changes.values { await change.task.value }
        await captures.flush()
    }

    private func load() async throws {
        if loading == nil {
            loading = Task {
                for stored in try await catalog.endpoints() {
                    let record = record(stored)
                    entries[stored.name] = Entry(
                        record: record,
                        createdAt: stored.createdAt,
                        modifiedAt: stored.modifiedAt
                    )
                }
            }
        }
        do {
            try await loading?.value
        } catch {
            loading = nil
            throw error
        }
    }

    /// A record that cannot be read must not keep the other endpoints from being restored. It can be deleted.
    private func record(_ stored: StoredEndpoint) -> EndpointRecord {
        do {
            return try JSONDecoder().decode(EndpointRecord.self, from: Data(stored.document.utf8))
        } catch {
            logger.error("Could not read endpoint", metadata: ["endpoint": "\(stored.name)", "error": "\(error)"])
            return EndpointRecord(
                status: .failed,
                failureReason: "The endpoint's record is damaged. Delete the endpoint and create it again."
            )
        }
    }

    // MARK: Reading

    package func entry(named name: String) async throws -> Entry? {
        try await load()
        return entries[name]
    }

    package func all() async throws -> [(name: String, entry: Entry)] {
        try await load()
        return entries.map { ($0.key, $0.value) }
    }

    // MARK: Changes

    /// Creates an endpoint that an earlier release recorded in another form. Call it before ``prepare()``.
    package func adopt(_ name: String, _ record: EndpointRecord, createdAt: Date, modifiedAt: Date) async throws {
        let document = try Self.document(record)
        _ = try await catalog.addEndpoint(name, document: document, createdAt: createdAt, at: modifiedAt)
    }

    /// - Throws: ``EndpointRejection`` if the name is taken.
    package func create(_ name: String, _ change: EndpointChange, in workspace: String, note: String?) async throws {
        try await load()
        try await checkGate(of: name, change)
        if let known = try? await platform.pipeline(named: name), known.workspace != workspace {
            throw EndpointRejection.nameIsPipeline(workspace: known.workspace)
        }
        guard entries[name] == nil else { throw EndpointRejection.exists }
        let record = EndpointRecord(status: .creating, pending: change, note: note)
        let time = change.startedAt
        entries[name] = Entry(record: record, createdAt: time, modifiedAt: time)
        do {
            let document = try Self.document(record)
            guard try await catalog.addEndpoint(name, document: document, createdAt: time, at: time) else {
                throw EndpointRejection.exists
            }
        } catch {
            entries[name] = nil
            throw error
        }
        begin(name)
    }

    /// - Parameter note: Replaces the endpoint's note; `nil` leaves it as it is.
    /// - Throws: ``EndpointRejection``.
    package func change(_ name: String, _ change: EndpointChange, note: String? = nil) async throws {
        try await load()
        if entries[name]?.record.status.isSettled == true { try await checkGate(of: name, change) }
        guard let before = entries[name] else { throw EndpointRejection.missing }
        guard before.record.status.isSettled || resumesNothing && changes[name] == nil else {
            throw EndpointRejection.inProgress
        }
        var entry = before
        switch change.kind {
        case .deletion: entry.record.status = .deleting
        case .definition, .capacities:
            guard let serving = before.record.serving else { throw EndpointRejection.neverServed }
            if case .capacities(let capacities) = change.kind { try Self.check(capacities, of: serving.definition) }
            entry.record.status = .updating
        }
        entry.record.pending = change
        if let note { entry.record.note = note }
        entry.modifiedAt = change.startedAt
        entries[name] = entry
        do {
            try await save(name, entry)
        } catch {
            entries[name] = before
            throw error
        }
        begin(name)
    }

    private static func check(_ capacities: [EndpointChange.Capacity], of definition: EndpointDefinition) throws {
        var weights: [String: Double] = [:]
        for variant in definition.variants { weights[variant.name] = variant.weight }
        for capacity in capacities {
            guard let weight = weights[capacity.variant] else {
                throw EndpointRejection.unknownVariant(capacity.variant)
            }
            weights[capacity.variant] = capacity.weight ?? weight
        }
        guard weights.values.contains(where: { $0 > 0 }) else { throw EndpointRejection.noTraffic }
    }

    private static func document(_ record: EndpointRecord) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(record), as: UTF8.self)
    }

    private func save(_ name: String, _ entry: Entry, event: NewEvent? = nil) async throws {
        let document = try Self.document(entry.record)
        try await catalog.putEndpoint(name, document: document, at: entry.modifiedAt, event: event)
        if event != nil { events.wake() }
    }

    private var events: EventLog { platform.serving.events }

    private func endEvent(_ name: String, _ record: EndpointRecord) -> NewEvent {
        if let reason = record.failureReason {
            let message = "The change of endpoint '\(name)' failed: \(reason)"
            return events.event(.endpointUpdateFailed, on: .init(.endpoint, name), message)
        }
        return events.event(.endpointInService, on: .init(.endpoint, name), "Endpoint '\(name)' is in service.")
    }

    /// Waits until no change is in progress, but no longer than `limit`.
    package func settle(_ name: String, within limit: Duration) async {
        await changes[name]?.end.wait(atMost: limit, by: clock)
    }

    private func begin(_ name: String) {
        guard !isClosed else { return }
        let end = Latch()
        let task = Task {
            await platform.serving.marks.duringBeginning(of: .endpoint(name)) { await run(name) }
            if changes[name]?.end === end { changes[name] = nil }
            end.open()
        }
        changes[name] = Change(task: task, end: end)
    }

    private func run(_ name: String) async {
        guard let record = entries[name]?.record, let change = record.pending else { return }
        if case .deletion = change.kind { return await delete(name) }
        let rollout = EndpointRollout(
            platform: platform,
            name: name,
            logs: logs,
            logger: logger,
            clock: clock,
            id: "endpoint/\(name)/\(change.startedAt.microseconds)",
            catalog: catalog,
            beat: beat,
            recorder: recorder,
            elapsed: .bounded(seconds: Int(saturating: now().timeIntervalSince(change.startedAt)))
        )
        do {
            if let failure = change.failure { throw RoostError(.unavailable, failure) }
            let serving: EndpointRecord.Serving
            switch (change.kind, record.serving) {
            case (.definition(let definition, let plan), let before):
                serving = try await rollout.run(definition, plan, from: before)
            case (.capacities(let capacities), let before?):
                serving = try await rollout.run(capacities, from: before)
            case (.capacities, nil), (.deletion, _):
                throw RoostError(.unavailable, "The endpoint does not serve.")
            }
            try Task.checkCancellation()
            captures.set(serving.definition.capture, of: name)
            await finish(name) {
                $0.serving = serving
                $0.status = .inService
                $0.failureReason = nil
            }
        } catch is CancellationError {
            // The server is stopping. The recorded change stays pending.
            return
        } catch {
            let reason = (error as? RoostError)?.message
            if reason == nil {
                logger.error("Could not change endpoint", metadata: ["endpoint": "\(name)", "error": "\(error)"])
            }
            let failure = String((reason ?? "Internal error. See the server log.").prefix(1024))
            if let serving = record.serving {
                await takeBack(name, failure)
                await rollout.rollBack(to: serving)
            }
            await finish(name) {
                $0.status = $0.serving == nil ? .failed : .inService
                $0.failureReason = failure
            }
        }
        try? await catalog.removeRollout(rollout.id)
    }

    /// Records that a change is being taken back, so that a server that is killed meanwhile does not try it again.
    private func takeBack(_ name: String, _ failure: String) async {
        guard var entry = entries[name] else { return }
        entry.record.pending?.failure = failure
        entries[name] = entry
        do {
            try await save(name, entry)
        } catch {
            logger.error("Could not record endpoint", metadata: ["endpoint": "\(name)", "error": "\(error)"])
        }
    }

    private func finish(_ name: String, _ edit: (inout EndpointRecord) -> Void) async {
        guard var entry = entries[name] else { return }
        edit(&entry.record)
        entry.record.pending = nil
        entry.modifiedAt = now()
        logs.follow(name, [entry.record.serving?.definition].compactMap(\.self))
        do {
            // Recorded before it becomes visible, so that what clients have seen still holds after a crash.
            try await save(name, entry, event: endEvent(name, entry.record))
        } catch {
            logger.error("Could not record endpoint", metadata: ["endpoint": "\(name)", "error": "\(error)"])
        }
        entries[name] = entry
        logger.info(
            "Endpoint changed",
            metadata: ["endpoint": "\(name)", "endpoint.status": "\(entry.record.status.rawValue)"]
        )
    }

    private func delete(_ name: String) async {
        do {
            if (try? await platform.deployment(of: name)) != nil {
                _ = try await platform.undeploy(name)
                _ = try await platform.settledDeployment(of: name)
            }
            let event = events.event(.endpointDeleted, on: .init(.endpoint, name), "Endpoint '\(name)' was deleted.")
            try await catalog.removeEndpoint(name, event: event)
            events.wake()
            captures.set(nil, of: name)
            try await offload { [logs] in logs.remove(name) }
            entries[name] = nil
            logger.info("Endpoint deleted", metadata: ["endpoint": "\(name)"])
        } catch {
            logger.error("Could not delete endpoint", metadata: ["endpoint": "\(name)", "error": "\(error)"])
            await finish(name) {
                $0.status = .failed
                $0.failureReason = "The endpoint could not be deleted. See the server log."
            }
        }
    }
}
