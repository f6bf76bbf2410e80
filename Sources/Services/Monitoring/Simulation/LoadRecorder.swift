import Definitions
import Dispatch
import Foundation
import Synchronization

/// What becomes of the requests of a load test. Answers come on any thread.
final class LoadRecorder: Sendable {
    /// Times in nanoseconds after the start of the test, for each request.
    struct Times: Sendable {
        /// When it should have begun.
        let intended: [Int64]
        /// When it did; -1 if it did not.
        var begun: [Int64]
        /// When its result came; -1 if none did.
        var ended: [Int64]
        var isAnswered: [Bool]
    }

    struct Failure: Sendable {
        var message: String
        var count: Int
    }

    struct State: Sendable {
        var times: Times
        var begunCount = 0
        var endedCount = 0
        /// Whether no further requests begin.
        var isComplete = false
        var failures: [RoostError.Code: Failure] = [:]
        /// The first answer to each input; `nil` if it failed or was too large to be kept.
        var outputs: [ComparedOutput?]
        var outputBytes = 0
        var omittedOutputs = 0
    }

    /// Bytes of the outputs that are kept for comparison.
    static let outputLimit = 256 << 20

    private let state: Mutex<State>
    private let done = DispatchSemaphore(value: 0)
    private let start: Int64

    /// - Parameters:
    ///   - intended: When requests should begin.
    ///   - inputs: The number of different inputs, which the requests go through again and again.
    ///   - start: In nanoseconds of ``now()``.
    init(_ intended: [Int64], inputs: Int, start: Int64) {
        let none = [Int64](repeating: -1, count: intended.count)
        let times = Times(
            intended: intended,
            begun: none,
            ended: none,
            isAnswered: [Bool](repeating: false, count: intended.count)
        )
        state = Mutex(State(times: times, outputs: [ComparedOutput?](repeating: nil, count: inputs)))
        self.start = start
    }

    /// Nanoseconds of a clock that is never set.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    func begin(_ index: Int, at time: Int64) {
        state.withLock { state in
            state.times.begun[index] = time - start
            state.begunCount += 1
        }
    }

    /// - Parameter output: `nil` unless it is the first answer to an input.
    func answer(_ index: Int, at time: Int64, _ output: ComparedOutput?) {
        end(index, at: time) { state in
            state.times.isAnswered[index] = true
            guard let output else { return }
            guard state.outputBytes + output.byteCount <= Self.outputLimit else { return state.omittedOutputs += 1 }
            state.outputBytes += output.byteCount
            state.outputs[index] = output
        }
    }

    func fail(_ index: Int, at time: Int64, _ error: RoostError) {
        end(index, at: time) { state in
            state.failures[error.code, default: Failure(message: error.message, count: 0)].count += 1
        }
    }

    private func end(_ index: Int, at time: Int64, _ note: (inout State) -> Void) {
        let isLast = state.withLock { state in
            state.times.ended[index] = time - start
            state.endedCount += 1
            note(&state)
            return state.isComplete && state.endedCount == state.begunCount
        }
        if isLast { done.signal() }
    }

    /// Waits until every request that has begun has its result, or for a time. No further ones may begin. Blocks.
    ///
    /// - Parameter tick: Called about every 100 ms.
    func drain(within limit: Duration, tick: () -> Void) {
        let isDone = state.withLock { state in
            state.isComplete = true
            return state.endedCount == state.begunCount
        }
        if isDone { return }
        let clock = ContinuousClock()
        let end = clock.now + limit
        while done.wait(timeout: .now() + .milliseconds(100)) == .timedOut, clock.now < end { tick() }
    }

    /// The number of requests without a result.
    var underWay: Int { state.withLock { $0.begunCount - $0.endedCount } }

    /// What is known by now.
    func result() -> State { state.withLock { $0 } }
}
