import Definitions
import Foundation
import NativeAPI
import RoostClient

/// Shows the trials of a tuning job: on a terminal as a table that is redrawn, otherwise as a line when a trial ends.
final class TrialTable {
    private let client: RoostClient
    private let isQuiet: Bool
    private let terminal = Terminal(descriptor: STDOUT_FILENO)
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
        if terminal.isThere { return draw(job, Array(trials)) }
        for trial in trials where trial.state.status.isFinal && ended.insert(trial.name).inserted {
            print(Self.row(trial, of: job).joined(separator: "  "))
        }
    }

    private func draw(_ job: TuningJob, _ trials: [TrainingJob]) {
        let (columns, rows) = terminal.size
        let done = trials.count { $0.state.status.isFinal }
        var lines = [
            "\(job.name): \(job.state.status.rawValue), \(done) of \(job.definition.maxTrials) trials finished"
        ]
        if !trials.isEmpty {
            lines += TextTable(
                ["TRIAL", "STATUS", job.definition.objective.metric.uppercased(), "HYPERPARAMETERS"],
                // The cursor cannot return to lines that scrolled off the top.
                trials.suffix(max(1, min(30, rows - 3))).map { trial in
                    var row = Self.row(trial, of: job)
                    if trial.name == job.best { row[0] += " *" }
                    return row
                }
            ).lines()
        }
        // Go back to the start of the last table and redraw. Lines are cut, because one that wraps would count as two.
        let start = lineCount > 0 ? "\u{1B}[\(lineCount)A\u{1B}[J" : ""
        Output.draw(Data((start + lines.map { Output.fit($0, columns) }.joined(separator: "\n") + "\n").utf8))
        lineCount = lines.count
    }

    /// A trial's cells in the table.
    static func row(_ trial: TrainingJob, of job: TuningJob) -> [String] {
        let metric = job.definition.objective.metric
        let value = trial.metrics.first { $0.name == metric }.map { String(format: "%.6g", $0.value) } ?? "-"
        let tuned = job.definition.ranges.map { range in
            "\(range.name)=\(trial.definition.hyperparameters[range.name] ?? "-")"
        }
        return [trial.name, trial.state.status.rawValue, value, tuned.joined(separator: " ")]
    }
}
