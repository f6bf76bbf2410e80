import Definitions
import Foundation
import Pipelines
import Platform

/// A release that was checked against its pipeline.
struct CheckedRelease: Sendable {
    /// With exact model versions, and what the pipeline declares.
    var definition: ReleaseDefinition
    var champion: ModelReference
    var pipeline: Pipeline
    /// The version that answers.
    var version: PipelineVersion
    /// The index of the step whose model is replaced.
    var step: Int

    /// Returns the pipeline's definition with another step in place of the champion.
    func pipelineDefinition(_ replacement: Step, monitoring: MonitoringSettings? = nil) -> PipelineDefinition {
        var steps = version.steps
        steps[step] = replacement
        return PipelineDefinition(
            name: pipeline.name,
            workspace: pipeline.workspace,
            steps: steps,
            validations: version.validations,
            monitoring: monitoring ?? version.monitoring
        )
    }

    /// The definition in which the candidate answers a share of the requests.
    func pipelineDefinition(share: Double) -> PipelineDefinition {
        var monitoring = version.monitoring
        monitoring.goal = definition.goal
        monitoring.guardrails = definition.guardrails ?? []
        let split = RandomSplit(
            models: [
                RandomSplit.Choice(model: champion, weight: 1 - share),
                RandomSplit.Choice(model: definition.candidate, weight: share),
            ],
            hashKey: definition.hashKey
        )
        return pipelineDefinition(.randomSplit(split), monitoring: monitoring)
    }

    /// The definition in which the candidate runs beside the champion.
    var shadowDefinition: PipelineDefinition {
        var monitoring = version.monitoring
        monitoring.goal = definition.goal
        let shadow = ShadowDeploy(champion: champion, challengers: [definition.candidate])
        return pipelineDefinition(.shadowDeploy(shadow), monitoring: monitoring)
    }
}

extension Platform {
    /// Checks a release without changing anything.
    ///
    /// - Throws: ``RoostError`` that names the first field that is wrong, or the cases for which the gate refuses the candidate.
    func check(_ definition: ReleaseDefinition, by asker: String?) async throws -> CheckedRelease {
        try definition.check()
        let pipeline = try await pipeline(named: definition.pipeline)
        guard let deployment = pipeline.deployment, deployment.state == .running else {
            throw RoostError(
                .conflict,
                "Pipeline '\(pipeline.name)' is not running. Deploy it before you release a candidate.",
                field: "pipeline"
            )
        }
        let version = try await pipelineVersion(deployment.version, of: pipeline.name)
        let (step, champion) = try Self.champion(of: version.steps, definition.replaces)
        let candidate = try await modelVersion(definition.candidate, in: pipeline.workspace).reference
        guard candidate != champion else {
            throw RoostError(
                .invalidInput,
                "Model version '\(candidate)' is already the pipeline's champion.",
                field: "candidate"
            )
        }
        var resolved = definition
        resolved.candidate = candidate
        resolved.goal = definition.goal ?? version.monitoring.goal
        let declared = version.monitoring.guardrails
        resolved.guardrails =
            definition.guardrails
            ?? (declared.isEmpty ? [GuardrailMetric(metric: GoalMetric(metric: "errors"))] : declared)
        guard resolved.promote != .better || resolved.goal != nil else {
            throw RoostError(
                .invalidInput,
                "'promote: better' needs a goal. Declare 'goal' in the release or in the pipeline's definition.",
                field: "goal"
            )
        }
        let checked = CheckedRelease(
            definition: resolved,
            champion: champion,
            pipeline: pipeline,
            version: version,
            step: step
        )
        // Reports an input that differs, or a metric that does not fit, before anything has changed.
        let canary = try await resolve(checked.pipelineDefinition(share: 0.5))
        try await checkGate(of: pipeline.name, in: pipeline.workspace, canary.steps, by: asker)
        return checked
    }

    private static func champion(of steps: [Step], _ name: String?) throws(RoostError) -> (Int, ModelReference) {
        var found: [(Int, ModelReference)] = []
        for (index, step) in steps.enumerated() {
            switch step {
            case .model(let model): if name == nil || model.name == name { found.append((index, model)) }
            case .function: continue
            case .randomSplit, .keySplit, .shadowDeploy:
                throw RoostError(
                    .conflict,
                    "The pipeline already compares models. Promote one of them, or deploy a version with one model, before "
                        + "you release another candidate.",
                    field: "pipeline"
                )
            }
        }
        guard let first = found.first else {
            throw RoostError(.invalidInput, "The pipeline has no model '\(name?.prefix(80) ?? "")'.", field: "replaces")
        }
        guard found.count == 1 else {
            let names = found.map(\.1.name).joined(separator: ", ")
            throw RoostError(
                .invalidInput,
                "The pipeline has several models: \(names). Name the one that the candidate replaces.",
                field: "replaces"
            )
        }
        return first
    }
}

extension ReleaseDefinition {
    /// Checks what does not depend on the pipeline.
    func check() throws(RoostError) {
        func fail(_ field: String, _ message: String) -> RoostError { RoostError(.invalidInput, message, field: field) }
        guard (1...20).contains(stages.count) else { throw fail("stages", "A release needs 1 to 20 stages.") }
        var before = 0.0
        for stage in stages {
            guard stage.share > before, stage.share <= 1 else {
                throw fail("stages.share", "The shares of the stages must grow, from more than 0 to at most 1 (100%).")
            }
            before = stage.share
            try Self.check(stage.duration, stage.units, "stages")
        }
        if let shadow { try Self.check(shadow.duration, shadow.units, "shadow") }
        if let replay, !(1...ReportRequest.requestLimit).contains(replay) {
            throw fail("replay", "'replay' must be a number of requests from 1 to 100000.")
        }
        if let alpha, !(alpha > 0 && alpha < 1) { throw fail("alpha", "'alpha' must be more than 0 and less than 1.") }
        if let timeLimit, !(1...Self.longest).contains(timeLimit.seconds) {
            throw fail("time_limit", "'time_limit' must be from 1s to 52w.")
        }
        for guardrail in guardrails ?? [] {
            if let alpha = guardrail.metric.alpha, !(alpha > 0 && alpha < 1) {
                throw fail("guardrails.alpha", "'alpha' must be more than 0 and less than 1.")
            }
        }
    }

    /// A year, in seconds.
    private static let longest = 52 * 7 * 86_400

    private static func check(_ duration: TimeSpan, _ units: Int, _ place: String) throws(RoostError) {
        guard (0...longest).contains(duration.seconds) else {
            throw RoostError(.invalidInput, "'duration' must be at most 52w.", field: "\(place).duration")
        }
        guard (0...1_000_000_000).contains(units) else {
            throw RoostError(.invalidInput, "'units' must be from 0 to 1000000000.", field: "\(place).units")
        }
    }

    /// The roll-out of the canary. The time limit is that of the whole release.
    var rolloutPlan: RolloutPlan {
        RolloutPlan(
            stages: stages.map {
                .init(share: $0.share, bakingTime: .bounded(seconds: $0.duration.seconds), minUnits: $0.units)
            },
            rates: (guardrails ?? []).compactMap(\.rate)
        )
    }

    /// The guardrails that are not counted with each request, but read from the log.
    var loggedGuardrails: [GuardrailMetric] { (guardrails ?? []).filter { $0.rate == nil } }
}

extension GuardrailMetric {
    /// The rate that it watches with each request; `nil` if it is read from the log.
    var rate: RateGuardrail? {
        guard metric.better != .higher, let rate = RateGuardrail.Rate(rawValue: metric.metric) else { return nil }
        return RateGuardrail(rate, limit: limit, alpha: metric.alpha ?? RateGuardrail.defaultAlpha)
    }
}
