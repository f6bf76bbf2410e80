import Tensors

/// A floating-point type that rows are read into.
protocol RowElement: BinaryFloatingPoint & BitwiseCopyable {
    static var dataType: DataType { get }
    static func read(
        _ reader: NumberReader,
        _ position: inout UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>
    ) -> Self?
    static func read(_ cursor: inout JSONCursor) throws(JSONError) -> Self
}

extension Float: RowElement {
    static var dataType: DataType { .fp32 }

    @inline(__always)
    static func read(
        _ reader: NumberReader,
        _ position: inout UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>
    ) -> Float? {
        reader.readFloat(&position, end)
    }

    static func read(_ cursor: inout JSONCursor) throws(JSONError) -> Float { try cursor.readFloat() }
}

extension Double: RowElement {
    static var dataType: DataType { .fp64 }

    @inline(__always)
    static func read(
        _ reader: NumberReader,
        _ position: inout UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>
    ) -> Double? {
        reader.readDouble(&position, end)
    }

    static func read(_ cursor: inout JSONCursor) throws(JSONError) -> Double { try cursor.readDouble() }
}

/// Collects rows of numbers directly in the storage of the final tensor.
struct Rows<Element: RowElement>: ~Copyable {
    private var memory: UnsafeMutableRawBufferPointer
    private var capacity: Int
    private var count = 0
    private(set) var rowCount = 0
    /// The count of numbers in the current row, including excess ones.
    private(set) var column = 0
    /// Numbers per row; `nil` until the first row decides.
    private(set) var width: Int?

    /// - Parameters:
    ///   - width: Numbers per row; `nil` if the first row decides.
    ///   - capacity: The expected count of numbers.
    init(width: Int?, capacity: Int) {
        self.width = width
        self.capacity = max(capacity, 1)
        memory = .allocate(
            byteCount: self.capacity * MemoryLayout<Element>.stride,
            alignment: TensorStorage.alignment
        )
    }

    deinit { memory.deallocate() }

    @inline(__always)
    mutating func append(_ value: Element) {
        column &+= 1
        if let width, column > width { return }
        if count == capacity { grow() }
        memory.storeBytes(of: value, toByteOffset: count &* MemoryLayout<Element>.stride, as: Element.self)
        count &+= 1
    }

    /// The limit on numbers in sparse rows: values that they omit cost the sender nothing.
    private static var mostSparse: Int { 1 << 26 }

    /// Fills the current row with `value`, so that its numbers can be set by position.
    ///
    /// - Precondition: The width is known, and the current row is empty.
    mutating func fillRow(with value: Element) throws(InvocationError) {
        guard (width ?? 0) <= Self.mostSparse - count else {
            throw InvocationError(
                413,
                "The sparse rows of the body have more than \(Self.mostSparse) features in total. Send fewer rows."
            )
        }
        for _ in 0..<(width ?? 0) { append(value) }
    }

    /// Sets a number in the row that ``fillRow(with:)`` filled.
    mutating func set(_ value: Element, at column: Int) {
        let index = count - (width ?? 0) + column
        memory.storeBytes(of: value, toByteOffset: index * MemoryLayout<Element>.stride, as: Element.self)
    }

    /// - Parameter format: The name of the format, for the error message.
    @inline(__always)
    mutating func endRow(_ format: StaticString) throws(InvocationError) {
        if let width {
            guard column == width else {
                throw InvocationError(
                    400,
                    "Feature size of \(format) inference data \(column) is not consistent with feature size of "
                        + "trained model \(width)"
                )
            }
        } else {
            width = column
        }
        rowCount &+= 1
        column = 0
    }

    private mutating func grow() {
        capacity *= 2
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: capacity * MemoryLayout<Element>.stride,
            alignment: TensorStorage.alignment
        )
        larger.copyMemory(from: UnsafeRawBufferPointer(memory))
        memory.deallocate()
        memory = larger
    }

    /// - Precondition: `shape` has as many elements as a row.
    consuming func tensor(rowShape shape: [Int]) -> Tensor {
        let used = UnsafeMutableRawBufferPointer(rebasing: memory[..<(count * MemoryLayout<Element>.stride)])
        let rows = rowCount
        discard self
        return Tensor(
            dataType: Element.dataType,
            shape: [rows] + shape,
            storage: TensorStorage(adopting: used)
        )
    }
}
