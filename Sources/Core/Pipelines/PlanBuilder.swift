import Definitions
import Encodings
import Foundation
import Tensors

/// Checks the steps of a definition one by one, and collects the parts of the plan.
struct PlanBuilder {
    let pipeline: String
    let inputs: [TensorSpec]
    var available: [TensorSpec]
    var source = "the pipeline's inputs"
    var keys: [String] = []
    var models: [ModelVersion] = []
    var steps: [PipelinePlan.PlannedStep] = []
    var variants: [PipelinePlan.Variant] = []
    var namedChallengers: [String: Int] = [:]
    var isUniform = true
    var arms: [PipelinePlan.Arm] = []
    private let experiment: Experiment?
    /// The index of the step that the experiment is about.
    private let experimentStep: Int?
    /// Models can have names only in pipelines with a single step.
    private let isOneStep: Bool

    init(
        pipeline: String,
        inputs: [TensorSpec],
        isOneStep: Bool,
        experiment: Experiment?,
        experimentStep: Int?
    ) {
        self.pipeline = pipeline
        self.inputs = inputs
        self.isOneStep = isOneStep
        self.experiment = experiment
        self.experimentStep = experimentStep
        available = inputs
    }

    private var isExperiment: Bool { steps.count == experimentStep }

    static let emptySplit = RoostError(.invalidInput, "A random split needs at least one model.", field: "models")

    mutating func add(
        _ step: Step,
        version: (ModelReference) throws(RoostError) -> ModelVersion
    ) throws(RoostError) {
        switch step {
        case .model(let reference): steps.append(.model(try branch(try version(reference))))
        case .randomSplit(let split): try add(split, version: version)
        case .keySplit(let split): try add(split, version: version)
        case .shadowDeploy(let shadow): try add(shadow, version: version)
        // Not among the steps with models.
        case .function: return
        }
        try passOn(from: try step.models.map { reference throws(RoostError) in try version(reference) }, step)
    }

    private mutating func add(
        _ split: RandomSplit,
        version: (ModelReference) throws(RoostError) -> ModelVersion
    ) throws(RoostError) {
        let total = try Self.checkWeights(split)
        let names = try checkNames(split.models.map(\.name), field: "models")
        var reached = 0.0
        var branches: [PipelinePlan.SplitBranch] = []
        for (index, choice) in split.models.enumerated() {
            reached += choice.weight
            let version = try version(choice.model)
            let branch = try branch(version, isNamed: names != nil)
            branches.append(PipelinePlan.SplitBranch(branch, arm: isExperiment ? index : nil))
            if isExperiment {
                arms.append(
                    PipelinePlan.Arm(
                        name: names?[index] ?? Self.name(of: choice.model, among: split.models.map(\.model)),
                        model: branch.model,
                        share: choice.weight / total
                    )
                )
            }
            guard let names else { continue }
            variants.append(
                PipelinePlan.Variant(names[index], branch.model, weight: choice.weight, upTo: reached / total, version)
            )
        }
        let key = try split.hashKey.map { key throws(RoostError) in try index(ofKey: key, field: "hash_key") }
        if isExperiment, let experiment {
            steps.append(.randomSplit(branches, experiment.intervals, key: key, salt: experiment.salt))
        } else {
            let salt = StableHash.hash("\(pipeline)/\(steps.count)")
            let intervals = Experiment.start([.randomSplit(split)], id: "", at: .distantPast)?.intervals
            steps.append(
                .randomSplit(branches, intervals ?? [Experiment.Interval(choice: 0, upTo: 1)], key: key, salt: salt)
            )
        }
    }

    private mutating func add(
        _ split: KeySplit,
        version: (ModelReference) throws(RoostError) -> ModelVersion
    ) throws(RoostError) {
        var branches: [String: PipelinePlan.SplitBranch] = [:]
        // Sorted by key, so that the order of models and errors is deterministic.
        let values = split.models.sorted { $0.key < $1.key }
        guard !values.isEmpty else {
            throw RoostError(
                .invalidInput,
                "A key split needs at least one value with a model.",
                field: "models"
            )
        }
        let shares = try Self.shares(of: split)
        // Values with the same model are one arm.
        var references: [ModelReference] = []
        for reference in [split.defaultModel] + values.map(\.value) where !references.contains(reference) {
            references.append(reference)
        }
        for (value, reference) in values {
            let arm = isExperiment ? references.firstIndex(of: reference) : nil
            branches[value] = PipelinePlan.SplitBranch(try branch(try version(reference)), arm: arm)
        }
        let fallback = try branch(try version(split.defaultModel))
        if isExperiment {
            for reference in references {
                let model = try branch(try version(reference)).model
                arms.append(
                    PipelinePlan.Arm(
                        name: Self.name(of: reference, among: references),
                        model: model,
                        share: shares.map { $0[reference] ?? 0 }
                    )
                )
            }
        }
        steps.append(
            .keySplit(
                key: try index(ofKey: split.key, field: "key"),
                fallback: PipelinePlan.SplitBranch(fallback, arm: isExperiment ? 0 : nil),
                branches: branches
            )
        )
    }

    /// Returns each model's share of a key split; `nil` if the key is not random.
    private static func shares(of split: KeySplit) throws(RoostError) -> [ModelReference: Double]? {
        guard let given = split.shares else { return nil }
        var shares: [ModelReference: Double] = [:]
        var rest = 1.0
        for (value, share) in given.sorted(by: { $0.key < $1.key }) {
            guard let model = split.models[value] else {
                throw RoostError(
                    .invalidInput,
                    "The share of '\(value.prefix(80))' is not for a value in 'models'.",
                    field: "shares"
                )
            }
            guard share >= 0, share <= 1 else {
                throw RoostError(.invalidInput, "A share must be from 0 to 1, not \(share).", field: "shares")
            }
            shares[model, default: 0] += share
            rest -= share
        }
        guard rest > -1e-9 else {
            throw RoostError(.invalidInput, "The shares of a key split add up to more than 1.", field: "shares")
        }
        shares[split.defaultModel, default: 0] += max(0, rest)
        return shares
    }

    /// Returns a model's name, with its version if another version of the model is listed too.
    private static func name(of model: ModelReference, among models: [ModelReference]) -> String {
        models.contains { $0.name == model.name && $0 != model } ? model.description : model.name
    }

    private mutating func add(
        _ shadow: ShadowDeploy,
        version: (ModelReference) throws(RoostError) -> ModelVersion
    ) throws(RoostError) {
        guard !shadow.challengers.isEmpty else {
            throw RoostError(.invalidInput, "A shadow deploy needs at least one challenger.", field: "challengers")
        }
        let share = shadow.share ?? 1
        guard share > 0, share <= 1 else {
            throw RoostError(
                .invalidInput,
                "The share of a shadow deploy must be more than 0 and at most 1, not \(share).",
                field: "share"
            )
        }
        let names = try shadow.names.flatMap { given throws(RoostError) in try checkNames(given, field: "names") }
        guard names.map({ $0.count == shadow.challengers.count + 1 }) ?? true else {
            throw RoostError(
                .invalidInput,
                "A shadow deploy with names must name the champion and each challenger.",
                field: "names"
            )
        }
        let championVersion = try version(shadow.champion)
        let champion = try branch(championVersion, isNamed: names != nil)
        if let name = names?.first {
            variants = [PipelinePlan.Variant(name, champion.model, weight: 1, upTo: 1, championVersion)]
        }
        var challengers: [(branch: PipelinePlan.Branch, name: String)] = []
        for (index, reference) in shadow.challengers.enumerated() {
            // Two versions of the same model are distinguished by their version.
            let isUnique =
                shadow.challengers.count { $0.name == reference.name } == 1
                && reference.name != shadow.champion.name
            let name = names?[index + 1] ?? (isUnique ? reference.name : reference.description)
            guard !challengers.contains(where: { $0.name == name }) else {
                throw RoostError(.invalidInput, "Challenger '\(name)' is listed twice.", field: "challengers")
            }
            let branch = try branch(try version(reference), isNamed: names != nil)
            challengers.append((branch, name))
            if names != nil { namedChallengers[name] = branch.model }
        }
        steps.append(
            .shadow(champion: champion, challengers: challengers.sorted { $0.name < $1.name }, share: share)
        )
    }

    /// Returns the names that a step gives its models; `nil` if it gives none.
    private func checkNames(_ names: [String?], field: String) throws(RoostError) -> [String]? {
        let given = names.compactMap { $0 }
        guard !given.isEmpty else { return nil }
        for name in given { try Name.check(name, what: "choice name", field: field) }
        guard given.count == names.count else {
            throw RoostError(
                .invalidInput,
                "Either all models of a step must have names, or none.",
                field: field
            )
        }
        guard isOneStep else {
            throw RoostError(
                .invalidInput,
                "Models can have names only in a pipeline with a single step.",
                field: field
            )
        }
        return given
    }

    /// - Parameter isNamed: Whether the model has a name, and so may have other inputs than the pipeline's first model.
    private mutating func branch(
        _ version: ModelVersion,
        isNamed: Bool = false
    ) throws(RoostError) -> PipelinePlan.Branch {
        let mapping: InputMapping
        do throws(RoostError) {
            mapping = try InputMapping(from: available, of: source, to: version)
        } catch {
            guard isNamed else { throw error }
            isUniform = false
            mapping = try InputMapping(from: version.signature.inputs, of: "its own inputs", to: version)
        }
        if let known = models.firstIndex(where: { $0.id == version.id }) {
            return PipelinePlan.Branch(model: known, mapping: mapping)
        }
        models.append(version)
        return PipelinePlan.Branch(model: models.count - 1, mapping: mapping)
    }

    private mutating func index(ofKey key: String, field: String) throws(RoostError) -> Int {
        guard (1...128).contains(key.utf8.count) else {
            throw RoostError(
                .invalidInput,
                "A key must have 1 to 128 bytes, but '\(key.prefix(40))' has \(key.utf8.count).",
                field: field
            )
        }
        guard !inputs.contains(where: { $0.name == key }) else {
            throw RoostError(.invalidInput, "The key '\(key)' is also the name of an input.", field: field)
        }
        if let known = keys.firstIndex(of: key) { return known }
        keys.append(key)
        return keys.count - 1
    }

    /// Makes the outputs of a step the inputs of the next. All models of the step must have the same outputs.
    private mutating func passOn(from versions: [ModelVersion], _ step: Step) throws(RoostError) {
        let outputs = versions[0].signature.outputs
        if case .shadowDeploy = step {
        } else {
            for other in versions.dropFirst() {
                let others = other.signature.outputs
                guard others.count == outputs.count, zip(others, outputs).allSatisfy({ InputMapping.fits($0, $1) })
                else {
                    if !variants.isEmpty {
                        isUniform = false
                        continue
                    }
                    throw RoostError(
                        .invalidInput,
                        "The models of a split must have the same outputs, but '\(versions[0].model)' has \(outputs) "
                            + "and '\(other.model)' has \(others).",
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
                "The weight of '\(choice.model)' must be 0 or more, not \(choice.weight).",
                field: "weight"
            )
        }
        let total = split.models.reduce(0) { $0 + $1.weight }
        guard total > 0 else {
            throw RoostError(
                .invalidInput,
                "The weights of a random split are all 0. At least one must be more than 0.",
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
