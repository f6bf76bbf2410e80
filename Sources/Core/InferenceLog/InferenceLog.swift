import Foundation
import Synchronization
import Tensors

/// The durable record of every inference: a folder for each pipeline with segments in the JSON Lines format.
///
/// Requests append to a buffer; a single writer empties the buffers in batches. Segments are append-only, and a line is
/// complete once its newline is written, so `tail -f`, pandas, DuckDB or Spark can read them directly.
package final class InferenceLog: Sendable {
    package struct Configuration: Sendable {
        /// A segment is closed when it reaches this size …
        package var segmentBytes = 64 << 20
        /// … or at this age.
        package var segmentAge: Duration = .seconds(3600)
        /// The maximum size of entries that wait for the writer, over all pipelines. More are dropped and counted.
        package var bufferBytes = 64 << 20
        /// The maximum time that entries wait for the writer.
        package var flushInterval: Duration = .milliseconds(100)
        /// Closed segments older than this are deleted.
        package var retentionAge: Duration = .seconds(30 * 24 * 3600)
        /// The oldest closed segments of a pipeline are deleted while its segments are larger than this.
        package var retentionBytes = 4 << 30

        package init() {}
    }

    /// Counts entries: `accepted` = `logged` + dropped entries + entries still in the buffer.
    package struct Counters: Sendable {
        package var accepted = 0
        package var logged = 0
        package var droppedBufferFull = 0
        package var droppedWriteFailed = 0
        /// Inputs or outputs that were too large to log.
        package var omittedParts = 0
        package var bufferedBytes = 0

        fileprivate mutating func add(_ other: Counters) {
            accepted += other.accepted
            logged += other.logged
            droppedBufferFull += other.droppedBufferFull
            droppedWriteFailed += other.droppedWriteFailed
            omittedParts += other.omittedParts
        }
    }

    struct Buffer: ~Copyable {
        var lines = JSONWriter()
        var entryCount = 0
        var counters = Counters()
        /// Whether the log was removed: what is appended goes nowhere.
        var isRemoved = false
    }

    private struct Streams {
        var byPipeline: [String: InferenceStream] = [:]
        /// The counters of the logs that were removed.
        var removed = Counters()
    }

    let folder: String
    let configuration: Configuration
    private let streams = Mutex(Streams())
    private let writers = Mutex<[String: SegmentWriter]>([:])
    private let wake = DispatchSemaphore(value: 0)
    private let isClosed = Atomic<Bool>(false)
    /// Whether the writer sleeps until the next entry.
    private let isWriterIdle = Atomic<Bool>(false)
    let bufferedBytes = Atomic<Int>(0)
    /// Signaled after a segment was closed.
    let columnWork = DispatchSemaphore(value: 0)
    /// Taken to delete or replace a segment or its column file, so that neither comes back after the other was deleted.
    let segmentNames = Mutex<Void>(())
    let deletions = Mutex<Void>(())
    let columnBuilds = Mutex<Void>(())

    /// Opens the log in `folder`, and starts its writer.
    package init(folder: String, configuration: Configuration = Configuration()) throws {
        self.folder = folder
        self.configuration = configuration
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        Self.removeDrafts(in: folder)
        let thread = Thread { [self] in runWriter() }
        thread.name = "inference-log"
        thread.start()
        // Earlier segments may lack their column files.
        columnWork.signal()
        let columns = Thread { [self] in runColumns() }
        columns.name = "log-columns"
        columns.start()
    }

    var isClosing: Bool { isClosed.load(ordering: .acquiring) }

    /// The path of the segment that the writer appends to.
    func openSegment(of pipeline: String) -> String? { writers.withLock { $0[pipeline]?.openSegment?.path } }

    /// Writes what waits, and returns the segments with the sizes that they have then.
    func writtenSegments(of pipeline: String) -> [Segment] {
        let now = Segment.microsecondsNow()
        return writers.withLock { writers in
            // Nothing can extend a segment before they are listed.
            if let stream = streams.withLock({ $0.byPipeline[pipeline] }) { drain(stream, &writers, at: now) }
            return Segment.all(in: folder + "/" + pipeline)
        }
    }

    /// Writes what waits, closes the open segment, and returns the segments. What is appended later goes to a new one.
    ///
    /// - Parameter isLast: Whether nothing that is appended later is kept.
    func closedSegments(of pipeline: String, isLast: Bool = false) -> [Segment] {
        let now = Segment.microsecondsNow()
        let segments = writers.withLock { writers in
            // Nothing can open a segment before they are listed.
            if let stream = streams.withLock({ $0.byPipeline[pipeline] }) {
                if isLast { stream.buffer.withLock { $0.isRemoved = true } }
                drain(stream, &writers, at: now)
                if isLast { forget(stream) }
            }
            writers[pipeline] = nil
            return Segment.all(in: folder + "/" + pipeline)
        }
        columnWork.signal()
        return segments
    }

    /// A stream of the same name begins anew.
    private func forget(_ stream: InferenceStream) {
        let counters = stream.buffer.withLock { $0.counters }
        streams.withLock {
            $0.byPipeline[stream.pipeline] = nil
            $0.removed.add(counters)
        }
    }

    /// Returns the time until which entries were deleted regardless of what they contain, in milliseconds since the epoch; `nil` if it has deleted none.
    package func deletedUntil(of pipeline: String) -> Int64? {
        guard let text = try? String(contentsOfFile: deletionMark(of: pipeline), encoding: .utf8) else { return nil }
        return Int64(text.trimmingCharacters(in: .whitespacesAndNewlines)).map { $0 / 1000 }
    }

    func deletionMark(of pipeline: String) -> String { folder + "/" + pipeline + "/deleted-until" }

    /// Returns the stream for the entries of a pipeline.
    ///
    /// - Precondition: `pipeline` is a valid name, because it becomes the name of a folder.
    package func stream(for pipeline: String) -> InferenceStream {
        streams.withLock {
            if let stream = $0.byPipeline[pipeline] { return stream }
            let stream = InferenceStream(pipeline: pipeline, log: self)
            $0.byPipeline[pipeline] = stream
            return stream
        }
    }

    /// A stream that keeps nothing: for inferences that are not part of the traffic. Appending costs as much as otherwise.
    package func discarding(for pipeline: String) -> InferenceStream {
        let stream = InferenceStream(pipeline: pipeline, log: self)
        stream.buffer.withLock { $0.isRemoved = true }
        return stream
    }

    package func counters() -> Counters {
        var (sum, streams) = streams.withLock { ($0.removed, Array($0.byPipeline.values)) }
        for stream in streams { sum.add(stream.buffer.withLock { $0.counters }) }
        sum.bufferedBytes = bufferedBytes.load(ordering: .relaxed)
        return sum
    }

    /// Writes all entries that were appended before the call. Blocks on the disk.
    package func flush() { flush(at: Segment.microsecondsNow()) }

    /// - Parameter now: In microseconds since the epoch.
    func flush(at now: Int64) {
        writers.withLock { writers in
            for stream in streams.withLock({ Array($0.byPipeline.values) }) { drain(stream, &writers, at: now) }
        }
    }

    /// Writes all pending entries and ends the writer.
    package func close() {
        isClosed.store(true, ordering: .releasing)
        wake.signal()
        columnWork.signal()
        flush()
    }

    func wakeWriter() { wake.signal() }

    /// Call it after an entry was appended and counted in ``bufferedBytes``. Almost always costs one load.
    func wakeIdleWriter() {
        // Either this sees that the writer is idle, or the writer sees the entry before it sleeps.
        guard isWriterIdle.load(ordering: .sequentiallyConsistent),
            isWriterIdle.exchange(false, ordering: .sequentiallyConsistent)
        else { return }
        wake.signal()
    }

    /// Writes a while after the first entry, so that many are written at once. Sleeps as long as there is none.
    private func runWriter() {
        let interval = configuration.flushInterval
        var nextRetention = ContinuousClock.now + interval
        while !isClosed.load(ordering: .acquiring) {
            isWriterIdle.store(true, ordering: .sequentiallyConsistent)
            if bufferedBytes.load(ordering: .sequentiallyConsistent) == 0 {
                _ = wake.wait(timeout: .now() + ContinuousClock.now.duration(to: nextRetention).seconds)
            }
            isWriterIdle.store(false, ordering: .sequentiallyConsistent)
            if bufferedBytes.load(ordering: .sequentiallyConsistent) > 0, !isClosed.load(ordering: .acquiring) {
                _ = wake.wait(timeout: .now() + interval.seconds)
            }
            flush()
            if ContinuousClock.now >= nextRetention {
                nextRetention = .now + .seconds(60)
                applyRetention(at: Segment.microsecondsNow())
            }
        }
    }

    private func drain(_ stream: InferenceStream, _ writers: inout [String: SegmentWriter], at now: Int64) {
        var lines = JSONWriter()
        let entryCount = stream.buffer.withLock { buffer in
            guard buffer.entryCount > 0 else { return 0 }
            swap(&buffer.lines, &lines)
            defer { buffer.entryCount = 0 }
            return buffer.entryCount
        }
        guard entryCount > 0 else { return }
        bufferedBytes.subtract(lines.count, ordering: .relaxed)
        var writer =
            writers[stream.pipeline]
            ?? SegmentWriter(folder: folder + "/" + stream.pipeline, configuration: configuration)
        let before = writer.openSegment?.path
        let isWritten = lines.withBytes { writer.append($0, at: now) }
        writers[stream.pipeline] = writer
        if let before, before != writer.openSegment?.path { columnWork.signal() }
        stream.buffer.withLock {
            if isWritten {
                $0.counters.logged += entryCount
            } else {
                $0.counters.droppedWriteFailed += entryCount
            }
        }
    }

    /// Deletes old segments with their column files, but never the open one.
    ///
    /// - Parameter now: In microseconds since the epoch.
    func applyRetention(at now: Int64) {
        let pipelines = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let oldest = now - Int64(configuration.retentionAge.seconds * 1e6)
        for pipeline in pipelines {
            let open = openSegment(of: pipeline)
            let segments = Segment.all(in: folder + "/" + pipeline)
            let sizes = segments.map(\.totalBytes)
            var total = sizes.reduce(0, +)
            for (index, segment) in segments.enumerated() where segment.path != open {
                // A segment ends where the next one starts.
                let end = index + 1 < segments.count ? segments[index + 1].start : segment.start
                guard end < oldest || total > configuration.retentionBytes else { break }
                segmentNames.withLock { _ in
                    unlink(segment.columnsPath)
                    unlink(segment.path)
                }
                total -= sizes[index]
                // A report must know that its log is not complete.
                try? Data("\(end)\n".utf8).write(to: URL(filePath: deletionMark(of: pipeline)))
            }
        }
    }
}

/// Appends entries to the log of one pipeline.
package final class InferenceStream: Sendable {
    let pipeline: String
    let buffer = Mutex(InferenceLog.Buffer())
    private let log: InferenceLog

    init(pipeline: String, log: InferenceLog) {
        self.pipeline = pipeline
        self.log = log
    }

    /// Appends the entries next to each other. Does not wait for the disk: if the buffer is full, the entries are dropped.
    package func append(_ records: [InferenceRecord]) {
        append(count: records.count) { lines in records.reduce(0) { $0 + $1.write(to: &lines) } }
    }

    /// Appends one entry.
    package func append(_ record: InferenceRecord) {
        append(count: 1) { record.write(to: &$0) }
    }

    /// - Parameter write: Appends the lines, and returns the number of inputs and outputs that were left out.
    private func append(count: Int, _ write: (inout JSONWriter) -> Int) {
        guard log.bufferedBytes.load(ordering: .relaxed) < log.configuration.bufferBytes else {
            return buffer.withLock { buffer in
                guard !buffer.isRemoved else { return }
                buffer.counters.accepted += count
                buffer.counters.droppedBufferFull += count
            }
        }
        // Encode before taking the lock, so that other event loops wait only for the copy.
        // The allocator hands out this much without a search.
        var lines = JSONWriter(capacity: 1024)
        let omittedParts = write(&lines)
        log.bufferedBytes.add(lines.count, ordering: .sequentiallyConsistent)
        let wakeAt = 256 << 10
        let wasSmall = buffer.withLock { buffer -> Bool? in
            guard !buffer.isRemoved else { return nil }
            let before = buffer.lines.count
            buffer.lines.raw(lines)
            buffer.entryCount += count
            buffer.counters.accepted += count
            buffer.counters.omittedParts += omittedParts
            return before < wakeAt && buffer.lines.count >= wakeAt
        }
        guard let wasSmall else {
            log.bufferedBytes.subtract(lines.count, ordering: .relaxed)
            return
        }
        if wasSmall { log.wakeWriter() }
        log.wakeIdleWriter()
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
