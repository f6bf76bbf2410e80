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
