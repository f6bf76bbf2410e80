import Synchronization

/// Limits the bytes of request bodies that the server holds in memory, over all connections.
///
/// Each body has its own limit, but a thousand clients that each send a large one could still exhaust any machine's memory.
final class BodyBudget: Sendable {
    private let used = Atomic<Int>(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Reserves more bytes for a body.
    ///
    /// - Returns: Whether there was room. If not, nothing was reserved.
    func reserve(_ byteCount: Int) -> Bool {
        // What does not fit is never added, not even for a moment, because another body would be refused for it.
        var seen = used.load(ordering: .relaxed)
        while seen <= limit - byteCount {
            let (isExchanged, original) = used.weakCompareExchange(
                expected: seen,
                desired: seen + byteCount,
                ordering: .relaxed
            )
            if isExchanged { return true }
            seen = original
        }
        return false
    }

    func release(_ byteCount: Int) { used.subtract(byteCount, ordering: .relaxed) }
}

/// A share of the budget that is released when the body is no longer used.
final class BodyReservation: Sendable {
    private let budget: BodyBudget
    private let byteCount = Atomic<Int>(0)

    init(_ budget: BodyBudget) { self.budget = budget }

    deinit { budget.release(byteCount.load(ordering: .relaxed)) }

    func reserve(_ count: Int) -> Bool {
        guard budget.reserve(count) else { return false }
        byteCount.add(count, ordering: .relaxed)
        return true
    }
}
