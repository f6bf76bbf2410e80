import ArgumentParser
import Definitions
import Dispatch
import Foundation
import NativeAPI
import RoostClient

/// Shows a job until it is over.
final class JobFollower {
    private let client: RoostClient
    private let isQuiet: Bool
    /// The last line of the job's that was printed.
    private(set) var lastLine = ""

    /// - Parameter isQuiet: Whether nothing is shown.
    init(client: RoostClient, isQuiet: Bool) {
        self.client = client
        self.isQuiet = isQuiet
    }

    /// Prints what the job writes, as it comes, and the job's steps between. How it failed or was stopped is not printed.
    func follow<Value: Job>(_ type: Value.Type, _ name: String) async throws -> Value {
        var position = 0
        var phaseCount = 0
        return try await client.waitForJob(type, name) { job in
            guard !isQuiet else { return }
            var phases = job.state.phases.dropFirst(phaseCount)
            phaseCount = job.state.phases.count
            if job.state.status.isFinal, job.state.status != .completed { phases = phases.dropLast() }
            position = try await read(type.kind, name, from: position) { event in
                Self.say(&phases, until: event.time)
                print(event.message)
                lastLine = event.message
            }
            Self.say(&phases, until: .distantFuture)
        }
    }

    /// Prints what the job has written.
    func printLog(_ kind: JobKind, _ name: String) async throws {
        _ = try await read(kind, name, from: 0) { print($0.message) }
    }

    /// - Returns: Where the log goes on.
    private func read(
        _ kind: JobKind,
        _ name: String,
        from: Int,
        _ body: (JobLog.Event) -> Void
    ) async throws -> Int {
        var position = from
        while true {
            let log = try await client.jobLog(kind, name, from: position)
            log.events.forEach(body)
            guard log.next > position, !log.events.isEmpty else { return log.next }
            position = log.next
        }
    }

    private static func say(_ phases: inout ArraySlice<JobState.Phase>, until time: Date) {
        while let phase = phases.first, phase.startedAt <= time {
            let text = phase.message.isEmpty ? phase.name : "\(phase.name): \(phase.message)"
            Output.note("\(Output.time(phase.startedAt)) \(text)")
            phases.removeFirst()
        }
    }

    /// Says how a job ended, where that is not as it should; then the command fails too.
    ///
    /// - Parameter lastLine: What is read above it; a reason that the job wrote itself is not said again.
    static func report(_ job: some Job, after lastLine: String = "") throws {
        sayEnd(of: job, after: lastLine)
        if job.state.status != .completed { throw ExitCode.failure }
    }

    /// Says how a job ended, where that is not as it should.
    static func sayEnd(of job: some Job, after lastLine: String) {
        switch job.state.status {
        case .completed: return
        case .stopped:
            let limit = (job as? TrainingJob)?.definition.maxRuntime
            if let limit, job.state.phases.last?.name == "MaxRuntimeExceeded" {
                return Output.note(
                    "\(job.name) was stopped: it may run for \(limit) s (max_runtime), and was not done."
                )
            }
            Output.note("\(job.name) was stopped.")
        default:
            let reason = job.state.failureReason.flatMap { $0 == lastLine ? nil : $0 }
            Output.note("Error: \(reason ?? "The \(type(of: job).kind.rawValue) job \(job.name) failed.")")
        }
    }
}

extension ClientOptions {
    /// Names a job that was started, and says on ^C that it goes on.
    ///
    /// - Returns: What waits for ^C, until it is cancelled.
    func announce(_ job: some Job) -> any DispatchSourceSignal {
        let kind = type(of: job).kind.rawValue
        if !json { Output.note("The \(kind) job \(job.name) is started.") }
        signal(SIGINT, SIG_IGN)
        let interrupt = DispatchSource.makeSignalSource(signal: SIGINT)
        let rest = "\(job.name) --kind \(kind)" + (url.map { " --url \($0)" } ?? "")
        interrupt.setEventHandler {
            Output.note("\nThe job goes on. Follow it:  roost job logs --follow \(rest)")
            Output.note("                  Stop it:    roost job stop \(rest)")
            Output.end(bySignal: SIGINT)
        }
        interrupt.resume()
        return interrupt
    }
}
