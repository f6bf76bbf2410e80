extension DataType {
    /// The data type's tag in an inference result: `{"Float": {"data": …}}`.
    package var resultTag: StaticString {
        switch self {
        case .bool: "Bool"
        case .uint8: "Uint8"
        case .uint16: "Uint16"
        case .uint32: "Uint32"
        case .uint64: "Uint64"
        case .int8: "Int8"
        case .int16: "Int16"
        case .int32: "Int32"
        case .int64: "Int64"
        case .fp16: "Float16"
        case .fp32: "Float"
        case .fp64: "Double"
        case .bytes: "String"
        }
    }
}

extension JSONWriter {
    /// Writes the outputs of an inference result: `[{"Float":{"data":[0.5],"dim":[1,1],"v":1}}]`.
    package mutating func outputs(_ tensors: [Tensor]) {
        raw("[")
        for (index, tensor) in tensors.enumerated() {
            raw(index > 0 ? ",{\"" : "{\"")
            raw(tensor.dataType.resultTag)
            raw("\":{\"data\":")
            elements(of: tensor)
            raw(",\"dim\":")
            shape(tensor.shape)
            raw(",\"v\":1}}")
        }
        raw("]")
    }

    /// Writes the elements as nested arrays that follow the shape.
    package mutating func nested(_ tensor: Tensor) {
        let shape = tensor.shape
        guard let rowLength = shape.last else { return scalar(tensor, at: 0) }
        guard tensor.elementCount > 0 else { return raw("[]") }
        // An array opens before element i for each dimension whose block begins there.
        var blocks: [Int] = [rowLength]
        for dimension in shape.dropLast().reversed() { blocks.append(dimension * blocks[blocks.count - 1]) }
        for index in 0..<tensor.elementCount {
            if index > 0 { raw(",") }
            for block in blocks where index % block == 0 { raw("[") }
            scalar(tensor, at: index)
            for block in blocks where (index + 1) % block == 0 { raw("]") }
        }
    }

    /// Writes one element.
    package mutating func scalar(_ tensor: Tensor, at index: Int) {
        switch tensor.dataType {
        case .bytes: tensor.withBytes(at: index) { string($0) }
        case .bool: raw(tensor.element(at: index, as: UInt8.self) == 0 ? "false" : "true")
        case .fp16: number(Double(tensor.element(at: index, as: Float16.self)))
        case .fp32: number(tensor.element(at: index, as: Float.self))
        case .fp64: number(tensor.element(at: index, as: Double.self))
        case .int8: integer(tensor.element(at: index, as: Int8.self))
        case .int16: integer(tensor.element(at: index, as: Int16.self))
        case .int32: integer(tensor.element(at: index, as: Int32.self))
        case .int64: integer(tensor.element(at: index, as: Int64.self))
        case .uint8: integer(tensor.element(at: index, as: UInt8.self))
        case .uint16: integer(tensor.element(at: index, as: UInt16.self))
        case .uint32: integer(tensor.element(at: index, as: UInt32.self))
        case .uint64: integer(tensor.element(at: index, as: UInt64.self))
        }
    }
}
