import Catalog
package import Definitions
import Events
import Foundation
import Jobs
import Logging
import Processes

/// The runs of loops: begun, carried on, recorded and ended.
extension LoopService {
    /// Starts a run because a user asks for it, also of a loop that is paused or has run just now.
    package func start(_ name: String, by: String?) async throws -> LoopRun {
        let cause = LoopRun.Cause(kind: .user, message: "Started\(by.map { " by \($0)" } ?? " by a user").", by: by)
        return try await changes.pass {
            let record = try await self.record(name)
            if let open = await self.running[name]?.progress.run {
                throw RoostError(
                    .conflict,
                    "Run \(open.id.prefix(8)) of loop '\(name)' is in progress. A loop has one run at a time.",
                    field: "loop"
                )
            }
            return try await self.begin(record, cause)
        }
    }

    /// Begins a run. Call it within ``changes``.
    func begin(_ loop: LoopRecord, _ cause: LoopRun.Cause) async throws -> LoopRun {
        var loop = loop
        loop.timeCursor = now()
        let definition = loop.definition
        let run = LoopRun(
            id: UUID().uuidString.lowercased(),
            loop: loop.name,
            pipeline: definition.pipeline,
            cause: cause,
            startedAt: now()
        )
        let progress = LoopProgress(run, definition.then.kinds)
        let event = event(
            .loopStarted,
            run,
            "Started run \(run.id.prefix(8)) of loop '\(run.loop)': \(cause.message)"
        )
        let isAdded = try await catalog.add(
            LoopRunRecord(run: progress.run, definition: definition),
            of: loop,
            event: event
        )
        guard isAdded else { throw RoostError(.notFound, "Loop '\(loop.name)' does not exist.", field: "loop") }
        keep(loop)
        running[loop.name] = Running(progress: progress, definition: definition)
        events.wake()
        goOn(loop.name)
        return progress.run
    }

    func goOn(_ name: String) {
        guard !isClosed else { return }
        running[name]?.task = Task { await drive(name) }
    }

    /// Ends a run, and what its step has begun. Returns before that.
    package func abort(_ text: String, by: String?) async throws -> LoopRun {
        // A run in progress can be ended even if its record cannot be read.
        let found: LoopRun
        if let open = running[text]?.progress.run { found = open } else { found = try await run(text) }
        guard let name = running.first(where: { $0.value.progress.run.id == found.id })?.key else {
            throw RoostError(
                .conflict,
                "Run \(found.id.prefix(8)) of loop '\(found.loop)' has ended: it is \(found.state.rawValue).",
                field: "run"
            )
        }
        try await change(name, found.id, .abort(by: by))
        running[name]?.work?.cancel()
        return running[name]?.progress.run ?? found
    }

    // MARK: Carrying on

    private func drive(_ name: String) async {
        while !isClosed, let progress = running[name]?.progress {
            switch progress.next {
            case .carryOut(let kind):
                guard let input = await outcome(kind, name) else { return }
                await advance(name, input)
            case .takeBack(let kind):
                guard await takeBack(kind, progress.run) else { return }
                await advance(name, .takenBack)
            case .end:
                running[name] = nil
                return
            }
        }
    }

    /// Carries out a step.
    ///
    /// - Returns: What it came to; `nil` if the server is about to stop.
    private func outcome(_ kind: LoopRun.StepKind, _ name: String) async -> LoopProgress.Input? {
        guard let running = running[name] else { return nil }
        let work = Task { try await carryOut(kind, running) }
        self.running[name]?.work = work
        defer { self.running[name]?.work = nil }
        // It may have been aborted before the work began.
        if running.progress.run.state == .aborting { work.cancel() }
        do {
            return try await work.value
        } catch let error {
            if isClosed { return nil }
            if self.running[name]?.progress.run.state == .aborting { return .failed("Aborted.") }
            return .failed(reason(error, kind, running.progress.run))
        }
    }

    private func reason(_ error: any Error, _ kind: LoopRun.StepKind, _ run: LoopRun) -> String {
        if let error = error as? RoostError { return error.message }
        if let rejection = error as? JobRejection { return RoostError(rejection).message }
        logger.error(
            "Step of a loop failed",
            metadata: [
                "loop": "\(run.loop)", "loop.run": "\(run.id)", "loop.step": "\(kind.rawValue)", "error": "\(error)",
            ]
        )
        return "The step failed because of an internal error, which the server's log describes."
    }

    /// Records what a step came to. What cannot be recorded has not happened, so this tries until it can.
    private func advance(_ name: String, _ input: LoopProgress.Input) async {
        while !isClosed, let id = running[name]?.progress.run.id {
            do {
                return try await change(name, id, input)
            } catch {
                if error is CancellationError { return }
                logger.error("Could not record a run of a loop", metadata: ["loop": "\(name)", "error": "\(error)"])
                try? await clock.sleep(for: .seconds(1))
            }
        }
    }

    /// Notes what the step of a run has begun.
    func note(_ run: LoopRun, _ links: LoopRun.Links) async throws {
        try await change(run.loop, run.id, .noted(links))
    }

    private func change(_ name: String, _ id: String, _ input: LoopProgress.Input) async throws {
        try await edits.pass { try await self.apply(name, id, input) }
    }

    /// The change is on the disk before it is seen.
    private func apply(_ name: String, _ id: String, _ input: LoopProgress.Input) async throws {
        guard let open = running[name], open.progress.run.id == id else { throw CancellationError() }
        var progress = open.progress
        progress.receive(input, at: now())
        guard progress != open.progress else { return }
        let events = events(from: open.progress.run, to: progress.run)
        try await catalog.save(LoopRunRecord(run: progress.run, definition: open.definition), events: events)
        running[name]?.progress = progress
        if !events.isEmpty { self.events.wake() }
    }

    // MARK: Events

    private func events(from before: LoopRun, to after: LoopRun) -> [NewEvent] {
        let name = "Loop '\(after.loop)', run \(after.id.prefix(8))"
        var found: [NewEvent] = []
        for (index, step) in after.steps.enumerated() where step.endedAt != nil {
            guard index >= before.steps.count || before.steps[index].endedAt == nil else { continue }
            var details = ["step": step.kind.rawValue, "outcome": step.state.rawValue]
            details["job"] = step.links.job
            details["version"] = step.links.version
            details["release"] = step.links.release
            details["data"] = step.links.data?.train.uri
            let finding = step.finding ?? ""
            found.append(
                event(.loopStep, after, "\(name): '\(step.kind.rawValue)' \(step.state.rawValue). \(finding)", details)
            )
        }
        guard before.state.isOpen, !after.state.isOpen else { return found }
        if after.state == .finished {
            let message = after[.tell]?.finding ?? "\(name) has finished."
            found.append(event(.loopFinished, after, message))
        } else {
            found.append(event(.loopFailed, after, "\(name) \(after.state.rawValue): \(after.reason ?? "")"))
        }
        return found
    }

    private func event(
        _ kind: EventKind,
        _ run: LoopRun,
        _ message: String,
        _ more: [String: String] = [:]
    ) -> NewEvent {
        var details = ["pipeline": run.pipeline, "run": run.id, "cause": run.cause.message]
        details["version"] = run[.train]?.links.version
        details.merge(more) { $1 }
        return events.event(kind, on: .init(.loop, run.loop), message, details: details, by: run.cause.by)
    }
}
