extension Tensor {
    /// Returns a tensor of some of the rows.
    ///
    /// - Precondition: The indices are those of rows. A scalar has none to select.
    package func selecting(rows: [Int]) -> Tensor {
        guard !shape.isEmpty else { return self }
        let selected = [rows.count] + shape.dropFirst()
        if dataType == .bytes {
            var strings: [[UInt8]] = []
            for row in rows {
                for column in 0..<rowWidth {
                    strings.append(withBytes(at: row * rowWidth + column) { Array($0) })
                }
            }
            return Tensor(shape: selected, strings: strings)
        }
        let rowBytes = rowCount == 0 ? 0 : byteCount / rowCount
        let copy = TensorStorage(byteCount: rows.count * rowBytes)
        for (index, row) in rows.enumerated() {
            precondition((0..<rowCount).contains(row), "no such row")
            UnsafeMutableRawBufferPointer(rebasing: copy.bytes[(index * rowBytes)..<((index + 1) * rowBytes)])
                .copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: storage.bytes[(row * rowBytes)..<((row + 1) * rowBytes)])
                )
        }
        return Tensor(dataType: dataType, shape: selected, storage: copy)
    }
}
