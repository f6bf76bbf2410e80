import Catalog
package import Definitions
import Foundation
import Monitoring
import Platform
import Serving

extension ReleaseService {
    /// Makes a challenger of a pipeline's split or shadow deploy the champion, or the candidate of its release.
    ///
    /// - Returns: The pipeline, which answers with the challenger.
    package func promote(in name: String, _ request: PromotionRequest) async throws -> Pipeline {
        var request = request
        if let report = request.report {
            let found = try await monitoring.report(report)
            guard found.pipeline == name else {
                throw RoostError(.invalidInput, "Report '\(report)' is about another pipeline.", field: "report")
            }
            request.report = found.id
        }
        if let id = platform.released[name], let running = open[id] {
            guard request.challenger.map({ running.record.release.candidate.isNamed($0) }) ?? true else {
                throw RoostError(
                    .invalidInput,
                    "The candidate of the release in progress is '\(running.record.release.candidate)'.",
                    field: "challenger"
                )
            }
            guard let task = running.task else {
                throw RoostError(
                    .conflict,
                    "The release stands still, because the server runs in safe mode or is starting. It can be aborted.",
                    field: "pipeline"
                )
            }
            _ = try await promote(id, request)
            await task.value
            let record = try await record(id)
            guard record.release.state == .promoted else {
                throw RoostError(.conflict, record.release.reason ?? "The release has ended otherwise.")
            }
            return try await platform.pipeline(named: name)
        }
        try await checkNoEndpoint(name)
        return try await promoteChallenger(in: name, request)
    }

    private func promoteChallenger(in name: String, _ request: PromotionRequest) async throws -> Pipeline {
        let pipeline = try await platform.pipeline(named: name)
        guard let deployment = pipeline.deployment, deployment.state == .running else {
            throw RoostError(.conflict, "Pipeline '\(name)' is not running.", field: "pipeline")
        }
        let version = try await platform.pipelineVersion(deployment.version, of: name)
        guard let index = version.steps.firstIndex(where: { !$0.challengers.isEmpty }) else {
            throw RoostError(
                .conflict,
                "Pipeline '\(name)' has no challenger: neither a split nor a shadow deploy, nor a release in progress.",
                field: "pipeline"
            )
        }
        let step = version.steps[index]
        let challenger = try Self.challenger(request.challenger, among: step.challengers)
        guard let champion = step.models.first else { throw RoostError(.internalError, "The step has no champion.") }
        var steps = version.steps
        steps[index] = .model(challenger)
        let definition = PipelineDefinition(
            name: name,
            workspace: pipeline.workspace,
            steps: steps,
            validations: version.validations,
            monitoring: version.monitoring
        )
        // Before the definition changes.
        try await platform.checkGate(of: name, in: pipeline.workspace, steps, by: request.by)
        let promotion = Promotion(
            promotedAt: now(),
            by: request.by,
            challenger: challenger,
            champion: champion,
            fromVersion: version.id,
            report: request.report
        )
        let defined = try await platform.define(definition, mustBeNew: false, promotion: promotion).pipeline
        let cause = DeploymentCause(
            .pipelinePromoted,
            "Pipeline '\(name)' answers with '\(challenger)', its new champion.",
            by: request.by,
            details: ["champion": champion.description, "challenger": challenger.description]
                .merging(request.report.map { ["report": $0] } ?? [:]) { $1 }
        )
        try await platform.deployAndWait(name, version: defined.version.id, cause: cause)
        return try await platform.pipeline(named: name)
    }

    private static func challenger(
        _ name: String?,
        among challengers: [(name: String, model: ModelReference)]
    ) throws(RoostError) -> ModelReference {
        let found = challengers.filter { challenger in
            name.map { challenger.name == $0 || challenger.model.isNamed($0) } ?? true
        }
        let known = challengers.map { $0.name == $0.model.name ? $0.model.description : $0.name }
            .joined(separator: ", ")
        guard let first = found.first else {
            throw RoostError(
                .invalidInput,
                "Unknown challenger '\(name?.prefix(80) ?? "")'. Expected one of: \(known).",
                field: "challenger"
            )
        }
        guard found.count == 1 else {
            throw RoostError(
                .invalidInput,
                "There are several challengers: \(known). Name the one to promote.",
                field: "challenger"
            )
        }
        return first.model
    }
}

extension Step {
    /// The models that are compared with the step's first one.
    fileprivate var challengers: [(name: String, model: ModelReference)] {
        switch self {
        case .model, .function: []
        case .randomSplit(let split): split.models.dropFirst().map { ($0.name ?? $0.model.name, $0.model) }
        case .keySplit(let split): split.models.sorted { $0.key < $1.key }.map { ($0.value.name, $0.value) }
        case .shadowDeploy(let shadow):
            shadow.challengers.enumerated().map { index, model in
                let names = shadow.names ?? []
                return (names.indices.contains(index + 1) ? names[index + 1] : model.name, model)
            }
        }
    }
}

extension ModelReference {
    /// Whether a text names this model version: by its name, its ID or the beginning of it, or both.
    fileprivate func isNamed(_ text: String) -> Bool {
        guard let version else { return name == text }
        let parts = text.split(separator: "@", maxSplits: 1)
        if parts.count == 2 { return parts[0] == name && version.hasPrefix(parts[1].lowercased()) }
        return name == text || text.count >= 4 && version.hasPrefix(text.lowercased())
    }
}
