/// Typed n-dimensional data: a data type, a shape and the elements in row-major order.
package struct Tensor: Sendable {
    package let dataType: DataType
    package let shape: [Int]
    package let storage: TensorStorage

    /// - Precondition: `storage` holds exactly as many elements as `shape`.
    package init(dataType: DataType, shape: [Int], storage: TensorStorage) {
        precondition(Self.fits(dataType, shape, storage), "the shape does not match the storage")
        self.dataType = dataType
        self.shape = shape
        self.storage = storage
    }

    /// Creates a tensor with an untrusted shape; `nil` if `storage` does not match it exactly.
    package init?(checking shape: [Int], of dataType: DataType, storage: TensorStorage) {
        guard Self.fits(dataType, shape, storage) else { return nil }
        if dataType == .bytes {
            var reached = 0
            for offset in storage.offsets {
                guard offset >= reached, offset <= storage.byteCount else { return nil }
                reached = offset
            }
        }
        self.dataType = dataType
        self.shape = shape
        self.storage = storage
    }

    /// All element accesses rely on this check.
    private static func fits(_ dataType: DataType, _ shape: [Int], _ storage: TensorStorage) -> Bool {
        guard let width = dataType.byteWidth else {
            return elementCount(of: shape).map { storage.offsets.count == $0 + 1 } ?? false
        }
        return byteCount(of: dataType, shape: shape) == storage.byteCount && storage.byteCount % width == 0
    }

    /// A tensor of fixed-width elements, copied from `elements`.
    package init<Element: BitwiseCopyable>(_ dataType: DataType, shape: [Int], elements: [Element]) {
        precondition(dataType.byteWidth == MemoryLayout<Element>.stride, "element width does not match \(dataType)")
        let storage = TensorStorage(byteCount: elements.count * MemoryLayout<Element>.stride)
        elements.withUnsafeBytes { storage.bytes.copyMemory(from: $0) }
        self.init(dataType: dataType, shape: shape, storage: storage)
    }

    /// A `BYTES` tensor.
    package init(shape: [Int], strings: [[UInt8]]) {
        let storage = TensorStorage(byteCount: strings.reduce(0) { $0 + $1.count })
        var offsets = ContiguousArray<Int>()
        offsets.reserveCapacity(strings.count + 1)
        var offset = 0
        for string in strings {
            offsets.append(offset)
            string.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(rebasing: storage.bytes[offset..<(offset + source.count)])
                    .copyMemory(from: source)
            }
            offset += string.count
        }
        offsets.append(offset)
        storage.offsets = offsets
        self.init(dataType: .bytes, shape: shape, storage: storage)
    }

    /// Cannot overflow: the storage holds this many elements.
    package var elementCount: Int { shape.reduce(1, *) }

    /// The largest product of the nonzero lengths of a tensor without elements. Without a limit, an empty tensor could claim
    /// any number of rows, and make the server do work for each of them at no cost to the sender.
    private static let mostOfNothing = 1 << 26

    /// Returns the number of elements of an untrusted `shape`; `nil` if a length is negative, or if the product of the nonzero
    /// lengths overflows.
    package static func elementCount(of shape: [Int]) -> Int? {
        var count = 1
        var isEmpty = false
        for length in shape {
            guard length >= 0 else { return nil }
            if length == 0 {
                isEmpty = true
                continue
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: length)
            guard !overflow, product < Int.max else { return nil }
            count = product
        }
        guard isEmpty else { return count }
        return count <= mostOfNothing ? 0 : nil
    }

    /// Returns the size of a fixed-width tensor in bytes; `nil` for ``DataType/bytes``, and if ``elementCount(of:)`` is `nil`.
    package static func byteCount(of dataType: DataType, shape: [Int]) -> Int? {
        guard let width = dataType.byteWidth, let count = elementCount(of: shape) else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: width)
        return overflow ? nil : product
    }

    /// The length of the first dimension, which is the batch size. A scalar counts as one row.
    package var rowCount: Int { shape.first ?? 1 }

    /// The size of all elements in bytes.
    package var byteCount: Int { storage.byteCount }

    /// Like ``byteCount``, but each `BYTES` element counts one byte more, so that empty strings are not free.
    package var keptByteCount: Int { dataType == .bytes ? byteCount + elementCount : byteCount }

    /// The number of elements in one row.
    package var rowWidth: Int { shape.dropFirst().reduce(1, *) }

    /// Calls `body` with the elements of a fixed-width tensor. Release builds do not check indices into the buffer.
    package func withElements<Element: BitwiseCopyable, Result>(
        of type: Element.Type,
        _ body: (UnsafeBufferPointer<Element>) throws -> Result
    ) rethrows -> Result {
        precondition(dataType.byteWidth == MemoryLayout<Element>.stride, "element width does not match \(dataType)")
        return try body(UnsafeRawBufferPointer(storage.bytes).assumingMemoryBound(to: Element.self))
    }

    /// Returns element `index` of a fixed-width tensor.
    ///
    /// - Precondition: The element exists. Checked in every build, so that no read goes past the tensor's memory.
    @inline(__always)
    package func element<Element: BitwiseCopyable>(at index: Int, as type: Element.Type) -> Element {
        let width = MemoryLayout<Element>.stride
        precondition(dataType.byteWidth == width && index >= 0, "no such element")
        // Dividing by a constant cannot overflow; multiplying the index could.
        precondition(index < storage.byteCount / width, "no such element")
        return UnsafeRawBufferPointer(storage.bytes).load(fromByteOffset: index * width, as: type)
    }

    /// Calls `body` with the bytes of element `index` of a `BYTES` tensor.
    ///
    /// - Precondition: The element exists. Checked in every build.
    package func withBytes<Result>(
        at index: Int,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let offsets = storage.offsets
        let (start, end) = (offsets[index], offsets[index + 1])
        precondition(0 <= start && start <= end && end <= storage.byteCount, "no such element")
        return try body(UnsafeRawBufferPointer(rebasing: storage.bytes[start..<end]))
    }

    /// Returns element `index` as a number, `BOOL` as 0 or 1; `nil` for `BYTES`. 64-bit integers beyond 2⁵³ are rounded.
    ///
    /// - Precondition: The element exists. Checked in every build.
    package func number(at index: Int) -> Double? {
        switch dataType {
        case .bool, .uint8: Double(element(at: index, as: UInt8.self))
        case .uint16: Double(element(at: index, as: UInt16.self))
        case .uint32: Double(element(at: index, as: UInt32.self))
        case .uint64: Double(element(at: index, as: UInt64.self))
        case .int8: Double(element(at: index, as: Int8.self))
        case .int16: Double(element(at: index, as: Int16.self))
        case .int32: Double(element(at: index, as: Int32.self))
        case .int64: Double(element(at: index, as: Int64.self))
        case .fp16: Double(element(at: index, as: Float16.self))
        case .fp32: Double(element(at: index, as: Float.self))
        case .fp64: element(at: index, as: Double.self)
        case .bytes: nil
        }
    }

    /// Returns element `index` of a `BYTES` tensor; `nil` for other data types.
    package func string(at index: Int) -> String? {
        guard dataType == .bytes else { return nil }
        return withBytes(at: index) { String(decoding: $0, as: UTF8.self) }
    }
}

/// The memory of one tensor's elements.
///
/// Sendable although its memory is mutable: whoever creates the storage fills it before sharing the tensor, and nobody
/// writes to it afterwards.
package final class TensorStorage: @unchecked Sendable {
    package private(set) var bytes: UnsafeMutableRawBufferPointer
    /// The start of each element of a `BYTES` tensor, and the end of the last one; empty for other data types.
    package var offsets: ContiguousArray<Int> = []

    /// Allocates `byteCount` bytes of uninitialized memory.
    package init(byteCount: Int) {
        bytes = AlignedMemory.allocate(byteCount: byteCount)
    }

    /// Takes ownership of `bytes`, which are ``AlignedMemory``.
    package init(adopting bytes: UnsafeMutableRawBufferPointer) {
        self.bytes = bytes
    }

    package var byteCount: Int { bytes.count }

    deinit { AlignedMemory.deallocate(bytes) }
}
