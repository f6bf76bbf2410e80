/// Reads protobuf's wire format from bytes that the caller owns. Returns `nil` for invalid input, and never reads past the
/// end.
///
/// - Source: https://protobuf.dev/programming-guides/encoding/
struct WireReader {
    /// The wire type of a field.
    enum Kind: UInt8 {
        case varint = 0
        case eightBytes = 1
        case delimited = 2
        case fourBytes = 5
    }

    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }

    /// Reads the number and the wire type of the next field.
    mutating func field() -> (number: UInt64, kind: Kind)? {
        guard let tag = varint(), tag >= 8, let kind = Kind(rawValue: UInt8(tag & 7)) else { return nil }
        return (tag >> 3, kind)
    }

    @inline(__always)
    mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < bytes.count, shift < 64 {
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    /// Reads length-delimited bytes.
    mutating func delimited() -> UnsafeRawBufferPointer? {
        guard let length = varint(), length <= UInt64(bytes.count - offset) else { return nil }
        return take(Int(length))
    }

    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= bytes.count - offset else { return nil }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
    }

    /// Skips a value; `nil` if it is truncated.
    mutating func skip(_ kind: Kind) -> Void? {
        switch kind {
        case .varint: varint().map { _ in }
        case .eightBytes: take(8).map { _ in }
        case .delimited: delimited().map { _ in }
        case .fourBytes: take(4).map { _ in }
        }
    }
}
