import CNumbers

/// Appends JSON to memory of its own, which grows as needed. Writing a number allocates nothing.
///
/// Sendable: it owns its memory, and cannot be copied.
package struct JSONWriter: ~Copyable, @unchecked Sendable {
    /// How to write NaN and infinity, which JSON cannot express.
    package enum NonFinite: String, Sendable, CaseIterable {
        case null
        /// `"NaN"`, `"Infinity"` and `"-Infinity"`, as in the JSON format of Protocol Buffers.
        case string
    }

    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    package private(set) var count = 0
    private let nonFinite: NonFinite

    package init(capacity: Int = 1024, nonFinite: NonFinite = .null) {
        self.capacity = max(capacity, 32)
        base = .allocate(capacity: self.capacity)
        self.nonFinite = nonFinite
    }

    deinit { base.deallocate() }

    /// A copy of what was written.
    package var bytes: [UInt8] { Array(UnsafeBufferPointer(start: base, count: count)) }

    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Forgets what was written, and keeps the memory.
    package mutating func removeAll() { count = 0 }

    /// Makes room for more bytes.
    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if capacity &- count < more { grow(by: more) }
    }

    @inline(never)
    private mutating func grow(by more: Int) {
        capacity = max(2 * capacity, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
    }

    @inline(__always)
    package mutating func put(_ byte: UInt8) {
        reserve(1)
        base[count] = byte
        count &+= 1
    }

    @inline(__always)
    private mutating func append(_ start: UnsafePointer<UInt8>, _ length: Int) {
        reserve(length)
        (base + count).update(from: start, count: length)
        count &+= length
    }

    @inline(__always)
    package mutating func raw(_ text: StaticString) { append(text.utf8Start, text.utf8CodeUnitCount) }

    /// Appends text that is already JSON. It has a label, because a literal would otherwise become a `String`.
    package mutating func raw(contentsOf text: String) {
        var text = text
        text.withUTF8 { raw(UnsafeRawBufferPointer($0)) }
    }

    package mutating func raw(_ text: UnsafeRawBufferPointer) {
        guard let start = text.baseAddress else { return }
        append(start.assumingMemoryBound(to: UInt8.self), text.count)
    }

    package mutating func raw(_ text: [UInt8]) { text.withUnsafeBytes { raw($0) } }

    /// Appends what another writer has written.
    package mutating func raw(_ other: borrowing JSONWriter) { append(other.base, other.count) }

    /// Appends JSON as a single line: newlines between tokens become spaces.
    package mutating func rawOnOneLine(_ text: UnsafeRawBufferPointer) {
        let start = count
        let end = text.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? 0
        raw(UnsafeRawBufferPointer(rebasing: text[..<end]))
        var index = start
        while index < count {
            // Nothing below 0x0E is the usual case, which eight bytes at a time show.
            if count - index >= 8 {
                let word = UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self)
                if (word &- 0x0E0E_0E0E_0E0E_0E0E) & ~word & 0x8080_8080_8080_8080 == 0 {
                    index &+= 8
                    continue
                }
            }
            if base[index] == 0x0A || base[index] == 0x0D { base[index] = 0x20 }
            index &+= 1
        }
    }

    package mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }

    /// Appends UTF-8 as a JSON string. Invalid bytes become U+FFFD.
    package mutating func string(_ text: UnsafeRawBufferPointer) {
        put(UInt8(ascii: "\""))
        if Self.needsEscapes(text) {
            // Decoding replaces invalid UTF-8.
            for byte in String(decoding: text, as: UTF8.self).utf8 { escaped(byte) }
        } else {
            raw(text)
        }
        put(UInt8(ascii: "\""))
    }

    /// Whether any byte is a control character, a quote, a backslash or not ASCII.
    private static func needsEscapes(_ text: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        var found: UInt64 = 0
        while text.count - index >= 8 {
            // The top bit of each byte is set by such a byte, or by one after it.
            let word = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quotes = (word ^ 0x2222_2222_2222_2222) &- 0x0101_0101_0101_0101
            let backslashes = (word ^ 0x5C5C_5C5C_5C5C_5C5C) &- 0x0101_0101_0101_0101
            found |= word | (word &- 0x2020_2020_2020_2020) | quotes | backslashes
            index &+= 8
        }
        if found & 0x8080_8080_8080_8080 != 0 { return true }
        while index < text.count {
            let byte = text[index]
            if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return true }
            index &+= 1
        }
        return false
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            put(UInt8(ascii: "\\"))
            put(byte)
        case 0x0A: raw("\\n")
        case 0x0D: raw("\\r")
        case 0x09: raw("\\t")
        case ..<0x20:
            raw("\\u00")
            put(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            let low = byte & 0x0F
            put(low < 10 ? low + 0x30 : low - 10 + UInt8(ascii: "a"))
        default: put(byte)
        }
    }

    /// Appends the shortest text that reads back as the same `Double`; see ``NonFinite`` for NaN and infinity.
    package mutating func number(_ value: Double) {
        guard value.isFinite else { return raw(word(for: value)) }
        real { roost_write_double(value, $0) }
    }

    /// Appends the shortest text that reads back as the same `Float`.
    package mutating func number(_ value: Float) {
        guard value.isFinite else { return raw(word(for: Double(value))) }
        real { roost_write_float(value, $0) }
    }

    private func word(for value: Double) -> StaticString {
        guard nonFinite == .string else { return "null" }
        return value.isNaN ? "\"NaN\"" : value < 0 ? "\"-Infinity\"" : "\"Infinity\""
    }

    @inline(__always)
    private mutating func real(_ write: (UnsafeMutablePointer<CChar>) -> Int32) {
        reserve(34)
        let start = base + count
        let length = Int(start.withMemoryRebound(to: CChar.self, capacity: 32) { write($0) })
        count &+= length
        // A whole number keeps its decimal point, so that every reader takes it for a floating-point number.
        for index in 0..<length where start[index] == UInt8(ascii: ".") || start[index] == UInt8(ascii: "e") { return }
        raw(".0")
    }

    // A generic function is not specialized for callers in other modules.
    package mutating func number(_ value: Int) { integer(value) }
    package mutating func number(_ value: Int64) { integer(value) }

    /// Appends 16 hexadecimal digits.
    package mutating func hexadecimal(_ value: UInt64) {
        reserve(16)
        for index in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: value &>> UInt64(60 &- 4 &* index) & 0xF)
            base[count &+ index] = digit < 10 ? digit &+ 0x30 : digit &+ 0x57
        }
        count &+= 16
    }

    @inline(__always)
    mutating func integer(_ value: some FixedWidthInteger) {
        // The longest has 20 digits, or 19 and a sign.
        reserve(20)
        if value < 0 {
            base[count] = UInt8(ascii: "-")
            count &+= 1
        }
        let magnitude = UInt64(value.magnitude)
        var length = 1
        var power: UInt64 = 10
        while length < 20, magnitude >= power {
            length &+= 1
            power = power &* 10
        }
        var rest = magnitude
        var index = count &+ length
        count = index
        while rest >= 10 {
            index &-= 1
            base[index] = UInt8(truncatingIfNeeded: rest % 10) &+ 0x30
            rest /= 10
        }
        base[index &- 1] = UInt8(truncatingIfNeeded: rest) &+ 0x30
    }

    /// Appends the elements of `tensor`, in row-major order, as one flat JSON array.
    package mutating func elements(of tensor: Tensor) {
        put(UInt8(ascii: "["))
        switch tensor.dataType {
        case .bool:
            list(tensor, UInt8.self) { writer, value in
                if value == 0 { writer.raw("false") } else { writer.raw("true") }
            }
        case .uint8: list(tensor, UInt8.self) { $0.integer($1) }
        case .uint16: list(tensor, UInt16.self) { $0.integer($1) }
        case .uint32: list(tensor, UInt32.self) { $0.integer($1) }
        case .uint64: list(tensor, UInt64.self) { $0.integer($1) }
        case .int8: list(tensor, Int8.self) { $0.integer($1) }
        case .int16: list(tensor, Int16.self) { $0.integer($1) }
        case .int32: list(tensor, Int32.self) { $0.integer($1) }
        case .int64: list(tensor, Int64.self) { $0.integer($1) }
        case .fp16: list(tensor, Float16.self) { $0.number(Double($1)) }
        case .fp32: list(tensor, Float.self) { $0.number(Double($1)) }
        case .fp64: list(tensor, Double.self) { $0.number($1) }
        case .bytes:
            for index in 0..<tensor.elementCount {
                if index > 0 { put(UInt8(ascii: ",")) }
                tensor.withBytes(at: index) { string($0) }
            }
        }
        put(UInt8(ascii: "]"))
    }

    @inline(__always)
    private mutating func list<Element: BitwiseCopyable>(
        _ tensor: Tensor,
        _ type: Element.Type,
        _ write: (inout JSONWriter, Element) -> Void
    ) {
        tensor.withElements(of: type) { elements in
            var first = true
            for element in elements {
                if !first { put(UInt8(ascii: ",")) }
                first = false
                write(&self, element)
            }
        }
    }

    package mutating func shape(_ shape: [Int]) {
        put(UInt8(ascii: "["))
        for (index, dimension) in shape.enumerated() {
            if index > 0 { put(UInt8(ascii: ",")) }
            number(dimension)
        }
        put(UInt8(ascii: "]"))
    }
}
