import Runtimes
import Synchronization

/// Ends a case from another thread.
final class SuiteWatch: Sendable {
    /// Ends the run of a model.
    let cancellation = RunCancellation()
    private let isStopping = Atomic<Bool>(false)

    /// Ends the case at its next check, and the model that runs as soon as its runtime allows.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
        cancellation.cancel()
    }

    /// - Throws: `CancellationError` if the case must end.
    func check() throws {
        if isStopping.load(ordering: .relaxed) { throw CancellationError() }
    }
}
