/// Collects a value column. Numbers and texts are kept apart, so that a column with both loses nothing.
struct ValueBuilder {
    let name: LogColumnName
    var numbers = NumberBuilder()
    var text = TextBuilder()
    /// Why the column is dropped; `nil` if it is not.
    private(set) var reason: LogDroppedColumn.Reason?

    init(_ name: LogColumnName) { self.name = name }

    /// Sets the value of a row: the last one that was set, or a later one. Rows in between have no value.
    @inline(__always)
    mutating func put(_ value: ScannedValue, _ texts: [String], at row: Int, _ budget: inout Int) {
        guard reason == nil else { return }
        switch value.kind {
        case .integer, .boolean:
            let number = Int64(bitPattern: value.bits)
            if !numbers.put(number, isBoolean: value.kind == .boolean, at: row, &budget) {
                drop(.tooMuchMemory, &budget)
            } else if !text.codes.isEmpty {
                text.clear(row)
            }
        case .double:
            if !numbers.put(Double(bitPattern: value.bits), at: row, &budget) {
                drop(.tooMuchMemory, &budget)
            } else if !text.codes.isEmpty {
                text.clear(row)
            }
        case .text: putText(texts[Int(value.bits)], at: row, &budget)
        case .missing, .rowEnd: break
        }
    }

    @inline(never)
    private mutating func putText(_ value: String, at row: Int, _ budget: inout Int) {
        if let reason = text.put(value, at: row, &budget) {
            drop(reason, &budget)
        } else {
            numbers.clear(row)
        }
    }

    /// Makes the column as long as the segment has rows.
    mutating func finish(rowCount: Int, _ budget: inout Int) {
        guard reason == nil else { return }
        // "NaN" beside numbers, or without anything else, is a missing number.
        if !text.codes.isEmpty, text.isOnlyNonFinite { text = TextBuilder() }
        if numbers.count > 0 || text.codes.isEmpty, !numbers.pad(to: rowCount, &budget) {
            return drop(.tooMuchMemory, &budget)
        }
        if !text.codes.isEmpty, !text.pad(to: rowCount, &budget) { drop(.tooMuchMemory, &budget) }
    }

    private mutating func drop(_ reason: LogDroppedColumn.Reason, _ budget: inout Int) {
        self.reason = reason
        budget += numbers.capacity + text.byteCount
        numbers.free()
        numbers = NumberBuilder()
        text = TextBuilder()
    }
}
