import Buckets
import DataFolder
import Definitions
import Foundation
import Logging
import Platform
import Programs
import Runtimes
import Synchronization
import TestSupport
import Testing

@testable import Jobs

/// Waits for something to become true, for a bounded time.
func until(_ what: String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<3000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("Not within 30 s: \(what)")
}

/// Calls `body` with a service of its own data folder, which has the bucket `b`. Its clock moves only when the test moves it, and
/// its records have no time but one.
func withJobs(
    _ executor: some JobExecutor,
    _ clock: ManualClock = ManualClock(),
    _ body: (JobService) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        let configuration = DataFolder.Configuration(path: folder, programs: ProgramHost(executable: roostBinary))
        let data = try DataFolder(configuration, logger: Logger(label: "test")) { _, _, _ in
            InspectedModel(signature: .floats(1))
        }
        let service = JobService(
            dataFolder: folder,
            catalog: data.jobs.catalog,
            platform: data.platform,
            executor: executor,
            configuration: JobService.Configuration(),
            logger: Logger(label: "test"),
            clock: clock,
            now: { Date(timeIntervalSince1970: 1_700_000_000) }
        )
        _ = try await data.platform.buckets.addBucket("b", region: "us-east-1", at: Date())
        try await service.put("1,2\n", "data/1")
        try await body(service)
        await service.close()
        await data.close()
    }
}

extension JobService {
    /// Stores an object in the bucket `b`.
    func put(_ text: String, _ key: String) async throws {
        let path = "\(dataFolder)/\(UUID().uuidString)"
        try Data(text.utf8).write(to: URL(filePath: path))
        try await platform.buckets.putFile(path, at: ObjectURI(bucket: "b", key: key))
    }

    /// Returns whether the bucket `b` has the object.
    func has(_ key: String) async throws -> Bool {
        try await platform.buckets.object(at: ObjectURI(bucket: "b", key: key)) != nil
    }
}

/// Runs the programs of jobs as functions of the test.
struct FunctionExecutor: JobExecutor {
    let memoryLimit = 1 << 30
    let python = "none"
    private let function: Function.Body

    init(_ function: @escaping Function.Body) { self.function = function }

    func start(_ command: JobCommand) -> any RunningProgram { Function(command, function) }
}

/// A program that a ``FunctionExecutor`` runs.
final class Function: RunningProgram {
    typealias Body = @Sendable (Function) async throws -> ProgramOutcome

    enum Request: Sendable {
        case stop
        case kill
    }

    let command: JobCommand
    private let body: Body
    private let requests: AsyncStream<Request>
    private let request: AsyncStream<Request>.Continuation
    private let onLine = Mutex<(@Sendable (String) -> Void)?>(nil)

    init(_ command: JobCommand, _ body: @escaping Body) {
        self.command = command
        self.body = body
        (requests, request) = AsyncStream.makeStream()
    }

    func output(_ onLine: @escaping @Sendable (String) -> Void) async throws -> ProgramOutcome {
        self.onLine.withLock { $0 = onLine }
        return try await body(self)
    }

    func stop() { request.yield(.stop) }

    func kill() { request.yield(.kill) }

    /// Writes a line.
    func print(_ line: String) { onLine.withLock { $0 }?(line) }

    /// Waits for a request. A program that is killed waits no longer.
    func wait(for wanted: Request) async {
        for await request in requests where request == wanted || request == .kill { return }
    }

    /// Writes a file of the job's folder.
    func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(command.folder)/\(path)"))
    }
}
