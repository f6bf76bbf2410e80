import Catalog
import Definitions
import Events
import Foundation

/// The record of an unfinished job. All changes to the job go through it, so that none is lost.
actor JobRecord<Value: Job> {
    private(set) var job: Value
    private let catalog: Catalog
    private let events: EventLog
    private let now: @Sendable () -> Date
    private var lastSave: Task<Void, any Error>?

    init(_ job: Value, catalog: Catalog, events: EventLog, now: @escaping @Sendable () -> Date) {
        self.job = job
        self.catalog = catalog
        self.events = events
        self.now = now
    }

    /// Changes the job and saves it. A job that has ended is not changed.
    ///
    /// - Parameter body: Is given the job and the time.
    func change(_ body: @Sendable (inout Value, Date) -> Void) async throws {
        guard !job.state.status.isFinal else { return }
        let time = now()
        body(&job, time)
        job.state.modifiedAt = time
        try await save()
    }

    /// Changes the job and saves it. A job that has ended is not changed.
    func change(_ body: @Sendable (inout Value) -> Void) async throws { try await change { job, _ in body(&job) } }

    /// Begins the next phase.
    func enter(_ phase: String, _ message: String) async throws {
        try await change { $0.state.enter(phase, message, at: $1) }
    }

    /// Ends the job and saves it. If that fails, call it again: the job keeps its first end.
    func end(_ ending: JobEnding) async throws {
        if !job.state.status.isFinal { job.state.end(ending, at: now()) }
        try await save(event: endEvent)
        events.wake()
    }

    /// What the events say about the end; `nil` for a trial, whose tuning job they tell about.
    private var endEvent: NewEvent? {
        guard job.parent == nil else { return nil }
        let kind = Value.kind.rawValue
        let subject = "The \(Value.kind.noun) '\(job.name)'"
        let (event, message): (EventKind, String) =
            switch job.state.status {
            case .completed: (.jobCompleted, "\(subject) has completed.")
            case .failed: (.jobFailed, "\(subject) failed: \((job.state.failureReason ?? "").prefix(1000))")
            case .stopped, .stopping, .inProgress: (.jobStopped, "\(subject) was stopped.")
            }
        return events.event(event, on: .init(.job, job.name), message, details: ["kind": kind])
    }

    /// Saves the job after all earlier changes, in a separate task, so that canceling the caller does not lose the change.
    private func save(event: NewEvent? = nil) async throws {
        let save = Task { [catalog, job, lastSave] in
            _ = try? await lastSave?.value
            try await catalog.saveJob(job, event: event)
        }
        lastSave = save
        try await save.value
    }
}

extension JobState {
    fileprivate mutating func end(_ ending: JobEnding, at time: Date) {
        switch ending {
        case .completed(let message):
            end(.completed, phase: "Completed", at: time)
            phases[phases.count - 1].message = message
        case .stopped: end(.stopped, phase: "Stopped", at: time)
        case .timedOut: end(.stopped, phase: "MaxRuntimeExceeded", at: time)
        case .failed(let reason): end(.failed, phase: "Failed", reason: reason, at: time)
        }
    }
}
