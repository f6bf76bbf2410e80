package import Definitions
import Encodings
package import Foundation
import Synchronization

/// Functions as steps of pipelines.
extension FunctionService {
    /// Gives an event to a function, and waits for its result. Blocks.
    ///
    /// - Parameter timeLimit: How long to wait. The function may run on after that.
    package func result(
        of function: FunctionStep,
        _ event: Data,
        within timeLimit: Duration
    ) throws(RoostError) -> Data {
        let arrived = DispatchSemaphore(value: 0)
        let received = Mutex<Result<FunctionOutcome, FunctionProblem>?>(nil)
        do throws(FunctionProblem) {
            try submit(
                function.name,
                qualifier: function.version,
                FunctionEvent(payload: event),
                id: UniqueID.make()
            ) { result in
                received.withLock { $0 = result }
                arrived.signal()
            }
        } catch {
            throw Self.error(function, error)
        }
        let limit = DispatchTimeInterval.milliseconds(Int(min(timeLimit / .milliseconds(1), 1e9)))
        guard arrived.wait(timeout: .now() + limit) == .success, let result = received.withLock({ $0 }) else {
            throw RoostError(
                .timeout,
                "Function '\(function)' took longer than the limit of \((timeLimit / .seconds(1)).formatted()) s."
            )
        }
        switch result {
        case .failure(let problem): throw Self.error(function, problem)
        case .success(let outcome):
            guard !outcome.isError else {
                let description = try? JSONDecoder().decode(ErrorDescription.self, from: outcome.payload)
                let reason = [description?.errorType, description?.errorMessage].compactMap { $0 }
                    .joined(separator: ": ").prefix(500)
                throw RoostError(
                    .internalError,
                    "Function '\(function)' failed\(reason.isEmpty ? "" : ": \(reason)"). Its log has more."
                )
            }
            return outcome.payload
        }
    }

    /// What the runtime says of an error.
    private struct ErrorDescription: Decodable {
        let errorType: String?
        let errorMessage: String?
    }

    private static func error(_ function: FunctionStep, _ problem: FunctionProblem) -> RoostError {
        switch problem {
        case .notFound: RoostError(.notFound, "Function '\(function)' does not exist.", field: "steps")
        case .busy: RoostError(.busy, "Function '\(function)' handles as many events as it may. Try again later.")
        case .eventTooLarge(let limit):
            RoostError(.tooLarge, "The body for function '\(function)' is larger than the limit of \(limit) bytes.")
        case .invalidEvent(let reason):
            RoostError(
                .invalidInput,
                "The body for function '\(function)' is not a JSON document: \(reason).",
                field: "body"
            )
        case .unavailable(let reason): RoostError(.unavailable, "Function '\(function)' cannot run: \(reason).")
        default: RoostError(.internalError, "Function '\(function)' cannot run.")
        }
    }
}
