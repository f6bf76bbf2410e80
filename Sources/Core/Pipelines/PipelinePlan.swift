package import Definitions
import Runtimes

/// A definition that was checked for consistency and against its models' signatures.
///
/// It defines which tensors go where. An ``ExecutablePipeline`` is a plan with loaded models.
///
/// The plan and its branches are classes: every request retains the plan, and retaining a struct retains each of its arrays.
package final class PipelinePlan: Sendable {
    /// A model of a step, and where its inputs come from.
    package final class Branch: Sendable {
        /// An index into ``PipelinePlan/models``.
        let model: Int
        let mapping: InputMapping

        init(model: Int, mapping: InputMapping) {
            self.model = model
            self.mapping = mapping
        }
    }

    /// A model that answers under its own name.
    package struct Variant: Sendable {
        /// Variants with the same name share its requests by weight.
        package let name: String
        /// An index into ``PipelinePlan/models``.
        package let model: Int
        package let weight: Double
        /// The upper end of its interval in 0..<1.
        let upTo: Double
        /// The number of elements in one row of each input, if every dynamic dimension is 1.
        let rowSizes: [Int]
        /// The names of the model's inputs.
        package let inputNames: [String]

        init(_ name: String, _ model: Int, weight: Double, upTo: Double, _ version: ModelVersion) {
            self.name = name
            self.model = model
            self.weight = weight
            self.upTo = upTo
            rowSizes = RunCost.rowSizes(of: version.signature.inputs)
            inputNames = version.signature.inputs.map(\.name)
        }
    }

    enum PlannedStep: Sendable {
        case model(Branch)
        /// The branches with the upper ends of their intervals in 0..<1; the key's index in ``PipelinePlan/keys``.
        case randomSplit([(branch: Branch, upTo: Double)], key: Int?, salt: UInt64)
        case keySplit(key: Int, fallback: Branch, branches: [String: Branch])
        /// The challengers with their names in responses and logs, sorted by name, and their share of the requests.
        case shadow(champion: Branch, challengers: [(branch: Branch, name: String)], share: Double)

        /// The branches that can produce the response.
        var answeringBranches: [Branch] {
            switch self {
            case .model(let branch): [branch]
            case .randomSplit(let branches, _, _): branches.map(\.branch)
            case .keySplit(_, let fallback, let branches): [fallback] + branches.values
            case .shadow(let champion, _, _): [champion]
            }
        }
    }

    /// The inputs of a request.
    package let inputs: [TensorSpec]
    package let inputNames: [String]
    /// The number of elements in one row of each input, if every dynamic dimension is 1.
    let rowSizes: [Int]
    /// The outputs of the last step: those of the model that represents the step.
    package let outputs: [TensorSpec]
    /// The keys that a request may have besides its inputs, for the splits.
    package let keys: [String]
    /// All model versions of the pipeline, without duplicates.
    package let models: [ModelVersion]
    let steps: [PlannedStep]
    package let validations: [CompiledValidation]
    /// The models with names, if the pipeline is a single step with names.
    package let variants: [Variant]
    /// The challengers with names, as indices into ``models``.
    package let namedChallengers: [String: Int]
    /// Whether all variants take ``inputs``. If not, a request is read once its variant is known.
    package let isUniform: Bool

    /// - Parameters:
    ///   - steps: The steps, with exact model references.
    ///   - version: Returns the model version of a reference.
    /// - Throws: ``RoostError`` that describes the first mismatch.
    package init(
        pipeline: String,
        steps: [Step],
        validations: [Validation],
        version: (ModelReference) throws(RoostError) -> ModelVersion
    ) throws(RoostError) {
        guard let firstStep = steps.first else {
            throw RoostError(
                .invalidInput,
                "Pipeline '\(pipeline)' has no steps; it needs at least one.",
                field: "steps"
            )
        }
        guard let first = firstStep.models.first else { throw PlanBuilder.emptySplit }
        inputs = try version(first).signature.inputs
        inputNames = inputs.map(\.name)
        rowSizes = RunCost.rowSizes(of: inputs)
        var builder = PlanBuilder(pipeline: pipeline, inputs: inputs, isOneStep: steps.count == 1)
        for step in steps { try builder.add(step, version: version) }
        self.steps = builder.steps
        outputs = builder.available
        keys = builder.keys
        models = builder.models
        variants = builder.variants
        namedChallengers = builder.namedChallengers
        isUniform = builder.isUniform
        var compiled: [CompiledValidation] = []
        for validation in validations {
            compiled.append(try CompiledValidation(validation, inputs: inputs, models: models))
        }
        self.validations = compiled
    }
}
