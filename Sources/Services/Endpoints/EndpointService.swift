import Definitions
import Foundation
package import Logging
package import Platform
import Synchronization

/// Manages all endpoints. Each is a pipeline of SageMaker's workspace, and its changes are applied one at a time.
///
/// A change is recorded before it is acknowledged. If the server stops before the change is complete, the next start resumes it.
package actor EndpointService {
    struct Entry {
        var record: EndpointRecord
        let createdAt: Date
        var modifiedAt: Date
    }

    let platform: Platform
    let logger: Logger
    /// The captured requests and responses, by endpoint.
    package nonisolated let captures: DataCaptures
    /// The output of the endpoints' programs.
    nonisolated let logs: EndpointLogs
    private var entries: [String: Entry] = [:]
    private var loading: Task<Void, any Error>?
    private var changes: [String: Task<Void, Never>] = [:]
    private var isClosed = false
    /// Safe mode: changes that were in progress when the server stopped are not resumed.
    private var takesUpNothing = false

    package init(platform: Platform, logger: Logger) {
        self.platform = platform
        self.logger = logger
        captures = DataCaptures(platform: platform, logger: logger)
        logs = EndpointLogs(folder: platform.folder + "/endpoint-logs", output: platform.programOutput)
    }

    /// Starts to record the output of the endpoints' programs. Call it before the platform's deployments are restored.
    package func prepare() async throws {
        try await load()
        for (name, entry) in entries { if let serving = entry.record.serving { logs.follow(name, [serving]) } }
        let names = Set(entries.keys)
        try await offload { [logs] in logs.removeAll(but: names) }
    }

    /// Resumes the changes that were in progress when the server stopped. Call it after the platform's deployments are restored.
    package func restore() async throws {
        try await load()
        for (name, entry) in entries {
            if let serving = entry.record.serving { captures.set(serving.dataCapture, of: name) }
            guard entry.record.pending != nil else { continue }
            if platform.marks.suspicion(of: .endpoint(name))?.isProven == true {
                platform.marks.unmark(.endpoint(name))
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
        takesUpNothing = true
        try await load()
    }

    /// Stops the changes in progress. The next start resumes them.
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

    /// Records a new endpoint and starts to create it.
    ///
    /// - Throws: ``AWSError`` if the endpoint already exists, or a pipeline of another workspace has its name.
    func create(_ name: String, arn: String, change: EndpointChange, at time: Date) async throws {
        try await load()
        if let known = try? await platform.pipeline(named: name), known.workspace != SageMakerService.workspace {
            throw AWSError.validation(
                "The name '\(name)' is already used by a pipeline of workspace '\(known.workspace)'. "
                    + "Choose another name for the endpoint."
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

    /// Records a change to an endpoint and starts to apply it.
    ///
    /// - Parameter status: The endpoint's status until the change is complete.
    /// - Throws: ``AWSError`` if the endpoint does not exist or another change is in progress.
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
                "Cannot update endpoint \"\(before.record.arn)\": its creation failed. Delete it and create it again."
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

    /// Waits until no change is in progress, but no longer than `limit`.
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
            // The server is stopping. The recorded change stays pending.
        } catch {
            let reason = (error as? RoostError)?.message ?? (error as? AWSError)?.message
            if reason == nil {
                logger.error("Could not change endpoint", metadata: ["endpoint": "\(name)", "error": "\(error)"])
            }
            if let serving = record.serving { await rollout.rollBack(to: serving) }
            await finish(name) {
                $0.status = $0.serving == nil ? .failed : .inService
                $0.failureReason = String((reason ?? "Internal error. See the server log.").prefix(1024))
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
            // Recorded before it becomes visible, so that what clients have seen still holds after a crash.
            try await platform.putRecord(entry.record, .endpoint, name, at: entry.modifiedAt)
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
            _ = try await platform.removeRecord(.endpoint, name)
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
