import Definitions
import Foundation
import Serving

/// The load test of one subject: its warm-up, then the requests that count.
struct SimulationRun: Sendable {
    let request: SimulationRequest
    let generator: LoadGenerator

    /// Requests of a warm-up that may be under way, so that none has to wait for those that a slow subject has left.
    private static let warmUpLimit = 16

    struct Measured: Sendable {
        var summary: LoadSummary
        var failures: [SimulationReport.Failure]
        var memory: SimulationReport.Memory
        var surroundings: SimulationReport.Surroundings
        var comparison: SimulationReport.Outputs?
        var outputs: [ComparedOutput?]
        var notes: [String]
    }

    private func schedule(_ duration: Double) -> ArrivalSchedule {
        ArrivalSchedule(
            request.arrivals ?? .constant,
            rate: request.rate,
            duration: duration,
            seed: request.seed ?? 0
        )
    }

    /// Blocks as long as the test lasts.
    func measure(comparingWith first: [ComparedOutput?]?, memoryBefore: Int) -> Measured {
        let warmUp = request.warmUp ?? SimulationRequest.defaultWarmUp
        if warmUp > 0 {
            // One request alone, which may have to start a process, and then as many as later.
            _ = generator.run(ArrivalSchedule(.constant, rate: 1, duration: 1, seed: 0))
            _ = generator.run(schedule(warmUp), mostAtOnce: Self.warmUpLimit)
        }
        let loaded = MachineUsage.residentBytes()
        let usage = MachineUsage.current()
        let schedule = schedule(request.duration ?? SimulationRequest.defaultDuration)
        let result = generator.run(schedule)
        let shares = MachineUsage.current().shares(since: usage)
        let state = result.state
        let summary = LoadSummary(
            state.times,
            duration: schedule.duration,
            refused: state.failures[.busy]?.count ?? 0
        )
        return Measured(
            summary: summary,
            failures: failures(of: state),
            memory: SimulationReport.Memory(
                before: memoryBefore,
                loaded: loaded,
                peak: max(result.peakBytes, loaded),
                isShared: false
            ),
            surroundings: SimulationReport.Surroundings(
                serverBusy: shares.process,
                machineBusy: shares.machine,
                otherRequests: 0,
                lagP99: summary.lagP99,
                lagMax: summary.lagMax,
                isLate: summary.isLate
            ),
            comparison: first.map { compare(state.outputs, with: $0) },
            outputs: state.outputs,
            notes: notes(of: state, summary)
        )
    }

    private func failures(of state: LoadRecorder.State) -> [SimulationReport.Failure] {
        var failures = state.failures.map { code, failure in
            SimulationReport.Failure(
                code: code.rawValue,
                message: String(failure.message.prefix(500)),
                count: failure.count
            )
        }
        let missing = state.begunCount - state.endedCount
        if missing > 0 {
            failures.append(
                SimulationReport.Failure(
                    code: RoostError.Code.timeout.rawValue,
                    message: "There was no answer within the time limit.",
                    count: missing
                )
            )
        }
        return failures.sorted { ($1.count, $0.code) < ($0.count, $1.code) }
    }

    private func notes(of state: LoadRecorder.State, _ summary: LoadSummary) -> [String] {
        var notes: [String] = []
        if summary.isLate {
            notes.append(
                "The simulation itself was late: 1 % of its requests began more than "
                    + "\(SimulationWords.text(milliseconds: summary.lagP99)) after their time, which its latencies include. The machine "
                    + "is too busy for this rate."
            )
        }
        if state.omittedOutputs > 0 {
            notes.append("The outputs of \(state.omittedOutputs) inputs were too large to be compared.")
        }
        return notes
    }

    // MARK: Outputs

    private func compare(_ outputs: [ComparedOutput?], with first: [ComparedOutput?]) -> SimulationReport.Outputs {
        let tolerance = request.tolerance ?? 0
        var comparison = SimulationReport.Outputs(
            compared: 0,
            different: 0,
            incomparable: 0,
            largestDifference: nil,
            firstDifferent: nil
        )
        for (index, (output, other)) in zip(outputs, first).enumerated() {
            guard let output, let other else { continue }
            comparison.compared += 1
            let difference = output.difference(from: other)
            if let difference, difference.isFinite {
                comparison.largestDifference = max(comparison.largestDifference ?? 0, difference)
                if difference <= tolerance { continue }
            } else {
                comparison.incomparable += 1
            }
            comparison.different += 1
            comparison.firstDifferent = comparison.firstDifferent ?? index
        }
        return comparison
    }
}
