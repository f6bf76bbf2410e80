/// Memory for tensors, aligned to cache lines: the widest alignment that any runtime requires.
///
/// The C library searches for memory of an unusual alignment, which costs ten times as much as memory of the usual one. So this
/// takes a little more of the usual kind, and notes in front of what it returns how much it left unused.
package enum AlignedMemory {
    private static let alignment = 64
    /// What every allocation is aligned to anyway.
    private static let usual = 16

    package static func allocate(byteCount: Int) -> UnsafeMutableRawBufferPointer {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount + alignment, alignment: usual)
        // At least `usual` bytes are left unused, and at most `alignment`.
        let unused = alignment - Int(bitPattern: memory) & (alignment - 1)
        let start = memory + unused
        (start - 1).storeBytes(of: UInt8(truncatingIfNeeded: unused), as: UInt8.self)
        return UnsafeMutableRawBufferPointer(start: start, count: byteCount)
    }

    /// - Parameter bytes: What ``allocate(byteCount:)`` has returned, or its beginning.
    package static func deallocate(_ bytes: UnsafeMutableRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        (start - Int((start - 1).load(as: UInt8.self))).deallocate()
    }
}
