package import Definitions
import Functions
import Jobs

extension RoostError {
    /// Words what an operation has thrown; `nil` if it is not an error for users.
    package init?(operation error: any Error) {
        switch error {
        case let error as RoostError: self = error
        case let rejection as JobRejection: self.init(rejection)
        case let problem as FunctionProblem: self.init(problem)
        case is CancellationError: self.init(.unavailable, "The request was canceled.")
        default: return nil
        }
    }
}
