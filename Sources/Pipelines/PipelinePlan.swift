package import Definitions
import Tensors

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

    enum PlannedStep: Sendable {
        case model(Branch)
        /// The branches with the upper ends of their intervals in 0..<1; the key's index in ``PipelinePlan/keys``.
        case randomSplit([(branch: Branch, upTo: Double)], key: Int?, salt: UInt64)
        case keySplit(key: Int, fallback: Branch, branches: [String: Branch])
        /// The challengers with the names that their outputs are shown under, in the order of these names.
        case shadow(champion: Branch, challengers: [(branch: Branch, name: String)])

        /// The branches of which one answers.
        var answeringBranches: [Branch] {
            switch self {
            case .model(let branch): [branch]
            case .randomSplit(let branches, _, _): branches.map(\.branch)
            case .keySplit(_, let fallback, let branches): [fallback] + branches.values
            case .shadow(let champion, _): [champion]
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
        guard let first = firstStep.models.first else { throw Builder.emptySplit }
        inputs = try version(first).signature.inputs
        inputNames = inputs.map(\.name)
        rowSizes = inputs.map { Tensor.elementCount(of: $0.shape.dropFirst().map { max($0, 1) }) ?? .max }
        var builder = Builder(pipeline: pipeline, inputs: inputs)
        for step in steps { try builder.add(step, version: version) }
        self.steps = builder.steps
        outputs = builder.available
        keys = builder.keys
        models = builder.models
        var compiled: [CompiledValidation] = []
        for validation in validations {
            compiled.append(try CompiledValidation(validation, inputs: inputs, models: models))
        }
        self.validations = compiled
    }

    private struct Builder {
        let pipeline: String
        let inputs: [TensorSpec]
        var available: [TensorSpec]
        var source = "the pipeline's inputs"
        var keys: [String] = []
        var models: [ModelVersion] = []
        var steps: [PlannedStep] = []

        init(pipeline: String, inputs: [TensorSpec]) {
            self.pipeline = pipeline
            self.inputs = inputs
            available = inputs
        }

        static let emptySplit = RoostError(.invalidInput, "A random split needs at least one model.", field: "models")

        mutating func add(
            _ step: Step,
            version: (ModelReference) throws(RoostError) -> ModelVersion
        ) throws(RoostError) {
            switch step {
            case .model(let reference): steps.append(.model(try branch(try version(reference))))
            case .randomSplit(let split):
                let total = try Self.checkWeights(split)
                var reached = 0.0
                var branches: [(branch: Branch, upTo: Double)] = []
                for choice in split.models {
                    reached += choice.weight
                    branches.append((try branch(try version(choice.model)), reached / total))
                }
                let key = try split.hashKey.map { key throws(RoostError) in try index(ofKey: key, field: "hash_key") }
                let salt = StableHash.hash("\(pipeline)/\(steps.count)")
                steps.append(.randomSplit(branches, key: key, salt: salt))
            case .keySplit(let split):
                var branches: [String: Branch] = [:]
                for (value, reference) in split.models { branches[value] = try branch(try version(reference)) }
                guard !branches.isEmpty else {
                    throw RoostError(
                        .invalidInput,
                        "A key split needs at least one value with a model.",
                        field: "models"
                    )
                }
                let fallback = try branch(try version(split.defaultModel))
                steps.append(
                    .keySplit(key: try index(ofKey: split.key, field: "key"), fallback: fallback, branches: branches)
                )
            case .shadowDeploy(let shadow):
                guard !shadow.challengers.isEmpty else {
                    throw RoostError(
                        .invalidInput,
                        "A shadow deploy needs at least one challenger.",
                        field: "challengers"
                    )
                }
                let champion = try branch(try version(shadow.champion))
                var challengers: [(branch: Branch, name: String)] = []
                for reference in shadow.challengers {
                    // Two versions of one model are told apart by their version.
                    let isUnique =
                        shadow.challengers.count { $0.name == reference.name } == 1
                        && reference.name != shadow.champion.name
                    let name = isUnique ? reference.name : reference.description
                    guard !challengers.contains(where: { $0.name == name }) else {
                        throw RoostError(
                            .invalidInput,
                            "The challenger '\(name)' is there twice.",
                            field: "challengers"
                        )
                    }
                    challengers.append((try branch(try version(reference)), name))
                }
                steps.append(.shadow(champion: champion, challengers: challengers.sorted { $0.name < $1.name }))
            }
            try passOn(from: try step.models.map { reference throws(RoostError) in try version(reference) }, step)
        }

        private mutating func branch(_ version: ModelVersion) throws(RoostError) -> Branch {
            let mapping = try InputMapping(from: available, of: source, to: version)
            if let known = models.firstIndex(where: { $0.id == version.id }) {
                return Branch(model: known, mapping: mapping)
            }
            models.append(version)
            return Branch(model: models.count - 1, mapping: mapping)
        }

        private mutating func index(ofKey key: String, field: String) throws(RoostError) -> Int {
            guard (1...128).contains(key.utf8.count) else {
                throw RoostError(
                    .invalidInput,
                    "A key has 1 to 128 bytes, but '\(key.prefix(40))' has \(key.utf8.count).",
                    field: field
                )
            }
            guard !inputs.contains(where: { $0.name == key }) else {
                throw RoostError(.invalidInput, "The key '\(key)' has the name of an input.", field: field)
            }
            if let known = keys.firstIndex(of: key) { return known }
            keys.append(key)
            return keys.count - 1
        }

        /// The outputs of a step are the inputs of the next: those of all its models have to be alike.
        private mutating func passOn(from versions: [ModelVersion], _ step: Step) throws(RoostError) {
            let outputs = versions[0].signature.outputs
            if case .shadowDeploy = step {
            } else {
                for other in versions.dropFirst() {
                    let others = other.signature.outputs
                    guard others.count == outputs.count, zip(others, outputs).allSatisfy({ InputMapping.fits($0, $1) })
                    else {
                        throw RoostError(
                            .invalidInput,
                            "The models of a split must answer alike, but '\(versions[0].model)' answers \(outputs) and "
                                + "'\(other.model)' \(others).",
                            field: "steps"
                        )
                    }
                }
            }
            available = outputs
            source = "the outputs of '\(versions[0].model)'"
        }

        private static func checkWeights(_ split: RandomSplit) throws(RoostError) -> Double {
            guard !split.models.isEmpty else { throw emptySplit }
            for choice in split.models where !(choice.weight >= 0 && choice.weight.isFinite) {
                throw RoostError(
                    .invalidInput,
                    "The weight of '\(choice.model)' is \(choice.weight); weights are 0 or more.",
                    field: "weight"
                )
            }
            let total = split.models.reduce(0) { $0 + $1.weight }
            guard total > 0 else {
                throw RoostError(
                    .invalidInput,
                    "The weights of a random split are all 0; one must be more.",
                    field: "weight"
                )
            }
            guard total.isFinite else {
                throw RoostError(
                    .invalidInput,
                    "The weights of a random split are too large to add up.",
                    field: "weight"
                )
            }
            return total
        }
    }
}
