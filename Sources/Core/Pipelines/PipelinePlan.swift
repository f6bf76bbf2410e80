package import Definitions
import Foundation
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

    /// One of the models that an experiment compares.
    package struct Arm: Sendable {
        /// The choice's name, or the model's.
        package let name: String
        /// An index into ``PipelinePlan/models``.
        package let model: Int
        /// The probability that a unit gets this arm; `nil` if only the caller knows it.
        package let share: Double?
    }

    /// A branch of a split.
    final class SplitBranch: Sendable {
        let branch: Branch
        /// An index into ``PipelinePlan/arms``; `nil` if the experiment is about another step.
        let arm: Int?

        init(_ branch: Branch, arm: Int?) {
            self.branch = branch
            self.arm = arm
        }
    }

    enum PlannedStep: Sendable {
        case model(Branch)
        /// The branches, the intervals in 0..<1 that choose among them, and the key's index in ``PipelinePlan/keys``.
        case randomSplit([SplitBranch], [Experiment.Interval], key: Int?, salt: UInt64)
        case keySplit(key: Int, fallback: SplitBranch, branches: [String: SplitBranch])
        /// The challengers with their names in responses and logs, sorted by name, and their share of the requests.
        case shadow(champion: Branch, challengers: [(branch: Branch, name: String)], share: Double)

        /// The branches that can produce the response.
        var answeringBranches: [Branch] {
            switch self {
            case .model(let branch): [branch]
            case .randomSplit(let branches, _, _, _): branches.map(\.branch)
            case .keySplit(_, let fallback, let branches): [fallback.branch] + branches.values.map(\.branch)
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
    /// Mixed into the hashes of the keys' values that the log keeps, in the order of ``keys``.
    let keySalts: [UInt64]
    /// All model versions of the pipeline, without duplicates.
    package let models: [ModelVersion]
    /// The experiment of the first split; `nil` if the pipeline has none.
    package let experiment: Experiment?
    /// What the experiment compares. Empty without one.
    package let arms: [Arm]
    /// What the log keeps; `nil` for the default.
    package let log: LogSettings?
    /// The nanoseconds that an answer may take by the first goal or guardrail on the latency; `nil` if there is none.
    package let latencyBudget: Int?
    /// Run before the models are given anything, and after all of them, in this order.
    package let functionsBefore: [FunctionStep]
    package let functionsAfter: [FunctionStep]
    package var hasFunctions: Bool { !functionsBefore.isEmpty || !functionsAfter.isEmpty }
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
    ///   - experiment: That of the first split; `nil` makes one up, to check a definition.
    ///   - monitoring: What the log keeps, and what is counted of the arms.
    ///   - version: Returns the model version of a reference.
    /// - Throws: ``RoostError`` that describes the first mismatch.
    package init(
        pipeline: String,
        steps: [Step],
        validations: [Validation],
        experiment: Experiment? = nil,
        monitoring: MonitoringSettings = MonitoringSettings(),
        version: (ModelReference) throws(RoostError) -> ModelVersion
    ) throws(RoostError) {
        guard !steps.isEmpty else {
            throw RoostError(
                .invalidInput,
                "Pipeline '\(pipeline)' has no steps; it needs at least one.",
                field: "steps"
            )
        }
        let stages = try Stages(steps)
        functionsBefore = stages.before
        functionsAfter = stages.after
        let steps = stages.models
        guard let firstStep = steps.first else {
            throw RoostError(
                .invalidInput,
                "Pipeline '\(pipeline)' has functions, but no model.",
                field: "steps"
            )
        }
        guard let first = firstStep.models.first else { throw PlanBuilder.emptySplit }
        inputs = try version(first).signature.inputs
        inputNames = inputs.map(\.name)
        rowSizes = RunCost.rowSizes(of: inputs)
        let experiment = experiment ?? .unrecorded(steps, of: pipeline, id: pipeline, at: .distantPast)
        var builder = PlanBuilder(
            pipeline: pipeline,
            inputs: inputs,
            isOneStep: steps.count == 1,
            experiment: experiment,
            experimentStep: Experiment.step(in: steps)
        )
        for step in steps { try builder.add(step, version: version) }
        self.steps = builder.steps
        outputs = builder.available
        keys = builder.keys
        keySalts = builder.keys.map { InferenceKey.salt(pipeline: pipeline, key: $0) }
        self.experiment = experiment
        log = monitoring.log
        latencyBudget = monitoring.latencyBudget
        arms = builder.arms
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
