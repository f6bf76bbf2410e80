import Definitions
import RecordIO

extension TransformDefinition.Split {
    /// Splits bytes into records without copying them: nonempty lines without their line ends, or RecordIO records with their
    /// frames.
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

    /// Returns the end of the last complete record in bytes that are followed by more; `nil` if there is none.
    func endOfLastRecord(in bytes: UnsafeRawBufferPointer) -> Int? {
        switch self {
        case .none: nil
        case .line: bytes.lastIndex(of: 0x0A).map { $0 + 1 }
        case .recordIO: RecordFrames.endOfLastRecord(in: bytes)
        }
    }
}
