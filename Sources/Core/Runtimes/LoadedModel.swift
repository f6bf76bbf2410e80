package import Definitions
import Synchronization
package import Tensors

/// A model version inside its runtime, ready to run.
///
/// `run` may be called on many threads at once; each implementation says why its runtime allows that. The boundary is
/// narrow on purpose, tensors in and tensors out, so that a model can as well run in another process.
package protocol LoadedModel: AnyObject, Sendable {
    var signature: Signature { get }

    /// The size of the input alone decides how long a run takes: no loop in the model hangs on the values.
    var hasBoundedCost: Bool { get }

    /// What it was trained for, where it says so.
    var objective: Objective? { get }
    /// Of a model of boosted trees.
    var boosting: Boosting? { get }

    /// Runs the model.
    ///
    /// - Parameters:
    ///   - inputs: One tensor for each input of ``signature``, in its order, with its data type and a shape that it accepts.
    ///   - cancellation: Ends the run early where the runtime can do that.
    /// - Returns: One tensor for each output of ``signature``, in its order.
    func run(_ inputs: [Tensor], cancellation: RunCancellation?) throws(RuntimeError) -> [Tensor]
}

extension LoadedModel {
    package var objective: Objective? { nil }
    package var boosting: Boosting? { nil }
}

/// Ends a run from another thread.
package final class RunCancellation: Sendable {
    private struct State {
        var isCancelled = false
        var terminate: (@Sendable () -> Void)?
    }
    private let state = Mutex(State())

    package init() {}

    package var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Asks the run to end; it does so at the next point where its runtime looks.
    package func cancel() {
        state.withLock {
            $0.isCancelled = true
            // Called under the lock, so that `end` cannot free what it uses.
            $0.terminate?()
        }
    }

    /// A run begins that `terminate` ends. Answers `false` where it was cancelled before.
    func begin(_ terminate: @escaping @Sendable () -> Void) -> Bool {
        state.withLock {
            guard !$0.isCancelled else { return false }
            $0.terminate = terminate
            return true
        }
    }

    /// The run is over; `terminate` is not called any more.
    func end() { state.withLock { $0.terminate = nil } }
}
