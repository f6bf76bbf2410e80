import ArgumentParser
import Definitions
import Dispatch
import Foundation
import NativeAPI
import RoostClient

/// Follows a job until it ends.
final class JobFollower {
    private let client: RoostClient
    private let isQuiet: Bool
    /// The last line of the job's output that was printed.
    private(set) var lastLine = ""

    /// - Parameter isQuiet: Whether to print nothing.
    init(client: RoostClient, isQuiet: Bool) {
        self.client = client
        self.isQuiet = isQuiet
    }

    /// Prints the job's output and phases as they come. How the job failed or was stopped is not printed.
    func follow<Value: Job>(_ type: Value.Type, _ name: String) async throws -> Value {
        var position = 0
        var phaseCount = 0
        return try await client.waitForJob(type, name) { job in
            guard !isQuiet else { return }
            var phases = job.state.phases.dropFirst(phaseCount)
            phaseCount = job.state.phases.count
            if job.state.status.isFinal, job.state.status != .completed { phases = phases.dropLast() }
            position = try await read(type.kind, name, from: position) { event in
                Self.takeLines(&phases, until: event.time).forEach { Output.note($0) }
                print(event.message)
                lastLine = event.message
            }
            Self.takeLines(&phases, until: .distantFuture).forEach { Output.note($0) }
        }
    }

    /// Prints the job's output so far.
    func printLog(_ kind: JobKind, _ name: String) async throws {
        _ = try await read(kind, name, from: 0) { print($0.message) }
    }

    /// - Returns: The position at which the log continues.
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

    /// Removes the phases that began by a time, and returns a line for each.
    static func takeLines(_ phases: inout ArraySlice<JobState.Phase>, until time: Date) -> [String] {
        let begun = phases.prefix { $0.startedAt <= time }
        phases.removeFirst(begun.count)
        return begun.map { phase in
            let text = phase.message.isEmpty ? phase.name : "\(phase.name): \(phase.message)"
            return "\(Output.time(phase.startedAt)) \(text)"
        }
    }

    /// Reports how a job ended, and fails if it did not complete.
    ///
    /// - Parameter lastLine: The last line printed. A failure reason that equals it is not repeated.
    static func report(_ job: some Job, after lastLine: String = "") throws {
        sayEnd(of: job, after: lastLine)
        if job.state.status != .completed { throw ExitCode.failure }
    }

    /// Reports how a job ended, if it did not complete.
    static func sayEnd(of job: some Job, after lastLine: String) {
        if let message = endMessage(of: job, after: lastLine) { Output.note(message) }
    }

    /// Returns how a job ended; `nil` if it completed.
    static func endMessage(of job: some Job, after lastLine: String) -> String? {
        switch job.state.status {
        case .completed: return nil
        case .stopped:
            let limit = (job as? TrainingJob)?.definition.maxRuntime
            if let limit, job.state.phases.last?.name == "MaxRuntimeExceeded" {
                return "\(job.name) was stopped: it did not finish within \(limit) s (max_runtime)."
            }
            return "\(job.name) was stopped."
        default:
            let reason = job.state.failureReason.flatMap { $0 == lastLine ? nil : $0 }
            return "Error: \(reason ?? "The \(type(of: job).kind.noun) \(job.name) failed.")"
        }
    }
}

extension ClientOptions {
    /// Announces a job that was started, and on ^C says that it continues.
    ///
    /// - Parameter next: The command that continues when the job has completed, if there is one.
    /// - Returns: The handler of ^C, which is active until it is canceled.
    func announce(_ job: some Job, on client: RoostClient, next: String? = nil) -> any DispatchSourceSignal {
        let kind = type(of: job).kind.rawValue
        if !json { Output.note("Started \(type(of: job).kind.noun) \(job.name).") }
        signal(SIGINT, SIG_IGN)
        let interrupt = DispatchSource.makeSignalSource(signal: SIGINT)
        let server = server.url == nil ? "" : " --url \(client.baseURL)"
        let rest = "\(job.name) --kind \(kind)" + server
        interrupt.setEventHandler {
            Output.note("\nThe job continues. Follow it:  roost job logs --follow \(rest)")
            Output.note("                   Stop it:    roost job stop \(rest)")
            if let next { Output.note("                   Deploy it:  \(next)\(server)") }
            Output.end(bySignal: SIGINT)
        }
        interrupt.resume()
        return interrupt
    }
}
