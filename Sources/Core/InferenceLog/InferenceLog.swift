import Foundation
import Synchronization
import Tensors

/// The durable record of every inference: a folder a pipeline, in it segments of JSON Lines.
///
/// Requests append to a buffer; one writer empties the buffers in batches. A segment is only ever appended to, and a
/// line is whole once its newline is there, so that `tail -f`, pandas, DuckDB or Spark read it as it is.
package final class InferenceLog: Sendable {
    /// Inputs or outputs above this size are left out of an entry, which then says how large they were.
    package static let keptBytes = 32 << 10

    package struct Configuration: Sendable {
        /// A segment is closed at this size …
        package var segmentBytes = 64 << 20
        /// … or at this age.
        package var segmentAge: Duration = .seconds(3600)
        /// What may wait for the writer, over all pipelines; more is dropped and counted.
        package var bufferBytes = 64 << 20
        /// How long entries wait for the writer at most.
        package var flushInterval: Duration = .milliseconds(100)
        /// Closed segments older than this are deleted.
        package var retentionAge: Duration = .seconds(30 * 24 * 3600)
        /// The oldest closed segments of a pipeline are deleted while it has more bytes than this.
        package var retentionBytes = 4 << 30

        package init() {}
    }

    /// What became of the entries: `accepted` = `logged` + the dropped ones + those still in the buffer.
    package struct Counters: Sendable {
        package var accepted = 0
        package var logged = 0
        package var droppedBufferFull = 0
        package var droppedWriteFailed = 0
        /// Inputs or outputs left out for their size.
        package var omittedParts = 0
        package var bufferedBytes = 0
    }

    struct Buffer {
        var lines = JSONWriter()
        var entryCount = 0
        var counters = Counters()
    }

    private struct Streams {
        var byPipeline: [String: InferenceStream] = [:]
    }

    let folder: String
    let configuration: Configuration
    private let streams = Mutex(Streams())
    private let writers = Mutex<[String: SegmentWriter]>([:])
    private let wake = DispatchSemaphore(value: 0)
    private let isClosed = Atomic<Bool>(false)
    let bufferedBytes = Atomic<Int>(0)

    /// Opens the log in `folder`, and starts its writer.
    package init(folder: String, configuration: Configuration = Configuration()) throws {
        self.folder = folder
        self.configuration = configuration
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let thread = Thread { [self] in runWriter() }
        thread.name = "inference-log"
        thread.start()
    }

    /// Where the entries of one pipeline go.
    ///
    /// - Precondition: `pipeline` is a checked name: it becomes a folder.
    package func stream(for pipeline: String) -> InferenceStream {
        streams.withLock {
            if let stream = $0.byPipeline[pipeline] { return stream }
            let stream = InferenceStream(pipeline: pipeline, log: self)
            $0.byPipeline[pipeline] = stream
            return stream
        }
    }

    package func counters() -> Counters {
        var sum = Counters()
        for stream in streams.withLock({ Array($0.byPipeline.values) }) {
            let counters = stream.buffer.withLock { $0.counters }
            sum.accepted += counters.accepted
            sum.logged += counters.logged
            sum.droppedBufferFull += counters.droppedBufferFull
            sum.droppedWriteFailed += counters.droppedWriteFailed
            sum.omittedParts += counters.omittedParts
        }
        sum.bufferedBytes = bufferedBytes.load(ordering: .relaxed)
        return sum
    }

    /// Writes what was appended before the call. It blocks for as long as the disk takes.
    package func flush() {
        writers.withLock { writers in
            for stream in streams.withLock({ Array($0.byPipeline.values) }) { drain(stream, &writers) }
        }
    }

    /// Writes what is there and ends the writer.
    package func close() {
        isClosed.store(true, ordering: .releasing)
        wake.signal()
        flush()
    }

    func wakeWriter() { wake.signal() }

    private func runWriter() {
        var nextRetention = ContinuousClock.now
        let interval = configuration.flushInterval.seconds
        while !isClosed.load(ordering: .acquiring) {
            _ = wake.wait(timeout: .now() + interval)
            flush()
            if ContinuousClock.now >= nextRetention {
                nextRetention = .now + .seconds(60)
                applyRetention()
            }
        }
    }

    private func drain(_ stream: InferenceStream, _ writers: inout [String: SegmentWriter]) {
        let (lines, entryCount) = stream.buffer.withLock { buffer -> (JSONWriter, Int) in
            guard buffer.entryCount > 0 else { return (JSONWriter(capacity: 0), 0) }
            defer {
                buffer.lines = JSONWriter()
                buffer.entryCount = 0
            }
            return (buffer.lines, buffer.entryCount)
        }
        guard entryCount > 0 else { return }
        bufferedBytes.subtract(lines.count, ordering: .relaxed)
        var writer =
            writers[stream.pipeline]
            ?? SegmentWriter(folder: folder + "/" + stream.pipeline, configuration: configuration)
        let isWritten = writer.append(lines.bytes)
        writers[stream.pipeline] = writer
        stream.buffer.withLock {
            if isWritten {
                $0.counters.logged += entryCount
            } else {
                $0.counters.droppedWriteFailed += entryCount
            }
        }
    }

    /// Deletes old segments, never the one that is written to.
    package func applyRetention() {
        let pipelines = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let oldest = Segment.microsecondsNow() - Int64(configuration.retentionAge.seconds * 1e6)
        for pipeline in pipelines {
            let open = writers.withLock { $0[pipeline]?.openSegment }
            let segments = Segment.all(in: folder + "/" + pipeline)
            var total = segments.reduce(0) { $0 + $1.byteCount }
            for (index, segment) in segments.enumerated() where segment.path != open?.path {
                // A segment ends where the next one starts.
                let end = index + 1 < segments.count ? segments[index + 1].start : segment.start
                guard end < oldest || total > configuration.retentionBytes else { break }
                unlink(segment.path)
                total -= segment.byteCount
            }
        }
    }
}

/// Where the entries of one pipeline are appended.
package final class InferenceStream: Sendable {
    let pipeline: String
    let buffer = Mutex(InferenceLog.Buffer())
    private let log: InferenceLog

    init(pipeline: String, log: InferenceLog) {
        self.pipeline = pipeline
        self.log = log
    }

    /// Appends the entries together, next to each other. It does not wait for the disk: a full buffer drops them.
    package func append(_ records: [InferenceRecord]) {
        append(count: records.count) { lines in records.reduce(0) { $0 + $1.write(to: &lines) } }
    }

    /// Appends one entry.
    package func append(_ record: InferenceRecord) {
        append(count: 1) { record.write(to: &$0) }
    }

    /// - Parameter write: Appends the lines; answers how many parts were left out for their size.
    private func append(count: Int, _ write: (inout JSONWriter) -> Int) {
        guard log.bufferedBytes.load(ordering: .relaxed) < log.configuration.bufferBytes else {
            return buffer.withLock { buffer in
                buffer.counters.accepted += count
                buffer.counters.droppedBufferFull += count
            }
        }
        // Written before the lock is taken: other event loops wait for a copy of the bytes, not for their making.
        var lines = JSONWriter(capacity: 2048)
        let omittedParts = write(&lines)
        log.bufferedBytes.add(lines.count, ordering: .relaxed)
        let wakeAt = 256 << 10
        let wasSmall = buffer.withLock { buffer -> Bool in
            let before = buffer.lines.count
            buffer.lines.raw(lines.bytes)
            buffer.entryCount += count
            buffer.counters.accepted += count
            buffer.counters.omittedParts += omittedParts
            return before < wakeAt && buffer.lines.count >= wakeAt
        }
        if wasSmall { log.wakeWriter() }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
