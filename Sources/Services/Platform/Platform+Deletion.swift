import Archives
import Catalog
package import Definitions
import Foundation
import Logging
import Processes
import Serving
import WorkThreads

extension Platform {
    /// Deletes something, and forgets it everywhere. Its name can be used again when this returns.
    ///
    /// The records go in one transaction, and the files after them: the next start removes what a crash leaves.
    ///
    /// - Parameters:
    ///   - force: Whether to delete what refers to it and does not answer.
    ///   - withLogs: Whether logs and labels that are not empty may be deleted.
    /// - Throws: ``RoostError`` with code `conflict` that names what needs it.
    package func delete(_ target: DeletionTarget, force: Bool, withLogs: Bool) async throws -> Deletion {
        let target = try await checked(target)
        if case .pipeline(let name) = target, await serving.deployment(of: name)?.state == .stopping {
            _ = await serving.settledDeployment(of: name)
        }
        let deleted = try await changes.pass {
            let deleted = try await catalog.delete(
                target,
                takesReferrers: force,
                takesLogs: withLogs,
                changing: await serving.changing()
            ) { [serving, labels] log in serving.hasEntries(log) || labels.exist(log) }
            await serving.forget(deleted)
            return deleted
        }
        var deletion = deleted.summary
        logger.info(
            "Deleted",
            metadata: [
                "target": "\(target)", "models": "\(deletion.modelVersions.count)",
                "pipelines": "\(deletion.pipelineVersions.count)",
            ]
        )
        // The records are gone, so this was done. What cannot be removed now is tried again before its name is used.
        for log in deleted.logs { await tryToRemoveLog(log) }
        do {
            deletion.freedBytes = try await keeper.remove(deleted.digests) { try await catalog.digests(among: $0) }
        } catch {
            logger.error("Could not remove artifacts", metadata: ["target": "\(target)", "error": "\(error)"])
        }
        return deletion
    }

    /// Stores something that belongs to a pipeline, unless the pipeline has been deleted since it was read: a later one of the same name
    /// must not get it.
    package func storing<Result: Sendable>(
        for pipeline: Pipeline,
        _ work: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await changes.pass {
            guard try await catalog.pipeline(named: pipeline.name).createdAt == pipeline.createdAt else {
                throw RoostError(.conflict, "Pipeline '\(pipeline.name)' was deleted meanwhile.", field: "pipeline")
            }
            return try await work()
        }
    }

    /// Stores something that needs a model version, unless that has been deleted since it was looked up.
    package func storing<Result: Sendable>(
        for model: ModelReference,
        in workspace: String,
        _ work: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await changes.pass {
            _ = try await catalog.modelVersion(model, in: workspace)
            return try await work()
        }
    }

    /// Checks the names, and replaces what the user calls a pipeline's version by its ID.
    private func checked(_ target: DeletionTarget) async throws -> DeletionTarget {
        switch target {
        case .workspace(let name):
            try Name.check(name, what: "workspace name", field: "workspace")
            guard name != Workspace.defaultName else {
                throw RoostError(.conflict, "Workspace '\(name)' cannot be deleted.", field: "workspace")
            }
        case .model(let name, let workspace):
            try Name.check(workspace, what: "workspace name", field: "workspace")
            try Name.check(name, what: "model name", field: "model")
        case .modelVersion(let reference, let workspace):
            try Name.check(workspace, what: "workspace name", field: "workspace")
            try Name.check(reference.name, what: "model name", field: "model")
        case .pipeline(let name): try Name.check(name, what: "pipeline name", field: "pipeline")
        case .pipelineVersion(let name, let version):
            return .pipelineVersion(name, version: try await pipelineVersion(version, of: name).id)
        }
        return target
    }

    // MARK: Logs

    /// Removes the logs of what was deleted before the server ended. Call it before anything is accepted.
    func removeLogs() async throws {
        for log in try await catalog.logsToRemove() { await tryToRemoveLog(log) }
    }

    private func tryToRemoveLog(_ log: LogName) async {
        do {
            try await removeLog(log)
        } catch {
            logger.error("Could not remove a log", metadata: ["log": "\(log)", "error": "\(error)"])
        }
    }

    /// Makes sure that nothing is left of what had a name before. Call it before the name is used.
    func removeLogIfDeleted(_ log: LogName) async throws {
        do {
            try await removeLog(log)
        } catch {
            logger.error("Could not remove a log", metadata: ["log": "\(log)", "error": "\(error)"])
            throw RoostError(
                .unavailable,
                "The log of the \(log) that was deleted could not be removed. See the server log.",
                field: "name"
            )
        }
    }

    private func removeLog(_ log: LogName) async throws {
        try await removals.pass {
            // If it has been removed already, what has the name now is new.
            guard try await catalog.mustRemove(log) else { return }
            try await offload { [serving, labels] in
                try serving.remove(log)
                try labels.remove(log)
            }
            try await catalog.removed(log)
        }
    }
}

/// The folders with the labels of pipelines, as far as a deletion is concerned.
struct LabelFolders: Sendable {
    let folder: String

    /// Returns whether there are labels that belong to a log.
    func exist(_ log: LogName) -> Bool {
        guard let path = path(log) else { return false }
        return !((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).isEmpty
    }

    func remove(_ log: LogName) throws {
        guard let path = path(log), FileManager.default.fileExists(atPath: path) else { return }
        try FolderRemoval.remove(path)
    }

    /// Models that are called directly have no labels.
    private func path(_ log: LogName) -> String? {
        if case .pipeline(let name) = log { "\(folder)/\(name)" } else { nil }
    }
}
