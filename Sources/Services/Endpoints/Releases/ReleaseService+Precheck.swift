package import Definitions
import Monitoring
import Platform

extension ReleaseService {
    /// Checks what can be checked of a release before its candidate exists.
    ///
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    package func checkBeforeCandidate(_ definition: ReleaseDefinition) async throws {
        try await checkNoEndpoint(definition.pipeline)
        try definition.check()
        let pipeline = try await platform.pipeline(named: definition.pipeline)
        guard definition.promote != .better || definition.goal ?? pipeline.version.monitoring.goal != nil else {
            throw RoostError(
                .invalidInput,
                "'promote: better' needs a goal. Declare 'goal' in the release or in the pipeline's definition.",
                field: "goal"
            )
        }
        if let goal = definition.goal { try await monitoring.check(goal, of: pipeline.name, field: "goal") }
        for guardrail in definition.guardrails ?? [] {
            try await monitoring.check(guardrail.metric, of: pipeline.name, field: "guardrails")
        }
    }
}
