import Definitions
import Dispatch
import Synchronization

/// Calls its action once, unless it is canceled first.
final class Deadline: Sendable {
    private let action: Mutex<(@Sendable () -> Void)?>

    init(after limit: Duration, action: @escaping @Sendable () -> Void) {
        self.action = Mutex(action)
        // The queue retains this until the time is up, even if canceled. The action is released at once.
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
