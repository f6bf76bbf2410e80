import Definitions
import Foundation
import NIOCore
import Serving

/// Sends requests to one subject at the times of a schedule, whether or not earlier ones have been answered.
struct LoadGenerator: Sendable {
    /// The latencies of a closed loop, whose requests wait for earlier ones, leave out the time in which no request began. Here
    /// each one counts from when it should have begun.
    ///
    /// - Source: Schroeder, Wierman and Harchol-Balter 2006, *Open versus closed: a cautionary tale*, NSDI; Tene, *How not to measure
    ///   latency*, on coordinated omission.
    let serving: Serving
    let target: ServedPipeline
    let inputs: [ByteBuffer]
    let cancellation: ReplayCancellation

    struct Result: Sendable {
        var state: LoadRecorder.State
        var peakBytes: Int
    }

    private static let sampling: Int64 = 100_000_000

    /// Blocks until all requests have their results, or until the test is canceled.
    ///
    /// - Parameter mostAtOnce: Requests that are due while so many are under way are left out. `nil` for none.
    func run(_ schedule: ArrivalSchedule, mostAtOnce: Int? = nil) -> Result {
        var peak = MachineUsage.residentBytes()
        // A moment to begin the first request on time.
        let start = LoadRecorder.now() + 1_000_000
        var nextSample = start
        let recorder = LoadRecorder(schedule.times, inputs: min(inputs.count, schedule.times.count), start: start)
        for (index, time) in schedule.times.enumerated() {
            let due = start + time
            while !cancellation.isCancelled, case let now = LoadRecorder.now(), now < due {
                if now >= nextSample, due - now > 1_000_000 {
                    peak = max(peak, MachineUsage.residentBytes())
                    nextSample = now + Self.sampling
                }
                Self.sleep(until: min(due, now + Self.sampling))
            }
            if cancellation.isCancelled { break }
            if let mostAtOnce, recorder.underWay >= mostAtOnce { continue }
            send(index, recorder)
        }
        // A request that waits, and then runs, has the time limit of both.
        recorder.drain(within: serving.configuration.runTimeLimit * 2) {
            peak = max(peak, MachineUsage.residentBytes())
        }
        return Result(state: recorder.result(), peakBytes: max(peak, MachineUsage.residentBytes()))
    }

    private func send(_ index: Int, _ recorder: LoadRecorder) {
        let call = SimulatedCall(target, keepsOutput: index < inputs.count)
        recorder.begin(index, at: LoadRecorder.now())
        serving.respond(to: call, body: inputs[index % inputs.count], start: Stopwatch()) { _ in
            // When the response would be sent.
            let time = LoadRecorder.now()
            if let error = call.error {
                recorder.fail(index, at: time, error)
            } else {
                recorder.answer(index, at: time, call.output)
            }
        }
    }

    private static func sleep(until time: Int64) {
        var wake = timespec(tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, nil)
    }
}
