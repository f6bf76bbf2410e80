import CChecksums
import Definitions
import Encodings
import Files
import Foundation
import Serving
import Synchronization

/// The points of one minute on disk: a file for each day, with a line or more for each minute.
///
/// A line is the CRC-32C of the rest in hexadecimal, and the minute and its points in Base64. The last line of a file may be incomplete,
/// because the server may be killed at any time; a line that is not what was written is skipped.
final class PointFiles: Sendable {
    /// The bytes of all files. The oldest files go first.
    static let byteLimit = 512 << 20
    /// How many points a line may have.
    private static let lineLimit = 500
    private static let version = 1
    private static let suffix = ".points"

    /// A point of a pipeline or a variant.
    struct Point: Sendable {
        var owner: PointStore.Owner
        var variant: String?
        /// Encoded.
        var counts: [UInt8]
    }

    private struct Output {
        var path: String
        var descriptor: Int32
        /// Where the last complete line ends.
        var end: off_t
    }

    let folder: String
    private let output = Mutex<Output?>(nil)

    init(folder: String) { self.folder = folder }

    deinit { close() }

    // MARK: Writing

    /// Appends what was counted in a minute; nothing if only the server ran. Blocks.
    ///
    /// - Parameter minute: When it begins, in seconds since the epoch.
    func append(_ points: [Point], at minute: Int64) throws(FileProblem) {
        var lines: [UInt8] = []
        var rest = points[...]
        repeat {
            lines += Self.line(rest.prefix(Self.lineLimit), minute)
            rest = rest.dropFirst(Self.lineLimit)
        } while !rest.isEmpty
        let path = folder + "/" + Self.day(of: minute) + Self.suffix
        let result = output.withLock { output in
            Result { () throws(FileProblem) in
                if output?.path != path {
                    if let descriptor = output?.descriptor { Foundation.close(descriptor) }
                    output = nil
                    output = try open(path)
                }
                guard var file = output else { return }
                guard lines.withUnsafeBytes({ Files.append($0, to: file.descriptor) }) else {
                    let problem = FileProblem(path: path)
                    // What was written of it must not become part of the next line.
                    if ftruncate(file.descriptor, file.end) != 0 {
                        Foundation.close(file.descriptor)
                        output = nil
                    }
                    throw problem
                }
                file.end += off_t(lines.count)
                output = file
            }
        }
        try result.get()
    }

    /// Opens a file for appending, and cuts off an incomplete last line.
    private func open(_ path: String) throws(FileProblem) -> Output {
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw FileProblem(path: folder) }
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw FileProblem(path: path) }
        var end = lseek(descriptor, 0, SEEK_END)
        var byte: UInt8 = 0
        while end > 0, pread(descriptor, &byte, 1, end - 1) == 1, byte != UInt8(ascii: "\n") { end -= 1 }
        guard end >= 0, ftruncate(descriptor, end) == 0 else {
            let problem = FileProblem(path: path)
            Foundation.close(descriptor)
            throw problem
        }
        return Output(path: path, descriptor: descriptor, end: end)
    }

    func close() {
        output.withLock { output in
            if let descriptor = output?.descriptor { Foundation.close(descriptor) }
            output = nil
        }
    }

    /// Removes the files of days that are over, and the oldest ones if there are too many bytes. Blocks.
    ///
    /// - Parameter oldest: The first minute that is kept.
    func expire(before oldest: Int64) {
        let first = Self.day(of: oldest)
        let current = output.withLock { $0?.path }
        var kept: [(path: String, byteCount: Int)] = []
        for name in names {
            let path = folder + "/" + name
            guard name.dropLast(Self.suffix.count) >= first || path == current else {
                unlink(path)
                continue
            }
            var status = stat()
            if stat(path, &status) == 0 { kept.append((path, Int(status.st_size))) }
        }
        var total = kept.reduce(0) { $0 + $1.byteCount }
        for file in kept where total > Self.byteLimit && file.path != current {
            unlink(file.path)
            total -= file.byteCount
        }
    }

    private static func line(_ points: ArraySlice<Point>, _ minute: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(number: version)
        bytes.append(number: Int(minute))
        bytes.append(number: points.count)
        for point in points {
            bytes.append(text: point.owner.pipeline)
            bytes.append(number: Int(point.owner.createdAt))
            bytes.append(text: point.variant ?? "")
            bytes.append(contentsOf: point.counts)
        }
        let text = Array(Data(bytes).base64EncodedString().utf8)
        return Array(checksum(text[...]).utf8) + [UInt8(ascii: " ")] + text + [UInt8(ascii: "\n")]
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> String {
        let sum = bytes.withUnsafeBytes { crc_update(CRC_32C, 0, $0.baseAddress, $0.count) }
        return (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * UInt64($0))) }.hexadecimal
    }

    // MARK: Reading

    /// Passes on the points of each minute that can be read, oldest file first. Blocks.
    ///
    /// - Parameter oldest: The first minute that is wanted.
    func read(from oldest: Int64, _ use: (Int64, [Point]) -> Void) {
        let first = Self.day(of: oldest)
        for name in names where name.dropLast(Self.suffix.count) >= first {
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
            for line in data.split(separator: UInt8(ascii: "\n")) {
                guard let (minute, points) = Self.points(of: line), minute >= oldest else { continue }
                use(minute, points)
            }
        }
    }

    private static func points(of line: Data) -> (Int64, [Point])? {
        let line = Array(line)
        guard line.count > 9, line[8] == UInt8(ascii: " "), Array(checksum(line[9...]).utf8) == Array(line[..<8]),
            let data = Data(base64Encoded: Data(line[9...]))
        else { return nil }
        var reader = NumberReader(Array(data))
        guard reader.number() == version, let minute = reader.number(), minute < 1 << 40,
            minute.isMultiple(of: 60), let count = reader.number(), count <= lineLimit
        else { return nil }
        var points: [Point] = []
        for _ in 0..<count {
            guard let pipeline = reader.text(upTo: 255), let createdAt = reader.number(),
                let variant = reader.text(upTo: 255), let counts = TrafficCounts(&reader)
            else { return nil }
            let owner = PointStore.Owner(pipeline: pipeline, createdAt: Int64(createdAt))
            points.append(Point(owner: owner, variant: variant.isEmpty ? nil : variant, counts: counts.encoded))
        }
        return (Int64(minute), points)
    }

    /// The names of the files, oldest first.
    private var names: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(Self.suffix) }.sorted()
    }

    /// Returns a day as `2026-11-29`.
    private static func day(of time: Int64) -> String { String(RFC3339.string(seconds: time).prefix(10)) }
}
