import Dispatch

/// Calls its action once, unless it is cancelled before.
///
/// Sendable: `DispatchWorkItem` may be cancelled from any thread, and nothing else is done with it after `init`.
final class Deadline: @unchecked Sendable {
    private let item: DispatchWorkItem

    init(after limit: Duration, action: @escaping @Sendable () -> Void) {
        item = DispatchWorkItem(block: action)
        DispatchQueue.global().asyncAfter(deadline: .now() + limit.seconds, execute: item)
    }

    func cancel() { item.cancel() }
}
