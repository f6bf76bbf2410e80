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

/// Rows of numbers on their way into a tensor: each number is stored where it stays.
struct Rows<Element: RowElement>: ~Copyable {
    private var memory: UnsafeMutableRawBufferPointer
    private var capacity: Int
    private var count = 0
    private(set) var rowCount = 0
    /// Numbers of the row that is being read, also those that are too many.
    private(set) var column = 0
    /// Numbers of a row; `nil` until the first row has shown it.
    private(set) var width: Int?

    /// - Parameters:
    ///   - width: Numbers of a row; `nil` where the first row decides.
    ///   - capacity: Numbers that are expected.
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

    /// Numbers that sparse rows may take up: what they do not list costs their sender nothing.
    private static var mostSparse: Int { 1 << 26 }

    /// The numbers of the row that is being read, all at once, to be set by position.
    ///
    /// - Precondition: The width is known, and nothing of the row was read.
    mutating func fillRow(with value: Element) throws(InvocationError) {
        guard (width ?? 0) <= Self.mostSparse - count else {
            throw InvocationError(
                413,
                "The sparse rows of the body have more than \(Self.mostSparse) features in all; send fewer rows at once."
            )
        }
        for _ in 0..<(width ?? 0) { append(value) }
    }

    /// Sets a number of the row that ``fillRow(with:)`` began.
    mutating func set(_ value: Element, at column: Int) {
        let index = count - (width ?? 0) + column
        memory.storeBytes(of: value, toByteOffset: index * MemoryLayout<Element>.stride, as: Element.self)
    }

    /// - Parameter format: What the row was written in, for the message.
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

    /// - Precondition: A row of `shape` has as many numbers as each row that was read.
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
