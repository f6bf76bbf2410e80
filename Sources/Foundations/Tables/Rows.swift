package import Tensors

/// Rows of equally many numbers, one after the other.
package struct DenseRows {
    /// FP32 or FP64.
    let dataType: DataType
    package let rowCount: Int
    /// Numbers per row; `nil` if nobody said how many, and there are no rows.
    package let width: Int?
    let storage: TensorStorage

    /// - Precondition: `shape` has as many elements as a row.
    package func tensor(rowShape shape: [Int]) -> Tensor {
        Tensor(dataType: dataType, shape: [rowCount] + shape, storage: storage)
    }
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
        memory = AlignedMemory.allocate(byteCount: self.capacity * MemoryLayout<Element>.stride)
    }

    deinit { AlignedMemory.deallocate(memory) }

    @inline(__always)
    mutating func append(_ value: Element) {
        column &+= 1
        if let width, column > width { return }
        if count == capacity { grow() }
        memory.storeBytes(of: value, toByteOffset: count &* MemoryLayout<Element>.stride, as: Element.self)
        count &+= 1
    }

    /// The memory of the next row. Whoever writes to it has asked for enough capacity.
    var next: UnsafeMutablePointer<Element>? {
        memory.baseAddress.map { ($0 + count &* MemoryLayout<Element>.stride).assumingMemoryBound(to: Element.self) }
    }

    /// Adds the row that was written to ``next``.
    ///
    /// - Precondition: The width is known.
    mutating func addRow() {
        count &+= width ?? 0
        rowCount &+= 1
    }

    /// The limit on numbers in sparse rows: values that they omit cost the sender nothing.
    private static var mostSparse: Int { 1 << 26 }

    /// Fills the current row with `value`, so that its numbers can be set by position.
    ///
    /// - Precondition: The width is known, and the current row is empty.
    mutating func fillRow(with value: Element) throws(RowProblem) {
        guard (width ?? 0) <= Self.mostSparse - count else {
            throw RowProblem(row: rowCount + 1, .tooManyNumbers(limit: Self.mostSparse))
        }
        for _ in 0..<(width ?? 0) { append(value) }
    }

    /// Sets a number in the row that ``fillRow(with:)`` filled.
    mutating func set(_ value: Element, at column: Int) {
        let index = count - (width ?? 0) + column
        memory.storeBytes(of: value, toByteOffset: index * MemoryLayout<Element>.stride, as: Element.self)
    }

    @inline(__always)
    mutating func endRow() throws(RowProblem) {
        if let width {
            guard column == width else {
                throw RowProblem(row: rowCount + 1, .width(found: column, expected: width))
            }
        } else {
            width = column
        }
        rowCount &+= 1
        column = 0
    }

    private mutating func grow() {
        capacity *= 2
        let larger = AlignedMemory.allocate(byteCount: capacity * MemoryLayout<Element>.stride)
        larger.copyMemory(from: UnsafeRawBufferPointer(memory))
        AlignedMemory.deallocate(memory)
        memory = larger
    }

    consuming func finished() -> DenseRows {
        let used = UnsafeMutableRawBufferPointer(rebasing: memory[..<(count * MemoryLayout<Element>.stride)])
        let (rows, width) = (rowCount, width)
        discard self
        return DenseRows(
            dataType: Element.dataType,
            rowCount: rows,
            width: width,
            storage: TensorStorage(adopting: used)
        )
    }
}
