import Definitions
import Foundation
package import Logging
package import Platform
import Synchronization

/// The life of all endpoints: each is a pipeline of SageMaker's workspace, and its changes are made here, one after the other.
///
/// What is asked for is recorded before it is acknowledged, and taken up again by the next server where this one ends meanwhile.
package actor EndpointService {
    struct Entry {
        var record: EndpointRecord
        let createdAt: Date
        var modifiedAt: Date
    }

    let platform: Platform
    let logger: Logger
    /// What is kept of requests and answers for users, by endpoint.
    package nonisolated let captures: DataCaptures
    /// What the endpoints' programs print.
    nonisolated let logs: EndpointLogs
    private var entries: [String: Entry] = [:]
    private var loading: Task<Void, any Error>?
    private var changes: [String: Task<Void, Never>] = [:]
    private var isClosed = false
    /// Safe mode: changes that were under way when the server ended are not taken up.
    private var takesUpNothing = false

    package init(platform: Platform, logger: Logger) {
        self.platform = platform
        self.logger = logger
        captures = DataCaptures(platform: platform, logger: logger)
        logs = EndpointLogs(folder: platform.folder + "/endpoint-logs", output: platform.programOutput)
    }

    /// Listens to the programs of the endpoints. Called before the platform's deployments are restored.
    package func prepare() async throws {
        try await load()
        for (name, entry) in entries { if let serving = entry.record.serving { logs.follow(name, [serving]) } }
        let names = Set(entries.keys)
        try await offload { [logs] in logs.removeAll(but: names) }
    }

    /// Takes up what was not done when the server ended. Called once the platform's deployments are restored.
    package func restore() async throws {
        try await load()
        for (name, entry) in entries {
            if let serving = entry.record.serving { captures.set(serving.dataCapture, of: name) }
            guard entry.record.pending != nil else { continue }
            if platform.marks.suspicion(of: .endpoint(name))?.isProven == true {
                platform.marks.unmark(.endpoint(name))
                await finish(name) {
                    $0.status = $0.serving == nil ? .failed : .inService
                    $0.failureReason = "The server crashed twice in a row while it made this change."
                }
            } else {
                begin(name)
            }
        }
    }

    /// Safe mode: what was not done when the server ended stays so, unless the endpoint is changed or deleted.
    package func restoreNothing() async throws {
        takesUpNothing = true
        try await load()
    }

    /// Stops what runs; it is taken up again by the next server.
    package func close() async {
        isClosed = true
        for change in changes.values { change.cancel() }
        for change in changes.values { await change.value }
        await captures.close()
    }

    private func load() async throws {
        if loading == nil {
            loading = Task {
                for recorded in try await platform.allRecorded(EndpointRecord.self, .endpoint) {
                    entries[recorded.name] = Entry(
                        record: recorded.value,
                        createdAt: recorded.createdAt,
                        modifiedAt: recorded.modifiedAt
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

    // MARK: Reading

    func entry(named name: String) async throws -> Entry? {
        try await load()
        return entries[name]
    }

    func all() async throws -> [(name: String, entry: Entry)] {
        try await load()
        return entries.map { ($0.key, $0.value) }
    }

    // MARK: Changes

    /// - Throws: ``AWSError`` where there is one already.
    func create(_ name: String, arn: String, change: EndpointChange, at time: Date) async throws {
        try await load()
        if let known = try? await platform.pipeline(named: name), known.workspace != SageMakerService.workspace {
            throw AWSError.validation(
                "The name '\(name)' is taken by a pipeline of workspace '\(known.workspace)', which answers under it; "
                    + "choose another name for the endpoint."
            )
        }
        guard entries[name] == nil else {
            throw AWSError.validation("Cannot create already existing endpoint \"\(arn)\".")
        }
        let record = EndpointRecord(
            arn: arn,
            status: .creating,
            pending: change,
            lastDeploymentConfig: change.deployment
        )
        entries[name] = Entry(record: record, createdAt: time, modifiedAt: time)
        do {
            guard try await platform.addRecord(record, .endpoint, name, at: time) else {
                throw AWSError.validation("Cannot create already existing endpoint \"\(arn)\".")
            }
        } catch {
            entries[name] = nil
            throw error
        }
        begin(name)
    }

    /// - Parameter status: What the endpoint is until the change is done.
    /// - Throws: ``AWSError`` where another change is under way.
    func change(
        _ name: String,
        arn: String,
        _ change: EndpointChange,
        status: EndpointRecord.Status,
        check: @Sendable (EndpointRecord) throws -> Void = { _ in }
    ) async throws {
        try await load()
        guard let before = entries[name] else {
            throw AWSError.validation("Could not find endpoint \"\(arn)\".")
        }
        guard before.record.status.isSettled || takesUpNothing && changes[name] == nil else {
            throw AWSError.validation("Cannot update in-progress endpoint \"\(before.record.arn)\".")
        }
        if status == .updating, before.record.serving == nil {
            throw AWSError.validation(
                "Cannot update endpoint \"\(before.record.arn)\": it failed before it served; delete it and create it again."
            )
        }
        try check(before.record)
        var entry = before
        entry.record.status = status
        entry.record.pending = change
        if let deployment = change.deployment { entry.record.lastDeploymentConfig = deployment }
        entry.modifiedAt = change.startedAt
        entries[name] = entry
        do {
            try await platform.putRecord(entry.record, .endpoint, name, at: change.startedAt)
        } catch {
            entries[name] = before
            throw error
        }
        begin(name)
    }

    /// Waits until nothing is under way, but no longer than `limit`.
    func settle(_ name: String, within limit: Duration) async {
        let end = ContinuousClock.now + limit
        while changes[name] != nil, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(5)) }
    }

    private func begin(_ name: String) {
        guard !isClosed else { return }
        changes[name] = Task {
            await platform.marks.duringBeginning(of: .endpoint(name)) { await run(name) }
            changes[name] = nil
        }
    }

    private func run(_ name: String) async {
        guard let record = entries[name]?.record, let change = record.pending else { return }
        if case .deletion = change.kind { return await delete(name) }
        let rollout = EndpointRollout(platform: platform, name: name, logs: logs, logger: logger)
        do {
            let state = try await rollout.run(change, from: record.serving)
            try Task.checkCancellation()
            captures.set(state.dataCapture, of: name)
            await finish(name) {
                $0.serving = state
                $0.status = .inService
                $0.failureReason = nil
            }
        } catch is CancellationError {
            // The server ends: the change stays as it is recorded.
        } catch {
            let reason = (error as? RoostError)?.message ?? (error as? AWSError)?.message
            if reason == nil {
                logger.error("Endpoint not changed", metadata: ["endpoint": "\(name)", "error": "\(error)"])
            }
            if let serving = record.serving { await rollout.rollBack(to: serving) }
            await finish(name) {
                $0.status = $0.serving == nil ? .failed : .inService
                $0.failureReason = String((reason ?? "The server failed; its log says why.").prefix(1024))
            }
        }
    }

    private func finish(_ name: String, _ edit: (inout EndpointRecord) -> Void) async {
        guard var entry = entries[name] else { return }
        edit(&entry.record)
        entry.record.pending = nil
        entry.modifiedAt = Date()
        logs.follow(name, [entry.record.serving].compactMap(\.self))
        do {
            // Recorded before it is shown: what a client has seen is still so after a crash.
            try await platform.putRecord(entry.record, .endpoint, name, at: entry.modifiedAt)
        } catch {
            logger.error("Endpoint not recorded", metadata: ["endpoint": "\(name)", "error": "\(error)"])
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
            _ = try await platform.removeRecord(.endpoint, name)
            captures.set(nil, of: name)
            try await offload { [logs] in logs.remove(name) }
            entries[name] = nil
            logger.info("Endpoint deleted", metadata: ["endpoint": "\(name)"])
        } catch {
            logger.error("Endpoint not deleted", metadata: ["endpoint": "\(name)", "error": "\(error)"])
            await finish(name) {
                $0.status = .failed
                $0.failureReason = "It could not be deleted; the server's log says why."
            }
        }
    }
}
