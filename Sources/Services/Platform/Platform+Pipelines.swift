import Catalog
package import Definitions
import Foundation
package import InferenceLog
import Pipelines
import Processes
package import Serving

extension Platform {
    package func pipelines(in workspace: String?) async throws -> [Pipeline] {
        if let workspace { try Name.check(workspace, what: "workspace name", field: "workspace") }
        var pipelines = try await catalog.pipelines(in: workspace)
        for index in pipelines.indices {
            pipelines[index].deployment = await serving.deployment(of: pipelines[index].name)
        }
        return pipelines
    }

    /// Returns a page of the pipelines of a workspace, or of all, by name, and how many there are on all pages.
    package func pipelines(in workspace: String?, _ page: NamedPage) async throws -> (found: [Pipeline], total: Int) {
        if let workspace { try Name.check(workspace, what: "workspace name", field: "workspace") }
        var (pipelines, total) = try await catalog.pipelines(in: workspace, page)
        for index in pipelines.indices {
            pipelines[index].deployment = await serving.deployment(of: pipelines[index].name)
        }
        return (pipelines, total)
    }

    /// Returns all deployments, in no order.
    package func deployments() async -> [Deployment] { await serving.allDeployments() }

    /// Returns the deployed versions that may compare models, by their IDs.
    package func comparingVersions(in workspace: String?) async throws -> [String: PipelineVersion] {
        try await catalog.comparingVersions(in: workspace)
    }

    /// Returns the pipelines of some names, without those that do not exist.
    package func pipelines(named names: [String]) async throws -> [Pipeline] {
        for name in names { try Name.check(name, what: "pipeline name", field: "pipeline") }
        return try await catalog.pipelines(named: names)
    }

    package func pipeline(named name: String) async throws -> Pipeline {
        try Name.check(name, what: "pipeline name", field: "pipeline")
        var pipeline = try await catalog.pipeline(named: name)
        pipeline.deployment = await serving.deployment(of: name)
        return pipeline
    }

    package func pipelineVersions(of name: String) async throws -> [PipelineVersion] {
        try Name.check(name, what: "pipeline name", field: "pipeline")
        return try await catalog.pipelineVersions(of: name)
    }

    /// Returns a page of the versions of a pipeline, the newest first, and how many there are on all pages.
    package func pipelineVersions(
        of name: String,
        _ page: NamedPage
    ) async throws -> (found: [PipelineVersion], total: Int) {
        try Name.check(name, what: "pipeline name", field: "pipeline")
        return try await catalog.pipelineVersions(of: name, page)
    }

    package func setTag(_ tag: String, onPipeline name: String, _ isSet: Bool) async throws -> Pipeline {
        try Name.check(tag, what: "tag", field: "tag")
        try Name.check(name, what: "pipeline name", field: "pipeline")
        try await catalog.setTag(tag, onPipeline: name, isSet)
        return try await pipeline(named: name)
    }

    /// Creates a pipeline from a definition, or adds a version to an existing one.
    ///
    /// Model references are resolved to exact versions. A pipeline without steps can be created but not deployed.
    ///
    /// - Parameters:
    ///   - promotion: The promotion that makes the new version.
    ///   - release: The release that asks for it; `nil` for anyone else.
    /// - Returns: The pipeline, and whether it is new.
    package func define(
        _ definition: PipelineDefinition,
        mustBeNew: Bool,
        promotion: Promotion? = nil,
        release: String? = nil
    ) async throws -> (pipeline: Pipeline, isNew: Bool) {
        try Name.check(definition.name, what: "pipeline name", field: "name")
        return try await changes.pass {
            try released.check(definition.name, for: release)
            return try await add(definition, mustBeNew: mustBeNew, promotion)
        }
    }

    private func add(
        _ definition: PipelineDefinition,
        mustBeNew: Bool,
        _ promotion: Promotion?
    ) async throws -> (pipeline: Pipeline, isNew: Bool) {
        try await removeLogIfDeleted(.pipeline(definition.name))
        let (resolved, workspace) = try await exact(definition)
        let outcome = try await catalog.define(
            resolved,
            in: workspace,
            mustBeNew: mustBeNew,
            promotion: promotion,
            at: Date()
        )
        var isNew = false
        if case .created = outcome { isNew = true }
        return (try await pipeline(named: definition.name), isNew)
    }

    /// Checks a definition as if it was applied, and changes nothing.
    ///
    /// - Returns: The definition with its workspace and exact model versions.
    package func resolve(_ definition: PipelineDefinition) async throws -> PipelineDefinition {
        let (resolved, workspace) = try await exact(definition)
        try (try? await catalog.pipeline(named: definition.name))?.checkWorkspace(workspace)
        return resolved
    }

    /// Checks a definition, and returns it with exact model versions, and the pipeline's workspace.
    private func exact(_ definition: PipelineDefinition) async throws -> (PipelineDefinition, workspace: String) {
        try Name.check(definition.name, what: "pipeline name", field: "name")
        let known = try? await catalog.pipeline(named: definition.name)
        let workspace = definition.workspace ?? known?.workspace ?? Workspace.defaultName
        try Name.check(workspace, what: "workspace name", field: "workspace")
        _ = try await catalog.workspace(named: workspace)

        var versions: [ModelReference: ModelVersion] = [:]
        for reference in definition.models {
            try Name.check(reference.name, what: "model name", field: "steps")
            versions[reference] = try await catalog.modelVersion(reference, in: workspace)
        }
        func version(_ reference: ModelReference) throws(RoostError) -> ModelVersion {
            guard let version = versions[reference] else {
                throw RoostError(.notFound, "Model '\(reference)' does not exist.", field: "steps")
            }
            return version
        }
        for step in definition.steps {
            guard case .function(let function) = step, !serving.functions.exists(function) else { continue }
            throw RoostError(.notFound, "Function '\(function)' does not exist.", field: "steps")
        }
        try definition.monitoring.check()
        if !definition.steps.isEmpty {
            let plan = try PipelinePlan(
                pipeline: definition.name,
                steps: definition.steps,
                validations: definition.validations,
                version: version
            )
            try definition.monitoring.check(against: plan)
        } else {
            for validation in definition.validations { _ = try Expression(parsing: validation.expression) }
        }
        var names: Set<String> = []
        for validation in definition.validations where !names.insert(validation.name).inserted {
            throw RoostError(.invalidInput, "Validation '\(validation.name)' is listed twice.", field: "validations")
        }
        let steps = try definition.steps.map { step in
            try step.mapModels { reference throws(RoostError) in try version(reference).reference }
        }
        var resolved = definition
        resolved.workspace = workspace
        resolved.steps = steps
        return (resolved, workspace)
    }

    // MARK: Deployments

    /// Deploys a version of the pipeline, by default the newest, or swaps the running pipeline to it. Returns before the version
    /// is loaded.
    ///
    /// - Parameters:
    ///   - text: A version as in ``pipelineVersion(_:of:)``.
    ///   - cause: What the event of the deployment says, and the version that a rollback returns to afterwards; `nil` for a deployment,
    ///     or a rollback to `previous`.
    ///   - asker: Who asks for it, if the client says. A cause says it itself.
    ///   - release: The release that asks for it; `nil` for anyone else.
    package func deploy(
        _ name: String,
        version text: String? = nil,
        cause: DeploymentCause? = nil,
        by asker: String? = nil,
        release: String? = nil
    ) async throws -> Deployment {
        let isRollback = text.map { VersionName($0).isPrevious } ?? false
        let cause = cause ?? DeploymentCause(isRollback ? .pipelineRolledBack : .pipelineDeployed, by: asker)
        return try await changes.pass {
            try released.check(name, for: release)
            return try await beginDeployment(of: name, version: text, cause)
        }
    }

    /// Deploys a version, unless it runs already as the cause wants it, and returns once it answers.
    ///
    /// - Throws: ``RoostError`` with code `unavailable` if it does not.
    package func deployAndWait(
        _ name: String,
        version: String,
        cause: DeploymentCause = DeploymentCause(),
        release: String? = nil
    ) async throws {
        if let known = await serving.deployment(of: name), known.version == version, known.state == .running,
            known.error == nil, cause.rollback == .versionBefore || cause.rollback == .version(known.previousVersion)
        {
            return
        }
        _ = try await deploy(name, version: version, cause: cause, release: release)
        let settled = try await settledDeployment(of: name)
        if let error = settled.error { throw RoostError(.unavailable, error) }
        guard settled.state == .running else {
            throw RoostError(.unavailable, "Pipeline '\(name)' is not running.")
        }
        guard settled.version == version else {
            throw RoostError(.unavailable, "Pipeline '\(name)' was changed meanwhile.")
        }
    }

    private func beginDeployment(
        of name: String,
        version text: String?,
        _ cause: DeploymentCause
    ) async throws -> Deployment {
        let pipeline = try await pipeline(named: name)
        var version = pipeline.version
        if let text { version = try await pipelineVersion(text, of: name) }
        guard !version.steps.isEmpty else {
            throw RoostError(.invalidInput, "Pipeline '\(name)' has no steps to deploy.", field: "steps")
        }
        if cause.isGated {
            try await checkGate(of: name, in: pipeline.workspace, version.steps, by: cause.asker)
        }
        // An explicit request tries again, even if the pipeline crashed the server before.
        serving.marks.unmark(.pipeline(name))
        var previous: String?
        if await serving.deployment(of: name).map({ [.stopped, .error].contains($0.state) }) ?? true {
            // Recorded before it is loaded, so that a server that is killed meanwhile loads it after a restart.
            do {
                previous = try await catalog.setDeployment(
                    of: name,
                    version: version.id,
                    deployed: true,
                    rollback: cause.rollback,
                    isGated: cause.isGated,
                    at: Date()
                )
            } catch let refusal as GateRefusal {
                throw refusal.error
            }
        }
        return await serving.deploy(
            name,
            workspace: pipeline.workspace,
            version: version,
            previous: previous,
            cause: cause
        )
    }

    /// Returns the version of a pipeline that a text names: its ID, `previous` for the one that was deployed before, a tag, or the
    /// beginning of the ID.
    package func pipelineVersion(_ text: String, of name: String) async throws -> PipelineVersion {
        try Name.check(name, what: "pipeline name", field: "pipeline")
        var text = text
        if VersionName(text).isPrevious {
            _ = try await catalog.pipeline(named: name)
            guard let previous = await serving.deployment(of: name)?.previousVersion else {
                throw RoostError(
                    .conflict,
                    "No other version of pipeline '\(name)' was deployed before.",
                    field: "version"
                )
            }
            text = previous
        }
        return try await catalog.pipelineVersion(text, of: name)
    }

    /// Adds a tag to a version of a pipeline or removes it, and returns the version.
    package func setTag(_ tag: String, onVersion text: String, of name: String, _ isSet: Bool) async throws
        -> PipelineVersion
    {
        try Name.check(tag, what: "tag", field: "tag")
        let id = try await pipelineVersion(text, of: name).id
        try await catalog.setTag(tag, onVersion: id, of: name, isSet)
        return try await pipelineVersion(id, of: name)
    }

    package func deployment(of name: String) async throws -> Deployment {
        _ = try await pipeline(named: name)
        guard let deployment = await serving.deployment(of: name) else { throw neverDeployed(name) }
        return deployment
    }

    /// - Parameter asker: Who asks for it, if the client says.
    package func undeploy(_ name: String, by asker: String? = nil) async throws -> Deployment {
        try Name.check(name, what: "pipeline name", field: "pipeline")
        return try await changes.pass {
            try released.check(name, for: nil)
            // A pipeline whose definition is damaged can be undeployed, and then deleted.
            if let deployment = await serving.undeploy(name, by: asker) { return deployment }
            _ = try await pipeline(named: name)
            throw neverDeployed(name)
        }
    }

    /// Returns the deployment once every requested change is complete.
    package func settledDeployment(of name: String) async throws -> Deployment {
        guard let deployment = await serving.settledDeployment(of: name) else { throw neverDeployed(name) }
        return deployment
    }

    private func neverDeployed(_ name: String) -> RoostError {
        RoostError(.notFound, "Pipeline '\(name)' was never deployed.", field: "pipeline")
    }

    // MARK: Log

    /// Returns the entries of a pipeline's log that match `query`, as JSON objects, newest first.
    package func logEntries(ofPipeline name: String, _ query: LogQuery) async throws -> LogCursor {
        try Name.check(name, what: "pipeline name", field: "pipeline")
        _ = try await catalog.pipeline(named: name)
        return try await serving.logEntries(ofPipeline: name, query)
    }

    /// Returns the entries of a pipeline's log that were written after a place; `nil` for the newest entries.
    package func logTail(
        ofPipeline name: String,
        after position: LogPosition?,
        _ query: LogQuery
    ) async throws -> LogTail {
        try Name.check(name, what: "pipeline name", field: "pipeline")
        _ = try await catalog.pipeline(named: name)
        return try await serving.logTail(ofPipeline: name, after: position, query)
    }

    /// Returns the log entries of inferences that addressed a model directly.
    package func logEntries(ofModel name: String, in workspace: String, _ query: LogQuery) async throws -> LogCursor {
        _ = try await model(named: name, in: workspace, newest: 1)
        return try await serving.logEntries(ofModel: name, in: workspace, query)
    }
}
