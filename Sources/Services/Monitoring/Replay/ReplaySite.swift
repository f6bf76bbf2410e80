package import Definitions

/// The place in a pipeline that a candidate takes: that of the champion whose answers it is compared with.
package struct ReplaySite: Sendable {
    /// The steps with models.
    let steps: [Step]
    /// An index into ``steps``.
    let index: Int
    package let champion: ModelReference

    /// - Parameter replaces: The name of the replaced model; `nil` if there is only one.
    package init(_ steps: [Step], replaces: String?) throws(RoostError) {
        self.steps = Self.models(steps)
        let champions = self.steps.map { $0.models[0] }
        let isSplit = self.steps.contains {
            switch $0 {
            case .randomSplit, .keySplit: true
            case .model, .shadowDeploy, .function: false
            }
        }
        guard !isSplit || self.steps.count == 1 else {
            throw RoostError(
                .invalidInput,
                "A replay needs a pipeline whose requests all take the same way: one with several steps must not have a split.",
                field: "pipeline"
            )
        }
        let matching = champions.indices.filter { replaces == nil || champions[$0].name == replaces }
        guard let first = matching.first, matching.count == 1 else {
            let names = champions.map(\.name).joined(separator: ", ")
            throw RoostError(
                .invalidInput,
                replaces.map {
                    "The pipeline has no single model '\($0.prefix(80))' that answers. Its models: \(names)."
                }
                    ?? "The pipeline has several models. Name the one that the candidate replaces: one of \(names).",
                field: "replaces"
            )
        }
        index = first
        champion = champions[first]
    }

    private static func models(_ steps: [Step]) -> [Step] {
        steps.filter { if case .function = $0 { false } else { true } }
    }

    /// Returns a version with the candidate in its place, and without functions, splits and challengers, and without the validations
    /// of models that are not in it.
    package func version(_ version: PipelineVersion, with candidate: ModelReference) -> PipelineVersion {
        var version = version
        let models = steps.enumerated().map { $0.offset == index ? candidate : $0.element.models[0] }
        version.steps = models.map { .model($0) }
        version.experiment = nil
        let names = Set(models.map(\.name))
        version.validations.removeAll { validation in
            (try? Expression(parsing: validation.expression)).map { !$0.models.isSubset(of: names) } ?? false
        }
        return version
    }

    /// Whether an inference of a version was answered as the pipeline answers now without the candidate.
    ///
    /// - Parameter modelVersion: The version that produced the outputs.
    func isAnswered(by version: PipelineVersion, _ modelVersion: String) -> Bool {
        let others = Self.models(version.steps)
        // A version with a split counts if its champion was chosen.
        if steps.count == 1, others.count == 1 { return modelVersion == champion.version }
        return others.allSatisfy {
            if case .model = $0 { true } else if case .shadowDeploy = $0 { true } else { false }
        }
            && others.map { $0.models[0] } == steps.map { $0.models[0] }
    }
}

extension Monitoring.Subject {
    /// The version of the model that the outputs are from, unless a split chooses another one.
    var championVersion: String? { pipeline.version.steps.compactMap(\.models.first).last?.version }
}
