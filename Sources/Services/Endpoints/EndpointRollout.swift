import Definitions
import Foundation
import Logging
import Platform

/// Applies one change to an endpoint: finds its models, loads them next to those that answer, and moves the traffic.
struct EndpointRollout: Sendable {
    let platform: Platform
    let name: String
    let logs: EndpointLogs
    let logger: Logger

    /// Applies the change.
    ///
    /// - Returns: The state that answers now.
    /// - Throws: ``RoostError`` or ``AWSError`` with the reason. The caller then restores the old state with ``rollBack(to:)``.
    func run(_ change: EndpointChange, from serving: EndpointState?) async throws -> EndpointState {
        switch change.kind {
        case .deletion: throw AWSError.validation("A deletion cannot be rolled out.")
        case .capacities(let capacities):
            guard var state = serving else { throw AWSError.validation("The endpoint is not in service.") }
            for capacity in capacities {
                guard let index = state.variants.firstIndex(where: { $0.name == capacity.variant }) else { continue }
                state.variants[index].weight = capacity.weight ?? state.variants[index].weight
                state.variants[index].instanceCount = capacity.instanceCount ?? state.variants[index].instanceCount
            }
            // The models are already loaded, so this only swaps the step.
            state.pipelineVersion = try await publish(state.step)
            return state
        case .configuration(let configName, let config):
            var state = try await resolve(configName, config)
            if let serving { retain(change, from: serving, in: &state) }
            // Before the programs start, so that the log shows why one fails to start.
            logs.follow(name, [serving, state].compactMap(\.self))
            // Earlier releases did not limit the count.
            let instances = state.variants.reduce(0) { $0 + min($1.instanceCount ?? 1, 1 << 53) }
            let shift = try TrafficShift(change.deployment, instanceCount: instances)
            if let serving { try await move(from: serving, to: state, shift, startedAt: change.startedAt) }
            state.pipelineVersion = try await publish(state.step)
            return state
        }
    }

    /// Restores the state that answered before. Its models are still loaded, or in the store.
    func rollBack(to serving: EndpointState) async {
        do {
            try await deploy(serving.pipelineVersion)
        } catch {
            logger.error("Could not roll back endpoint", metadata: ["endpoint": "\(name)", "error": "\(error)"])
        }
    }

    // MARK: Models

    /// Returns the state that a configuration describes, with exact model versions.
    private func resolve(_ configName: String, _ config: JSON) async throws -> EndpointState {
        func variants(_ member: String) async throws -> [EndpointState.Variant] {
            var found: [EndpointState.Variant] = []
            for variant in config[member]?.array ?? [] {
                let variantName = try variant.required("VariantName")
                let modelName = try variant.required("ModelName")
                guard let model = try await platform.recorded(ModelRecord.self, .model, modelName)?.value else {
                    throw AWSError.validation(
                        "The model \"\(modelName)\" of variant \(variantName) no longer exists."
                    )
                }
                if let problem = model.problem {
                    throw AWSError.validation(
                        "The model \"\(modelName)\" of variant \(variantName) cannot be loaded: \(problem)"
                    )
                }
                found.append(
                    EndpointState.Variant(
                        name: variantName,
                        image: model.image,
                        model: modelName,
                        version: model.version,
                        weight: variant["InitialVariantWeight"]?.number ?? 1,
                        instanceCount: variant["InitialInstanceCount"]?.int,
                        instanceType: variant["InstanceType"]?.string
                    )
                )
            }
            return found
        }
        return EndpointState(
            configName: configName,
            variants: try await variants("ProductionVariants"),
            shadows: try await variants("ShadowProductionVariants"),
            dataCapture: config["DataCaptureConfig"]
        )
    }

    private func retain(_ change: EndpointChange, from serving: EndpointState, in state: inout EndpointState) {
        for index in state.variants.indices {
            guard let old = serving.variants.first(where: { $0.name == state.variants[index].name }) else { continue }
            if change.retainsWeights { state.variants[index].weight = old.weight }
            if change.retainsInstanceCounts { state.variants[index].instanceCount = old.instanceCount }
        }
        if change.retainsDataCapture { state.dataCapture = serving.dataCapture }
    }

    // MARK: Traffic

    /// Performs the steps of a traffic shift and waits after each. The models of both states stay loaded meanwhile.
    private func move(
        from serving: EndpointState,
        to state: EndpointState,
        _ shift: TrafficShift,
        startedAt: Date
    ) async throws {
        guard shift.shares.count > 1 || shift.bakingTime > .zero || shift.terminationWait > .zero else { return }
        for share in shift.shares {
            try await publish(serving.step(towards: state, share: share))
            logger.info("Endpoint traffic moved", metadata: ["endpoint": "\(name)", "traffic.share": "\(share)"])
            let wait = share == 1 ? shift.bakingTime + shift.terminationWait : shift.bakingTime
            try await watch(shift, firstNew: serving.variants.count, for: wait, startedAt: startedAt)
        }
    }

    /// Waits, and checks the alarms continuously.
    ///
    /// - Throws: ``AWSError`` if an alarm trips or the time limit is exceeded.
    private func watch(
        _ shift: TrafficShift,
        firstNew: Int,
        for wait: Duration,
        startedAt: Date
    ) async throws {
        let end = ContinuousClock.now + wait
        while true {
            try Task.checkCancellation()
            var seen = EndpointAlarm.Observation()
            for variant in platform.served[name]?.current.variants.dropFirst(firstNew) ?? [] {
                seen.add(variant.counts)
            }
            for alarm in shift.alarms {
                guard let what = alarm.trip(seen) else { continue }
                throw AWSError.validation(
                    "The update was rolled back because of alarm \"\(alarm.name)\": \(what)."
                )
            }
            if let limit = shift.timeLimit, Date().timeIntervalSince(startedAt) > Double(limit.components.seconds) {
                throw AWSError.validation(
                    "The update was rolled back because it took longer than its limit of \(limit.components.seconds) s."
                )
            }
            let rest = ContinuousClock.now.duration(to: end)
            guard rest > .zero else { return }
            try await Task.sleep(for: min(rest, .milliseconds(50)))
        }
    }

    /// Makes the step the pipeline's newest version, and returns once that version answers.
    @discardableResult
    private func publish(_ step: Step) async throws -> String {
        let definition = PipelineDefinition(name: name, workspace: SageMakerService.workspace, steps: [step])
        let version = try await platform.define(definition, mustBeNew: false).pipeline.version.id
        try await deploy(version)
        return version
    }

    private func deploy(_ version: String) async throws {
        _ = try await platform.deploy(name, version: version)
        let deployment = try await platform.settledDeployment(of: name)
        guard deployment.state == .running, deployment.version == version, deployment.error == nil else {
            throw RoostError(.unavailable, deployment.error ?? "The endpoint's pipeline is not running.")
        }
    }
}
