import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

/// Shows a job until it is over.
struct JobFollower {
    let client: RoostClient
    /// Whether nothing is shown.
    let isQuiet: Bool

    /// Prints what the job writes, as it comes.
    func follow<Value: Job>(_ type: Value.Type, _ name: String) async throws -> Value {
        var position = 0
        var phase = ""
        let ended = try await client.waitForJob(type, name) { job in
            guard !isQuiet else { return }
            if let last = job.state.phases.last, last.name != phase {
                phase = last.name
                let text = last.message.isEmpty ? last.name : "\(last.name): \(last.message)"
                FileHandle.standardError.write(Data("\(Output.time(last.startedAt)) \(text)\n".utf8))
            }
            position = try await printLog(type.kind, name, from: position)
        }
        if !isQuiet { _ = try await printLog(type.kind, name, from: position) }
        return ended
    }

    /// - Returns: Where the log goes on.
    func printLog(_ kind: JobKind, _ name: String, from: Int) async throws -> Int {
        var position = from
        while true {
            let log = try await client.jobLog(kind, name, from: position)
            for event in log.events { print(event.message) }
            guard log.next > position, !log.events.isEmpty else { return log.next }
            position = log.next
        }
    }

    /// Says how a job ended, where that is not as it should; then the command fails too.
    static func report(_ job: some Job) throws {
        switch job.state.status {
        case .completed: return
        case .stopped: FileHandle.standardError.write(Data("\(job.name) was stopped.\n".utf8))
        default:
            let reason = job.state.failureReason ?? "\(job.name) is \(job.state.status.rawValue)."
            FileHandle.standardError.write(Data("Error: \(reason)\n".utf8))
        }
        throw ExitCode.failure
    }
}

/// The trials of a tuning job: a table that is drawn again and again on a terminal, else a line as each trial ends.
final class TrialTable {
    private let client: RoostClient
    private let isQuiet: Bool
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private var lineCount = 0
    private var ended: Set<String> = []

    init(client: RoostClient, isQuiet: Bool) {
        self.client = client
        self.isQuiet = isQuiet
    }

    func show(_ job: TuningJob) async throws {
        guard !isQuiet else { return }
        var filter = RoostClient.JobFilter()
        filter.tuningJob = job.name
        filter.limit = 1000
        let trials = try await client.jobs(TrainingJob.self, filter).jobs.reversed()
        if isTerminal { return draw(job, Array(trials)) }
        for trial in trials where trial.state.status.isFinal && ended.insert(trial.name).inserted {
            print(Self.row(trial, job).joined(separator: "  "))
        }
    }

    private func draw(_ job: TuningJob, _ trials: [TrainingJob]) {
        // Back to where the last table began; it is drawn over.
        if lineCount > 0 { print("\u{1B}[\(lineCount)A\u{1B}[J", terminator: "") }
        let shown = trials.suffix(30)
        let done = trials.count { $0.state.status.isFinal }
        print("\(job.name): \(job.state.status.rawValue), \(done) of \(job.definition.maxTrials) trials are over")
        lineCount = 1
        guard !shown.isEmpty else { return }
        Output.table(
            ["TRIAL", "STATUS", job.definition.objective.metric.uppercased(), "HYPERPARAMETERS"],
            shown.map { Self.row($0, job) }
        )
        lineCount += shown.count + 1
        fflush(nil)
    }

    private static func row(_ trial: TrainingJob, _ job: TuningJob) -> [String] {
        let metric = job.definition.objective.metric
        let value = trial.metrics.first { $0.name == metric }.map { String(format: "%.6g", $0.value) } ?? "-"
        let tuned = job.definition.ranges.map { range in
            "\(range.name)=\(trial.definition.hyperparameters[range.name] ?? "-")"
        }
        let mark = trial.name == job.best ? " *" : ""
        return [trial.name + mark, trial.state.status.rawValue, value, tuned.joined(separator: " ")]
    }
}
