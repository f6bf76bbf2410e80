package import Foundation

/// A schedule: what is analyzed again and again, when, and how far it has come. It is stored as it is.
package struct MonitoringSchedule: Sendable, Hashable, Codable {
    /// What to do next.
    enum Action: Equatable {
        /// Carry out this run, and then ask again.
        case run(Timetable.Run)
        /// Ask again at this time.
        case wait(until: Date)
        /// Nothing until the schedule changes.
        case rest
    }

    /// The most runs that are made up for after a time in which no server ran. Older ones are skipped.
    package static let catchUpLimit = 24

    package let name: String
    package var timetable: Timetable
    package var monitor: Monitor
    package private(set) var isStopped = false
    /// The runs up to this time are recorded or skipped.
    private var handledUntil: Date
    /// When a run of a timetable `once` was asked for, until it is recorded.
    private var requestedAt: Date?
    package var alert: MonitoringAlert
    /// What the API that manages the schedule keeps with it. Only that API reads it.
    package var note: String?
    package let createdAt: Date
    package private(set) var modifiedAt: Date

    package init(name: String, timetable: Timetable, monitor: Monitor, note: String?, at time: Date) {
        self.name = name
        self.timetable = timetable
        self.monitor = monitor
        self.note = note
        createdAt = time
        modifiedAt = time
        handledUntil = time
        alert = MonitoringAlert(createdAt: time)
        start(at: time)
    }

    /// What to do at a time.
    func action(at now: Date) -> Action {
        guard !isStopped else { return .rest }
        switch timetable {
        case .once(let start, let end):
            guard let time = requestedAt else { return .rest }
            return .run(Timetable.Run(time: time, start: start.from(time), end: end.from(time)))
        case .daily:
            if let run = timetable.due(after: handledUntil, until: now, limit: Self.catchUpLimit).first {
                return .run(shifted(run))
            }
            return timetable.next(after: now).map { .wait(until: $0) } ?? .rest
        }
    }

    /// Returns a run about the time that the monitor's offsets say, if it has any.
    private func shifted(_ run: Timetable.Run) -> Timetable.Run {
        var run = run
        run.start = monitor.start?.from(run.time) ?? run.start
        run.end = monitor.end?.from(run.time) ?? run.end
        return run
    }

    /// Notes that a run is recorded, so that it is not due anymore.
    mutating func handle(_ run: Timetable.Run) {
        handledUntil = max(handledUntil, run.time)
        // Another one may have been asked for meanwhile.
        if requestedAt == run.time { requestedAt = nil }
    }

    /// Lets the runs begin. Those that were due while it was stopped are not made up for.
    package mutating func start(at time: Date) {
        isStopped = false
        handledUntil = time
        if case .once = timetable { requestedAt = time }
        modifiedAt = time
    }

    package mutating func stop(at time: Date) {
        isStopped = true
        requestedAt = nil
        modifiedAt = time
    }

    /// Replaces what is analyzed, and when.
    package mutating func change(_ timetable: Timetable, _ monitor: Monitor, note: String?, at time: Date) {
        self.timetable = timetable
        self.monitor = monitor
        self.note = note
        requestedAt = nil
        modifiedAt = time
        if !isStopped { start(at: time) }
    }
}

/// What the runs of a schedule analyze.
package struct Monitor: Sendable, Hashable, Codable {
    package var captures: CaptureSelection
    package var kind: Analysis.Kind
    package var baseline: Analysis.Baseline
    /// The `s3://BUCKET/PREFIX` of the folders of the runs.
    package var output: String
    /// Whether the runs record metrics.
    package var emitsMetrics: Bool
    /// The longest time that a run may take, in seconds.
    package var maxRuntime: Int
    /// Where the analyzed time begins and ends, from when a run is due. `nil` for what the timetable says.
    package var start: TimeOffset?
    package var end: TimeOffset?

    package init(
        captures: CaptureSelection,
        kind: Analysis.Kind,
        baseline: Analysis.Baseline,
        output: String,
        emitsMetrics: Bool,
        maxRuntime: Int
    ) {
        self.captures = captures
        self.kind = kind
        self.baseline = baseline
        self.output = output
        self.emitsMetrics = emitsMetrics
        self.maxRuntime = maxRuntime
    }
}
