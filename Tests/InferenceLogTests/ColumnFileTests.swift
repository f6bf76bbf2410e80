import Encodings
import Foundation
import TestSupport
import Testing

@testable import InferenceLog

@Suite("Column files")
struct ColumnFileTests {
    /// Entries with columns of every kind.
    private static let text: String = {
        let facts = #","unit":"00000000000000aa","keys":{"k":"00000000000000bb"}"#
        let input = #"{"x":[[1,0.1]],"s":["a"],"f":[{"n":70000,"b":true}]}"#
        return line("1", time: 3_600_001, facts: facts, input: input, more: #","rows":{"total":9,"kept":[1]}"#)
            + line("2", time: 3_600_002, input: #"{"x":[[2,0.5]],"s":["b"]}"#) + line("3", time: 3_600_003)
            + "garbage\n" + line("1", time: 3_600_004)
    }()

    /// Everything that a batch says.
    private func content(_ batch: LogBatch) -> [String] {
        var all = [
            "\(batch.entryCount) \(batch.rowCount) \(batch.skippedLines) \(batch.droppedColumns) \(batch.subjects)"
        ]
        all.append("\(Array(batch.times)) \(Array(batch.idHashes)) \(Array(batch.elapsed)) \(Array(batch.flags))")
        all.append("\(Array(batch.subjectCodes)) \(Array(batch.rowStarts)) \(Array(batch.units)) \(batch.rowRanges)")
        for entry in 0..<batch.entryCount {
            let keys = batch.keyNames.map { "\($0): \(String(describing: batch.keyHashes($0)?[entry]))" }
            all.append("\(batch.id(at: entry)) \(batch.line(at: entry)) \(batch.totalRows(at: entry)) \(keys)")
            all.append("\(batch.subject(at: entry)) \(String(describing: batch.unit(at: entry)))")
        }
        for column in batch.valueColumns {
            all.append("\(column) \(batch.value(column.name)?.all ?? [])")
        }
        return all
    }

    private func columns(in folder: String) -> String {
        "\(folder)/p/\(files(in: folder).first { $0.hasSuffix(".columns") } ?? "?")"
    }

    @Test("a window builds the column file, and reads the same with it and without it")
    func file() throws {
        try withSegments(Self.text) { log, folder in
            let first = content(try log.batch())
            #expect(files(in: folder).map { $0.drop { $0 == "0" } } == ["3600000000.columns", "3600000000.jsonl"])
            let written = try Data(contentsOf: URL(filePath: columns(in: folder)))
            #expect(content(try log.batch()) == first)
            #expect(try Data(contentsOf: URL(filePath: columns(in: folder))) == written)
            // Neither the draft nor the file can be written.
            try FileManager.default.removeItem(atPath: columns(in: folder))
            try FileManager.default.createDirectory(
                atPath: folder + "/p/00000003600000000.columns/x",
                withIntermediateDirectories: true
            )
            #expect(content(try log.batch()) == first)
            #expect(
                first.contains {
                    $0.contains(#"feature("n")"#) && $0.hasSuffix(#"["70000", "-", "-", "-"]"#)
                }
            )
        }
    }

    @Test("a file with any byte changed gives the same data", arguments: [0x01, 0xFF] as [UInt8])
    func flippedBytes(mask: UInt8) throws {
        try withSegments(Self.text) { log, folder in
            let expected = content(try log.batch())
            let path = columns(in: folder)
            let good = try Data(contentsOf: URL(filePath: path))
            let header = try #require(good.withUnsafeBytes { ColumnFile.Header($0) })
            // Each byte of the header and the directory, and some of every array.
            for index in Array(0..<header.arraysOffset)
                + Array(stride(from: header.arraysOffset, to: good.count, by: 7))
            {
                var bad = good
                bad[index] ^= mask
                try bad.write(to: URL(filePath: path))
                #expect(content(try log.batch()) == expected, "byte \(index)")
                try? FileManager.default.removeItem(atPath: path)
            }
        }
    }

    @Test("a truncated, longer, empty or foreign file gives the same data")
    func truncated() throws {
        try withSegments(Self.text) { log, folder in
            let expected = content(try log.batch())
            let path = columns(in: folder)
            let good = try Data(contentsOf: URL(filePath: path))
            let garbage = Data((0..<good.count).map { _ in UInt8.random(in: 0...255) })
            var files = stride(from: 0, to: good.count, by: 61).map { good.prefix($0) }
            files += [good + [0], garbage, good.prefix(64) + garbage.dropFirst(64), Data(count: good.count)]
            for bad in files {
                try bad.write(to: URL(filePath: path))
                #expect(content(try log.batch()) == expected)
                #expect(try Data(contentsOf: URL(filePath: path)) == good)
            }
        }
    }

    /// The checksums fit, so only the bounds protect the reader.
    @Test("a directory that points outside of the file, or whose indices do, is refused")
    func inconsistentDirectory() throws {
        try withSegments(Self.text) { log, folder in
            let expected = content(try log.batch())
            let path = columns(in: folder)
            let good = try Data(contentsOf: URL(filePath: path))
            func write(_ bytes: Data, _ change: (inout ColumnDirectory) -> Void) throws {
                let (header, directory) = try bytes.withUnsafeBytes { bytes in
                    let header = try #require(ColumnFile.Header(bytes))
                    let coded = UnsafeRawBufferPointer(rebasing: bytes[64..<64 + header.directoryBytes])
                    return (header, try #require(ColumnDirectory(coded)))
                }
                var changed = directory
                change(&changed)
                let coded = changed.encoded()
                var newHeader = header
                newHeader.directoryBytes = coded.count
                newHeader.directoryChecksum = coded.withUnsafeBytes { ColumnFile.checksum($0) }
                newHeader.byteCount = newHeader.arraysOffset + bytes.count - header.arraysOffset
                var file = Data(newHeader.encoded() + coded)
                file.append(Data(count: newHeader.arraysOffset - file.count))
                file.append(bytes.dropFirst(header.arraysOffset))
                try file.write(to: URL(filePath: path))
            }
            let changes: [(inout ColumnDirectory) -> Void] = [
                { $0.entryCount = 5 }, { $0.entryCount = .max }, { $0.rowCount = 3 }, { $0.rowCount = Int(UInt32.max) },
                { $0[.time].offset = 1 << 40 }, { $0[.time].byteCount = .max }, { $0[.offset].offset = .max & ~63 },
                { $0[.rowStart].byteCount = 0 }, { $0[.idOrder].offset += 1 }, { $0.keys[0].hashes.byteCount = 8 },
                { $0.keys[0].missing.offset = 1 << 50 }, { $0.values[1].numbers.byteCount -= 1 },
                { $0.values[1].type = .float64 }, { $0.values[2].missing.byteCount = 16 }, { $0.subjects = [] },
                { $0.values[3].codes.offset = .max & ~63 }, { $0.values[3].textEnds.byteCount = 3 },
                { $0.values[3].textBytes.byteCount = 1 << 30 }, { $0.values[3].textEnds = $0.values[3].codes },
            ]
            for (index, change) in changes.enumerated() {
                try write(good, change)
                #expect(content(try log.batch()) == expected, "change \(index)")
            }
            // Arrays whose elements are wrong, with right checksums.
            for kind in [EntryArray.rowStart, .subject, .idOrder, .offset] {
                var bytes = good
                let header = try #require(good.withUnsafeBytes { ColumnFile.Header($0) })
                try write(good) { directory in
                    let block = directory[kind]
                    let start = header.arraysOffset + block.offset
                    bytes.replaceSubrange(
                        start..<start + block.byteCount,
                        with: Data(repeating: 0xEE, count: block.byteCount)
                    )
                }
                try write(bytes) { directory in
                    let block = directory[kind]
                    let start = header.arraysOffset + block.offset
                    directory[kind].checksum = bytes.withUnsafeBytes {
                        ColumnFile.checksum(UnsafeRawBufferPointer(rebasing: $0[start..<start + block.byteCount]))
                    }
                }
                let batch = try log.batch()
                #expect(batch.rows(at: 1) == 1..<2 && batch.subject(at: 1).modelName == "m")
                _ = batch.line(at: 1)
                #expect(log.ids(LogQuery(ids: ["2"])).count <= 1)
            }
        }
    }

    @Test("a file that was made from an earlier state of the segment is built again")
    func stale() throws {
        try withSegments(Self.text) { log, folder in
            #expect(try log.batch().entryCount == 4)
            let segment = "\(folder)/p/\(segments(in: folder)[0])"
            try (Self.text + line("5")).write(toFile: segment, atomically: false, encoding: .utf8)
            let batch = try log.batch()
            #expect(batch.entryCount == 5 && batch.id(at: 4) == "5")
            let byteCount = (Self.text + line("5")).utf8.count
            #expect(ColumnFile.isCurrent(columns(in: folder), segmentBytes: byteCount))
        }
    }

    @Test("a look-up by id reads only the lines that the index names, and the lines decide")
    func lookUp() throws {
        let lines = [line("1"), line("2"), line("1", time: 3_600_009)]
        try withSegments(lines.joined(), line("1") + line("3")) { log, folder in
            let query = LogQuery(ids: ["1"])
            let scanned = log.lines(query)
            #expect(scanned.count == 3)
            for batch in log.batches(of: "p") { _ = batch.entryCount }
            #expect(log.lines(query) == scanned && log.ids(LogQuery(ids: ["4"])).isEmpty)
            #expect(log.lines(LogQuery(start: 3_600_001, ids: ["1"])).count == 1)
            #expect(log.lines(LogQuery(ids: ["1"], limit: 1)) == [scanned[0]])
            #expect(log.ids(LogQuery(ids: ["1", "2", "4"])).sorted() == ["1", "1", "1", "2"])
            // The entry of the last segment changes places with one of another id, which only a scan would notice.
            let path = "\(folder)/p/\(segments(in: folder)[1])"
            try (line("3") + line("1")).write(toFile: path, atomically: false, encoding: .utf8)
            #expect(log.lines(query) == Array(scanned.dropFirst()))
        }
    }

    @Test("a batch stays readable after its files are deleted")
    func deleted() throws {
        try withSegments(Self.text) { log, folder in
            let expected = content(try log.batch())
            let batch = try log.batch()
            try FileManager.default.removeItem(atPath: folder + "/p")
            #expect(content(batch) == expected)
            let column = try #require(batch.value(.input("s")))
            #expect(column.all == ["'a'", "'b'", "-", "-"])
        }
    }

    @Test("random lines never trap, and entries beside them are read")
    func garbage() throws {
        var generator = SystemRandomNumberGenerator()
        let good = Array(Self.text.split(separator: "\n").map { Array($0.utf8) })
        for _ in 0..<200 {
            var bytes: [UInt8] = []
            for _ in 0..<10 {
                guard var line = good.randomElement(using: &generator) else { continue }
                for _ in 0..<Int.random(in: 1...4) where !line.isEmpty {
                    let index = Int.random(in: 0..<line.count)
                    switch Int.random(in: 0..<4) {
                    case 0: line[index] = UInt8.random(in: 0...255)
                    case 1: line.remove(at: index)
                    case 2: line.insert(contentsOf: Array("[{\"]},:9e-nul".utf8).shuffled().prefix(3), at: index)
                    default: line.removeSubrange(index..<min(line.count, index + 9))
                    }
                }
                bytes += line + [UInt8(ascii: "\n")]
            }
            let text = String(decoding: bytes, as: UTF8.self) + line("last")
            try withSegments(text) { log, _ in
                let batch = try log.batch()
                #expect(batch.id(at: batch.entryCount - 1) == "last")
                #expect(batch.value(.output(0))?.number(at: batch.rowCount - 1) == 0.5)
                // What a look-up finds does not depend on the index.
                let all = log.lines().map { ($0, Array($0.utf8).withUnsafeBytes { LineHead($0)?.id ?? "" }) }
                for id in Set(all.map(\.1)) {
                    #expect(log.lines(LogQuery(ids: [id])) == all.filter { $0.1 == id }.map(\.0))
                }
                _ = content(batch)
            }
        }
    }
}
