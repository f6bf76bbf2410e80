import Definitions
import Foundation
import Monitoring
import Pipelines
import Platform
import Runtimes
import Serving
import Tensors

/// The candidate could not do what a case asks of it, so that the case fails.
struct CandidateFailure: Error {
    let message: String
}

/// A version of a model, loaded in the place where it would answer.
struct SuiteSide: Sendable {
    let version: ModelVersion
    let executable: ExecutablePipeline
    /// From the inputs of the bench to those of ``executable``.
    private let mapping: InputMapping

    init(_ version: ModelVersion, _ executable: ExecutablePipeline, taking inputs: [TensorSpec]) throws(RoostError) {
        self.version = version
        self.executable = executable
        mapping = try InputMapping(from: inputs, of: "the suite's inputs", to: executable.plan.models[0])
    }

    /// Runs the models. Blocks.
    ///
    /// - Returns: The outputs, and the nanoseconds that the models took.
    func run(
        _ inputs: [Tensor],
        _ watch: SuiteWatch
    ) throws(RoostError) -> (outputs: [Tensor], elapsed: Int) {
        let mapped = try mapping.apply(inputs, model: version.model)
        let keys = [String?](repeating: nil, count: executable.plan.keys.count)
        do throws(ExecutablePipeline.Failure) {
            let outcome = try executable.run(mapped, keys: keys, cancellation: watch.cancellation)
            return (outcome.outputs, outcome.modelTime)
        } catch {
            throw error.error
        }
    }
}

/// What the cases of a suite are tried on.
struct SuiteBench: Sendable {
    let suite: Suite
    let candidate: SuiteSide
    /// The version in production; `nil` if no case needs it, or if nothing answers with the model yet.
    let champion: SuiteSide?
    /// As clients send them.
    let inputs: [TensorSpec]

    /// With the names by which the cases know them.
    let outputs: [TensorSpec]

    /// Runs the candidate. Blocks.
    ///
    /// - Throws: ``CandidateFailure`` if it cannot answer.
    func answer(_ tensors: [Tensor], _ watch: SuiteWatch) throws -> (outputs: [Tensor], elapsed: Int) {
        do throws(RoostError) {
            return try candidate.run(tensors, watch)
        } catch {
            try watch.check()
            throw CandidateFailure(message: "The candidate did not answer: \(error.message)")
        }
    }
}

/// Where versions of a suite's model answer: by themselves, or in a pipeline.
struct SuitePlace: Sendable {
    let suite: Suite
    /// The pipeline with the place; `nil` for a model by itself.
    let pipeline: (version: PipelineVersion, site: ReplaySite)?
    /// As clients send them; `nil` for those of the candidate.
    let inputs: [TensorSpec]?
    /// As clients get them; `nil` for those of the candidate.
    let outputs: [TensorSpec]?

    init(_ suite: Suite, _ platform: Platform) async throws {
        self.suite = suite
        guard let name = suite.definition.pipeline else {
            (pipeline, inputs, outputs) = (nil, nil, nil)
            return
        }
        let found = try await platform.pipeline(named: name)
        let site = try ReplaySite(found.version.steps, replaces: suite.definition.replaces)
        pipeline = (found.version, site)
        guard let first = found.version.steps.compactMap(\.models.first).first else {
            throw RoostError(.invalidInput, "Pipeline '\(name)' has no model.", field: "pipeline")
        }
        inputs = try await platform.modelVersion(first, in: found.workspace).signature.inputs
        let version = site.version(found.version, with: site.champion)
        outputs = try await Self.outputs(of: version.steps, name, in: found.workspace, platform)
    }

    /// Returns the outputs of a pipeline with these steps.
    private static func outputs(
        of steps: [Step],
        _ name: String,
        in workspace: String,
        _ platform: Platform
    ) async throws -> [TensorSpec] {
        var versions: [ModelReference: ModelVersion] = [:]
        for reference in steps.flatMap(\.models) where versions[reference] == nil {
            versions[reference] = try await platform.modelVersion(reference, in: workspace)
        }
        let known = versions
        return try PipelinePlan(
            pipeline: name,
            steps: steps,
            validations: [],
            version: { reference throws(RoostError) in
                guard let version = known[reference] else {
                    throw RoostError(.notFound, "Model version '\(reference)' does not exist.", field: "pipeline")
                }
                return version
            }
        ).outputs
    }

    /// - Throws: ``CandidateFailure`` if the outputs with a candidate are not those that clients of the pipeline get.
    func check(_ candidate: [TensorSpec]) throws(CandidateFailure) {
        guard let outputs else { return }
        guard outputs.count == candidate.count, zip(candidate, outputs).allSatisfy({ InputMapping.fits($0, $1) }) else {
            let list = { (specs: [TensorSpec]) in specs.map(\.description).joined(separator: ", ") }
            throw CandidateFailure(
                message:
                    "With the candidate, the pipeline's outputs are \(list(candidate)); they must be \(list(outputs))."
            )
        }
    }

    /// Returns the version of a pipeline in which a version of the model answers.
    func version(with model: ModelReference) -> PipelineVersion {
        if let pipeline { return pipeline.site.version(pipeline.version, with: model) }
        return PipelineVersion(
            id: UUID().uuidString.lowercased(),
            createdAt: Date(),
            steps: [.model(model)],
            validations: []
        )
    }

    /// Loads a version of the model in its place. Nothing is sent to it.
    func side(_ model: ModelVersion, taking inputs: [TensorSpec]?, _ platform: Platform) async throws -> SuiteSide {
        let executable = try await platform.serving.prepare(
            suite.definition.pipeline ?? suite.model,
            workspace: suite.workspace,
            version: version(with: model.reference)
        )
        return try SuiteSide(model, executable, taking: inputs ?? model.signature.inputs)
    }

    /// Returns the version of the model that a pipeline answers with.
    ///
    /// - Returns: `nil` if none does.
    /// - Throws: ``RoostError`` if several pipelines answer with the model, or if the one that the suite names does not.
    func champion(_ platform: Platform) async throws -> ModelReference? {
        if let named = suite.definition.champion ?? suite.definition.pipeline {
            let found = try await platform.pipeline(named: named)
            do throws(RoostError) {
                // What is in the place of the model may have another name by now.
                let replaces = named == suite.definition.pipeline ? suite.definition.replaces : suite.model
                return try await Self.champion(of: found, replaces, platform)
            } catch {
                throw RoostError(error.code, error.message, field: "champion")
            }
        }
        var champions: [(pipeline: String, model: ModelReference)] = []
        for each in try await platform.pipelines(in: suite.workspace) where each.deployment?.state == .running {
            if let model = try? await Self.champion(of: each, suite.model, platform) {
                champions.append((each.name, model))
            }
        }
        guard Set(champions.map(\.model)).count <= 1 else {
            throw RoostError(
                .conflict,
                "Several pipelines answer with model '\(suite.model)': "
                    + "\(champions.map(\.pipeline).joined(separator: ", ")). Say which one with 'champion'.",
                field: "champion"
            )
        }
        return champions.first?.model
    }

    /// Returns the version of a model that a pipeline answers with; `nil` if it is not deployed.
    ///
    /// - Parameter model: `nil` if the pipeline has only one.
    private static func champion(
        of pipeline: Pipeline,
        _ model: String?,
        _ platform: Platform
    ) async throws(RoostError) -> ModelReference? {
        guard let deployment = pipeline.deployment, deployment.state == .running || deployment.state == .updating else {
            return nil
        }
        let versions = (try? await platform.pipelineVersions(of: pipeline.name)) ?? []
        let answering = versions.first { $0.id == deployment.version } ?? pipeline.version
        return try ReplaySite(answering.steps, replaces: model).champion
    }
}
