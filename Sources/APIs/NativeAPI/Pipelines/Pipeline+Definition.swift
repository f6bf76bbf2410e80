package import Definitions

extension Pipeline {
    /// The definition of the newest version.
    package var definition: PipelineDefinition { definition(of: version) }

    package func definition(of version: PipelineVersion) -> PipelineDefinition {
        PipelineDefinition(
            name: name,
            workspace: workspace,
            steps: version.steps,
            validations: version.validations,
            monitoring: version.monitoring
        )
    }
}
