import Dispatch
import Synchronization
import Testing

@testable import Runtimes

@Suite("Canceling runs")
struct RunCancellationTests {
    /// Sendable: an atomic counter.
    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
        func increase() { value.add(1, ordering: .relaxed) }
        var count: Int { value.load(ordering: .relaxed) }
    }

    @Test("a run in progress is terminated")
    func underWay() {
        let (cancellation, counter) = (RunCancellation(), Counter())
        #expect(cancellation.begin { counter.increase() })
        #expect(!cancellation.isCancelled)
        cancellation.cancel()
        #expect(cancellation.isCancelled && counter.count == 1)
    }

    @Test("a run that is already canceled does not begin")
    func before() {
        let (cancellation, counter) = (RunCancellation(), Counter())
        cancellation.cancel()
        #expect(!cancellation.begin { counter.increase() })
        #expect(counter.count == 0)
    }

    @Test("a finished run is not terminated")
    func after() {
        let (cancellation, counter) = (RunCancellation(), Counter())
        #expect(cancellation.begin { counter.increase() })
        cancellation.end()
        cancellation.cancel()
        #expect(cancellation.isCancelled && counter.count == 0)
    }
}

@Suite("The inference pool")
struct InferencePoolTests {
    @Test("runs beyond the threads and the queue are refused until there is space again")
    func bounded() {
        let pool = InferencePool(threadCount: 1, capacity: 2)
        let (started, gate, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchGroup())
        func submit() -> Bool {
            done.enter()
            let isAccepted = pool.submit {
                started.signal()
                gate.wait()
                done.leave()
            }
            if !isAccepted { done.leave() }
            return isAccepted
        }
        #expect(submit())
        started.wait()
        #expect(submit() && submit() && !submit())
        #expect(pool.runningCount == 1 && pool.waitingCount == 2)
        for _ in 0..<3 { gate.signal() }
        done.wait()
        #expect(pool.waitingCount == 0)
        #expect(submit())
        gate.signal()
        done.wait()
    }
}
