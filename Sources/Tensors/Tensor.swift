/// Typed n-dimensional data: a data type, a shape and the elements in row-major order.
package struct Tensor: Sendable {
    package let dataType: DataType
    package let shape: [Int]
    package let storage: TensorStorage

    /// - Precondition: `storage` holds as many elements as `shape` says.
    package init(dataType: DataType, shape: [Int], storage: TensorStorage) {
        self.dataType = dataType
        self.shape = shape
        self.storage = storage
    }

    /// A tensor of fixed-width elements, copied from `elements`.
    package init<Element: BitwiseCopyable>(_ dataType: DataType, shape: [Int], elements: [Element]) {
        precondition(dataType.byteWidth == MemoryLayout<Element>.stride, "element width does not fit \(dataType)")
        precondition(shape.reduce(1, *) == elements.count, "shape does not fit the number of elements")
        let storage = TensorStorage(byteCount: elements.count * MemoryLayout<Element>.stride)
        elements.withUnsafeBytes { storage.bytes.copyMemory(from: $0) }
        self.init(dataType: dataType, shape: shape, storage: storage)
    }

    /// A `BYTES` tensor.
    package init(shape: [Int], strings: [[UInt8]]) {
        precondition(shape.reduce(1, *) == strings.count, "shape does not fit the number of elements")
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

    package var elementCount: Int { shape.reduce(1, *) }

    /// How many elements a tensor of `shape` has; `nil` where that is no number a machine can hold. For shapes from outside.
    package static func elementCount(of shape: [Int]) -> Int? {
        var count = 1
        for length in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: length)
            guard !overflow else { return nil }
            count = product
        }
        return count
    }

    /// The length of the first dimension: what a batch is counted in. A scalar counts as one row.
    package var rowCount: Int { shape.first ?? 1 }

    /// Bytes of all elements.
    package var byteCount: Int { storage.byteCount }

    /// Bytes of all elements and of what tells `BYTES` elements apart: an empty text is something too.
    package var keptByteCount: Int { dataType == .bytes ? byteCount + elementCount : byteCount }

    /// Lends the elements of a fixed-width tensor.
    package func withElements<Element: BitwiseCopyable, Result>(
        of type: Element.Type,
        _ body: (UnsafeBufferPointer<Element>) throws -> Result
    ) rethrows -> Result {
        precondition(dataType.byteWidth == MemoryLayout<Element>.stride, "element width does not fit \(dataType)")
        return try body(UnsafeRawBufferPointer(storage.bytes).assumingMemoryBound(to: Element.self))
    }

    /// Lends the bytes of element `index` of a `BYTES` tensor.
    package func withBytes<Result>(
        at index: Int,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let offsets = storage.offsets
        return try body(UnsafeRawBufferPointer(rebasing: storage.bytes[offsets[index]..<offsets[index + 1]]))
    }

    /// Element `index` as a number, `BOOL` as 0 or 1; `nil` for `BYTES`. 64-bit integers past 2⁵³ are rounded.
    package func number(at index: Int) -> Double? {
        func load<Element: BitwiseCopyable>(_ type: Element.Type) -> Element {
            storage.bytes.load(fromByteOffset: index * MemoryLayout<Element>.stride, as: type)
        }
        return switch dataType {
        case .bool, .uint8: Double(load(UInt8.self))
        case .uint16: Double(load(UInt16.self))
        case .uint32: Double(load(UInt32.self))
        case .uint64: Double(load(UInt64.self))
        case .int8: Double(load(Int8.self))
        case .int16: Double(load(Int16.self))
        case .int32: Double(load(Int32.self))
        case .int64: Double(load(Int64.self))
        case .fp16: Double(load(Float16.self))
        case .fp32: Double(load(Float.self))
        case .fp64: load(Double.self)
        case .bytes: nil
        }
    }

    /// Element `index` of a `BYTES` tensor as text; `nil` for numbers.
    package func string(at index: Int) -> String? {
        guard dataType == .bytes else { return nil }
        return withBytes(at: index) { String(decoding: $0, as: UTF8.self) }
    }
}

/// The memory of one tensor's elements.
///
/// Sendable although it is a class with mutable memory: whoever makes the storage fills it before the tensor is
/// handed on, and nobody writes afterwards.
package final class TensorStorage: @unchecked Sendable {
    package private(set) var bytes: UnsafeMutableRawBufferPointer
    /// Where each element of a `BYTES` tensor starts, and the end of the last one; empty for other types.
    package var offsets: ContiguousArray<Int> = []

    /// Uninitialised memory for `byteCount` bytes.
    package init(byteCount: Int) {
        bytes = .allocate(byteCount: byteCount, alignment: Self.alignment)
    }

    /// Takes over `bytes`, which was allocated with ``alignment``.
    package init(adopting bytes: UnsafeMutableRawBufferPointer) {
        self.bytes = bytes
    }

    /// Cache-line alignment: the widest that the runtimes ask for.
    package static let alignment = 64

    package var byteCount: Int { bytes.count }

    deinit { bytes.deallocate() }
}
