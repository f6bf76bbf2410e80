import Synchronization

/// Waits for work for a limited time. Work that takes longer is cancelled and left to itself.
///
/// A task group would wait for its children, and not all work ends when it is cancelled.
///
/// - Returns: `nil` if the time is over.
package func withTimeLimit<Value: Sendable>(
    _ limit: Duration,
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value? {
    let race = Race<Value>()
    let task = Task {
        do { race.end(.success(try await work())) } catch { race.end(.failure(error)) }
    }
    let timer = Task {
        do { try await Task.sleep(for: limit) } catch { return }
        race.end(.success(nil))
        task.cancel()
    }
    defer { timer.cancel() }
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { race.wait($0) }
    } onCancel: {
        task.cancel()
        race.end(.failure(CancellationError()))
    }
}

/// The first of several results.
private final class Race<Value: Sendable>: Sendable {
    private enum State {
        case running
        case awaited(CheckedContinuation<Value?, any Error>)
        case ended(Result<Value?, any Error>)
        case delivered
    }

    private let state = Mutex(State.running)

    func wait(_ continuation: CheckedContinuation<Value?, any Error>) {
        let result = state.withLock { state -> Result<Value?, any Error>? in
            guard case .ended(let result) = state else {
                state = .awaited(continuation)
                return nil
            }
            state = .delivered
            return result
        }
        if let result { continuation.resume(with: result) }
    }

    func end(_ result: Result<Value?, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Value?, any Error>? in
            switch state {
            case .running:
                state = .ended(result)
                return nil
            case .awaited(let continuation):
                state = .delivered
                return continuation
            case .ended, .delivered: return nil
            }
        }
        continuation?.resume(with: result)
    }
}
