package import Definitions
import Runtimes

/// A definition whose parts were checked against each other and against its models' signatures.
///
/// It says which tensors go where; an ``ExecutablePipeline`` is a plan with loaded models.
///
/// A class, as its branches are: every request holds on to it, and to hold a struct is to hold each of its arrays.
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

    /// A model that answers under a name of its own.
    package struct Variant: Sendable {
        /// Several may have the same one: then they share its requests by weight.
        package let name: String
        /// An index into ``PipelinePlan/models``.
        package let model: Int
        package let weight: Double
        /// The upper end of its interval in 0..<1.
        let upTo: Double
        /// How many elements one row of each input has, where every free dimension is 1.
        let rowSizes: [Int]
        /// The names of its model's inputs.
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
        /// The challengers with the names that their outputs are shown under, in the order of these names, and the part of the
        /// requests that they get.
        case shadow(champion: Branch, challengers: [(branch: Branch, name: String)], share: Double)

        /// The branches of which one answers.
        var answeringBranches: [Branch] {
            switch self {
            case .model(let branch): [branch]
            case .randomSplit(let branches, _, _): branches.map(\.branch)
            case .keySplit(_, let fallback, let branches): [fallback] + branches.values
            case .shadow(let champion, _, _): [champion]
            }
        }
    }

    /// What a request has to bring.
    package let inputs: [TensorSpec]
    /// Their names.
    package let inputNames: [String]
    /// How many elements one row of each input has, where every free dimension is 1.
    let rowSizes: [Int]
    /// What the last step answers: the outputs of the model that the step is named by.
    package let outputs: [TensorSpec]
    /// The keys that a request may bring beside its inputs, for the splits.
    package let keys: [String]
    /// Every model version of the pipeline, each once.
    package let models: [ModelVersion]
    let steps: [PlannedStep]
    package let validations: [CompiledValidation]
    /// The models that answer under names of their own, where the pipeline is one step that gives such names.
    package let variants: [Variant]
    /// The challengers that have names of their own, by these, as indices into ``models``.
    package let namedChallengers: [String: Int]
    /// Whether all variants take what ``inputs`` says; where not, a request is read once its variant is known.
    package let isUniform: Bool

    /// - Parameters:
    ///   - steps: The steps, with exact model references.
    ///   - version: The model version that a reference names.
    /// - Throws: ``RoostError`` that names the first thing that does not fit.
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
