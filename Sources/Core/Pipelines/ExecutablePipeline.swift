package import Definitions
import Encodings
package import Runtimes
import Synchronization
package import Tensors

/// A pipeline version with loaded models. Immutable; shared by all requests that began while it was current.
package final class ExecutablePipeline: Sendable {
    package let name: String
    package let versionID: String
    package let plan: PipelinePlan
    package let models: [PreparedModel]
    /// For each step, the models that can produce the response.
    private let answering: [[PreparedModel]]
    /// Declared last: properties are released in this order, so the models are freed when it is called.
    private let end: End

    /// - Parameters:
    ///   - models: A prepared model for each of the plan's models, in the same order.
    ///   - onRelease: Called when no request holds the pipeline anymore and its models are released.
    package init(
        name: String,
        versionID: String,
        plan: PipelinePlan,
        models: [PreparedModel],
        onRelease: @escaping @Sendable () -> Void = {}
    ) {
        precondition(models.map(\.version.id) == plan.models.map(\.id), "the models are not the plan's")
        self.name = name
        self.versionID = versionID
        self.plan = plan
        self.models = models
        end = End(action: onRelease)
        answering = plan.steps.map { step in step.answeringBranches.map { models[$0.model] } }
    }

    private final class End: Sendable {
        private let action: @Sendable () -> Void

        init(action: @escaping @Sendable () -> Void) { self.action = action }

        deinit { action() }
    }

    /// A pending run of a challenger on its champion's inputs.
    package struct ShadowRun: Sendable {
        package let model: PreparedModel
        /// The model's index in ``ExecutablePipeline/models``.
        package let modelIndex: Int
        /// The name in responses and logs.
        package let name: String
        /// The champion's inputs.
        package let inputs: [Tensor]
        let mapping: InputMapping
    }

    /// What an experiment assigned to a request.
    package struct Assignment: Sendable {
        /// An index into ``PipelinePlan/arms``; `nil` without an experiment.
        package var arm: Int?
        /// The hash of the hash key's value; `nil` if the request is a unit of its own.
        package var unit: UInt64?

        package init(arm: Int? = nil, unit: UInt64? = nil) {
            self.arm = arm
            self.unit = unit
        }
    }

    /// A run that failed.
    package struct Failure: Error {
        package let error: RoostError
        /// An index into ``ExecutablePipeline/models``; `nil` if no model had been chosen.
        package let modelIndex: Int?
        /// An index into ``PipelinePlan/variants``.
        package let variant: Int?
        package let assignment: Assignment

        package init(error: RoostError, modelIndex: Int?, variant: Int?, assignment: Assignment) {
            self.error = error
            self.modelIndex = modelIndex
            self.variant = variant
            self.assignment = assignment
        }
    }

    /// The result of a run.
    package struct Outcome: Sendable {
        /// The model that was chosen in the last step, which produced the outputs.
        package var model: PreparedModel
        /// The model's index in ``ExecutablePipeline/models``.
        package var modelIndex: Int
        /// The model's index in ``PipelinePlan/variants``; `nil` if the pipeline has none.
        package var variant: Int?
        package var assignment: Assignment
        package var outputs: [Tensor]
        /// The failed validations as a JSON array; `nil` for none.
        package var checkFailures: [UInt8]?
        /// The nanoseconds spent in the models.
        package var modelTime: Int
        /// Those of all steps but the last. A pipeline with one step needs no memory for them.
        package var earlierTimes: [Int]
        /// The pending runs of challengers.
        package var shadows: [ShadowRun]
        /// The outputs of every model that ran, for validations.
        var trail: [(model: String, outputs: [Tensor])]
    }

    /// Runs the steps and the validations, but no challengers. Blocks while the models run.
    ///
    /// - Parameters:
    ///   - inputs: Tensors that match ``PipelinePlan/inputs``, or the inputs of the variant's model.
    ///   - keys: The request's values for ``PipelinePlan/keys``; `nil` for a missing key.
    ///   - variant: The variant that answers; `nil` if the steps choose.
    package func run(
        _ inputs: [Tensor],
        keys: [String?],
        variant: Int? = nil,
        cancellation: RunCancellation? = nil
    ) throws(Failure) -> Outcome {
        let rowSizes = variant.map { plan.variants[$0].rowSizes } ?? plan.rowSizes
        var tensors = inputs
        var trail: [(model: String, outputs: [Tensor])] = []
        var shadows: [ShadowRun] = []
        var (modelTime, lastTime) = (0, 0)
        var earlierTimes: [Int] = []
        var last: Choice?
        var assignment = Assignment()
        for step in plan.steps {
            let choice = choose(in: step, keys: keys, variant: variant, &assignment)
            let model = models[choice.model]
            func failure(_ error: RoostError) -> Failure {
                Failure(error: error, modelIndex: choice.model, variant: choice.variant, assignment: assignment)
            }
            if !choice.challengers.isEmpty { shadows += choice.challengers.map { shadowRun(of: $0, inputs: tensors) } }
            if let mapping = choice.mapping {
                do throws(RoostError) {
                    tensors = try mapping.apply(tensors, model: model.name)
                } catch {
                    throw failure(error)
                }
            }
            let watch = Stopwatch()
            do throws(RuntimeError) {
                tensors = try model.loaded.run(tensors, cancellation: cancellation)
            } catch {
                note(watch.nanoseconds, of: model, inputs, rowSizes)
                throw failure(Self.error(of: model, error))
            }
            let elapsed = watch.nanoseconds
            if last != nil { earlierTimes.append(lastTime) }
            modelTime += elapsed
            lastTime = elapsed
            note(elapsed, of: model, inputs, rowSizes)
            if !plan.validations.isEmpty { trail.append((model.name, tensors)) }
            last = choice
        }
        guard let last else {
            throw Failure(
                error: RoostError(.internalError, "Pipeline '\(name)' has no steps."),
                modelIndex: nil,
                variant: nil,
                assignment: assignment
            )
        }
        return Outcome(
            model: models[last.model],
            modelIndex: last.model,
            variant: last.variant,
            assignment: assignment,
            outputs: tensors,
            checkFailures: plan.validations.isEmpty ? nil : checkFailures(inputs: inputs, trail: trail, of: nil),
            modelTime: modelTime,
            earlierTimes: earlierTimes,
            shadows: shadows,
            trail: trail
        )
    }

    /// What a step runs for one request.
    private struct Choice {
        /// An index into ``models``.
        let model: Int
        /// `nil` if the inputs were decoded for this very model.
        let mapping: InputMapping?
        let variant: Int?
        var challengers: [(branch: PipelinePlan.Branch, name: String)] = []
    }

    private func choose(
        in step: PipelinePlan.PlannedStep,
        keys: [String?],
        variant: Int?,
        _ assignment: inout Assignment
    ) -> Choice {
        func choice(_ branch: PipelinePlan.Branch, _ chosen: Int?) -> Choice {
            Choice(model: branch.model, mapping: variant == nil ? branch.mapping : nil, variant: chosen)
        }
        switch step {
        case .model(let only): return choice(only, variant)
        case .randomSplit(let branches, let intervals, let key, let salt):
            let index: Int
            if let variant {
                index = variant
            } else {
                let hash = key.flatMap { keys[$0] }.map { StableHash.hash($0, salt: salt) }
                index = Self.choice(at: StableHash.fraction(hash ?? Self.random()), in: intervals)
                if branches[index].arm != nil { assignment.unit = hash }
            }
            if let arm = branches[index].arm { assignment.arm = arm }
            return choice(branches[index].branch, plan.variants.isEmpty ? nil : index)
        case .keySplit(let key, let fallback, let branches):
            let chosen = keys[key].flatMap { branches[$0] } ?? fallback
            if let arm = chosen.arm { assignment.arm = arm }
            return choice(chosen.branch, nil)
        case .shadow(let champion, let challengers, let share):
            var choice = choice(champion, plan.variants.isEmpty ? nil : 0)
            if share == 1 || StableHash.fraction(Self.random()) < share { choice.challengers = challengers }
            return choice
        }
    }

    /// Returns the choice whose interval contains a fraction.
    private static func choice(at fraction: Double, in intervals: [Experiment.Interval]) -> Int {
        // The last end is 1 except for rounding. A split has few intervals, except after many changes of its weights.
        for interval in intervals where fraction < interval.upTo { return interval.choice }
        return intervals.last?.choice ?? 0
    }

    /// Returns the hashes of the keys' values that the log keeps.
    package func keyHashes(_ keys: [String?]) -> [UInt64?] {
        zip(keys, plan.keySalts).map { value, salt in value.map { StableHash.hash($0, salt: salt) } }
    }

    /// Runs a challenger of `outcome`, and the validations that use its outputs.
    ///
    /// - Parameter own: The challenger's inputs, if they are not derived from its champion's.
    package func run(
        _ shadow: ShadowRun,
        inputs: [Tensor],
        own: [Tensor]? = nil,
        of outcome: Outcome,
        cancellation: RunCancellation
    ) throws(RoostError) -> (outputs: [Tensor], checkFailures: [UInt8]?) {
        let mapped: [Tensor]
        if let own { mapped = own } else { mapped = try shadow.mapping.apply(shadow.inputs, model: shadow.model.name) }
        let outputs: [Tensor]
        do throws(RuntimeError) {
            outputs = try shadow.model.loaded.run(mapped, cancellation: cancellation)
        } catch {
            throw Self.error(of: shadow.model, error)
        }
        guard !plan.validations.isEmpty else { return (outputs, nil) }
        let name = shadow.model.name
        let trail = outcome.trail.filter { $0.model != name } + [(name, outputs)]
        return (outputs, checkFailures(inputs: inputs, trail: trail, of: name))
    }

    func shadowRun(of challenger: (branch: PipelinePlan.Branch, name: String), inputs: [Tensor]) -> ShadowRun {
        ShadowRun(
            model: models[challenger.branch.model],
            modelIndex: challenger.branch.model,
            name: challenger.name,
            inputs: inputs,
            mapping: challenger.branch.mapping
        )
    }

    static func error(of model: PreparedModel, _ error: RuntimeError) -> RoostError {
        switch error {
        case .cancelled: RoostError(.timeout, "Model '\(model.name)' took longer than the time limit.")
        // The caller can fix values that the model rejects.
        case .runFailed(let reason): RoostError(.invalidInput, "Model '\(model.name)' failed on this input: \(reason)")
        case .programFailed(let reason): RoostError(.internalError, "Model '\(model.name)' failed: \(reason)")
        default: RoostError(.internalError, "Model '\(model.name)': \(error)")
        }
    }

    /// Returns the failed validations as JSON; `nil` if all hold.
    ///
    /// - Parameter model: Checks only the validations that use this model's outputs; `nil` for all validations whose models ran.
    func checkFailures(
        inputs: [Tensor],
        trail: [(model: String, outputs: [Tensor])],
        of model: String?
    ) -> [UInt8]? {
        var failures = JSONWriter(capacity: 128)
        for validation in plan.validations {
            // The outputs of other branches of a split, or of challengers, are not available here.
            let isDue =
                (model.map { validation.models.contains($0) } ?? true)
                && validation.models.allSatisfy { name in trail.contains { $0.model == name } }
            guard isDue else { continue }
            let verdict = validation.evaluate { element in
                switch element.source {
                case .input, .answer, .label: nil
                case .inputs: inputs[element.tensor]
                case .outputs(let model):
                    trail.last { $0.model == model }.flatMap {
                        element.tensor < $0.outputs.count ? $0.outputs[element.tensor] : nil
                    }
                }
            }
            guard verdict != .holds else { continue }
            failures.raw(failures.count == 0 ? "[" : ",")
            validation.write(verdict, to: &failures, rowCount: inputs.first?.rowCount ?? 1)
        }
        guard failures.count > 0 else { return nil }
        failures.raw("]")
        return failures.bytes
    }

    /// Estimates the nanoseconds that a request spends in its variant's model, or in models on the most expensive path.
    package func estimatedCost(of inputs: [Tensor], variant: Int? = nil) -> Int {
        if let variant {
            let chosen = plan.variants[variant]
            return models[chosen.model].nanoseconds(rows: Self.rowCount(of: inputs, chosen.rowSizes))
        }
        let rows = Self.rowCount(of: inputs, plan.rowSizes)
        var total = 0
        for models in answering {
            var highest = 0
            for index in models.indices { highest = max(highest, models[index].nanoseconds(rows: rows)) }
            let (sum, overflow) = total.addingReportingOverflow(highest)
            total = overflow ? .max : sum
        }
        return total
    }

    /// Returns the number of rows that a request's inputs count as.
    static func rowCount(of inputs: [Tensor], _ rowSizes: [Int]) -> Int {
        var rows = 1
        for index in 0..<min(inputs.count, rowSizes.count) {
            rows = max(rows, RunCost.rows(elements: inputs[index].elementCount, rowSize: rowSizes[index]))
        }
        return rows
    }

    /// Records the nanoseconds of a run, to estimate later runs of this size.
    func note(_ elapsed: Int, of model: PreparedModel, _ inputs: [Tensor], _ rowSizes: [Int]) {
        guard model.history.cares(about: elapsed) else { return }
        model.history.note(rows: Self.rowCount(of: inputs, rowSizes), nanoseconds: elapsed)
    }

    private static let randomState = Atomic<UInt64>(UInt64.random(in: .min ... .max))

    /// SplitMix64, because a system call for each request would cost more than the choice is worth.
    static func random() -> UInt64 {
        StableHash.mix(randomState.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue)
    }
}

extension CompiledValidation {
    /// The maximum number of rows that a check failure lists.
    private static let shownRows = 100

    /// Writes `{"False":{"expr":"…"}}`, with the rows if the request had more than one.
    func write(_ verdict: Verdict, to writer: inout JSONWriter, rowCount: Int) {
        switch verdict {
        case .holds: return
        case .fails(let rows):
            writer.raw("{\"False\":{\"expr\":")
            writer.string(text)
            if rowCount > 1 {
                writer.raw(",\"rows\":")
                writer.shape(Array(rows.prefix(Self.shownRows)))
                if rows.count > Self.shownRows {
                    writer.raw(",\"row_count\":")
                    writer.number(rows.count)
                }
            }
            writer.raw("}}")
        case .undecided(let reason):
            writer.raw("{\"Error\":{\"expr\":")
            writer.string(text)
            writer.raw(",\"message\":")
            writer.string(reason)
            writer.raw("}}")
        }
    }
}
