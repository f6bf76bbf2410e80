extension DenseReader {
    func readCSV(_ body: UnsafeRawBufferPointer) throws(RowProblem) -> DenseRows {
        let hasMark = body.starts(with: CSVFormat.mark)
        let body = hasMark ? UnsafeRawBufferPointer(rebasing: body[CSVFormat.mark.count...]) : body
        let bytes = body.bindMemory(to: UInt8.self)
        let separator = CSVFormat.separator(of: body)
        let width = width ?? Self.fieldCount(of: bytes, separator)
        var rows = Rows<Element>(width: width, capacity: Self.capacity(of: bytes, width: width))
        let format = CSVFormat.body(separator: separator, width: width, takesMissing: missing != nil)
        guard var cursor = CSVCursor(bytes, format) else { return rows.finished() }
        while let row = rows.next, try cursor.read(into: row) { rows.addRow() }
        return rows.finished()
    }

    /// Returns the number of fields of the first line that is not empty.
    private static func fieldCount(of bytes: UnsafeBufferPointer<UInt8>, _ separator: UInt8) -> Int {
        var index = 0
        while index < bytes.count, bytes[index] == 0x0A || bytes[index] == 0x0D { index += 1 }
        var count = 1
        while index < bytes.count, bytes[index] != 0x0A {
            if bytes[index] == separator { count &+= 1 }
            index += 1
        }
        return count
    }

    /// Returns the maximum count of numbers in `bytes`, so that one allocation suffices.
    private static func capacity(of bytes: UnsafeBufferPointer<UInt8>, width: Int) -> Int {
        var lines = 1
        for byte in bytes where byte == 0x0A { lines &+= 1 }
        let (product, overflow) = lines.multipliedReportingOverflow(by: width)
        // Each number is followed by a separator or the end.
        return overflow ? bytes.count + 1 : min(product, bytes.count + 1)
    }
}
