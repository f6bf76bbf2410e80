package import Definitions
package import Events

extension EventLog {
    /// Records that a gate has refused something.
    package func record(_ refusal: GateRefusal, by asker: String?) async {
        let models = Set(refusal.problems.map(\.model.description)).sorted().joined(separator: ", ")
        await record(
            .gateRefused,
            on: .init(.pipeline, refusal.pipeline),
            "The gate of pipeline '\(refusal.pipeline)' refused \(models).",
            details: [
                "models": models, "problems": refusal.summary,
            ],
            by: asker
        )
    }
}
