import Definitions
import Logging
import Platform

/// How a job ended.
enum JobEnding: Sendable, Equatable {
    /// With a message for people.
    case completed(String = "")
    case stopped
    /// It reached its time limit.
    case timedOut
    /// With the reason.
    case failed(String)
}

/// One run of a job, from its turn in the queue to the record of its end. The work in between is up to the kind of job.
struct JobRun<Value: Job>: Sendable {
    /// The attempts to record an end.
    private static var attemptLimit: Int { 5 }

    let service: JobService
    let record: JobRecord<Value>
    let running: RunningJob
    let name: String

    /// Runs `work` as the job, and records how it ended.
    func run(_ beginning: JobBeginning, _ work: () async throws -> JobEnding) async {
        guard beginning.takesTurn else { return await end(ending(beginning, work)) }
        guard await service.queue.enter(running) else { return await end(.stopped) }
        defer { service.queue.leave() }
        await end(ending(beginning, work))
    }

    private func ending(_ beginning: JobBeginning, _ work: () async throws -> JobEnding) async -> JobEnding {
        do {
            try await record.change { job, now in
                job.state.startedAt = job.state.startedAt ?? now
                guard job.state.status == .inProgress else { return }
                job.state.enter(beginning.phase, beginning.message, at: now)
            }
            return try await work()
        } catch {
            return .failed(reason(of: error))
        }
    }

    private func reason(of error: any Error) -> String {
        if let error = error as? JobError { return error.description }
        let error = (error as? JobRejection).map { RoostError($0) } ?? error
        if let error = error as? RoostError, ![.internalError, .insufficientStorage].contains(error.code) {
            return "ClientError: \(error.message)"
        }
        service.logger.error("Job failed", metadata: ["error": "\(error)", "job": "\(name)"])
        return "InternalServerError: the server could not run the job: \(JobError.cause(error))."
    }

    private func end(_ ending: JobEnding) async {
        // The record stays unchanged, so the next start resumes the job.
        if running.end == .serverEnds, !ending.isCompletion { return }
        for attempt in 1...Self.attemptLimit {
            do {
                try await record.end(ending)
                break
            } catch {
                service.logger.error(
                    "Could not record the job's end",
                    metadata: ["error": "\(error)", "job": "\(name)"]
                )
                // The disk may have space again soon. Without the record, the next start runs the job again.
                if attempt == Self.attemptLimit || running.end == .serverEnds { break }
                try? await service.clock.sleep(for: .seconds(attempt))
            }
        }
        service.logger.info(
            "Job ended",
            metadata: ["job": "\(name)", "kind": "\(Value.kind.rawValue)", "ending": "\(ending)"]
        )
    }
}

/// How the jobs of a kind begin.
struct JobBeginning: Sendable {
    /// Whether a job waits for a place in the queue. A tuning job does not, because its trials do.
    var takesTurn = true
    /// The first phase.
    var phase = "Starting"
    var message = "Preparing the job"
}

extension JobEnding: CustomStringConvertible {
    var description: String {
        switch self {
        case .completed: "completed"
        case .stopped: "stopped"
        case .timedOut: "timed out"
        case .failed(let reason): reason
        }
    }

    fileprivate var isCompletion: Bool { if case .completed = self { true } else { false } }
}

extension Result where Failure == any Error {
    static func catching(_ body: () async throws -> Success) async -> Self {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
