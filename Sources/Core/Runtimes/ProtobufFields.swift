/// The fields of an untrusted protobuf message, in order, without a schema.
struct ProtobufFields: Sequence, IteratorProtocol {
    struct Field {
        let number: Int
        /// Of wire types 0, 1 and 5.
        var value: UInt64 = 0
        /// Of wire type 2.
        var bytes: UnsafeRawBufferPointer?
    }

    private var rest: UnsafeRawBufferPointer
    /// Whether the bytes read so far are not a valid message.
    private(set) var isBroken = false

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    /// - Returns: `nil` at the end, or if the bytes are not a valid field.
    mutating func next() -> Field? {
        guard !rest.isEmpty, !isBroken else { return nil }
        guard let key = varint(), let number = Int(exactly: key >> 3), number > 0 else { return broken() }
        var field = Field(number: number)
        switch key & 7 {
        case 0:
            guard let value = varint() else { return broken() }
            field.value = value
        case 1, 5:
            guard let bytes = take(key & 7 == 1 ? 8 : 4) else { return broken() }
            for (index, byte) in bytes.enumerated() { field.value |= UInt64(byte) << (8 * UInt64(index)) }
        case 2:
            guard let length = varint().flatMap({ Int(exactly: $0) }), let bytes = take(length) else { return broken() }
            field.bytes = bytes
        default: return broken()
        }
        return field
    }

    private mutating func broken() -> Field? {
        isBroken = true
        return nil
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for (index, byte) in rest.prefix(10).enumerated() {
            value |= UInt64(byte & 0x7F) << (7 * UInt64(index))
            if byte < 0x80 {
                _ = take(index + 1)
                return value
            }
        }
        return nil
    }

    private mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= rest.count else { return nil }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
        return UnsafeRawBufferPointer(rebasing: rest[..<count])
    }
}
