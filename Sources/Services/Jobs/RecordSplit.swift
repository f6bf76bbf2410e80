import Definitions
import RecordIO

extension TransformDefinition.Split {
    /// The records that bytes fall into, uncopied: lines with something on them, without their ends, or RecordIO's records with
    /// their frames.
    func records(of bytes: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
        switch self {
        case .none: [bytes]
        case .line:
            bytes.split(separator: 0x0A).compactMap { line in
                let line = line.last == 0x0D ? line.dropLast() : line
                return line.isEmpty ? nil : UnsafeRawBufferPointer(rebasing: line)
            }
        case .recordIO: RecordFrames.records(of: bytes)
        }
    }

    /// Where the last record of bytes ends that go on; `nil` where none does.
    func endOfLastRecord(in bytes: UnsafeRawBufferPointer) -> Int? {
        switch self {
        case .none: nil
        case .line: bytes.lastIndex(of: 0x0A).map { $0 + 1 }
        case .recordIO: RecordFrames.endOfLastRecord(in: bytes)
        }
    }
}
