package import Definitions

/// A metric, ready to be read from a log.
package struct ResolvedMetric: Sendable {
    package enum Kind: Sendable {
        case errors
        case checkFailures
        /// - Parameter budget: In nanoseconds.
        case latency(budget: Int64)
        /// Whether the prediction is the label.
        case accuracy(Prediction)
        case expression(Expression)
    }

    package let settings: GoalMetric
    package let kind: Kind
    /// Whether every value is 0 or 1, except for the share of the rows of a request.
    package let isRate: Bool
    package let isHigherBetter: Bool
    /// The values' range; `nil` if it is not known, so that the metric cannot decide.
    package let range: ClosedRange<Double>?

    /// - Throws: ``RoostError`` if the metric does not fit the pipeline.
    package init(_ settings: GoalMetric, _ labels: LabelSettings?, _ layout: TensorLayout) throws(RoostError) {
        try settings.check()
        self.settings = settings
        var isRate = true
        var prefers = GoalMetric.Direction.lower
        switch settings.metric {
        case "errors": kind = .errors
        case "check_failures": kind = .checkFailures
        case "latency":
            let budget = settings.budgetMilliseconds ?? 0
            kind = .latency(budget: Int64(saturating: budget * 1e6))
        case "accuracy":
            kind = .accuracy(try Prediction(labels, layout))
            prefers = .higher
        default:
            do throws(RoostError) {
                let expression = try Expression(parsing: settings.metric, for: .metric)
                let kinds = try expression.kinds { element throws(RoostError) in try layout.kind(of: element) }
                isRate = kinds.last == .truth
                kind = .expression(expression)
            } catch {
                throw RoostError(error.code, error.message, field: "metric")
            }
            prefers = .higher
        }
        self.isRate = isRate
        isHigherBetter = (settings.better ?? prefers) == .higher
        if isRate {
            range = 0...1
        } else if let minimum = settings.minimum, let maximum = settings.maximum {
            range = minimum...maximum
        } else {
            range = nil
        }
    }

    /// Whether a value needs the label of its inference.
    package var needsLabel: Bool {
        switch kind {
        case .errors, .checkFailures, .latency: false
        case .accuracy: true
        case .expression(let expression):
            expression.operations.contains {
                if case .element(let element) = $0 { element.source == .label } else { false }
            }
        }
    }
}

extension MonitoringSettings {
    /// Checks the metrics and the prediction against a pipeline's models.
    ///
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    package func check(against plan: PipelinePlan) throws(RoostError) {
        let layout = TensorLayout(inputs: plan.inputs, outputs: plan.outputs, keys: plan.keys)
        @discardableResult
        func check(_ metric: GoalMetric, in place: String) throws(RoostError) -> ResolvedMetric {
            do throws(RoostError) {
                return try ResolvedMetric(metric, labels, layout)
            } catch {
                throw RoostError(error.code, error.message, field: "\(place).\(error.field ?? "metric")")
            }
        }
        if let goal { try check(goal, in: "goal") }
        for guardrail in guardrails {
            let metric = try check(guardrail.metric, in: "guardrails")
            guard metric.range != nil else {
                throw RoostError(
                    .invalidInput,
                    "The guardrail '\(guardrail.metric.metric.prefix(80))' is not a rate, so it needs 'minimum' and 'maximum'.",
                    field: "guardrails.minimum"
                )
            }
            guard guardrail.limit == nil || metric.isRate && !metric.isHigherBetter else {
                throw RoostError(
                    .invalidInput,
                    "The 'limit' of a guardrail needs a rate of which less is better.",
                    field: "guardrails.limit"
                )
            }
        }
        guard labels != nil else { return }
        do throws(RoostError) {
            _ = try Prediction(labels, layout)
        } catch {
            throw RoostError(error.code, error.message, field: "labels.\(error.field ?? "prediction")")
        }
    }
}
