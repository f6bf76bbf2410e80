package import Definitions
import Synchronization
package import Tensors

/// A model version inside its runtime, ready to run.
///
/// `run` may be called on many threads at once; each implementation documents why its runtime allows that. The boundary is
/// narrow on purpose, tensors in and tensors out, so that a model can also run in another process.
package protocol LoadedModel: AnyObject, Sendable {
    var signature: Signature { get }

    /// Whether only the size of the input decides how long a run takes: no loop in the model depends on the values.
    var hasBoundedCost: Bool { get }

    /// The training objective, if the model records it.
    var objective: Objective? { get }
    /// `nil` if this is not a model of boosted trees.
    var boosting: Boosting? { get }

    /// Runs the model.
    ///
    /// - Parameters:
    ///   - inputs: One tensor for each input of ``signature``, in its order, with its data type and a shape that it accepts.
    ///   - cancellation: Ends the run early if the runtime supports that.
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

    /// Asks the run to end; it does so when its runtime next checks.
    package func cancel() {
        state.withLock {
            $0.isCancelled = true
            // Called under the lock, so that `end` cannot free what it uses.
            $0.terminate?()
        }
    }

    /// Registers a run that `terminate` ends. Returns `false` if it is already canceled.
    func begin(_ terminate: @escaping @Sendable () -> Void) -> Bool {
        state.withLock {
            guard !$0.isCancelled else { return false }
            $0.terminate = terminate
            return true
        }
    }

    /// Marks the run as over; `terminate` is not called after that.
    func end() { state.withLock { $0.terminate = nil } }
}
