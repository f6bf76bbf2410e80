/// The values of all rows of a segment at one place. It stays readable without its batch.
///
/// A row has a number, a text, or no value: `null`, absent, or in a tensor whose shape does not fit the number of rows. A scalar input
/// is the value of all rows of its entry.
///
/// Sendable: nothing writes to the values.
package struct LogValueColumn: @unchecked Sendable {
    package let name: LogColumnName
    package let rowCount: Int
    /// `nil` if the column has no numbers.
    package let numberType: LogNumberType?
    /// The distinct texts, in the order of their appearance; empty if the column has none.
    package let texts: [String]
    private let numbers: UnsafeRawBufferPointer
    private let missing: UnsafeBufferPointer<UInt64>
    private let codes: UnsafeBufferPointer<UInt32>
    private let owner: AnyObject

    init(
        _ value: ColumnDirectory.Value,
        rowCount: Int,
        texts: [String],
        numbers: UnsafeRawBufferPointer,
        missing: UnsafeBufferPointer<UInt64>,
        codes: UnsafeBufferPointer<UInt32>,
        owner: AnyObject
    ) {
        name = value.name
        self.rowCount = rowCount
        numberType = value.type
        self.texts = texts
        self.numbers = numbers
        self.missing = missing
        self.codes = codes
        self.owner = owner
    }

    /// The number of a row; `nil` if it has a text or no value. A Boolean is 1 or 0.
    package func number(at row: Int) -> Double? {
        guard let type = numberType, isNumber(row) else { return nil }
        return switch type {
        case .boolean, .uint8: Double(numbers[row])
        case .int16: Double(load(row, as: Int16.self))
        case .int32: Double(load(row, as: Int32.self))
        case .int64: Double(load(row, as: Int64.self))
        case .float32: Double(load(row, as: Float.self))
        case .float64: load(row, as: Double.self)
        }
    }

    /// The number of a row if it is an integer within the range of `Int64`, with all of its digits.
    package func integer(at row: Int) -> Int64? {
        guard let type = numberType, isNumber(row) else { return nil }
        return switch type {
        case .boolean, .uint8: Int64(numbers[row])
        case .int16: Int64(load(row, as: Int16.self))
        case .int32: Int64(load(row, as: Int32.self))
        case .int64: load(row, as: Int64.self)
        case .float32: Int64(exactly: load(row, as: Float.self))
        case .float64: Int64(exactly: load(row, as: Double.self))
        }
    }

    /// The text of a row; `nil` if it has a number or no value.
    package func text(at row: Int) -> String? { code(at: row).map { texts[$0] } }

    /// The index of a row's text in ``texts``.
    package func code(at row: Int) -> Int? {
        guard row >= 0, row < codes.count, codes[row] > 0 else { return nil }
        return Int(codes[row]) - 1
    }

    /// Whether every row has a number.
    package var isComplete: Bool { numberType != nil && missing.isEmpty }

    /// Copies the numbers of consecutive rows; NaN if a row has none.
    ///
    /// - Precondition: The rows are the column's, and `target` has as many elements.
    package func copyNumbers(of rows: Range<Int>, into target: UnsafeMutableBufferPointer<Double>) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount && rows.count == target.count)
        switch numberType {
        case nil: target.update(repeating: .nan)
        case .boolean, .uint8: copy(rows, target, UInt8.self) { Double($0) }
        case .int16: copy(rows, target, Int16.self) { Double($0) }
        case .int32: copy(rows, target, Int32.self) { Double($0) }
        case .int64: copy(rows, target, Int64.self) { Double($0) }
        case .float32: copy(rows, target, Float.self) { Double($0) }
        case .float64: copy(rows, target, Double.self) { $0 }
        }
        guard numberType != nil, !missing.isEmpty else { return }
        for (index, row) in rows.enumerated() where isMissing(row) { target[index] = .nan }
    }

    /// The numbers of consecutive rows; NaN if a row has none.
    package func numbers(of rows: Range<Int>) -> [Double] {
        [Double](unsafeUninitializedCapacity: rows.count) { memory, count in
            copyNumbers(of: rows, into: UnsafeMutableBufferPointer(rebasing: memory[..<rows.count]))
            count = rows.count
        }
    }

    /// Calls `body` with the codes of all rows: 0 for a row without a text, otherwise one more than an index of ``texts``. There are no
    /// codes if the column has no texts.
    package func withCodes<Result>(_ body: (UnsafeBufferPointer<UInt32>) throws -> Result) rethrows -> Result {
        defer { withExtendedLifetime(owner) {} }
        return try body(codes)
    }

    @inline(__always)
    private func copy<Value: BitwiseCopyable>(
        _ rows: Range<Int>,
        _ target: UnsafeMutableBufferPointer<Double>,
        _ type: Value.Type,
        _ convert: (Value) -> Double
    ) {
        let values = numbers.assumingMemoryBound(to: type)
        for index in 0..<rows.count { target[index] = convert(values[rows.lowerBound &+ index]) }
    }

    private func isNumber(_ row: Int) -> Bool { row >= 0 && row < rowCount && !isMissing(row) }

    private func isMissing(_ row: Int) -> Bool {
        !missing.isEmpty && missing[row >> 6] & (1 &<< UInt64(row & 63)) != 0
    }

    private func load<Value: BitwiseCopyable>(_ row: Int, as type: Value.Type) -> Value {
        numbers.load(fromByteOffset: row * MemoryLayout<Value>.size, as: type)
    }
}
