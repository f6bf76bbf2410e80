import Encodings

/// Requests to a pipeline whose models have names. The variant is chosen before the request is read, because variants may have
/// different inputs.
extension ExecutablePipeline {
    /// Chooses the variant for a request by weight, and returns its index in ``PipelinePlan/variants``.
    ///
    /// - Parameter name: Chooses only among the variants with this name, even if their weights are 0.
    /// - Returns: `nil` if there is none.
    package func chooseVariant(named name: String? = nil) -> Int? {
        let variants = plan.variants
        guard let name else {
            guard variants.count > 1 else { return variants.isEmpty ? nil : 0 }
            let fraction = StableHash.fraction(Self.random())
            return variants.firstIndex { fraction < $0.upTo } ?? variants.count - 1
        }
        guard let first = variants.firstIndex(where: { $0.name == name }) else { return nil }
        let total = variants.reduce(0) { $1.name == name ? $0 + $1.weight : $0 }
        guard total > 0 else { return first }
        var rest = StableHash.fraction(Self.random()) * total
        var last = first
        for (index, variant) in variants.enumerated() where variant.name == name && variant.weight > 0 {
            last = index
            rest -= variant.weight
            if rest < 0 { break }
        }
        return last
    }

    package func model(ofVariant variant: Int) -> PreparedModel { models[plan.variants[variant].model] }
}
