import Synchronization

/// Bytes of request bodies that the server holds in memory, over all connections.
///
/// Each body has its own limit, but a thousand clients that each send a large one would still take more than any machine has.
final class BodyBudget: Sendable {
    private let used = Atomic<Int>(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Takes more bytes for a body.
    ///
    /// - Returns: Whether there was room; if not, nothing was taken.
    func reserve(_ byteCount: Int) -> Bool {
        let (_, total) = used.add(byteCount, ordering: .relaxed)
        guard total > limit else { return true }
        release(byteCount)
        return false
    }

    func release(_ byteCount: Int) { used.subtract(byteCount, ordering: .relaxed) }
}

/// A part of the budget that is given back when nobody holds the body any more.
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
