import Foundation

/// Reads Parquet files whose first column is the label, with the Python package pyarrow in a child process.
///
/// A missing value is NaN. All files have the same columns, in any order: the first file decides.
struct ParquetReader: Sendable {
    /// The Python that has pyarrow: a path, or a name to look up in `PATH`.
    let python: String
    let threads: Int
    /// Where a list of the files can be written.
    let folder: LearningFolder

    func read(_ channel: LearningFolder.Channel) throws(LearningError) -> TrainingData {
        // Spark and others write such files, `_SUCCESS`, beside those with rows.
        let files = channel.files.filter { !($0.path as NSString).lastPathComponent.hasPrefix("_") }
        let channel = LearningFolder.Channel(name: channel.name, contentType: channel.contentType, files: files)
        guard !files.isEmpty else { throw .client("No data in channel '\(channel.name)'.") }
        for (path, name) in files { try Self.checkMagic(ofFileAt: path, name: name) }
        let list = "\(folder.root)/input/config/parquet-\(channel.name).json"
        try write(files, to: list)
        defer { try? FileManager.default.removeItem(atPath: list) }

        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [python, "-c", Self.script, list]
        process.standardOutput = pipe
        do { try process.run() } catch { throw .algorithm("'\(python)' cannot be run: \(error)") }
        defer {
            if process.isRunning { process.terminate() }
            process.waitUntilExit()
        }
        var rows = ParquetRows(channel: channel)
        let isComplete = try rows.read(ParquetMessages(descriptor: pipe.fileHandleForReading.fileDescriptor))
        guard isComplete else {
            process.waitUntilExit()
            throw process.terminationStatus == 127
                ? .client("Parquet is read with Python, but '\(python)' was not found. Set roost serve --python.")
                : .algorithm("The program that reads Parquet ended early, with status \(process.terminationStatus).")
        }
        return try rows.data()
    }

    private func write(_ files: [(path: String, name: String)], to path: String) throws(LearningError) {
        let list: [Any] = [threads, files.map { [$0.path, $0.name] }]
        do {
            try JSONSerialization.data(withJSONObject: list).write(to: URL(filePath: path))
        } catch {
            throw .algorithm("\(path) cannot be written: \((error as NSError).localizedDescription)")
        }
    }

    private static func checkMagic(ofFileAt path: String, name: String) throws(LearningError) {
        let data = try LearningFolder.contents(ofFileAt: path, name: name, isParquet: true)
        guard data.starts(with: LearningFolder.parquetMagic) else { throw .client("\(name) is not a Parquet file.") }
    }
}

/// The messages of ``ParquetReader/script``.
private struct ParquetMessages {
    struct Head {
        let kind: UInt32
        let first: UInt32
        let second: UInt32
    }

    let descriptor: Int32

    /// Returns the head of the next message; `nil` if there is none.
    func next() -> Head? {
        var words: (UInt32, UInt32, UInt32) = (0, 0, 0)
        guard withUnsafeMutableBytes(of: &words, { fill($0) }) else { return nil }
        return Head(
            kind: UInt32(littleEndian: words.0),
            first: UInt32(littleEndian: words.1),
            second: UInt32(littleEndian: words.2)
        )
    }

    /// - Returns: `nil` if the output ends before.
    func text(byteCount: UInt32) -> String? {
        var bytes = [UInt8](repeating: 0, count: min(Int(byteCount), 1 << 16))
        return bytes.withUnsafeMutableBytes { fill($0) } ? String(decoding: bytes, as: UTF8.self) : nil
    }

    /// - Returns: Whether all of `memory` was filled.
    func fill(_ memory: UnsafeMutableRawBufferPointer) -> Bool {
        var filled = 0
        while filled < memory.count {
            let count = read(descriptor, memory.baseAddress.map { $0 + filled }, memory.count - filled)
            if count < 0, errno == EINTR, !Termination.isRequested { continue }
            guard count > 0 else { return false }
            filled += count
        }
        return true
    }
}

/// The rows read so far.
private struct ParquetRows {
    /// The most numbers in one message; the script sends fewer.
    private static let limit = 1 << 24

    private let channel: LearningFolder.Channel
    private let features = FloatBuffer()
    private var labels: [Float] = []
    /// The number of columns, with the label.
    private var width = 0
    /// The file of the last row, and its number in the file, counted from 1.
    private var file = 0
    private var row = 0
    /// A reusable buffer for the rows of one message.
    private var buffer: [Float] = []

    init(channel: LearningFolder.Channel) { self.channel = channel }

    func data() throws(LearningError) -> TrainingData {
        guard !labels.isEmpty else { throw .client("No data in channel '\(channel.name)': its files have no rows.") }
        return TrainingData(
            rowCount: labels.count,
            columnCount: width - 1,
            features: .dense(features),
            labels: labels
        )
    }

    /// - Returns: Whether the messages have an end.
    mutating func read(_ messages: ParquetMessages) throws(LearningError) -> Bool {
        while let head = messages.next() {
            switch head.kind {
            case 1:
                width = Int(head.second)
                guard width > 1 else {
                    throw .client(
                        "\(channel.files.first?.name ?? channel.name) has 1 column, but it must have the label and at least "
                            + "one feature."
                    )
                }
            case 2: guard try addRows(head, messages) else { return false }
            case 3: return true
            case 4:
                guard let text = messages.text(byteCount: head.second) else { return false }
                throw .client(text)
            case 5: throw .algorithm("Cannot allocate memory for the rows of channel '\(channel.name)'.")
            default: throw .algorithm("The program that reads Parquet has sent message \(head.kind).")
            }
        }
        return false
    }

    private mutating func addRows(_ head: ParquetMessages.Head, _ messages: ParquetMessages) throws(LearningError)
        -> Bool
    {
        let count = Int(head.second)
        let (total, overflows) = count.multipliedReportingOverflow(by: width)
        let most = max(Self.limit, width)
        guard channel.files.indices.contains(Int(head.first)), width > 1, !overflows, total <= most else {
            throw .algorithm("The program that reads Parquet has sent \(count) rows of \(width) columns.")
        }
        if Int(head.first) != file {
            file = Int(head.first)
            row = 0
        }
        if buffer.count != total { buffer = [Float](repeating: 0, count: total) }
        guard buffer.withUnsafeMutableBytes({ messages.fill($0) }) else { return false }
        if let index = buffer.firstIndex(where: \.isInfinite) {
            throw .client(
                "\(place(index / width)), column \(index % width + 1): the number is infinite or too large for FP32."
            )
        }
        labels.reserveCapacity(labels.count + count)
        for index in 0..<count {
            let label = buffer[index * width]
            guard !label.isNaN else { throw .client("\(place(index)): the label is missing.") }
            labels.append(label)
        }
        features.append(rows: buffer, width: width, from: 1)
        row += count
        return true
    }

    private func place(_ index: Int) -> String { "\(channel.files[file].name), row \(row + index + 1)" }
}
