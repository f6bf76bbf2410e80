/// What is counted between two updates of the evidence, for each of the weights that held.
///
/// An update takes 1 % of what came so far, so that there are few of them. How much it takes depends only on the count, so the
/// evidence stays exact.
struct UpdateQueue<Update: TimedUpdate> {
    private static var share: Int { 100 }

    private(set) var updates: [Update] = []
    /// In the order in which they began. There are few.
    private var pending: [(weights: Int, update: Update)] = []
    private var pendingCount = 0
    private var count = 0

    /// Counts one more.
    ///
    /// - Parameters:
    ///   - weights: The index of the weights that held.
    ///   - empty: An update without anything, if there is none for these weights yet.
    ///   - change: Counts it in the update.
    mutating func add(
        weights: Int,
        at time: Int64,
        _ empty: @autoclosure () -> Update,
        _ change: (inout Update) -> Void
    ) {
        let index = pending.firstIndex { $0.weights == weights } ?? pending.endIndex
        if index == pending.endIndex { pending.append((weights, empty())) }
        pending[index].update.time = time
        change(&pending[index].update)
        pendingCount += 1
        count += 1
        if pendingCount > count / Self.share { flush(at: time) }
    }

    /// Ends the update.
    ///
    /// - Parameter time: When it ends; `nil` for the time of what came last with each of the weights.
    mutating func flush(at time: Int64? = nil) {
        for (_, var update) in pending {
            if let time { update.time = time }
            updates.append(update)
        }
        pending = []
        pendingCount = 0
    }
}

/// An update with the time of what came last, in milliseconds since the epoch.
protocol TimedUpdate {
    var time: Int64 { get set }
}

extension ExperimentInputs.Assignments: TimedUpdate {}
extension ExperimentInputs.Batch: TimedUpdate {}
