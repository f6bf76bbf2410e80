import Definitions
import Foundation
import LineLogs
import Synchronization

extension JobRun {
    /// Opens the job's log for appending.
    func output() throws -> JobOutput { JobOutput(try service.logs.writer(of: Value.kind, name), now: service.now) }

    /// Runs a program until it has ended. When the job is asked to end, the program is asked too, and killed after `grace`. It is
    /// killed at once if the server ends or this task is canceled.
    func execute(
        _ command: JobCommand,
        grace: Duration = .zero,
        _ onLine: @escaping @Sendable (String) -> Void
    ) async throws -> ProgramOutcome {
        let program = try await service.executor.start(command)
        running.onEnd { [clock = service.clock] why in
            guard why != .serverEnds, grace > .zero else { return program.kill() }
            program.stop()
            Task {
                try? await clock.sleep(for: grace)
                program.kill()
            }
        }
        return try await withTaskCancellationHandler {
            try await program.output(onLine)
        } onCancel: {
            program.kill()
        }
    }
}

/// Writes a job's log: the output of its program, and notes of the server.
final class JobOutput: Sendable {
    private let writer: LineLog.Writer
    private let now: @Sendable () -> Date
    private let last = Mutex("")

    init(_ writer: LineLog.Writer, now: @escaping @Sendable () -> Date) {
        self.writer = writer
        self.now = now
    }

    /// The program's last line that is not empty; empty if there is none.
    var lastLine: String { last.withLock { $0 } }

    /// Appends a line of the program's output, and returns its time.
    @discardableResult
    func append(_ line: String) -> Date {
        let time = now()
        writer.append(line, at: time)
        if !line.isEmpty { last.withLock { $0 = line } }
        return time
    }

    /// Appends a line of the server.
    func note(_ text: String) { writer.append(text, at: now()) }
}
