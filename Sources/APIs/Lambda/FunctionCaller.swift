import AWS
package import Definitions
import Encodings
package import Foundation
package import Functions

/// Invokes functions that other services name, by a name or an ARN.
package struct FunctionCaller: Sendable {
    private let functions: FunctionService

    package init(functions: FunctionService) { self.functions = functions }

    /// - Parameter timeLimit: How long to wait. The function may run on after that.
    /// - Returns: `nil` after the time limit.
    /// - Throws: ``RoostError`` if the function cannot be invoked.
    package func invoke(
        _ reference: String,
        _ payload: Data,
        within timeLimit: Duration
    ) async throws -> FunctionOutcome? {
        let name = try Self.name(reference)
        var event = FunctionEvent(payload: payload)
        let region = (try? functions.function(named: name.name))?.region ?? "us-east-1"
        event.invokedARN = FunctionName.arn(name.name, name.qualifier, region: region)
        do {
            return try await functions.invoke(
                name.name,
                qualifier: name.qualifier,
                event,
                id: UniqueID.make(),
                within: timeLimit
            )
        } catch let problem as FunctionProblem {
            let call = AWSCall(operation: "Invoke", input: .object([:]), region: region, time: Date())
            let error = AWSError(problem, call)
            if case .busy = problem { throw RoostError(.busy, error.message) }
            throw RoostError(.unavailable, error.message)
        }
    }

    /// Writes a line into the log of a function.
    package func note(_ reference: String, _ line: String) {
        guard let name = try? Self.name(reference) else { return }
        functions.note(name.name, line)
    }

    /// A function is reached whatever the region in its ARN is.
    private static func name(_ reference: String) throws -> FunctionName {
        let parts = reference.split(separator: ":", omittingEmptySubsequences: false)
        let region = parts.count > 3 && parts[0] == "arn" ? String(parts[3]) : "us-east-1"
        return try FunctionName(reference, region: region)
    }
}
