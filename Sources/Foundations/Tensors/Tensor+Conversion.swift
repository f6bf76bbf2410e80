extension Tensor {
    /// Returns the same values as `target`; `nil` if a value cannot be converted: a fraction to an integer type, a number that
    /// is out of range, or a string to a number. Rounding to a narrower floating-point type is allowed.
    package func converted(to target: DataType) -> Tensor? {
        if target == dataType { return self }
        guard dataType != .bytes, dataType != .bool, let width = target.byteWidth, target != .bool else { return nil }
        let count = elementCount
        let result = TensorStorage(byteCount: count * width)
        func integers<Element: FixedWidthInteger & BitwiseCopyable>(_ type: Element.Type) -> Bool {
            for index in 0..<count {
                guard let value = integer(at: index).flatMap({ Element(exactly: $0) }) else { return false }
                result.bytes.storeBytes(of: value, toByteOffset: index * width, as: type)
            }
            return true
        }
        func reals<Element: BinaryFloatingPoint & BitwiseCopyable>(_ type: Element.Type) -> Bool {
            for index in 0..<count {
                guard let value = number(at: index) else { return false }
                let converted = Element(value)
                if value.isFinite, !converted.isFinite { return false }
                result.bytes.storeBytes(of: converted, toByteOffset: index * width, as: type)
            }
            return true
        }
        let fits =
            switch target {
            case .uint8: integers(UInt8.self)
            case .uint16: integers(UInt16.self)
            case .uint32: integers(UInt32.self)
            case .uint64: integers(UInt64.self)
            case .int8: integers(Int8.self)
            case .int16: integers(Int16.self)
            case .int32: integers(Int32.self)
            case .int64: integers(Int64.self)
            case .fp16: reals(Float16.self)
            case .fp32: reals(Float.self)
            case .fp64: reals(Double.self)
            case .bool, .bytes: false
            }
        return fits ? Tensor(dataType: target, shape: shape, storage: result) : nil
    }

    /// Returns element `index` as an integer; `nil` if it has a fraction or is a string.
    private func integer(at index: Int) -> Int128? {
        switch dataType {
        case .uint64: Int128(element(at: index, as: UInt64.self))
        case .int64: Int128(element(at: index, as: Int64.self))
        case .bytes: nil
        default: number(at: index).flatMap { Int128(exactly: $0) }
        }
    }

    /// Returns the same rows with the columns in `order`.
    ///
    /// - Precondition: The tensor has the shape `[rows, columns]`, a fixed-width data type, and each of the columns.
    package func choosing(columns order: [Int]) -> Tensor {
        let width = dataType.byteWidth ?? 0
        precondition(
            shape.count == 2 && order.allSatisfy { (0..<shape[1]).contains($0) } && width > 0,
            "no such columns"
        )
        let result = TensorStorage(byteCount: shape[0] * order.count * width)
        var to = 0
        for row in 0..<shape[0] {
            for column in order {
                let from = (row * shape[1] + column) * width
                UnsafeMutableRawBufferPointer(rebasing: result.bytes[to..<(to + width)])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: storage.bytes[from..<(from + width)]))
                to += width
            }
        }
        return Tensor(dataType: dataType, shape: [shape[0], order.count], storage: result)
    }
}
