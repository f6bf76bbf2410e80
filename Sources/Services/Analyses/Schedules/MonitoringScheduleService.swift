package import Catalog
import Definitions
import Encodings
package import Events
package import Foundation
package import Logging
import Processes

/// Why a request about a schedule is refused.
package enum ScheduleRejection: Error, Equatable {
    case exists(String)
    case missing(String)
}

/// Manages all monitoring schedules: carries out their runs when they are due, one after the other, and watches what they find.
///
/// A run is recorded before the schedule is said to have handled it. A server that stops in between finds the recorded run, because its
/// name follows from the schedule and the time, and carries it out once.
package actor MonitoringScheduleService {
    private struct Driver {
        var task: Task<Void, Never>
        /// Opened when the schedule has changed.
        var wake: Latch
    }

    /// The longest sleep, so that a clock that is set matters soon.
    private static let longestSleep: Duration = .seconds(60)
    /// How long to wait after a run could not be recorded.
    private static let pause: Duration = .seconds(30)

    private let catalog: Catalog
    private let analyses: AnalysisService
    private let events: EventLog
    private let logger: Logger
    private let clock: any Clock<Duration>
    /// Returns the time for records.
    private let now: @Sendable () -> Date
    private var schedules: [String: MonitoringSchedule] = [:]
    private var drivers: [String: Driver] = [:]
    private var loading: Task<Void, any Error>?
    private var isClosed = false
    /// Safe mode: no run begins.
    private var runsNothing = false
    /// Changes are recorded one at a time.
    private let changes = Turnstile(capacity: 1)

    package init(
        catalog: Catalog,
        analyses: AnalysisService,
        events: EventLog,
        logger: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.catalog = catalog
        self.analyses = analyses
        self.events = events
        self.logger = logger
        self.clock = clock
        self.now = now
    }

    /// Goes on with all schedules. Call it after the analyses are restored.
    package func restore() async throws {
        try await load()
        for name in schedules.keys { drive(name) }
    }

    /// Safe mode: schedules can be read and changed, but no run begins.
    package func restoreNothing() async throws {
        runsNothing = true
        try await load()
    }

    /// Stops the schedules. The next start goes on with them.
    package func close() async {
        isClosed = true
        for driver in drivers.values { driver.task.cancel() }
        for driver in drivers.values { await driver.task.value }
    }

    private func load() async throws {
        if loading == nil {
            loading = Task {
                for (name, document) in try await catalog.monitoringSchedules() {
                    do {
                        schedules[name] = try StoredDocument.decode(MonitoringSchedule.self, document)
                    } catch {
                        // A damaged record must not keep the other schedules from running.
                        logger.error(
                            "Could not read monitoring schedule",
                            metadata: ["schedule": "\(name)", "error": "\(error)"]
                        )
                    }
                }
            }
        }
        do {
            try await loading?.value
        } catch {
            loading = nil
            throw error
        }
    }

    // MARK: Reading

    /// Returns all schedules.
    package func all() async throws -> [MonitoringSchedule] {
        try await load()
        return Array(schedules.values)
    }

    /// - Throws: ``ScheduleRejection`` if there is none.
    package func schedule(named name: String) async throws -> MonitoringSchedule {
        try await load()
        guard let schedule = schedules[name] else { throw ScheduleRejection.missing(name) }
        return schedule
    }

    // MARK: Changes

    /// - Throws: ``ScheduleRejection`` if the name is taken.
    package func create(_ schedule: MonitoringSchedule) async throws {
        try await load()
        let name = schedule.name
        guard schedules[name] == nil,
            try await catalog.addMonitoringSchedule(name, document: try StoredDocument.encode(schedule))
        else { throw ScheduleRejection.exists(name) }
        schedules[name] = schedule
        drive(name)
    }

    /// Changes a schedule, and lets it go on at once.
    ///
    /// - Parameter edit: Is given the schedule and the time.
    /// - Throws: ``ScheduleRejection`` if there is none.
    package func change(_ name: String, _ edit: @Sendable (inout MonitoringSchedule, Date) -> Void) async throws {
        try await load()
        try await changes.pass {
            try await save(name) { schedule, time in
                edit(&schedule, time)
                return nil
            }
        }
        drivers[name]?.wake.open()
    }

    /// Changes the conditions of a schedule's alert.
    package func changeAlert(_ name: String, datapointsToAlert: Int, evaluationPeriod: Int) async throws {
        try await change(name) { schedule, time in
            schedule.alert.datapointsToAlert = datapointsToAlert
            schedule.alert.evaluationPeriod = evaluationPeriod
            schedule.alert.modifiedAt = time
        }
        try await evaluateAlert(of: name)
    }

    /// Deletes a schedule, and stops its run. Its earlier runs stay.
    package func delete(_ name: String) async throws {
        try await load()
        guard schedules[name] != nil else { throw ScheduleRejection.missing(name) }
        try await changes.pass { try await remove(name) }
        drivers.removeValue(forKey: name)?.task.cancel()
        for run in try await analyses.runs(of: name, limit: 10) where !run.state.status.isFinal {
            // It may have ended in between.
            try? await analyses.stop(run.name)
        }
    }

    private func remove(_ name: String) async throws {
        try await catalog.removeMonitoringSchedule(name)
        schedules[name] = nil
    }

    /// Records a change before it is visible. Call it while passing ``changes``.
    private func save(
        _ name: String,
        _ edit: @Sendable (inout MonitoringSchedule, Date) -> NewEvent?
    ) async throws {
        guard var schedule = schedules[name] else { throw ScheduleRejection.missing(name) }
        let before = schedule
        let event = edit(&schedule, now())
        guard schedule != before else { return }
        try await catalog.saveMonitoringSchedule(name, document: try StoredDocument.encode(schedule), event: event)
        schedules[name] = schedule
        if event != nil { events.wake() }
    }

    // MARK: Running

    private func drive(_ name: String) {
        guard !isClosed, !runsNothing, drivers[name] == nil, let schedule = schedules[name] else { return }
        let task = Task { await run(name, createdAt: schedule.createdAt) }
        drivers[name] = Driver(task: task, wake: Latch())
    }

    private func run(_ name: String, createdAt: Date) async {
        // What a run found may not have been looked at when the server stopped.
        try? await evaluateAlert(of: name)
        while !Task.isCancelled, let schedule = schedules[name], schedule.createdAt == createdAt {
            let wake = Latch()
            drivers[name]?.wake = wake
            do {
                switch schedule.action(at: now()) {
                case .rest: await wake.wait()
                case .wait(let time):
                    let rest = Duration.bounded(seconds: time.timeIntervalSince(now()))
                    await wake.wait(atMost: min(rest, Self.longestSleep), by: clock)
                case .run(let run): try await carryOut(run, of: schedule)
                }
            } catch is ScheduleRejection {
                // It was deleted meanwhile.
                return
            } catch is CancellationError {
                return
            } catch {
                logger.error(
                    "Could not carry out a run of a monitoring schedule",
                    metadata: ["schedule": "\(name)", "error": "\(error)"]
                )
                await wake.wait(atMost: Self.pause, by: clock)
            }
        }
    }

    private func carryOut(_ run: Timetable.Run, of schedule: MonitoringSchedule) async throws {
        let name = schedule.name
        let analysis = schedule.analysis(for: run, at: now())
        do {
            try await analyses.start(analysis, request: schedule.note)
        } catch AnalysisRejection.nameTaken {
            // It was recorded before the server stopped.
        }
        try await changes.pass {
            try await save(name) { schedule, _ in
                schedule.handle(run)
                return nil
            }
        }
        await analyses.settle(analysis.name)
        guard !Task.isCancelled else { return }
        try await evaluateAlert(of: name)
    }

    /// Looks at what the latest runs of a schedule found.
    private func evaluateAlert(of name: String) async throws {
        guard let schedule = schedules[name] else { return }
        let found = try await analyses.runs(of: name, limit: 1000)
            .filter { $0.state.createdAt >= schedule.createdAt }
            .compactMap { run in run.outcome?.violationCount.map { $0 > 0 } }
        try await changes.pass {
            try await save(name) { [events] schedule, time in
                guard schedule.alert.evaluate(found, at: time) else { return nil }
                let endpoint = schedule.monitor.captures.endpoint
                let message =
                    schedule.alert.isOn
                    ? "Monitoring schedule '\(name)' of endpoint '\(endpoint)' found violations."
                    : "Monitoring schedule '\(name)' of endpoint '\(endpoint)' no longer finds violations."
                return events.event(
                    schedule.alert.isOn ? .monitoringAlert : .monitoringAlertEnded,
                    on: .init(.schedule, name),
                    message,
                    details: ["endpoint": endpoint]
                )
            }
        }
    }
}

extension MonitoringSchedule {
    /// The analysis that a run is. Its name follows from the schedule and the time.
    func analysis(for run: Timetable.Run, at time: Date) -> Analysis {
        // Its digits: 20260301110000.
        let moment = RFC3339.string(seconds: Int64(saturating: run.time.clamped.timeIntervalSince1970))
            .filter(\.isNumber)
        let hash = StableHash.fnv1a("\(name) \(createdAt.microseconds) \(run.time.microseconds)")
        var folder = "\(monitor.captures.endpoint)/\(name)/\(HourlyObjects.path(of: run.time))"
        // Several of them may be in one hour, and none must replace the files of another.
        if case .once = timetable { folder += "/\(moment.suffix(4).prefix(2))-\(moment.suffix(2))" }
        let output = monitor.output.hasSuffix("/") ? monitor.output + folder : monitor.output + "/" + folder
        var analysis = Analysis(
            name: "model-monitoring-\(moment.prefix(12))-" + String(format: "%016llx", hash),
            kind: monitor.kind,
            source: .captures(monitor.captures, run),
            baseline: monitor.baseline,
            output: output,
            createdAt: time
        )
        analysis.emitsMetrics = monitor.emitsMetrics
        analysis.maxRuntime = monitor.maxRuntime
        analysis.schedule = name
        return analysis
    }
}
