/// Why bytes are not valid RecordIO-protobuf.
package struct RecordIOError: Error, Equatable, CustomStringConvertible {
    /// Counted from 1.
    package let record: Int
    package let reason: String

    package var description: String { "record \(record): \(reason)" }
}

/// Reads the records of a file or request body. Each is in a RecordIO frame: the magic number, the length, the record, and zeros
/// up to a multiple of 4 bytes. The caller owns the bytes and keeps them alive until everything is read.
///
/// - Source: https://github.com/dmlc/dmlc-core/blob/main/include/dmlc/recordio.h
package struct RecordFrames {
    /// The content type of RecordIO-protobuf.
    package static let contentType = "application/x-recordio-protobuf"

    static let magic: UInt32 = 0xCED7_230A
    private static let lengthBits: UInt32 = 29

    /// The part of a record in a frame. A record that contains the magic number is split into several frames.
    private enum Part: UInt32 {
        case whole = 0
        case first = 1
        case middle = 2
        case last = 3
    }

    private let bytes: UnsafeRawBufferPointer
    private var offset = 0
    /// The number of records read so far.
    package private(set) var recordCount = 0

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Returns whether bytes begin with RecordIO's magic number, which is not valid UTF-8.
    package static func begin(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 4 && UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self)) == magic
    }

    /// Reads the next record into `record`.
    ///
    /// - Returns: `false` if there are no more records.
    package mutating func next(_ record: inout Record) throws(RecordIOError) -> Bool {
        guard offset < bytes.count else { return false }
        var (part, payload) = try frame()
        var problem: String?
        switch part {
        case .whole: problem = record.read(payload)
        case .middle, .last: problem = "it begins with a continuation frame."
        case .first:
            var joined = Array(payload)
            while part != .last {
                guard offset < bytes.count else { throw failure("the data ends before its last frame.") }
                (part, payload) = try frame()
                guard part == .middle || part == .last else { throw failure("its last frame is missing.") }
                withUnsafeBytes(of: Self.magic.littleEndian) { joined.append(contentsOf: $0) }
                joined.append(contentsOf: payload)
            }
            problem = joined.withUnsafeBytes { record.read($0) }
        }
        if let problem { throw failure(problem) }
        recordCount += 1
        return true
    }

    /// Returns the records with their frames, without copying. From a damaged frame on, everything is one last record.
    package static func records(of bytes: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
        var frames = RecordFrames(bytes)
        var records: [UnsafeRawBufferPointer] = []
        while frames.offset < bytes.count {
            let start = frames.offset
            let end = frames.skip() ? frames.offset : bytes.count
            records.append(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            frames.offset = end
        }
        return records
    }

    /// Returns the end of the last complete record; `nil` if there is none. Bytes that do not begin with a record count as one
    /// complete record, so that its reader reports the error.
    package static func endOfLastRecord(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count < 4 || begin(bytes) else { return bytes.count }
        var frames = RecordFrames(bytes)
        var end = 0
        // The padding after the last record may be in the next piece.
        while frames.skip(), frames.offset % 4 == 0 { end = frames.offset }
        return end > 0 ? end : nil
    }

    /// Skips a record; returns `false` if there is no complete one.
    private mutating func skip() -> Bool {
        while offset < bytes.count, let (part, _) = try? frame() {
            if part == .whole || part == .last { return true }
        }
        return false
    }

    private mutating func frame() throws(RecordIOError) -> (Part, UnsafeRawBufferPointer) {
        let left = bytes.count - offset
        guard left >= 4, word(at: offset) == Self.magic else {
            let hint = offset == 0 ? " Is the content type correct?" : ""
            throw failure("expected the magic number 0xced7230a of its frame at byte \(offset).\(hint)")
        }
        guard left >= 8 else { throw failure("the data ends within its frame.") }
        let length = Int(word(at: offset + 4) & ((1 << Self.lengthBits) - 1))
        guard let part = Part(rawValue: word(at: offset + 4) >> Self.lengthBits) else {
            throw failure("its frame has an unknown flag.")
        }
        guard length <= left - 8 else {
            throw failure("its frame has a length of \(length) bytes, but the data ends after \(left - 8).")
        }
        let start = offset + 8
        // The last frame may have no padding.
        offset = min(start + (length + 3) / 4 * 4, bytes.count)
        return (part, UnsafeRawBufferPointer(rebasing: bytes[start..<(start + length)]))
    }

    private func word(at offset: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    private func failure(_ reason: String) -> RecordIOError { .init(record: recordCount + 1, reason: reason) }
}
