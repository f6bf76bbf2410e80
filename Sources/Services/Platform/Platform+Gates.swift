import Catalog
package import Definitions
import Events
import Foundation
import Logging
import Serving

/// The gates of pipelines: the suites that a version must have passed before it begins to answer.
extension Platform {
    /// Returns a page of the gates by the names of their pipelines, and how many there are on all pages.
    ///
    /// - Parameters:
    ///   - suite: Selects the gates that require a suite; `nil` for all.
    ///   - withVerdicts: Whether to return what they say about the newest versions of their pipelines' models, too.
    package func gates(
        requiring suite: String?,
        in workspace: String?,
        _ page: NamedPage,
        withVerdicts: Bool
    ) async throws -> (found: [Gate], total: Int, verdicts: [GateVerdict]) {
        try await catalog.gates(requiring: suite, in: workspace, page, withVerdicts: withVerdicts)
    }

    /// - Throws: ``RoostError`` with code `notFound` if the pipeline has none.
    package func gate(of pipeline: String) async throws -> Gate {
        try Name.check(pipeline, what: "pipeline name", field: "pipeline")
        return try await catalog.gate(of: pipeline)
    }

    /// Sets the suites that a pipeline requires from now on. What answers goes on to answer, and overrides stay.
    ///
    /// - Returns: The gate, and whether it is new.
    package func setGate(of pipeline: String, _ definition: GateDefinition) async throws -> (gate: Gate, isNew: Bool) {
        try Name.check(pipeline, what: "pipeline name", field: "pipeline")
        try definition.check()
        let suites = definition.suites.joined(separator: ", ")
        let event = serving.events.event(
            .gateSet,
            on: .init(.pipeline, pipeline),
            "A version must pass \(suites) before it answers in pipeline '\(pipeline)'.",
            details: ["suites": suites],
            by: definition.by
        )
        let set = try await catalog.putGate(of: pipeline, definition, at: Date(), event: event)
        serving.events.wake()
        logger.info("Gate set", metadata: ["pipeline.name": "\(pipeline)", "gate.suites": "\(suites)"])
        return set
    }

    package func removeGate(of pipeline: String, by: String?) async throws -> Gate {
        try Name.check(pipeline, what: "pipeline name", field: "pipeline")
        let event = serving.events.event(
            .gateRemoved,
            on: .init(.pipeline, pipeline),
            "The gate of pipeline '\(pipeline)' was removed.",
            by: by
        )
        let gate = try await catalog.removeGate(of: pipeline, event: event)
        serving.events.wake()
        logger.info("Gate removed", metadata: ["pipeline.name": "\(pipeline)"])
        return gate
    }

    /// Admits one version in a pipeline from now on, whatever the suites say.
    package func overrideGate(of pipeline: String, _ request: GateOverrideRequest) async throws -> Gate {
        try request.check()
        let model = try await gateVerdict(of: pipeline, on: request.model).model
        let gate = try await catalog.overrideGate(
            of: pipeline,
            for: model,
            reason: request.reason,
            by: request.by,
            at: Date()
        ) { [events = serving.events] problems in
            var details = ["model": model.description, "reason": request.reason]
            if !problems.isEmpty { details["problems"] = problems.joined(separator: " ") }
            return events.event(
                .gateOverridden,
                on: .init(.pipeline, pipeline),
                "Version '\(model)' may answer in pipeline '\(pipeline)' whatever its gate says: \(request.reason)",
                details: details,
                by: request.by
            )
        }
        serving.events.wake()
        logger.info("Gate overridden", metadata: ["pipeline.name": "\(pipeline)", "model.version": "\(model)"])
        return gate
    }

    /// Returns what the gate of a pipeline says about a version.
    package func gateVerdict(of pipeline: String, on model: ModelReference) async throws -> GateVerdict {
        try Name.check(pipeline, what: "pipeline name", field: "pipeline")
        try Name.check(model.name, what: "model name", field: "model")
        return try await catalog.gateVerdict(of: pipeline, on: model)
    }

    /// Checks that the gate of a pipeline admits what would begin to answer, before anything has changed. It is checked again when a
    /// version begins to answer.
    ///
    /// - Parameters:
    ///   - steps: With exact versions of models.
    ///   - asker: Who asked for it, if the client said.
    /// - Throws: ``RoostError`` with code `conflict` that names the cases that failed.
    package func checkGate(
        of pipeline: String,
        in workspace: String,
        _ steps: [Step],
        by asker: String? = nil
    ) async throws {
        guard let refusal = try await catalog.gateRefusal(of: pipeline, in: workspace, steps) else { return }
        await serving.events.record(refusal, by: asker)
        throw refusal.error
    }
}
