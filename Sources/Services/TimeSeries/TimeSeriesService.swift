package import Catalog
package import Definitions
package import Foundation
package import Logging
package import Serving
import WorkThreads

/// Records what each pipeline did over time: in points of 5 s for an hour, and of a minute for a week.
///
/// It takes the counts of Serving every five seconds. Requests do nothing for it but count.
package actor TimeSeriesService {
    /// Minutes that wait for a slow disk. Further ones are in memory only.
    private static let waitingLimit = 10
    /// A longer pause between two samples is a gap: the machine slept, or the clock was set.
    private static let gap: Int64 = 60
    /// The seconds within which a sample belongs to the point that ended before it.
    private static let delay = 1.0

    private struct Key: Hashable {
        var owner: PointStore.Owner
        var variant: String?
    }

    private let serving: Serving
    private let catalog: Catalog
    private let files: PointFiles
    private let logger: Logger
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Date
    private var fine = PointStore(.fine)
    private var coarse = PointStore(.coarse)
    private var fineCoverage = Coverage()
    private var coarseCoverage = Coverage()
    /// What was counted in the minute that is not over.
    private var minute: (time: Int64, counts: [Key: TrafficCounts])?
    /// The end of the last point.
    private var sampledUntil: Int64?
    private var sampledAt: ContinuousClock.Instant?
    /// When the last sample was taken.
    private var countedUntil: Date?
    /// Which pipeline has the metrics of a name.
    private var owners: [String: (generation: UInt64, createdAt: Int64?)] = [:]
    private var sampling: Task<Void, Never>?
    private var waiting: [(points: [PointFiles.Point], minute: Int64)] = []
    private var writing: Task<Void, Never>?
    private var isFailing = false
    private var isFull = false
    private var loop: Task<Void, Never>?

    package init(
        dataFolder: String,
        catalog: Catalog,
        serving: Serving,
        logger: Logger,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        files = PointFiles(folder: dataFolder + "/series")
        self.catalog = catalog
        self.serving = serving
        self.logger = logger
        self.clock = clock
        self.now = now
    }

    // MARK: Life

    /// Reads the points of the last week, and begins to record.
    package func restore() async throws {
        defer { begin() }
        let known = Set(
            try await catalog.pipelines(in: nil).map {
                PointStore.Owner(pipeline: $0.name, createdAt: $0.createdAt.microseconds)
            }
        )
        let time = now().wholeSeconds(.down)
        let oldest = time - PointStore.Resolution.coarse.retention
        (coarse, coarseCoverage) = try await offload { [files] in
            var (store, coverage) = (PointStore(.coarse), Coverage())
            files.expire(before: oldest)
            files.read(from: oldest) { minute, points in
                coverage.add(from: minute, to: minute + 60)
                for point in points where known.contains(point.owner) {
                    store.append(point.counts, of: point.owner, variant: point.variant, at: minute)
                }
                if store.isOverLimit { store.expire(at: time) }
            }
            store.expire(at: time)
            return (store, coverage)
        }
    }

    private func begin() {
        loop = Task { [clock, now] in
            while !Task.isCancelled {
                await sample()
                // Just after a point is over.
                let seconds = now().timeIntervalSince1970
                let rest = 5 - seconds.truncatingRemainder(dividingBy: 5)
                guard (try? await clock.sleep(for: .milliseconds(Int(saturating: rest * 1000) + 150))) != nil else {
                    return
                }
            }
        }
    }

    /// Records what has been counted so far.
    package func close() async {
        loop?.cancel()
        await loop?.value
        guard loop != nil else { return }
        await sample()
        endMinute()
        while let writing { await writing.value }
        files.close()
    }

    // MARK: Recording

    /// Takes the counts since the last sample. Waits if somebody else does.
    private func sample() async {
        if let sampling { return await sampling.value }
        let task = Task { await takeSample() }
        sampling = task
        await task.value
        sampling = nil
    }

    /// Takes the counts unless that was done in the last second.
    private func refresh() async {
        guard loop != nil, sampledAt.map({ $0.duration(to: .now) >= .seconds(1) }) ?? true else { return }
        await sample()
    }

    private func takeSample() async {
        countedUntil = now()
        // A sample just after the end of a point has nearly only what was counted in it.
        let time = Int64(saturating: (now().clamped.timeIntervalSince1970 - Self.delay).rounded(.down))
        let point = max(0, time).rounded(to: 5)
        if let minute, minute.time != point.rounded(to: 60) { endMinute() }
        if minute == nil { minute = (point.rounded(to: 60), [:]) }
        let before = sampledUntil.flatMap { $0 <= point && point - $0 <= Self.gap ? $0 : nil } ?? point
        for metrics in await serving.metrics() where !metrics.pipeline.hasPrefix("@") {
            let taken = metrics.takeTraffic()
            guard !taken.isEmpty, let owner = await owner(of: metrics) else { continue }
            for (variant, counts) in taken {
                let isKept = fine.append(counts.encoded, of: owner, variant: variant, at: point)
                if !isKept { tellFull() }
                minute?.counts[Key(owner: owner, variant: variant), default: TrafficCounts()].add(counts)
            }
        }
        fineCoverage.add(from: before, to: point + 5)
        coarseCoverage.add(from: before.rounded(to: 60), to: point.rounded(to: 60) + 60)
        sampledUntil = point + 5
        sampledAt = .now
    }

    /// Returns which pipeline was counted; `nil` if it was deleted meanwhile.
    private func owner(of metrics: PipelineMetrics) async -> PointStore.Owner? {
        let name = metrics.pipeline
        if owners[name]?.generation != metrics.generation {
            let pipeline = try? await catalog.pipeline(named: name)
            owners[name] = (metrics.generation, pipeline?.createdAt.microseconds)
        }
        return owners[name]?.createdAt.map { PointStore.Owner(pipeline: name, createdAt: $0) }
    }

    private func tellFull() {
        guard !isFull else { return }
        isFull = true
        logger.warning(
            "Too many pipelines and variants for their time series to be recorded",
            metadata: ["limit": "\(PointStore.seriesLimit)"]
        )
    }

    /// Keeps what was counted in a minute, and writes it to the disk.
    private func endMinute() {
        guard let (time, counts) = minute else { return }
        minute = nil
        var points: [PointFiles.Point] = []
        for (key, counts) in counts {
            let bytes = counts.encoded
            guard coarse.append(bytes, of: key.owner, variant: key.variant, at: time) else { continue }
            points.append(PointFiles.Point(owner: key.owner, variant: key.variant, counts: bytes))
        }
        let seconds = now().wholeSeconds(.down)
        fine.expire(at: seconds)
        coarse.expire(at: seconds)
        fineCoverage.remove(before: seconds - PointStore.Resolution.fine.retention - PointStore.Resolution.fine.span)
        coarseCoverage.remove(
            before: seconds - PointStore.Resolution.coarse.retention - PointStore.Resolution.coarse.span
        )
        if waiting.count < Self.waitingLimit { waiting.append((points, time)) }
        if writing == nil { writing = Task { await write() } }
        if time.isMultiple(of: 3600) { Task { await removeDeleted() } }
    }

    private func write() async {
        defer { writing = nil }
        while !waiting.isEmpty {
            let (points, minute) = waiting.removeFirst()
            let oldest = now().wholeSeconds(.down) - PointStore.Resolution.coarse.retention
            do {
                try await offload { [files] in
                    if minute.isMultiple(of: 3600) { files.expire(before: oldest) }
                    try files.append(points, at: minute)
                }
                if isFailing { logger.notice("Time series are written to the disk again") }
                isFailing = false
            } catch {
                // The points are in memory. A disk that is full must not harm anything else, nor fill the server's log.
                if !isFailing {
                    logger.warning(
                        "Could not write time series; they are in memory only",
                        metadata: ["error": "\(error)"]
                    )
                }
                isFailing = true
            }
        }
    }

    /// Frees the points of pipelines that were deleted. Nobody sees them before that either.
    private func removeDeleted() async {
        for owner in Set(fine.owners).union(coarse.owners) {
            let isThere: Bool
            do {
                isThere = try await pipeline(named: owner.pipeline)?.createdAt.microseconds == owner.createdAt
            } catch { continue }
            guard !isThere else { continue }
            fine.remove(owner)
            coarse.remove(owner)
            if owners[owner.pipeline]?.createdAt == owner.createdAt { owners[owner.pipeline] = nil }
        }
    }

    // MARK: Reading

    /// Returns the steps that a request asks for.
    ///
    /// - Parameter step: In seconds; `nil` lets the server choose.
    package func range(start: Date?, end: Date?, step: Int?, seriesCount: Int = 1) throws(RoostError) -> SeriesRange {
        try SeriesRange(
            start: start,
            end: end,
            step: step,
            seriesCount: seriesCount,
            fineSince: fineCoverage.first ?? .max,
            now: now()
        )
    }

    /// Returns until when the series of a span of time are counted.
    package func counted(_ range: SeriesRange) -> Date {
        min(countedUntil ?? now(), Date(timeIntervalSince1970: Double(range.end)).clamped)
    }

    /// Returns what pipelines did in a span of time, up to now.
    ///
    /// - Parameter variant: One variant of endpoints; `nil` for all requests.
    package func series(
        of pipelines: [Pipeline],
        variant: String? = nil,
        _ range: SeriesRange
    ) async throws -> [Series] {
        await refresh()
        let sources = pipelines.map { source($0, variant, range) }
        return try await offload { sources.map { $0.series(range) } }
    }

    /// Returns what a pipeline did in a span of time, up to now; `nil` if it does not exist.
    package func series(
        ofPipelineNamed name: String,
        variant: String?,
        _ range: SeriesRange
    ) async throws -> Series? {
        guard let pipeline = try await pipeline(named: name) else { return nil }
        return try await series(of: [pipeline], variant: variant, range).first
    }

    private func pipeline(named name: String) async throws -> Pipeline? {
        do {
            return try await catalog.pipeline(named: name)
        } catch let error as RoostError where error.code == .notFound {
            return nil
        }
    }

    private func source(_ pipeline: Pipeline, _ variant: String?, _ range: SeriesRange) -> SeriesSource {
        let owner = PointStore.Owner(pipeline: pipeline.name, createdAt: pipeline.createdAt.microseconds)
        let end = range.time(of: range.count)
        let store = range.step < 60 ? fine : coarse
        var latest: [(time: Int64, counts: TrafficCounts)] = []
        var variants = Set(store.variants(of: owner, since: range.start))
        if range.step >= 60, let minute, range.index(of: minute.time) != nil {
            for (key, counts) in minute.counts where key.owner == owner {
                if let name = key.variant { variants.insert(name) }
                if variant == nil || key.variant == variant { latest.append((minute.time, counts)) }
            }
        }
        let coverage = range.step < 60 ? fineCoverage : coarseCoverage
        return SeriesSource(
            pipeline: pipeline.name,
            createdAt: owner.createdAt,
            variants: variants.sorted(),
            chunks: store.chunks(of: owner, variant: variant, from: range.start, before: end),
            step: store.resolution.step,
            latest: latest,
            coverage: coverage.part(from: range.start, to: end)
        )
    }

    /// Returns the pipelines with the variants that have done something at or after a time, sorted by name.
    package func activeVariants(since time: Date) async throws -> [(pipeline: String, variants: [String])] {
        await refresh()
        let start = time.wholeSeconds(.down)
        var active: [PointStore.Owner: Set<String>] = [:]
        for owner in coarse.owners { active[owner] = Set(coarse.variants(of: owner, since: start)) }
        for key in (minute?.counts ?? [:]).keys {
            if let variant = key.variant { active[key.owner, default: []].insert(variant) }
        }
        var found: [(String, [String])] = []
        for (owner, variants) in active where !variants.isEmpty {
            // It may have been deleted.
            guard try await pipeline(named: owner.pipeline)?.createdAt.microseconds == owner.createdAt else { continue }
            found.append((owner.pipeline, variants.sorted()))
        }
        return found.sorted { $0.0 < $1.0 }
    }

    /// When the oldest points that are kept were counted.
    package var oldest: Date { now() - Double(PointStore.Resolution.coarse.retention) }
}
