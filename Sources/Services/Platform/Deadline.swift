import Dispatch
import Synchronization

/// Calls its action once, unless it is cancelled before.
final class Deadline: Sendable {
    private let action: Mutex<(@Sendable () -> Void)?>

    init(after limit: Duration, action: @escaping @Sendable () -> Void) {
        self.action = Mutex(action)
        // The queue keeps this until the time is up, cancelled or not; what the action holds is let go of at once.
        DispatchQueue.global().asyncAfter(deadline: .now() + limit.seconds) { [self] in take()?() }
    }

    func cancel() { _ = take() }

    private func take() -> (@Sendable () -> Void)? {
        action.withLock { action in
            let taken = action
            action = nil
            return taken
        }
    }
}
