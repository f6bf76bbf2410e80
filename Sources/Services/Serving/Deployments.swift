import Catalog
import Definitions
import Events
import Foundation
import InferenceLog
import Logging
import Pipelines
import Processes
import WorkThreads

/// Manages all deployments. Changes to one pipeline are applied one at a time.
actor Deployments {
    private struct Entry {
        var deployment: Deployment
        var served: ServedPipeline?
        /// Opens when the version that ``served`` runs is released.
        var released: Latch?
        /// The last requested change; the next one waits for it.
        var change: Task<Void, Never>?
    }

    private let catalog: Catalog
    private let builder: PipelineBuilder
    private let log: InferenceLog
    private let served: ServedPipelines
    private let marks: StartMarks
    private let events: EventLog
    private let logger: Logger
    private let clock: any Clock<Duration>
    private var entries: [String: Entry] = [:]
    private var metrics = RetainedSeries<PipelineMetrics>()

    init(
        catalog: Catalog,
        models: LoadedModels,
        log: InferenceLog,
        served: ServedPipelines,
        marks: StartMarks,
        events: EventLog,
        logger: Logger,
        clock: any Clock<Duration>
    ) {
        self.catalog = catalog
        builder = PipelineBuilder(catalog: catalog, models: models, marks: marks)
        self.log = log
        self.served = served
        self.marks = marks
        self.events = events
        self.logger = logger
        self.clock = clock
    }

    func deployment(of pipeline: String) -> Deployment? { entries[pipeline]?.deployment }

    func all() -> [Deployment] { entries.values.map(\.deployment) }

    /// Returns the deployment once every requested change is complete.
    func settled(_ pipeline: String) async -> Deployment? {
        while let change = entries[pipeline]?.change {
            await change.value
            if entries[pipeline]?.change == change { break }
        }
        return entries[pipeline]?.deployment
    }

    func allMetrics() -> [PipelineMetrics] { metrics.values(at: .now).sorted { $0.pipeline < $1.pipeline } }

    /// Returns the pipelines whose deployment is changing.
    func changing() -> Set<String> { Set(all().filter(\.state.isChanging).map(\.pipeline)) }

    // MARK: Changes

    /// Redeploys, concurrently, what was deployed when the server stopped, and returns when each answers or has failed.
    /// - Parameter isSafeMode: If `true`, nothing is deployed, and the deployments show safe mode as the reason.
    func restore(isSafeMode: Bool = false) async throws {
        var changes: [Task<Void, Never>] = []
        for desired in try await catalog.desiredDeployments() {
            if desired.isDeployed, desired.isReadable, !isSafeMode {
                // What answered before the restart goes on to answer.
                var cause = DeploymentCause()
                cause.isGated = !desired.hasAnswered
                cause.deployedAt = desired.hasAnswered ? desired.updatedAt : nil
                deploy(
                    desired.pipeline,
                    workspace: desired.workspace,
                    version: desired.version,
                    previous: desired.previousVersion,
                    cause: cause
                )
                if let change = entries[desired.pipeline]?.change { changes.append(change) }
            } else {
                entries[desired.pipeline] = Entry(
                    deployment: Deployment(
                        pipeline: desired.pipeline,
                        state: desired.isReadable ? .stopped : .error,
                        version: desired.version.id,
                        previousVersion: desired.previousVersion,
                        error: desired.isReadable ? (desired.isDeployed ? Self.safeMode : nil) : Self.unreadable,
                        updatedAt: desired.updatedAt,
                        models: []
                    )
                )
            }
        }
        for change in changes { await change.value }
    }

    /// - Parameters:
    ///   - previous: The version that was deployed before, if it is known before this one is loaded.
    ///   - cause: What the event of the deployment says.
    @discardableResult
    func deploy(
        _ pipeline: String,
        workspace: String,
        version: PipelineVersion,
        previous: String? = nil,
        cause: DeploymentCause = DeploymentCause()
    ) -> Deployment {
        let before = entries[pipeline]
        let isAnswering = before?.served != nil
        let deployment = Deployment(
            pipeline: pipeline,
            state: isAnswering ? .updating : .starting,
            version: isAnswering ? before?.deployment.version ?? version.id : version.id,
            previousVersion: previous ?? before?.deployment.previousVersion,
            error: nil,
            updatedAt: cause.deployedAt ?? Date(),
            models: isAnswering ? before?.deployment.models ?? [] : []
        )
        let changeBefore = before?.change
        let change = Task {
            await changeBefore?.value
            await load(pipeline, workspace: workspace, version: version, cause)
        }
        entries[pipeline] = Entry(
            deployment: deployment,
            served: before?.served,
            released: before?.released,
            change: change
        )
        return deployment
    }

    /// - Parameter asker: Who asked for it, if the client said.
    func undeploy(_ pipeline: String, by asker: String? = nil) -> Deployment? {
        guard var entry = entries[pipeline] else { return nil }
        let previous = entry.change
        entry.deployment.state = .stopping
        entry.deployment.updatedAt = Date()
        entry.change = Task {
            await previous?.value
            await unload(pipeline, by: asker)
        }
        entries[pipeline] = entry
        return entry.deployment
    }

    /// Forgets what was deleted. None of it is deployed.
    func forget(_ deleted: DeletedRecords) {
        let deletion = deleted.summary
        let versions = Set(deletion.pipelineVersions.compactMap { $0.split(separator: "@").last.map(String.init) })
        for (name, entry) in entries where entry.served == nil {
            if versions.contains(entry.deployment.version) || deletion.pipelines.contains(name) {
                entries[name] = nil
            } else if let previous = entry.deployment.previousVersion, versions.contains(previous) {
                entries[name]?.deployment.previousVersion = nil
            }
        }
        let series = Set(deleted.logs.map(\.stream))
        metrics.remove(where: series.contains)
        let models = Set(deletion.modelVersions.compactMap(\.version))
        for pipeline in metrics.values(at: .now) { pipeline.forget(modelVersions: models) }
        for pipeline in deletion.pipelines { marks.unmark(.pipeline(pipeline)) }
        for model in models { marks.unmark(.model(model)) }
    }

    private func load(
        _ pipeline: String,
        workspace: String,
        version: PipelineVersion,
        _ cause: DeploymentCause
    ) async {
        let start = ContinuousClock.now
        do {
            let released = Latch()
            let executable = try await builder.executable(pipeline, workspace: workspace, version: version, released)
            let time = cause.deployedAt ?? Date()
            do {
                let previous = try await catalog.setDeployment(
                    of: pipeline,
                    version: version.id,
                    deployed: true,
                    rollback: cause.rollback,
                    isGated: cause.isGated,
                    at: time,
                    event: events.event(of: cause, pipeline, version.id)
                )
                events.wake()
                publish(executable, released, previous: previous, at: time)
            } catch let error where cause.answersUnrecorded {
                publish(executable, released, previous: entries[pipeline]?.deployment.previousVersion, at: time)
                throw error
            }
            logger.info(
                "Pipeline deployed",
                metadata: [
                    "pipeline.name": "\(pipeline)", "pipeline.version": "\(version.id)",
                    "load.duration": "\(start.duration(to: .now))",
                ]
            )
        } catch {
            let refusal = error as? GateRefusal
            let known = refusal?.error ?? error as? RoostError
            let reason = known?.message ?? "The pipeline could not be loaded. See the server log."
            logger.error(
                "Could not deploy pipeline",
                metadata: [
                    "pipeline.name": "\(pipeline)", "pipeline.version": "\(version.id)", "error": "\(error)",
                ]
            )
            // While the state is not an error, nothing else is recorded.
            if refusal != nil { await withdraw(version.id, of: pipeline) }
            fail(pipeline, reason)
            if let refusal { await events.record(refusal, by: cause.asker) }
            await events.record(
                .pipelineDeploymentFailed,
                on: .init(.pipeline, pipeline),
                "Version \(version.id.prefix(8)) of pipeline '\(pipeline)' could not be deployed: \(reason)",
                details: ["version": version.id],
                by: cause.asker
            )
        }
    }

    /// Loads a version that nothing is sent to. Its models are freed with it.
    func prepare(
        _ pipeline: String,
        workspace: String,
        version: PipelineVersion
    ) async throws -> ExecutablePipeline {
        try await builder.executable(pipeline, workspace: workspace, version: version, Latch())
    }

    private func publish(_ executable: ExecutablePipeline, _ released: Latch, previous: String?, at time: Date) {
        let name = executable.name
        let pipelineMetrics = metrics.value(name) { PipelineMetrics(pipeline: name) }
        if let known = entries[name]?.served {
            known.swap(to: executable)
        } else {
            let pipeline = ServedPipeline(executable, log: log.stream(for: name), metrics: pipelineMetrics)
            entries[name]?.served = pipeline
            served.set(pipeline)
        }
        entries[name]?.released = released
        entries[name]?.deployment = Deployment(
            pipeline: name,
            state: .running,
            version: executable.versionID,
            previousVersion: previous,
            error: nil,
            updatedAt: time,
            models: executable.models.map(\.deployed)
        )
        publishModels()
    }

    /// Makes each loaded model version also answer under its own name.
    private func publishModels() {
        var known: [String: ServedPipeline] = [:]
        for pipeline in entries.values.compactMap(\.served) {
            for model in pipeline.current.executable.models where known[model.version.id] == nil {
                known[model.version.id] = servedModel(model)
            }
        }
        // Versions created at the same moment are ordered by id, so that the order is stable.
        func order(_ pipeline: ServedPipeline) -> (Date, String) {
            let version = pipeline.current.executable.models[0].version
            return (version.createdAt, version.id)
        }
        let byName = Dictionary(grouping: known.values, by: \.name)
        served.setModels(byName.mapValues { $0.sorted { order($0) > order($1) } })
    }

    /// Returns a model version as a pipeline of one step, with a log of its own.
    private func servedModel(_ model: PreparedModel) -> ServedPipeline? {
        let version = model.version
        guard
            let plan = try? PipelinePlan(
                pipeline: version.model,
                steps: [.model(version.reference)],
                validations: [],
                version: { _ in version }
            )
        else { return nil }
        let executable = ExecutablePipeline(name: version.model, versionID: version.id, plan: plan, models: [model])
        let key = Serving.stream(ofModel: version.model, in: version.workspace)
        let modelMetrics = metrics.value(key) { PipelineMetrics(pipeline: key) }
        return ServedPipeline(executable, log: log.stream(for: key), metrics: modelMetrics)
    }

    private func fail(_ pipeline: String, _ reason: String) {
        guard var entry = entries[pipeline] else { return }
        entry.deployment.state = entry.served == nil ? .error : .running
        entry.deployment.error = reason
        entry.deployment.updatedAt = Date()
        entries[pipeline] = entry
    }

    /// Records that a version is not deployed that was recorded before it was loaded, and refused by a gate that was set meanwhile.
    private func withdraw(_ version: String, of pipeline: String) async {
        guard entries[pipeline]?.served == nil else { return }
        do {
            try await catalog.setDeployment(of: pipeline, version: version, deployed: false, at: Date())
        } catch {
            logger.error(
                "Could not record that a version is not deployed",
                metadata: ["pipeline.name": "\(pipeline)", "pipeline.version": "\(version)", "error": "\(error)"]
            )
        }
    }

    private func unload(_ pipeline: String, by asker: String?) async {
        guard let version = entries[pipeline]?.deployment.version else { return }
        do {
            try await catalog.setDeployment(
                of: pipeline,
                version: version,
                deployed: false,
                at: Date(),
                event: events.event(
                    .pipelineUndeployed,
                    on: .init(.pipeline, pipeline),
                    "Pipeline '\(pipeline)' was undeployed.",
                    details: ["version": version],
                    by: asker
                )
            )
            events.wake()
        } catch {
            logger.error(
                "Could not undeploy pipeline",
                metadata: ["pipeline.name": "\(pipeline)", "error": "\(error)"]
            )
            fail(pipeline, "The pipeline could not be undeployed. See the server log.")
            return
        }
        served.remove(pipeline)
        let released = entries[pipeline]?.released
        entries[pipeline]?.served = nil
        publishModels()
        // Requests in flight still hold the pipeline. The limit keeps a run that hangs from blocking the deployment forever.
        await released?.wait(atMost: .seconds(30), by: clock)
        // Unloading a model may free a lot.
        _ = try? await offload { Allocator.giveBack() }
        entries[pipeline]?.deployment.state = .stopped
        entries[pipeline]?.deployment.models = []
        entries[pipeline]?.deployment.error = nil
        entries[pipeline]?.deployment.updatedAt = Date()
        logger.info("Pipeline undeployed", metadata: ["pipeline.name": "\(pipeline)"])
    }
}
