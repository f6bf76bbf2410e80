/// Why an algorithm could not learn.
package enum LearningError: Error, Equatable, CustomStringConvertible {
    /// The user can mend it: a hyperparameter, or the data.
    case client(String)
    /// The algorithm broke.
    case algorithm(String)
    /// It was asked to end.
    case stopped

    /// What goes to `output/failure`, and becomes the job's failure reason.
    package var description: String {
        switch self {
        case .client(let reason): "ClientError: \(reason)"
        case .algorithm(let reason): "AlgorithmError: \(reason)"
        case .stopped: "ClientError: the job was stopped."
        }
    }
}
