package import Definitions

/// Why a request about a job is refused, as far as an API words it in its own way. Any other mistake is a `RoostError`.
package enum JobRejection: Error, Equatable {
    /// There is a job of this kind and name.
    case nameTaken(JobKind, String)
    case missing(JobKind, String)
    /// The job cannot be stopped because it has ended.
    case ended(JobKind, String, JobState.Status)
    /// The job cannot be removed because it has not ended.
    case notEnded(JobKind, String, JobState.Status)
    /// The channel selects no objects.
    case noData(DataChannel, field: String)
    /// There is no algorithm with this name. These are known.
    case unknownAlgorithm(String, known: [String])
    /// The custom algorithm that a definition names with `name` has no program `train`.
    case cannotTrain(name: String, algorithm: String)
    /// A tuning job cannot learn from this one because it has not ended.
    case parentNotEnded(String, field: String)
}

extension RoostError {
    /// Words a rejection as the native API does.
    package init(_ rejection: JobRejection) {
        switch rejection {
        case .nameTaken(let kind, let name):
            self.init(.conflict, "A \(kind.noun) '\(name)' already exists.", field: "name")
        case .missing(let kind, let name):
            self.init(.notFound, "There is no \(kind.noun) '\(name.prefix(100))'.", field: "job")
        case .ended(let kind, let name, let status):
            self.init(
                .conflict,
                "The \(kind.noun) '\(name)' has already ended with status \(status.rawValue).",
                field: "name"
            )
        case .notEnded(let kind, let name, _):
            self.init(.conflict, "The \(kind.noun) '\(name)' has not ended yet.", field: "name")
        case .noData(let channel, let field):
            self.init(.notFound, "There are no objects under \(channel.uri).", field: field)
        case .unknownAlgorithm(let name, let known):
            self.init(
                .invalidInput,
                "There is no algorithm '\(name.prefix(200))'. Expected one of: \(known.joined(separator: ", ")). "
                    + "Add a custom algorithm with: roost algorithm add",
                field: "algorithm"
            )
        case .cannotTrain(_, let algorithm):
            self.init(.invalidInput, "The algorithm '\(algorithm)' has no program 'train'.", field: "algorithm")
        case .parentNotEnded(let name, let field):
            self.init(.conflict, "The tuning job '\(name)' has not ended yet.", field: field)
        }
    }
}
