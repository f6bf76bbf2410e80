package import Catalog
package import Definitions
import Events
package import Foundation
package import Logging
import Platform
import Processes
import Serving

/// The assays: defined, tried on past data, and run as their windows end.
package actor AssayService {
    /// The most assays of a server.
    package static let countLimit = 10_000
    /// The most windows of a preview.
    static let previewLimit = 1000

    let monitoring: Monitoring
    let catalog: Catalog
    let logger: Logger
    let clock: any Clock<Duration>
    let now: @Sendable () -> Date
    /// The assays that are not paused, and when their next window ends.
    var waiting: [String: Waiting] = [:]
    private var task: Task<Void, Never>?
    /// Definitions and removals are applied one at a time. Windows are looked at meanwhile.
    let changes = Turnstile(capacity: 1)

    struct Waiting {
        let schedule: AssaySchedule
        /// The end of the last window that was looked at.
        var cursor: Date

        var due: Date { schedule.due(schedule.end(after: cursor)) }
    }

    package init(
        monitoring: Monitoring,
        catalog: Catalog,
        logger: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.monitoring = monitoring
        self.catalog = catalog
        self.logger = logger
        self.clock = clock
        self.now = now
    }

    /// Begins to look at windows, each assay from where the last server stopped.
    package func restore() async throws {
        for assay in try await catalog.assays() { wait(assay) }
        task = Task { await run() }
    }

    /// Stops. The windows that were not looked at are looked at by the next server.
    package func close() async {
        task?.cancel()
        await task?.value
        task = nil
    }

    func wait(_ assay: AssayRecord) {
        waiting[assay.name] = nil
        guard !assay.definition.isPaused, let schedule = try? AssaySchedule(assay.definition) else { return }
        waiting[assay.name] = Waiting(schedule: schedule, cursor: assay.cursor)
    }

    // MARK: Reading

    package func assays(of filter: PipelineFilter = .all) async throws -> [Assay] {
        var found: [Assay] = []
        for record in try await catalog.assays(of: filter) {
            if let assay = try? await description(of: record) { found.append(assay) }
        }
        return found
    }

    /// Returns a page of assays.
    package func assays(_ query: AssayQuery) async throws -> [Assay] {
        var found: [Assay] = []
        for record in try await catalog.assays(query) {
            if let assay = try? await description(of: record) { found.append(assay) }
        }
        return found
    }

    /// Returns how many assays have which level.
    package func levels(of filter: PipelineFilter) async throws -> [AssayResult.Status: Int] {
        try await catalog.assayLevels(of: filter)
    }

    /// Returns of each assay its newest windows, the newest first.
    package func windows(of assays: [String], limit: Int) async throws -> [String: [AssayWindow]] {
        try await catalog.windows(of: assays, limit: limit)
    }

    package func assay(named name: String) async throws -> Assay { try await description(of: record(name)) }

    /// Returns the results of an assay, the newest first.
    ///
    /// - Parameters:
    ///   - start: Only windows that end at this time or later.
    ///   - end: Only windows that end before.
    ///   - areMeasured: Only windows that have enough values.
    package func results(
        of name: String,
        start: Date? = nil,
        end: Date? = nil,
        areMeasured: Bool = false,
        limit: Int
    ) async throws -> [AssayResult] {
        _ = try await record(name)
        return try await catalog.results(
            ofAssay: name,
            start: start,
            end: end,
            areMeasured: areMeasured,
            limit: limit
        )
    }

    func record(_ name: String) async throws -> AssayRecord {
        try Name.check(name, what: "assay name", field: "assay")
        do {
            if let record = try await catalog.assay(named: name) { return record }
        } catch is DecodingError {
            throw RoostError(.unavailable, "The record of assay '\(name)' is damaged. Remove it and add it again.")
        }
        throw RoostError(.notFound, "Assay '\(name)' does not exist.", field: "assay")
    }

    func description(of record: AssayRecord) async throws -> Assay {
        let baseline = try Self.baseline(record)
        return Assay(
            name: record.name,
            definition: record.definition,
            createdAt: record.createdAt,
            baseline: baseline.summary,
            level: record.level,
            last: try await catalog.results(ofAssay: record.name, limit: 1).first,
            nextEnd: waiting[record.name].map { $0.schedule.end(after: $0.cursor) }
        )
    }

    static func baseline(_ record: AssayRecord) throws -> AssayBaseline {
        do {
            return try JSONDecoder().decode(AssayBaseline.self, from: Data(record.baseline.utf8))
        } catch {
            throw RoostError(.unavailable, "The baseline of assay '\(record.name)' is damaged. Define it again.")
        }
    }

    // MARK: Running

    private func run() async {
        while !Task.isCancelled {
            let time = now()
            let due = waiting.filter { $0.value.due <= time }.keys.sorted()
            if !due.isEmpty { await look(due, at: time) }
            try? await clock.sleep(for: .seconds(1))
        }
    }

    private struct Group: Hashable {
        let pipeline: String
        let start: Date
        let end: Date
    }

    /// Looks at all windows of assays that have ended. The oldest come first, because a level depends on the windows before.
    private func look(_ names: [String], at time: Date) async {
        var groups: [Group: [String]] = [:]
        for name in names {
            guard let waiting = waiting[name], let record = try? await catalog.assay(named: name) else {
                self.waiting[name] = nil
                continue
            }
            let ends = waiting.schedule.dueEnds(after: waiting.cursor, now: time)
            for end in ends {
                let group = Group(
                    pipeline: record.definition.pipeline,
                    start: waiting.schedule.start(of: end),
                    end: end
                )
                groups[group, default: []].append(name)
            }
        }
        for (group, names) in groups.sorted(by: { ($0.key.end, $0.key.pipeline) < ($1.key.end, $1.key.pipeline) }) {
            guard !Task.isCancelled else { return }
            do {
                try await look(group, names)
            } catch {
                if error is CancellationError { return }
                logger.error(
                    "Could not look at a window of assays",
                    metadata: ["pipeline.name": "\(group.pipeline)", "error": "\(error)"]
                )
                // The window is passed over, so that the next ones are looked at.
                for name in names { pass(group.end, name) }
            }
        }
    }

    private func look(_ group: Group, _ names: [String]) async throws {
        let subject = try await monitoring.subject(group.pipeline)
        var records: [AssayRecord] = []
        var items: [AssayRun.Item] = []
        for name in names {
            // It may have been removed, paused or defined anew meanwhile.
            guard let waiting = waiting[name], waiting.cursor < group.end,
                let record = try? await catalog.assay(named: name)
            else { continue }
            do {
                items.append(try await item(record, subject))
                records.append(record)
            } catch let error as CancellationError {
                throw error
            } catch {
                logger.warning(
                    "Could not look at a window of an assay",
                    metadata: ["assay": "\(name)", "error": "\((error as? RoostError)?.message ?? "\(error)")"]
                )
                pass(group.end, name)
            }
        }
        guard !items.isEmpty else { return }
        let run = AssayRun(subject: subject, start: group.start, end: group.end, items: items)
        let results = try await monitoring.compute { [monitoring, now] in run.results(monitoring, at: now()) }
        for (record, result) in zip(records, results) { try await add(result, of: record) }
        monitoring.platform.serving.events.wake()
    }

    func item(_ record: AssayRecord, _ subject: Monitoring.Subject) async throws -> AssayRun.Item {
        let needsNumbers = record.definition.chosenStatistic.needsNumbers
        return AssayRun.Item(
            source: try AssaySource(record.definition, subject),
            comparison: AssayComparison(
                definition: record.definition,
                baseline: try Self.baseline(record),
                sample: needsNumbers ? try await catalog.sample(ofAssay: record.name) ?? [] : []
            )
        )
    }

    /// Records a result, and what it makes of the assay's level.
    private func add(_ result: AssayResult, of record: AssayRecord) async throws {
        let before = try await catalog.statuses(of: record, limit: 100)
        var changed = record
        changed.cursor = max(record.cursor, result.end)
        changed.level = (before + [result.status]).level(record.definition, before: record.level)
        try await catalog.add(result, of: changed, event: event(record, changed.level, result))
        pass(changed.cursor, record.name)
    }

    /// The windows of an assay up to this end need not be looked at any more. It may have been defined anew meanwhile.
    private func pass(_ end: Date, _ name: String) {
        guard let cursor = waiting[name]?.cursor else { return }
        waiting[name]?.cursor = max(cursor, end)
    }

    private func event(_ record: AssayRecord, _ level: AssayResult.Status, _ result: AssayResult) -> NewEvent? {
        guard level != record.level else { return nil }
        let name = record.name
        let pipeline = record.definition.pipeline
        let what: (kind: EventKind, message: String)
        switch level {
        case .alert: what = (.assayAlert, "Assay '\(name)' of pipeline '\(pipeline)' alerts: \(result.reason)")
        case .warning: what = (.assayWarning, "Assay '\(name)' of pipeline '\(pipeline)' warns: \(result.reason)")
        case .ok:
            // Before its first windows, there was nothing to recover from.
            guard record.level != .notEnoughData else { return nil }
            what = (.assayRecovered, "Assay '\(name)' of pipeline '\(pipeline)' has recovered.")
        case .notEnoughData: return nil
        }
        var details = [
            "pipeline": pipeline, "metric": record.definition.metric, "window_end": result.end.formatted(.iso8601),
        ]
        details["score"] = result.score.map { "\($0)" }
        return monitoring.platform.serving.events.event(
            what.kind,
            on: .init(.assay, name),
            what.message,
            details: details
        )
    }
}
