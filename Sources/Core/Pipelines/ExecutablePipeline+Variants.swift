package import Definitions
import Encodings
package import Runtimes
package import Tensors

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

    /// Estimates the nanoseconds that a request spends in a variant's model.
    package func estimatedCost(of inputs: [Tensor], variant: Int) -> Int {
        let chosen = plan.variants[variant]
        return models[chosen.model].nanoseconds(rows: Self.rowCount(of: inputs, chosen.rowSizes))
    }

    /// Runs a variant and the validations, but no challengers. Blocks while the model runs.
    ///
    /// - Parameter inputs: Tensors that match the inputs of the variant's model.
    package func run(
        _ inputs: [Tensor],
        variant: Int,
        cancellation: RunCancellation? = nil
    ) throws(RoostError) -> Outcome {
        let index = plan.variants[variant].model
        let model = models[index]
        let outputs: [Tensor]
        let start = ContinuousClock.now
        do throws(RuntimeError) {
            outputs = try model.loaded.run(inputs, cancellation: cancellation)
        } catch {
            note(start.duration(to: .now), of: model, inputs, plan.variants[variant].rowSizes)
            throw Self.error(of: model, error)
        }
        let elapsed = start.duration(to: .now)
        note(elapsed, of: model, inputs, plan.variants[variant].rowSizes)
        var outcome = Outcome(
            model: model,
            modelIndex: index,
            variant: variant,
            outputs: outputs,
            checkFailures: nil,
            modelTime: elapsed,
            shadows: [],
            trail: []
        )
        if case .shadow(_, let challengers, let share) = plan.steps[0],
            share == 1 || StableHash.fraction(Self.random()) < share
        {
            outcome.shadows = challengers.map { shadowRun(of: $0, inputs: inputs) }
        }
        if !plan.validations.isEmpty {
            outcome.trail = [(model.name, outputs)]
            outcome.checkFailures = checkFailures(inputs: inputs, trail: outcome.trail, of: nil)
        }
        return outcome
    }
}
