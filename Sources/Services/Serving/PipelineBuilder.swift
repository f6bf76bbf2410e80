import Catalog
import Definitions
import Pipelines
import Processes
import Runtimes

/// Makes versions of pipelines ready to answer.
struct PipelineBuilder {
    let catalog: Catalog
    let models: LoadedModels
    let marks: StartMarks

    /// Loads the models of a version of a pipeline.
    ///
    /// - Parameter released: Opened when nothing holds the pipeline any more.
    func executable(
        _ pipeline: String,
        workspace: String,
        version: PipelineVersion,
        _ released: Latch
    ) async throws -> ExecutablePipeline {
        var versions: [ModelReference: ModelVersion] = [:]
        for reference in version.steps.flatMap(\.models) where versions[reference] == nil {
            let version = try await catalog.modelVersion(reference, in: workspace)
            if let read = try await models.readAgain(version) {
                try await catalog.setSignature(read.signature, reading: read.reading, ofVersion: read.id)
                versions[reference] = read
            } else {
                versions[reference] = version
            }
        }
        let plan = try plan(of: pipeline, version, versions)
        let prepared = try await withThrowingTaskGroup(of: (Int, PreparedModel).self) { group in
            for (index, version) in plan.models.enumerated() {
                group.addTask { [models] in (index, try await models.model(version)) }
            }
            var prepared = [PreparedModel?](repeating: nil, count: plan.models.count)
            for try await (index, model) in group { prepared[index] = model }
            return prepared.compactMap { $0 }
        }
        return ExecutablePipeline(name: pipeline, versionID: version.id, plan: plan, models: prepared) {
            released.open()
        }
    }

    private func plan(
        of pipeline: String,
        _ version: PipelineVersion,
        _ versions: [ModelReference: ModelVersion]
    ) throws(RoostError) -> PipelinePlan {
        guard marks.suspicion(of: .pipeline(pipeline))?.isProven != true else {
            throw RoostError(
                .unavailable,
                "Pipeline '\(pipeline)' was skipped because the server crashed twice in a row while reading its definition. "
                    + "Deploy it to try again."
            )
        }
        return try marks.during(.pipeline(pipeline)) { () throws(RoostError) in
            try PipelinePlan(
                pipeline: pipeline,
                steps: version.steps,
                validations: version.validations,
                experiment: version.experiment,
                monitoring: version.monitoring
            ) { reference throws(RoostError) in
                guard let version = versions[reference] else {
                    throw RoostError(.notFound, "Model version '\(reference)' does not exist.", field: "steps")
                }
                return version
            }
        }
    }
}
