import Buckets
import Definitions
import Files
import Foundation
import Platform
import Programs
import Runtimes

/// The work of a transform job: objects in, the model, an output for each object.
struct TransformRun: Sendable {
    let run: JobRun<TransformJob>
    let definition: TransformDefinition

    private typealias Part = TransformStaging.Part

    private var service: JobService { run.service }
    private var record: JobRecord<TransformJob> { run.record }
    private var platform: Platform { service.platform }

    func work() async throws -> JobEnding {
        let staging = TransformStaging(definition, in: service.folder(of: .transform), platform: platform)
        let ending = await Result.catching { try await work(in: staging) }
        await service.remove { try staging.remove() }
        return try ending.get()
    }

    private func work(in staging: TransformStaging) async throws -> JobEnding {
        let version = try await platform.modelVersion(definition.model, in: definition.workspace)
        let parts = try await unfinished(try await staging.download())
        if run.running.end != nil { return .stopped }
        try await record.enter("Transforming", "Running the model on the objects")
        guard !parts.isEmpty else { return .completed() }
        let specification = specification(version, parts, staging)
        try await staging.write(specification)
        return try await transform(parts, specification, staging)
    }

    private func specification(
        _ version: ModelVersion,
        _ parts: [Part],
        _ staging: TransformStaging
    ) -> TransformSpec {
        var program = platform.algorithms.program(serving: version)
        program?.threadCount = service.configuration.threadCount
        program?.environment["SAGEMAKER_BATCH"] = "true"
        program?.environment.merge(definition.environment) { _, given in given }
        return TransformSpec(
            token: UUID().uuidString,
            definition: definition,
            version: version,
            program: program,
            artifact: platform.artifact(of: version).path,
            dataFolder: service.dataFolder,
            scratchFolder: staging.temporary,
            objects: staging.objects(parts),
            threadCount: threadCount(of: version)
        )
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

    // MARK: The program

    private func transform(
        _ parts: [Part],
        _ specification: TransformSpec,
        _ staging: TransformStaging
    ) async throws -> JobEnding {
        let command = JobCommand(
            program: .transform(specification: TransformStaging.specification),
            folder: staging.folder,
            // The definition's variables apply only to the user's program, which this program starts.
            environment: ["TMPDIR": staging.temporary, "SAGEMAKER_BATCH": "true"],
            threadCount: specification.threadCount
        )
        let output = try run.output()
        let (events, continuation) = AsyncStream.makeStream(of: TransformEvent.self)
        let execute = { @Sendable () async throws -> ProgramOutcome in
            defer { continuation.finish() }
            return try await run.execute(command) { line in
                if let event = TransformEvent(line: line, token: specification.token) {
                    continuation.yield(event)
                } else {
                    output.append(line)
                }
            }
        }
        // If an output cannot be stored, the error ends this scope, which cancels the program and waits for its end.
        async let outcome = execute()
        var tally = Tally(parts: parts, progress: await record.job.progress)
        for await event in events { try await take(event, &tally, staging, output) }
        let ended = try await outcome
        if run.running.end != nil { return .stopped }
        if let failure = tally.failure { return .failed(failure) }
        switch ended {
        case .exited(0): return .completed()
        case .memoryExceeded:
            let limit = Bytes.text(service.executor.memoryLimit)
            return .failed("AlgorithmError: the job exceeded its memory limit of \(limit).")
        default:
            return .failed(
                "AlgorithmError: the model's process ended unexpectedly"
                    + (output.lastLine.isEmpty ? "." : ": \(output.lastLine.prefix(800))")
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
        _ staging: TransformStaging,
        _ output: JobOutput
    ) async throws {
        let part = event.object.flatMap { tally.parts.indices.contains($0) ? tally.parts[$0] : nil }
        let byteCount = part?.item.object.byteCount ?? 0
        if let failure = event.failure {
            let place = [part?.name, failure.record.map { "record \($0)" }].compactMap { $0 }.joined(separator: ", ")
            let message = (place.isEmpty ? "" : place + ": ") + failure.message
            output.note(message)
            tally.firstFailure =
                tally.firstFailure ?? (failure.isOfModel ? "AlgorithmError: " : "ClientError: ") + message
            tally.failedObjects += part == nil ? 0 : 1
            tally.progress.recordsFailed += failure.recordCount
            tally.bytesDone += byteCount
            tally.progress.bytesDone = tally.bytesDone
        } else if event.isDone, let part, let index = event.object {
            try await staging.store(part, at: index, contentType: event.contentType)
            output.note("\(part.name): \(event.recordCount) records, written to \(part.target)")
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
