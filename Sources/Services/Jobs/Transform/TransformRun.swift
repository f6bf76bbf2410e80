import Archives
import Buckets
import Definitions
import Files
import Foundation
import LineLogs
import Logging
import Platform
import Processes
import Programs
import Runtimes
import Storage
import WorkThreads

/// One run of a transform job, from its turn in the queue to its end.
struct TransformRun: Sendable {
    let run: JobRun<TransformJob>
    let definition: TransformDefinition

    private var service: JobService { run.service }
    private var record: JobRecord<TransformJob> { run.record }
    private var running: RunningJob { run.running }
    private var platform: Platform { service.platform }

    /// An input object, and the URI of its output.
    private struct Part {
        let item: JobInput.Item
        let target: ObjectURI
        var name: String { "s3://\(item.bucket)/\(item.object.key)" }
    }

    func work() async throws -> JobEnding {
        let folder = "\(service.folder(of: .transform))/\(UUID().uuidString.lowercased())"
        let ending = await Result.catching { try await work(in: folder) }
        await service.remove { try FolderRemoval.remove(folder) }
        return try ending.get()
    }

    private func work(in folder: String) async throws -> JobEnding {
        try await offload {
            for name in ["in", "out", "tmp"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            }
        }
        let version = try await platform.modelVersion(definition.model, in: definition.workspace)
        let input = JobInput(platform: platform)
        let output = try ObjectURI(definition.output, field: "output")
        var parts = try await input.items(of: definition.input)
            .map { Part(item: $0, target: output.appending($0.path + ".out")) }
        try await input.lay(out: definition.input, in: "\(folder)/in")
        parts = try await unfinished(parts)
        if running.end != nil { return .stopped }
        try await record.enter("Transforming", "Running the model on the objects")
        var program = platform.algorithms.program(serving: version)
        program?.threadCount = service.configuration.threadCount
        program?.environment["SAGEMAKER_BATCH"] = "true"
        program?.environment.merge(definition.environment) { _, given in given }
        let spec = TransformSpec(
            token: UUID().uuidString,
            definition: definition,
            version: version,
            program: program,
            artifact: platform.artifact(of: version).path,
            dataFolder: service.dataFolder,
            scratchFolder: "\(folder)/tmp",
            objects: parts.enumerated().map { index, part in
                TransformSpec.Object(
                    name: part.name,
                    path: "\(folder)/in/\(unpackedPath(of: part.item))",
                    output: "\(folder)/out/\(index)"
                )
            },
            threadCount: threadCount(of: version)
        )
        try await offload { try spec.write(to: "\(folder)/spec.json") }
        return try await transform(parts, spec, in: folder)
    }

    private func unpackedPath(of item: JobInput.Item) -> String {
        definition.input.isCompressed && item.path.hasSuffix(".gz") ? String(item.path.dropLast(3)) : item.path
    }

    private func threadCount(of version: ModelVersion) -> Int {
        let mine = service.configuration.threadCount
        guard definition.maxConcurrent > 0 else { return mine }
        // Requests to a process spend most of their time waiting.
        return version.framework == .process ? min(definition.maxConcurrent, 32) : min(definition.maxConcurrent, mine)
    }

    /// Returns the objects that have no output yet, and sets the progress to the objects that an interrupted run already
    /// transformed.
    private func unfinished(_ parts: [Part]) async throws -> [Part] {
        let state = await record.job.state
        var todo: [Part] = []
        if state.phases.contains(where: { $0.name == "Interrupted" }) {
            for part in parts {
                let written = try await platform.buckets.object(at: part.target)?.modifiedAt
                if written.map({ $0 < state.createdAt }) ?? true { todo.append(part) }
            }
        } else {
            todo = parts
        }
        let bytes = parts.reduce(0) { $0 + $1.item.object.byteCount }
        let bytesTodo = todo.reduce(0) { $0 + $1.item.object.byteCount }
        let (all, open) = (parts.count, todo.count)
        try await record.change {
            $0.progress.objects = all
            $0.progress.objectsDone = all - open
            $0.progress.bytes = bytes
            $0.progress.bytesDone = bytes - bytesTodo
            $0.progress.recordsFailed = 0
        }
        return todo
    }

    // MARK: The process

    private func transform(_ parts: [Part], _ spec: TransformSpec, in folder: String) async throws -> JobEnding {
        guard !parts.isEmpty else { return .completed() }
        var command = SupervisedProcess.Command(
            service.host.executable,
            [TransformProgram.command, "\(folder)/spec.json"],
            folder: folder
        )
        command.environment = TrainingRun.inheritedEnvironment
        command.environment["TMPDIR"] = spec.scratchFolder
        command.environment["SAGEMAKER_BATCH"] = "true"
        // The definition's variables apply only to the user's program, which this process starts.
        command.memoryLimit = service.host.memoryLimit
        command.threadCount = spec.threadCount
        let process = try SupervisedProcess(executable: service.host.executable, command)
        running.onEnd { _ in process.kill() }
        let log = try service.logs.writer(of: .transform, definition.name)
        let (events, continuation) = AsyncStream.makeStream(of: TransformEvent.self)
        async let outcome = runOnThread(named: "job-lines") {
            var lastLine = ""
            let outcome = process.readLines { line in
                if let event = TransformEvent(line: line, token: spec.token) {
                    continuation.yield(event)
                } else {
                    log.append(line)
                    if !line.isEmpty { lastLine = line }
                }
            }
            continuation.finish()
            return (outcome, lastLine)
        }
        var tally = Tally(parts: parts, progress: await record.job.progress)
        do {
            for await event in events { try await take(event, &tally, spec, log) }
        } catch {
            process.kill()
            _ = try? await outcome
            throw error
        }
        let (ended, lastLine) = try await outcome
        if running.end != nil { return .stopped }
        if let failure = tally.failure { return .failed(failure) }
        switch ended {
        case .exited(0): return .completed()
        case .memoryExceeded:
            let limit = Bytes.text(service.host.memoryLimit)
            return .failed("AlgorithmError: the job exceeded its memory limit of \(limit).")
        default:
            return .failed(
                "AlgorithmError: the model's process ended unexpectedly"
                    + (lastLine.isEmpty ? "." : ": \(lastLine.prefix(800))")
            )
        }
    }

    /// The results so far.
    private struct Tally {
        let parts: [Part]
        var progress: TransformJob.Progress
        /// The bytes of the objects that are done.
        var bytesDone: Int
        var firstFailure: String?
        var failedObjects = 0

        init(parts: [Part], progress: TransformJob.Progress) {
            self.parts = parts
            self.progress = progress
            bytesDone = progress.bytesDone
        }

        var failure: String? {
            guard let firstFailure else { return nil }
            guard progress.recordsFailed > 1 || failedObjects > 1 else { return firstFailure }
            return firstFailure
                + " (\(progress.recordsFailed) records failed. \(failedObjects) of \(progress.objects) objects have no output.)"
        }
    }

    private func take(
        _ event: TransformEvent,
        _ tally: inout Tally,
        _ spec: TransformSpec,
        _ log: LineLog.Writer
    ) async throws {
        let part = event.object.flatMap { tally.parts.indices.contains($0) ? tally.parts[$0] : nil }
        let byteCount = part?.item.object.byteCount ?? 0
        if let failure = event.failure {
            let place = [part?.name, failure.record.map { "record \($0)" }].compactMap { $0 }.joined(separator: ", ")
            let message = (place.isEmpty ? "" : place + ": ") + failure.message
            log.append(message)
            tally.firstFailure =
                tally.firstFailure ?? (failure.isOfModel ? "AlgorithmError: " : "ClientError: ") + message
            tally.failedObjects += part == nil ? 0 : 1
            tally.progress.recordsFailed += failure.recordCount
            tally.bytesDone += byteCount
            tally.progress.bytesDone = tally.bytesDone
        } else if event.isDone, let part, let index = event.object {
            let path = spec.objects[index].output
            let file = try await offload { try UntrustedFile(path: path) }
            try await platform.buckets.putFile(file, at: part.target, contentType: event.contentType)
            unlink(path)
            log.append("\(part.name): \(event.recordCount) records, written to \(part.target)")
            tally.progress.records += event.recordCount
            tally.progress.objectsDone += 1
            tally.bytesDone += byteCount
            tally.progress.bytesDone = tally.bytesDone
        } else {
            // For a compressed object, more bytes are read than it has.
            tally.progress.bytesDone = tally.bytesDone + min(event.byteCount, byteCount)
        }
        let progress = tally.progress
        try await record.change { $0.progress = progress }
    }
}
