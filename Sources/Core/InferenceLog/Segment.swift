import Files
import Foundation

/// A file of the log, named `START.jsonl` with START in microseconds since the epoch, so that names sort by time.
struct Segment {
    let path: String
    /// When the segment was opened, in microseconds since the epoch. No entry is much older.
    let start: Int64
    let byteCount: Int

    var columnsPath: String { ColumnFile.path(forSegment: path) }

    /// The size of its files on the disk.
    var totalBytes: Int { byteCount + (Self.byteCount(of: columnsPath) ?? 0) }

    static func byteCount(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// A path for a new version of a file until it is complete.
    static func draftPath(of path: String) -> String { "\(path).\(UUID().uuidString).partial" }

    /// Returns the segments in `folder`, oldest first.
    static func all(in folder: String) -> [Segment] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name -> Segment? in
            guard name.hasSuffix(".jsonl"), let start = Int64(name.dropLast(".jsonl".count)) else { return nil }
            let path = folder + "/" + name
            return byteCount(of: path).map { Segment(path: path, start: start, byteCount: $0) }
        }.sorted { $0.start < $1.start }
    }

    static func microsecondsNow() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
    }
}

/// Appends to the newest segment of a pipeline, and begins a new one if it is full or old.
///
/// After a restart, the server begins a new segment, so an incomplete line stays the last one of its segment.
struct SegmentWriter {
    private let folder: String
    private let configuration: InferenceLog.Configuration
    private var file: SegmentFile?

    var openSegment: (path: String, start: Int64)? { file.map { ($0.path, $0.start) } }

    init(folder: String, configuration: InferenceLog.Configuration) {
        self.folder = folder
        self.configuration = configuration
    }

    /// Appends complete lines. Returns `false` if they cannot be written.
    ///
    /// - Parameter now: In microseconds since the epoch.
    mutating func append(_ lines: UnsafeRawBufferPointer, at now: Int64) -> Bool {
        let age = Int64(configuration.segmentAge.seconds * 1e6)
        if let file, file.byteCount >= configuration.segmentBytes || now - file.start >= age { self.file = nil }
        if file == nil { file = SegmentFile(folder: folder, start: now) }
        guard let file, file.write(lines) else {
            // The next batch goes to a new file, because this one may end with an incomplete line.
            self.file = nil
            return false
        }
        return true
    }
}

/// Owns the descriptor of the open segment.
///
/// Sendable: used only under the writer's lock.
private final class SegmentFile: @unchecked Sendable {
    let path: String
    let start: Int64
    private let descriptor: Int32
    private(set) var byteCount = 0

    init?(folder: String, start: Int64) {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.start = start
        let digits = String(start)
        // Before 1970 there is a sign, which cannot be padded with zeros.
        let zeros = start < 0 ? "" : String(repeating: "0", count: max(0, 17 - digits.count))
        path = "\(folder)/\(zeros)\(digits).jsonl"
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o644)
        if descriptor < 0 { return nil }
    }

    deinit {
        Files.flush(descriptor)
        close(descriptor)
    }

    func write(_ lines: UnsafeRawBufferPointer) -> Bool {
        byteCount += lines.count
        return Files.append(lines, to: descriptor)
    }
}
