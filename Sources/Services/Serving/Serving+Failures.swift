import Definitions
import Encodings
import InferenceLog
import Pipelines

/// The log entries of runs that failed. Without them, no error rate could be compared.
extension Serving {
    /// Logs a run whose model failed.
    func log(
        _ failure: ExecutablePipeline.Failure,
        of request: InferenceRequest,
        _ route: InferenceRoute,
        _ start: Stopwatch
    ) {
        guard let modelIndex = failure.modelIndex else { return }
        log(
            failure.error.message,
            modelIndex: modelIndex,
            variant: failure.variant,
            failure.assignment,
            of: request,
            route,
            start
        )
    }

    /// Logs a run that ended after its deadline, or that had not begun by then.
    ///
    /// - Parameter outcome: `nil` if it had not begun. It is logged only if its model had been chosen.
    func logTimeout(
        of request: InferenceRequest,
        _ route: InferenceRoute,
        _ start: Stopwatch,
        _ outcome: ExecutablePipeline.Outcome? = nil
    ) {
        let message = "The inference took longer than its limit."
        if let outcome {
            log(
                message,
                modelIndex: outcome.modelIndex,
                variant: outcome.variant,
                outcome.assignment,
                of: request,
                route,
                start
            )
        } else if let variant = route.variant {
            let plan = route.plan
            log(
                message,
                modelIndex: plan.variants[variant].model,
                variant: variant,
                ExecutablePipeline.Assignment(arm: plan.arms.isEmpty ? nil : variant),
                of: request,
                route,
                start
            )
        }
    }

    private func log(
        _ message: String,
        modelIndex: Int,
        variant: Int?,
        _ assignment: ExecutablePipeline.Assignment,
        of request: InferenceRequest,
        _ route: InferenceRoute,
        _ start: Stopwatch
    ) {
        newUnit(assignment, on: route)?.fail()
        route.pipeline.log.append(
            InferenceRecord(
                time: Self.millisecondsNow(),
                id: request.id,
                subject: route.version.subject(
                    modelIndex: modelIndex,
                    variant: variant,
                    arm: assignment.arm,
                    isTargeted: route.isTargeted
                ),
                elapsed: Int64(start.nanoseconds),
                unit: assignment.unit.map(keyHash.hash),
                keys: hashes(of: request.keys, on: route),
                checkFailures: nil,
                input: request.logged,
                output: .error(message)
            )
        )
    }
}
