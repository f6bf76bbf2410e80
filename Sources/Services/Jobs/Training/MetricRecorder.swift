import Definitions
import Foundation
import Synchronization

/// Records the metrics in a training job's output: each value in the job's series, and the last value of each metric in the job.
final class MetricRecorder: Sendable {
    private let reader: MetricReader
    private let series: MetricSeries.Writer
    private let run: JobRun<TrainingJob>
    private let state = Mutex<(values: [MetricValue], isChanged: Bool)>(([], false))
    /// One element if a value has changed and is not saved yet.
    private let changes: AsyncStream<Void>
    private let change: AsyncStream<Void>.Continuation

    init(_ reader: MetricReader, _ run: JobRun<TrainingJob>) throws {
        self.reader = reader
        self.run = run
        series = try run.service.series.writer(of: run.name)
        (changes, change) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Appends a line of the program's output to the log, and reads its metrics.
    func read(_ line: String, _ output: JobOutput) {
        let time = output.append(line)
        for value in reader.values(in: line, at: time) {
            set(value)
            series.append(value)
            run.service.updates.tell(.training, run.name, value)
        }
        for metric in reader.takeGivenUp() {
            output.note("Metric '\(metric)' is no longer read because matching its pattern takes too long.")
        }
    }

    /// Saves the values in the job's record while `work` runs, and when it has ended.
    func saving<Result: Sendable>(_ work: () async throws -> Result) async throws -> Result {
        let saver = Task {
            for await _ in changes {
                // Some programs report metrics a thousand times a second.
                try? await run.service.clock.sleep(for: .seconds(1))
                try? await save()
            }
        }
        defer { saver.cancel() }
        let result = try await work()
        saver.cancel()
        await saver.value
        try await save()
        return result
    }

    /// Keeps the last value of each metric, in the order of their first values.
    private func set(_ value: MetricValue) {
        state.withLock { state in
            if let index = state.values.firstIndex(where: { $0.name == value.name }) {
                state.values[index] = value
            } else {
                state.values.append(value)
            }
            state.isChanged = true
        }
        change.yield()
    }

    private func save() async throws {
        let changed = state.withLock { state -> [MetricValue]? in
            guard state.isChanged else { return nil }
            state.isChanged = false
            return state.values
        }
        if let changed { try await run.record.change { $0.metrics = changed } }
    }
}
