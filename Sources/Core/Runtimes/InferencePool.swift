import NIOPosix
import Synchronization

/// A bounded pool of threads, with a bounded queue, for models that are too costly for an event loop.
package final class InferencePool: Sendable {
    private let threads: NIOThreadPool
    private let waiting = Atomic<Int>(0)
    private let running = Atomic<Int>(0)
    private let capacity: Int

    /// - Parameters:
    ///   - threadCount: The number of concurrent runs.
    ///   - capacity: The number of runs that may wait; further ones are refused.
    package init(threadCount: Int, capacity: Int) {
        threads = NIOThreadPool(numberOfThreads: threadCount)
        self.capacity = capacity
        threads.start()
    }

    package var waitingCount: Int { waiting.load(ordering: .relaxed) }
    package var runningCount: Int { running.load(ordering: .relaxed) }

    /// Runs `work` on a thread of the pool. Returns `false` if the queue is full.
    package func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
        guard waiting.add(1, ordering: .relaxed).oldValue < capacity else {
            waiting.subtract(1, ordering: .relaxed)
            return false
        }
        threads.submit { [self] state in
            waiting.subtract(1, ordering: .relaxed)
            guard case .active = state else { return }
            running.add(1, ordering: .relaxed)
            work()
            running.subtract(1, ordering: .relaxed)
        }
        return true
    }
}
