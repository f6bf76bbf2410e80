import Catalog
import Definitions
import Logging
import Platform
import Serving

/// Makes one change of an endpoint: loads its models next to the current ones, and moves the traffic.
struct EndpointRollout: Sendable {
    let platform: Platform
    let name: String
    let logs: EndpointLogs
    let logger: Logger
    let clock: any Clock<Duration>
    /// Identifies the roll-out of this change.
    let id: String
    let catalog: Catalog
    let beat: RolloutBeat
    let recorder: RolloutRecorder
    /// The time since the change was requested, perhaps of an earlier server.
    let elapsed: Duration

    /// Replaces what serves by a definition.
    ///
    /// - Throws: ``RoostError`` with the reason, after which ``rollBack(to:)`` restores the previous state.
    func run(
        _ definition: EndpointDefinition,
        _ plan: RolloutPlan,
        from serving: EndpointRecord.Serving?
    ) async throws -> EndpointRecord.Serving {
        if let problem = (definition.variants + definition.shadows).lazy.compactMap(\.problem).first {
            throw RoostError(.unavailable, problem)
        }
        // Recorded from the start, so that a program that does not start can say why.
        logs.follow(name, [serving?.definition, definition].compactMap(\.self))
        if let serving { try await move(from: serving.definition, to: definition, plan) }
        return EndpointRecord.Serving(
            definition: definition,
            pipelineVersion: try await publish(definition.step, of: definition)
        )
    }

    /// Gives variants other weights. Their models are loaded, so this is a swap to the same ones.
    func run(
        _ capacities: [EndpointChange.Capacity],
        from serving: EndpointRecord.Serving
    ) async throws -> EndpointRecord.Serving {
        let definition = serving.definition.with(capacities)
        return EndpointRecord.Serving(
            definition: definition,
            pipelineVersion: try await publish(definition.step, of: definition)
        )
    }

    /// Restores the previous state. Its models are loaded or stored.
    func rollBack(to serving: EndpointRecord.Serving) async {
        do {
            var cause = DeploymentCause()
            cause.answersUnrecorded = true
            cause.isGated = false
            try await platform.deployAndWait(name, version: serving.pipelineVersion, cause: cause)
        } catch {
            logger.error("Could not roll back endpoint", metadata: ["endpoint": "\(name)", "error": "\(error)"])
        }
    }

    /// Moves the traffic as the plan says. The models of both definitions stay loaded until this returns.
    private func move(
        from old: EndpointDefinition,
        to new: EndpointDefinition,
        _ plan: RolloutPlan
    ) async throws {
        let driver = RolloutDriver(
            id: id,
            plan: plan,
            elapsed: elapsed,
            oldCount: old.variants.count,
            beat: beat,
            recorder: recorder,
            catalog: catalog,
            clock: clock,
            logger: logger,
            route: { rollout in
                let share = rollout.share
                try await publish(old.step(towards: new, share: share), of: new)
                logger.info("Endpoint traffic moved", metadata: ["endpoint": "\(name)", "traffic.share": "\(share)"])
            },
            current: { platform.serving.served[name]?.current }
        )
        guard case .rollBack(let reason) = try await driver.run().end else { return }
        throw RoostError(.unavailable, "The update was rolled back \(reason)")
    }

    /// Makes the step the pipeline's newest version, unless it is, and returns once that version answers.
    @discardableResult
    private func publish(_ step: Step, of definition: EndpointDefinition) async throws -> String {
        let definition = PipelineDefinition(name: name, workspace: definition.workspace, steps: [step])
        // The gate may have been set since the change was accepted.
        try await platform.checkGate(of: name, in: definition.workspace ?? Workspace.defaultName, [step])
        let version = try await platform.define(definition, mustBeNew: false).pipeline.version.id
        try await platform.deployAndWait(name, version: version)
        return version
    }
}
