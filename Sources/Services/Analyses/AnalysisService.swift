import Buckets
package import Catalog
package import Definitions
package import Endpoints
import Events
package import Foundation
import Jobs
package import Logging
package import Platform
import Processes
import Serving

/// Why a request about an analysis is refused.
package enum AnalysisRejection: Error, Equatable {
    case nameTaken(String)
    case missing(String)
    /// The analysis cannot be stopped because it has ended.
    case ended(String, JobState.Status)
    /// There are no objects under the URI.
    case noData(String)
}

/// Accepts, runs and stops analyses, and reports their state.
///
/// An analysis is recorded before it begins. One that was running when the server stopped is run again by the next start: it reads
/// what it read before, and replaces the files that it had written.
package actor AnalysisService {
    /// An analysis, and the request that the API that took it keeps with it.
    package struct Entry: Sendable {
        package var analysis: Analysis
        package var request: String?
    }

    private struct Running {
        var handle: RunningJob
        var end: Latch
        var task: Task<Void, Never>?
    }

    private let platform: Platform
    private let endpoints: EndpointService
    private let catalog: Catalog
    private let logger: Logger
    private let clock: any Clock<Duration>
    /// Returns the time for records.
    private let now: @Sendable () -> Date
    /// Each analysis reads whole data sets, so only a few run at once.
    private let queue = JobQueue(concurrency: 2)
    private var running: [String: Running] = [:]
    private var isClosed = false

    package init(
        catalog: Catalog,
        platform: Platform,
        endpoints: EndpointService,
        logger: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.catalog = catalog
        self.platform = platform
        self.endpoints = endpoints
        self.logger = logger
        self.clock = clock
        self.now = now
    }

    // MARK: Reading

    /// - Returns: `nil` if there is none.
    package func entry(named name: String) async throws -> Entry? {
        try await catalog.analysis(named: name).map(Self.entry)
    }

    /// Returns all analyses, the newest first.
    package func all() async throws -> [Analysis] { try await analyses(.all) }

    /// Returns the runs of a schedule, or of all schedules, the newest first.
    package func runs(of schedule: String?, limit: Int = .max) async throws -> [Analysis] {
        try await analyses(.runs(schedule: schedule), limit: limit)
    }

    private func analyses(_ selection: Catalog.AnalysisSelection, limit: Int = .max) async throws -> [Analysis] {
        try Catalog.readable(try await catalog.analyses(selection, limit: limit)) { try Self.entry($0).analysis }
    }

    /// Whether there is an analysis whose name is this one in lower case.
    package func hasAnalysis(lowercased name: String) async throws -> Bool {
        try await catalog.hasAnalysis(lowercased: name)
    }

    private static func entry(_ stored: StoredAnalysis) throws -> Entry {
        Entry(analysis: try StoredDocument.decode(Analysis.self, stored.document), request: stored.request)
    }

    // MARK: Metrics

    /// Returns the values of a metric from `start` until before `end`, the oldest first.
    package nonisolated func metrics(
        _ series: MonitoringMetric.Series,
        from start: Date,
        before end: Date
    ) async throws -> [MonitoringMetric] {
        try await catalog.metrics(series, from: start, before: end)
    }

    /// Returns the metrics that have values.
    package nonisolated func metricSeries() async throws -> [MonitoringMetric.Series] {
        try await catalog.metricSeries()
    }

    // MARK: Running

    /// Checks an analysis that a user asks for.
    ///
    /// - Throws: ``AnalysisRejection``, or ``RoostError`` that names the invalid field.
    package func check(_ analysis: Analysis) async throws {
        try Name.checkJob(analysis.name)
        guard try await catalog.analysis(named: analysis.name) == nil else {
            throw AnalysisRejection.nameTaken(analysis.name)
        }
        if case .objects(let uri, _) = analysis.source {
            guard try await platform.buckets.hasObjects(under: try ObjectURI(uri, field: "source")) else {
                throw AnalysisRejection.noData(uri)
            }
        }
        let output = try ObjectURI(analysis.output, field: "output")
        guard try await platform.buckets.bucket(named: output.bucket) != nil else {
            throw RoostError(.notFound, "The bucket '\(output.bucket)' does not exist.", field: "output")
        }
    }

    /// Records an analysis, and runs it when it is its turn.
    ///
    /// - Parameter request: Data that the API stores with it.
    /// - Throws: ``AnalysisRejection`` if the name is taken.
    package func start(_ analysis: Analysis, request: String? = nil) async throws {
        guard try await catalog.addAnalysis(try Self.stored(analysis, request: request)) else {
            throw AnalysisRejection.nameTaken(analysis.name)
        }
        run(analysis)
    }

    /// Asks an analysis to end.
    ///
    /// - Throws: ``AnalysisRejection`` if it does not exist or has ended.
    package func stop(_ name: String) async throws {
        let handle = running[name]?.handle
        guard var analysis = try await entry(named: name)?.analysis else { throw AnalysisRejection.missing(name) }
        guard !analysis.state.status.isFinal else { throw AnalysisRejection.ended(name, analysis.state.status) }
        if let handle { return handle.end(.stopped) }
        // A server in safe mode has not run it.
        analysis.state.end(.stopped, phase: "Stopped", at: now())
        try await save(analysis)
    }

    /// Waits until an analysis has ended, or the server stops.
    package func settle(_ name: String) async { await running[name]?.end.wait() }

    /// Runs the analyses that had not ended when the server stopped.
    package func restore() async throws {
        for stored in try await catalog.analyses(.unfinished).reversed() {
            guard var analysis = try? Self.entry(stored).analysis else {
                logger.error("Could not read analysis", metadata: ["analysis": "\(stored.name)"])
                continue
            }
            let item = Self.mark(of: analysis.name)
            if platform.serving.marks.suspicion(of: item)?.isProven == true {
                let reason = "InternalServerError: the server crashed twice in a row while running this analysis."
                analysis.state.end(.failed, phase: "Failed", reason: reason, at: now())
                try await save(analysis)
                platform.serving.marks.unmark(item)
            } else {
                run(analysis)
            }
        }
    }

    /// Ends the running analyses, so that the next start runs them again.
    package func close() async {
        isClosed = true
        for entry in running.values { entry.handle.end(.serverEnds) }
        for entry in running.values { await entry.task?.value }
    }

    private static func mark(of name: String) -> StartMarks.Item { .job("analysis", name) }

    private func run(_ analysis: Analysis) {
        guard !isClosed else { return }
        let entry = Running(handle: RunningJob(), end: Latch())
        running[analysis.name] = entry
        running[analysis.name]?.task = Task {
            await platform.serving.marks.duringBeginning(of: Self.mark(of: analysis.name)) {
                await carryOut(analysis, entry.handle)
            }
            running[analysis.name] = nil
            entry.end.open()
        }
    }

    private func carryOut(_ analysis: Analysis, _ handle: RunningJob) async {
        guard await queue.enter(handle) else { return await end(analysis, .failure(AnalysisEnd(handle.end))) }
        defer { queue.leave() }
        var analysis = analysis
        analysis.state.startedAt = analysis.state.startedAt ?? now()
        analysis.state.enter("InProgress", "Reading the data", at: now())
        do {
            try await save(analysis)
        } catch {
            return await end(analysis, .failure(error))
        }
        let limit = Task { [clock, maxRuntime = analysis.maxRuntime] in
            try await clock.sleep(for: .bounded(seconds: maxRuntime))
            handle.end(.timedOut)
        }
        defer { limit.cancel() }
        let run = AnalysisRun(
            analysis: analysis,
            handle: handle,
            buckets: platform.buckets,
            endpoints: endpoints,
            now: now
        )
        do {
            await end(analysis, .success(try await run.work()))
        } catch {
            await end(analysis, .failure(error))
        }
    }

    private func end(_ analysis: Analysis, _ result: Result<AnalysisResults, any Error>) async {
        var analysis = analysis
        var metrics: [MonitoringMetric] = []
        let time = now()
        switch result {
        case .success(let results):
            analysis.outcome = results.outcome
            metrics = results.metrics
            analysis.state.end(.completed, phase: "Completed", at: time)
        case .failure(AnalysisEnd.serverEnds):
            // The record stays as it is, so the next start runs it again.
            return
        case .failure(AnalysisEnd.stopped): analysis.state.end(.stopped, phase: "Stopped", at: time)
        case .failure(AnalysisEnd.timedOut): analysis.state.end(.stopped, phase: "MaxRuntimeExceeded", at: time)
        case .failure(let error):
            analysis.state.end(.failed, phase: "Failed", reason: reason(of: error, analysis.name), at: time)
        }
        do {
            try await save(analysis, metrics: metrics, event: endEvent(analysis))
            platform.serving.events.wake()
        } catch {
            logger.error(
                "Could not record the end of an analysis",
                metadata: ["analysis": "\(analysis.name)", "error": "\(error)"]
            )
        }
        logger.info(
            "Analysis ended",
            metadata: ["analysis": "\(analysis.name)", "status": "\(analysis.state.status.rawValue)"]
        )
    }

    private func reason(of error: any Error, _ name: String) -> String {
        if let error = error as? RoostError, ![.internalError, .insufficientStorage].contains(error.code) {
            return error.message
        }
        logger.error("Analysis failed", metadata: ["analysis": "\(name)", "error": "\(error)"])
        let isFull = RoostError(diskFull: error) != nil
        return "InternalServerError: the analysis failed: \(isFull ? "the disk is full" : "see the server log")."
    }

    private func endEvent(_ analysis: Analysis) -> NewEvent? {
        let events = platform.serving.events
        let status = analysis.state.status
        let failure = (analysis.state.failureReason ?? "").prefix(1000)
        if let schedule = analysis.schedule {
            guard status == .failed else { return nil }
            return events.event(
                .monitoringFailed,
                on: .init(.schedule, schedule),
                "A run of monitoring schedule '\(schedule)' failed: \(failure)",
                details: ["analysis": analysis.name, "endpoint": analysis.endpoint ?? ""]
            )
        }
        let subject = "The processing job '\(analysis.name)'"
        let (kind, message): (EventKind, String) =
            switch status {
            case .completed: (.jobCompleted, "\(subject) has completed.")
            case .failed: (.jobFailed, "\(subject) failed: \(failure)")
            case .stopped, .stopping, .inProgress: (.jobStopped, "\(subject) was stopped.")
            }
        return events.event(kind, on: .init(.job, analysis.name), message, details: ["kind": "processing"])
    }

    private func save(_ analysis: Analysis, metrics: [MonitoringMetric] = [], event: NewEvent? = nil) async throws {
        try await catalog.saveAnalysis(try Self.stored(analysis), metrics: metrics, event: event)
    }

    private static func stored(_ analysis: Analysis, request: String? = nil) throws -> StoredAnalysis {
        StoredAnalysis(
            name: analysis.name,
            schedule: analysis.schedule,
            isFinal: analysis.state.status.isFinal,
            createdAt: analysis.state.createdAt,
            modifiedAt: analysis.state.modifiedAt,
            document: try StoredDocument.encode(analysis),
            request: request
        )
    }
}

/// Why an analysis ended before it was completed.
enum AnalysisEnd: Error {
    case stopped
    case timedOut
    case serverEnds

    /// The reason why it was asked to end.
    init(_ end: RunningJob.End?) {
        switch end {
        case .timedOut: self = .timedOut
        case .serverEnds: self = .serverEnds
        case .stopped, nil: self = .stopped
        }
    }
}

/// The JSON in which records are stored.
enum StoredDocument {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
