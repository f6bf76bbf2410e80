/// Collects the numbers of a column in the narrowest type that holds them exactly. Rows without a number are missing.
///
/// A struct with memory of its own, because it is written to once per number. ``free()`` ends it.
struct NumberBuilder {
    private(set) var type = LogNumberType.uint8
    /// The number of rows so far.
    private(set) var count = 0
    /// Whether every number so far was a Boolean.
    private var isBoolean = true
    private var hasNumbers = false
    private var base: UnsafeMutableRawPointer?
    /// The size of the memory in bytes.
    private(set) var capacity = 0
    /// One bit for each row, set if the row is missing; `nil` if none is.
    private var missing: [UInt64]?

    init() {}

    /// Creates a column of 64-bit numbers.
    init(wide: Void) { type = .int64 }

    /// The type to store.
    var storedType: LogNumberType { isBoolean && hasNumbers ? .boolean : type }

    func free() { base?.deallocate() }

    /// The numbers, as long as nothing is added.
    var values: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count * type.width) }

    var missingBits: [UInt64]? { missing }

    /// Makes the column end at `row`, with missing rows from its end on.
    ///
    /// - Returns: `false` if the budget is used up.
    mutating func pad(to row: Int, _ budget: inout Int) -> Bool {
        guard row > count else { return true }
        guard reserve(row, &budget), let base else { return false }
        (base + count * type.width).initializeMemory(as: UInt8.self, repeating: 0, count: (row - count) * type.width)
        var bits = missing ?? []
        let words = (row + 63) >> 6
        budget -= (words - bits.count) * 8
        bits.append(contentsOf: repeatElement(0, count: max(0, words - bits.count)))
        for index in count..<row { bits[index >> 6] |= 1 &<< UInt64(index & 63) }
        missing = bits
        count = row
        return budget >= 0
    }

    /// Sets the number of a row: the next one, or a later one.
    ///
    /// - Returns: `false` if the budget is used up.
    @inline(__always)
    mutating func put(_ value: Int64, isBoolean: Bool, at row: Int, _ budget: inout Int) -> Bool {
        guard prepare(row, &budget) else { return false }
        if !isBoolean { self.isBoolean = false }
        hasNumbers = true
        switch type {
        case .boolean, .uint8:
            guard let value = UInt8(exactly: value) else { break }
            return store(value, row)
        case .int16:
            guard let value = Int16(exactly: value) else { break }
            return store(value, row)
        case .int32:
            guard let value = Int32(exactly: value) else { break }
            return store(value, row)
        case .int64: return store(value, row)
        case .float32:
            guard let value = Float(exactly: value) else { break }
            return store(value, row)
        case .float64: return store(Double(value), row)
        }
        return widen(for: value, row, &budget)
    }

    @inline(__always)
    mutating func put(_ value: Double, at row: Int, _ budget: inout Int) -> Bool {
        guard prepare(row, &budget) else { return false }
        isBoolean = false
        hasNumbers = true
        if type == .float64 { return store(value, row) }
        return putNarrow(value, row, &budget)
    }

    @inline(never)
    private mutating func putNarrow(_ value: Double, _ row: Int, _ budget: inout Int) -> Bool {
        if type == .float32, Double(Float(value)) == value { return store(Float(value), row) }
        guard type != .float32, Double(Float(value)) == value, holdsFloats(except: row) else {
            return convert(to: .float64, &budget) && store(value, row)
        }
        return convert(to: .float32, &budget) && store(Float(value), row)
    }

    /// Whether a float holds each of the integers exactly, apart from that of a row.
    private func holdsFloats(except row: Int) -> Bool {
        guard type == .int32 || type == .int64 else { return true }
        return (0..<count).allSatisfy { $0 == row || Float(exactly: integer(at: $0)) != nil }
    }

    @inline(never)
    private mutating func widen(for value: Int64, _ row: Int, _ budget: inout Int) -> Bool {
        let wider: LogNumberType =
            switch type {
            case .float32: .float64
            case _ where Int16(exactly: value) != nil: .int16
            case _ where Int32(exactly: value) != nil: .int32
            default: .int64
            }
        guard convert(to: wider, &budget) else { return false }
        return wider == .float64
            ? store(Double(value), row)
            : wider == .int16
                ? store(Int16(value), row) : wider == .int32 ? store(Int32(value), row) : store(value, row)
    }

    @inline(__always)
    private func store<Value: BitwiseCopyable>(_ value: Value, _ row: Int) -> Bool {
        base.unsafelyUnwrapped.storeBytes(of: value, toByteOffset: row &* MemoryLayout<Value>.size, as: Value.self)
        return true
    }

    /// Removes the number of a row, if it has one.
    mutating func clear(_ row: Int) {
        guard row < count else { return }
        var bits = missing ?? []
        bits.append(contentsOf: repeatElement(0, count: max(0, (count + 63) >> 6 - bits.count)))
        bits[row >> 6] |= 1 &<< UInt64(row & 63)
        missing = bits
    }

    /// Makes room for the row, which becomes the last one.
    @inline(__always)
    private mutating func prepare(_ row: Int, _ budget: inout Int) -> Bool {
        if row > count { guard pad(to: row, &budget) else { return false } }
        if row < count {
            missing?[row >> 6] &= ~(1 &<< UInt64(row & 63))
        } else {
            if (row &+ 1) &* type.width > capacity { guard reserve(row + 1, &budget) else { return false } }
            count = row &+ 1
            if missing != nil { markPresent(row, &budget) }
        }
        return true
    }

    private mutating func markPresent(_ row: Int, _ budget: inout Int) {
        if row >> 6 >= missing?.count ?? 0 {
            missing?.append(0)
            budget -= 8
        }
    }

    private mutating func reserve(_ rows: Int, _ budget: inout Int) -> Bool {
        let needed = rows * type.width
        guard needed > capacity else { return true }
        let larger = max(needed, capacity + capacity / 2, 64)
        guard budget >= larger - capacity else { return false }
        budget -= larger - capacity
        let memory = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        if let base {
            memory.copyMemory(from: base, byteCount: count * type.width)
            base.deallocate()
        }
        (base, capacity) = (memory, larger)
        return true
    }

    /// Converts the values. That of the row which is being set may be anything.
    private mutating func convert(to wider: LogNumberType, _ budget: inout Int) -> Bool {
        var other = NumberBuilder()
        other.type = wider
        guard other.reserve(capacity / type.width, &budget), let memory = other.base else {
            return false
        }
        for index in 0..<count {
            switch wider {
            case .boolean, .uint8: break
            case .int16:
                memory.storeBytes(
                    of: Int16(truncatingIfNeeded: integer(at: index)),
                    toByteOffset: index * 2,
                    as: Int16.self
                )
            case .int32:
                memory.storeBytes(
                    of: Int32(truncatingIfNeeded: integer(at: index)),
                    toByteOffset: index * 4,
                    as: Int32.self
                )
            case .int64: memory.storeBytes(of: integer(at: index), toByteOffset: index * 8, as: Int64.self)
            case .float32: memory.storeBytes(of: Float(integer(at: index)), toByteOffset: index * 4, as: Float.self)
            case .float64: memory.storeBytes(of: double(at: index), toByteOffset: index * 8, as: Double.self)
            }
        }
        base?.deallocate()
        budget += capacity
        (base, capacity, type) = (memory, other.capacity, wider)
        return true
    }

    private func load<Value: BitwiseCopyable>(_ index: Int, as: Value.Type) -> Value {
        base.unsafelyUnwrapped.load(fromByteOffset: index * MemoryLayout<Value>.size, as: Value.self)
    }

    /// - Precondition: The type is an integer's.
    private func integer(at index: Int) -> Int64 {
        switch type {
        case .boolean, .uint8: Int64(load(index, as: UInt8.self))
        case .int16: Int64(load(index, as: Int16.self))
        case .int32: Int64(load(index, as: Int32.self))
        default: load(index, as: Int64.self)
        }
    }

    private func double(at index: Int) -> Double {
        switch type {
        case .float32: Double(load(index, as: Float.self))
        case .float64: load(index, as: Double.self)
        default: Double(integer(at: index))
        }
    }
}
