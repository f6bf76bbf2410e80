import Definitions
import Foundation
import Runtimes
import Tensors
import TestSupport

@testable import Pipelines

/// The model versions of a test, found by model name or `NAME@VERSION`.
struct Shelf {
    var versions: [ModelVersion] = []

    init(_ versions: ModelVersion...) { self.versions = versions }

    func find(_ reference: ModelReference) throws(RoostError) -> ModelVersion {
        let found = versions.last { $0.model == reference.name && reference.version ?? $0.id == $0.id }
        guard let found else { throw RoostError(.notFound, "Model '\(reference)' does not exist.") }
        return found
    }

    func plan(_ steps: Step..., validations: [Validation] = []) throws(RoostError) -> PipelinePlan {
        try PipelinePlan(pipeline: "p", steps: steps, validations: validations, version: find)
    }
}

extension ModelReference {
    init(_ text: String) {
        let parts = text.split(separator: "@")
        self.init(name: String(parts[0]), version: parts.count > 1 ? String(parts[1]) : nil)
    }
}

extension Step {
    static func named(_ model: String) -> Step { .model(ModelReference(model)) }

    static func split(_ weights: KeyValuePairs<String, Double>, by key: String? = nil) -> Step {
        let choices = weights.map { RandomSplit.Choice(model: ModelReference($0.key), weight: $0.value) }
        return .randomSplit(RandomSplit(models: choices, hashKey: key))
    }

    static func split(byKey key: String, _ models: [String: String], default fallback: String) -> Step {
        .keySplit(
            KeySplit(key: key, defaultModel: ModelReference(fallback), models: models.mapValues { ModelReference($0) })
        )
    }

    static func shadow(_ champion: String, _ challengers: String...) -> Step {
        .shadowDeploy(
            ShadowDeploy(champion: ModelReference(champion), challengers: challengers.map { ModelReference($0) })
        )
    }
}

extension ExecutablePipeline {
    /// Creates a pipeline whose models are `fakes`, by model name or `NAME@VERSION`. All other models return 0.
    convenience init(_ plan: PipelinePlan, named name: String = "p", _ fakes: [String: FakeModel]) {
        let models = plan.models.map { version in
            let fake =
                fakes[version.reference.description] ?? fakes[version.model]
                ?? FakeModel(version.signature, answering: 0)
            let prepared = PreparedModel(version: version, loaded: fake)
            // Forget the runs of the warm-up.
            fake.forgetRuns()
            return prepared
        }
        self.init(name: name, versionID: "1", plan: plan, models: models)
    }
}

extension Tensor {
    static func floats(_ rows: [[Float]]) -> Tensor {
        Tensor(.fp32, shape: [rows.count, rows.first?.count ?? 2], elements: rows.flatMap { $0 })
    }

    var floats: [Float] { withElements(of: Float.self) { Array($0) } }
}

/// Returns the check failures of an outcome as a string.
func text(_ failures: [UInt8]?) -> String? { failures.map { String(decoding: $0, as: UTF8.self) } }
