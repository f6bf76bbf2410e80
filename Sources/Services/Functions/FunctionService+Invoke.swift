import Catalog
package import Definitions
import Foundation
import Logging
import Synchronization
import Tensors

/// Invocations: events for functions.
extension FunctionService {
    /// Handles an event, and returns what came of it.
    ///
    /// - Parameters:
    ///   - qualifier: A version or an alias; `nil` for the unpublished version.
    ///   - id: Identifies the invocation in the function's context and log.
    /// - Throws: ``FunctionProblem``.
    package func invoke(
        _ name: String,
        qualifier: String?,
        _ event: FunctionEvent,
        id: String
    ) async throws -> FunctionOutcome {
        let (function, version, event) = try admit(name, qualifier, event)
        return try await invoke(function, version, event, id: id)
    }

    /// Handles an event, and returns what came of it; `nil` if that takes too long. Then the function is left to itself.
    package func invoke(
        _ name: String,
        qualifier: String?,
        _ event: FunctionEvent,
        id: String,
        within timeLimit: Duration
    ) async throws -> FunctionOutcome? {
        try await withCheckedThrowingContinuation { continuation in
            let waiter = Waiter(continuation)
            do throws(FunctionProblem) {
                try submit(name, qualifier: qualifier, event, id: id) { result in
                    switch result {
                    case .success(let outcome): waiter.resume(.success(outcome))
                    case .failure(let problem): waiter.resume(.failure(problem))
                    }
                }
            } catch {
                return waiter.resume(.failure(error))
            }
            // A task that sleeps would cost as much as a warm function.
            DispatchQueue.global().asyncAfter(deadline: .now() + timeLimit / .seconds(1)) {
                waiter.resume(.success(nil))
            }
        }
    }

    /// Checks that an event could be handled.
    package func check(_ name: String, qualifier: String?, _ event: FunctionEvent) throws(FunctionProblem) {
        _ = try admit(name, qualifier, event)
    }

    /// Gives an event to a function.
    ///
    /// - Parameter completion: Called once, unless this throws.
    func submit(
        _ name: String,
        qualifier: String?,
        _ event: FunctionEvent,
        id: String,
        completion: @escaping @Sendable (Result<FunctionOutcome, FunctionProblem>) -> Void
    ) throws(FunctionProblem) {
        let (function, version, event) = try admit(name, qualifier, event)
        let invocation = FunctionProcess.Invocation(id: id, event: event, completion: completion)
        try pools.pool(of: function).submit(invocation, function, version)
    }

    // MARK: Running

    /// Checks an event, and chooses the version that handles it.
    func admit(
        _ name: String,
        _ qualifier: String?,
        _ event: FunctionEvent
    ) throws(FunctionProblem) -> (Function, FunctionVersion, FunctionEvent) {
        let function = try function(named: name)
        guard let targets = function.targets(of: qualifier) else { throw .notFound(name: name, qualifier: qualifier) }
        guard event.payload.count <= FunctionEvent.payloadLimit else {
            throw .eventTooLarge(limit: FunctionEvent.payloadLimit)
        }
        var event = event
        if event.payload.isEmpty { event.payload = Data("{}".utf8) }
        try Self.checkSyntax(of: event.payload)
        var target = targets[0].version
        if targets.count > 1 {
            var draw = Double.random(in: 0..<1)
            for (version, share) in targets {
                target = version
                draw -= share
                if draw < 0 { break }
            }
        }
        return (function, target, event)
    }

    /// - Throws: ``FunctionProblem/invalidEvent(reason:)`` if an event is not a JSON document.
    private static func checkSyntax(of payload: Data) throws(FunctionProblem) {
        if let error = payload.withUnsafeBytes({ JSONCursor.syntaxError(in: $0) }) {
            throw .invalidEvent(reason: "\(error)")
        }
    }

    func invoke(
        _ function: Function,
        _ version: FunctionVersion,
        _ event: FunctionEvent,
        id: String,
        begins: (@Sendable () async throws -> Void)? = nil
    ) async throws -> FunctionOutcome {
        try await withCheckedThrowingContinuation { continuation in
            let invocation = FunctionProcess.Invocation(
                id: id,
                event: event,
                completion: { continuation.resume(with: $0) },
                begins: begins
            )
            do throws(FunctionProblem) {
                try pools.pool(of: function).submit(invocation, function, version)
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}

/// Someone who waits for the first of several results.
private final class Waiter: Sendable {
    typealias Continuation = CheckedContinuation<FunctionOutcome?, any Error>

    private let continuation: Mutex<Continuation?>

    init(_ continuation: Continuation) { self.continuation = Mutex(continuation) }

    func resume(_ result: Result<FunctionOutcome?, any Error>) {
        continuation.withLock { $0.take() }?.resume(with: result)
    }
}
