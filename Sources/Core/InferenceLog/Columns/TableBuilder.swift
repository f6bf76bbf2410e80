/// Collects the columns of a segment, entry by entry.
///
/// Noncopyable, because it owns the memory of its numbers.
struct TableBuilder: ~Copyable {
    /// The columns of one output or input.
    private struct Slot {
        /// The columns by element; -1 if there is none.
        var elements: [Int32] = []
    }

    private(set) var times: [Int64] = []
    private(set) var offsets: [UInt64] = []
    private(set) var idHashes: [UInt64] = []
    private(set) var elapsed: [Int64] = []
    private(set) var units: [UInt64] = []
    private(set) var flags: [UInt8] = []
    private(set) var subjects: [UInt32] = []
    private(set) var rowStarts: [UInt32] = [0]
    private(set) var totalRows: [UInt32] = []
    /// The hashes of each key, and one bit for each entry, set if it has none.
    private(set) var keys: [NumberBuilder] = []
    var values: [ValueBuilder] = []
    private(set) var hasUnits = false
    private(set) var hasCutEntries = false
    private(set) var skippedLines = 0
    /// Skipped lines that a look-up by id returns.
    private(set) var hiddenLines = 0
    var scanner = EntryScanner()
    var budget: Int
    private var outputs: [Slot] = []
    private var inputs: [Slot] = []
    /// Columns by the index of the input in the upper half and of the feature in the lower half.
    private var features: [UInt64: Int32] = [:]
    private var recentFeatures = [(key: UInt64, column: Int32)](repeating: (.max, -1), count: 1024)
    private var refused: [LogDroppedColumn] = []

    /// - Parameter byteCount: The size of the segment.
    init(byteCount: Int) { budget = ColumnLimits.memory(forSegmentOf: byteCount) }

    deinit {
        for value in values { value.numbers.free() }
        for key in keys { key.free() }
    }

    var entryCount: Int { times.count }
    var rowCount: Int { Int(rowStarts[rowStarts.count - 1]) }

    /// Adds a line, without its newline.
    mutating func add(_ line: UnsafeRawBufferPointer, at offset: Int) {
        guard case .entry = scan(line) else { return }
        let firstRow = rowCount
        let count = rowCount(of: line)
        guard let end = UInt32(exactly: firstRow + count), entryCount < Int(Int32.max) else {
            skippedLines += 1
            hiddenLines += 1
            return
        }
        let index = entryCount
        times.append(scanner.entry.time)
        offsets.append(UInt64(offset))
        idHashes.append(scanner.entry.idHash)
        elapsed.append(scanner.entry.elapsed)
        units.append(scanner.entry.unit ?? 0)
        if scanner.entry.unit != nil { hasUnits = true }
        flags.append(scanner.entry.flags.rawValue)
        subjects.append(scanner.entry.subject)
        rowStarts.append(end)
        totalRows.append(scanner.entry.totalRows ?? UInt32(count))
        if scanner.entry.flags.contains(.cut) { hasCutEntries = true }
        // Keys take no more memory than the lines, so they have no budget.
        var unlimited = Int.max / 2
        for key in scanner.entry.keys {
            while keys.count <= key.name { keys.append(NumberBuilder(wide: ())) }
            _ = keys[key.name].put(Int64(bitPattern: key.hash), isBoolean: false, at: index, &unlimited)
        }
        for part in scanner.entry.parts { add(part, firstRow, count) }
    }

    private mutating func scan(_ line: UnsafeRawBufferPointer) -> EntryScanner.Outcome {
        let outcome = scanner.scan(line)
        if case .skipped(let isHeaded) = outcome {
            skippedLines += 1
            if isHeaded { hiddenLines += 1 }
        }
        return outcome
    }

    /// The number of rows of the scanned line, which are not more than its bytes, whatever it says.
    private func rowCount(of line: UnsafeRawBufferPointer) -> Int {
        let count = scanner.entry.rowCount
        return count <= line.count ? count : 1
    }

    private mutating func add(_ part: ScannedPart, _ firstRow: Int, _ count: Int) {
        switch part.form {
        case .irregular: break
        case .scalar:
            guard case .input = part.source else { break }
            for row in 0..<count { put(scanner.entry.values[part.values.lowerBound], part.source, 0, firstRow + row) }
        case .array:
            guard part.rowCount == count, count > 0 else { break }
            let length = part.values.count / count
            var index = part.values.lowerBound
            for row in firstRow..<firstRow + count {
                for element in 0..<length {
                    put(scanner.entry.values[index], part.source, element, row)
                    index += 1
                }
            }
        case .objects:
            guard part.rowCount == count, case .input(let input) = part.source else { break }
            var row = firstRow
            for index in part.values {
                let value = scanner.entry.values[index]
                if value.kind == .rowEnd {
                    row += 1
                } else {
                    put(value, input: input, row)
                }
            }
        }
    }

    @inline(__always)
    private mutating func put(_ value: ScannedValue, _ source: ScannedPart.Source, _ element: Int, _ row: Int) {
        let known: Int32? =
            switch source {
            case .output(let index):
                index < outputs.count && element < outputs[index].elements.count
                    ? outputs[index].elements[element] : nil
            case .input(let index):
                index < inputs.count && element < inputs[index].elements.count ? inputs[index].elements[element] : nil
            }
        let column = known ?? makeColumn(source, element)
        if column >= 0 { values[Int(column)].put(value, scanner.entry.texts, at: row, &budget) }
    }

    @inline(never)
    private mutating func makeColumn(_ source: ScannedPart.Source, _ element: Int) -> Int32 {
        guard element < ColumnLimits.rowElements else {
            refuse(LogColumnName(name(of: source), .element(element)), .rowTooLong)
            return -1
        }
        if case .output(let index) = source, index >= ColumnLimits.columns {
            refuse(LogColumnName(.output(index), .element(element)), .tooManyColumns)
            return -1
        }
        let column = append(LogColumnName(name(of: source), .element(element)))
        switch source {
        case .output(let index):
            while outputs.count <= index { outputs.append(Slot()) }
            outputs[index].elements.append(column)
        case .input(let index):
            while inputs.count <= index { inputs.append(Slot()) }
            inputs[index].elements.append(column)
        }
        return column
    }

    private func name(of source: ScannedPart.Source) -> LogColumnName.Source {
        switch source {
        case .output(let index): .output(index)
        case .input(let index): .input(scanner.inputs.names[index])
        }
    }

    private mutating func put(_ value: ScannedValue, input: Int, _ row: Int) {
        let key = UInt64(input) &<< 32 | UInt64(UInt32(bitPattern: value.feature))
        let place = Int(truncatingIfNeeded: key &+ key &>> 32 &* 31) & 1023
        if recentFeatures[place].key != key {
            let column: Int32
            if let known = features[key] {
                column = known
            } else {
                let feature = scanner.features.names[Int(value.feature)]
                column = append(LogColumnName(.input(scanner.inputs.names[input]), .feature(feature)))
                if column >= 0 { features[key] = column }
            }
            recentFeatures[place] = (key, column)
        }
        let column = recentFeatures[place].column
        if column >= 0 { values[Int(column)].put(value, scanner.entry.texts, at: row, &budget) }
    }

    private mutating func append(_ name: LogColumnName) -> Int32 {
        guard values.count < ColumnLimits.columns else {
            refuse(name, .tooManyColumns)
            return -1
        }
        values.append(ValueBuilder(name))
        return Int32(values.count - 1)
    }

    private mutating func refuse(_ name: LogColumnName, _ reason: LogDroppedColumn.Reason) {
        guard refused.count < ColumnLimits.dropped,
            !refused.contains(where: { $0.reason == reason && $0.name.source == name.source })
        else { return }
        refused.append(LogDroppedColumn(name: name, reason: reason))
    }

    /// Makes all columns as long as the segment.
    ///
    /// - Returns: The columns that were dropped.
    mutating func finish() -> [LogDroppedColumn] {
        let rowCount = rowCount
        for index in values.indices { values[index].finish(rowCount: rowCount, &budget) }
        var unlimited = Int.max / 2
        for index in keys.indices { _ = keys[index].pad(to: entryCount, &unlimited) }
        if let name = scanner.inputs.refused { refuse(LogColumnName(.input(name)), .tooManyColumns) }
        if let name = scanner.features.refused { refuse(LogColumnName(.input(""), .feature(name)), .tooManyColumns) }
        let dropped = values.compactMap { value in
            value.reason.map { LogDroppedColumn(name: value.name, reason: $0) }
        }
        return Array((dropped + refused).prefix(ColumnLimits.dropped))
    }
}
