import Runtimes

/// Why training failed.
package enum LearningError: Error, Equatable, CustomStringConvertible {
    /// The user can fix it: a hyperparameter, or the data.
    case client(String)
    /// The algorithm failed.
    case algorithm(String)

    /// The text that is written to `output/failure` and becomes the job's failure reason.
    package var description: String {
        switch self {
        case .client(let reason): "ClientError: \(reason)"
        case .algorithm(let reason): "AlgorithmError: \(reason)"
        }
    }

    /// Whether memory ran out.
    var isOfMemory: Bool { description.contains("bad_alloc") || description.contains("Cannot allocate memory") }
}

/// Runs `body`. An error of XGBoost becomes a client error if it concerns the user's data or parameters, or an algorithm error.
///
/// - Parameter model: The name of the user's model that `body` loads; empty if there is none.
func runningXGBoost<Result>(
    on model: String = "",
    _ body: () throws(RuntimeError) -> Result
) throws(LearningError) -> Result {
    do throws(RuntimeError) {
        return try body()
    } catch {
        switch error {
        case .runFailed(let reason):
            // XGBoost checks the user's values only when it first uses them.
            let isUsers = [
                "label", "base_score", "Invalid Parameter", "Invalid parameter", "should be", "must be", "expect",
            ]
            .contains { reason.contains($0) }
            throw isUsers ? .client(reason) : .algorithm("XGB train call failed with exception: \(reason)")
        case .modelRejected(_, let reason) where !model.isEmpty:
            throw .client("\(model) is damaged or not an XGBoost model: \(reason)")
        default: throw .algorithm(error.description)
        }
    }
}
