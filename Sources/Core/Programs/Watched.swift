import Foundation

/// A value that threads change, and wait for.
///
/// Sendable: the value is only used under the lock.
final class Watched<Value: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var value: Value

    init(_ value: Value) { self.value = value }

    /// Reads or changes the value, and wakes the threads that wait.
    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        return body(&value)
    }

    /// Wakes the threads that wait, because something else that they wait for has changed.
    func wake() { withLock { _ in } }

    /// Waits until `body` returns a result for the value.
    ///
    /// - Returns: `nil` at the deadline.
    func wait<Result>(until deadline: ContinuousClock.Instant? = nil, _ body: (Value) -> Result?) -> Result? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let result = body(value) { return result }
            guard let deadline else {
                condition.wait()
                continue
            }
            let rest = ContinuousClock.now.duration(to: deadline)
            guard rest > .zero else { return nil }
            _ = condition.wait(until: Date(timeIntervalSinceNow: rest / .seconds(1)))
        }
    }
}
