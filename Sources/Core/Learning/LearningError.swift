import Runtimes

/// Why an algorithm could not learn.
package enum LearningError: Error, Equatable, CustomStringConvertible {
    /// The user can mend it: a hyperparameter, or the data.
    case client(String)
    /// The algorithm broke.
    case algorithm(String)

    /// What goes to `output/failure`, and becomes the job's failure reason.
    package var description: String {
        switch self {
        case .client(let reason): "ClientError: \(reason)"
        case .algorithm(let reason): "AlgorithmError: \(reason)"
        }
    }

    /// There was not enough memory.
    var isOfMemory: Bool { description.contains("bad_alloc") || description.contains("Cannot allocate memory") }
}

/// Runs `body`; what XGBoost says of it becomes the algorithm's error, or the user's where it is about the data.
///
/// - Parameter model: What the model is called that `body` loads, and that the user gave.
func runningXGBoost<Result>(
    on model: String = "",
    _ body: () throws(RuntimeError) -> Result
) throws(LearningError) -> Result {
    do throws(RuntimeError) {
        return try body()
    } catch {
        switch error {
        case .runFailed(let reason):
            // XGBoost checks what the user gave where it first uses it.
            let isUsers = [
                "label", "base_score", "Invalid Parameter", "Invalid parameter", "should be", "must be", "expect",
            ]
            .contains { reason.contains($0) }
            throw isUsers ? .client(reason) : .algorithm("XGB train call failed with exception: \(reason)")
        case .modelRejected(_, let reason) where !model.isEmpty:
            throw .client("\(model) is damaged or of another kind: \(reason)")
        default: throw .algorithm(error.description)
        }
    }
}
