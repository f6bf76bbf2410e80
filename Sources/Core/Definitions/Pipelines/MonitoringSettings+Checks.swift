/// Checks of what does not depend on the models. The other parts of a metric are checked when it is computed.
extension MonitoringSettings {
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    package func check() throws(RoostError) {
        try goal?.check(in: "goal.")
        guard guardrails.count <= 50 else {
            throw RoostError(
                .invalidInput,
                "A pipeline can have 50 guardrails, not \(guardrails.count).",
                field: "guardrails"
            )
        }
        for guardrail in guardrails {
            try guardrail.metric.check(in: "guardrails.")
            if let limit = guardrail.limit, !(limit > 0 && limit < 1) {
                throw RoostError(
                    .invalidInput,
                    "The 'limit' of a guardrail must be more than 0 and less than 1, not \(limit).",
                    field: "guardrails.limit"
                )
            }
        }
        try labels?.check()
    }
}

extension GoalMetric {
    /// - Parameter place: What comes before the name of a field in an error.
    /// - Throws: ``RoostError`` that names the first field that is wrong.
    package func check(in place: String = "") throws(RoostError) {
        func error(_ field: String, _ message: String) -> RoostError {
            RoostError(.invalidInput, message, field: place + field)
        }
        switch metric {
        case "errors", "check_failures", "accuracy": break
        case "latency":
            // Up to 11 days.
            guard let budget = budgetMilliseconds, budget > 0, budget <= 1e9 else {
                throw error(
                    "budget_ms",
                    "The metric 'latency' needs 'budget_ms', the milliseconds that a response may take: more than 0, at most 1000000000."
                )
            }
        default:
            do throws(RoostError) {
                _ = try Expression(parsing: metric, for: .metric)
            } catch let problem {
                throw error("metric", problem.message)
            }
        }
        if let effect = smallestEffect, !(effect > 0 && effect.isFinite) {
            throw error("smallest_effect", "'smallest_effect' must be more than 0.")
        }
        if let alpha, !(alpha > 0 && alpha < 1) {
            throw error("alpha", "'alpha' must be more than 0 and less than 1, not \(alpha).")
        }
        switch (minimum, maximum) {
        case (nil, nil): break
        case (let minimum?, let maximum?):
            guard minimum < maximum else { throw error("minimum", "'minimum' must be less than 'maximum'.") }
            guard (maximum - minimum).isFinite else {
                throw error("minimum", "The range from 'minimum' to 'maximum' is too large.")
            }
        default:
            throw error(
                minimum == nil ? "minimum" : "maximum",
                "A metric needs both 'minimum' and 'maximum', or neither."
            )
        }
    }
}

extension LabelSettings {
    fileprivate func check() throws(RoostError) {
        if let prediction {
            do throws(RoostError) {
                _ = try Expression(parsing: prediction, for: .metric)
            } catch let problem {
                throw RoostError(.invalidInput, problem.message, field: "labels.prediction")
            }
        }
        if let waitHours, !(waitHours >= 0) {
            throw RoostError(
                .invalidInput,
                "'wait_hours' must be 0 or more, not \(waitHours).",
                field: "labels.wait_hours"
            )
        }
    }
}
