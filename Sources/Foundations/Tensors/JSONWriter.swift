import CNumbers

/// Appends JSON to a reusable byte buffer. Writing a number allocates no memory of its own.
package struct JSONWriter: Sendable {
    /// How to write NaN and infinity, which JSON cannot express.
    package enum NonFinite: String, Sendable, CaseIterable {
        case null
        /// `"NaN"`, `"Infinity"` and `"-Infinity"`, as in the JSON format of Protocol Buffers.
        case string
    }

    package private(set) var bytes: [UInt8]
    private let nonFinite: NonFinite

    package init(capacity: Int = 1024, nonFinite: NonFinite = .null) {
        bytes = []
        bytes.reserveCapacity(capacity)
        self.nonFinite = nonFinite
    }

    package var count: Int { bytes.count }

    @inline(__always)
    package mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends text that is already JSON.
    package mutating func raw(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    package mutating func raw(_ text: UnsafeRawBufferPointer) { bytes.append(contentsOf: text) }

    package mutating func raw(_ text: [UInt8]) { bytes.append(contentsOf: text) }

    /// Appends JSON as a single line: newlines between tokens become spaces.
    package mutating func rawOnOneLine(_ text: UnsafeRawBufferPointer) {
        let start = bytes.count
        let end = text.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? 0
        bytes.append(contentsOf: text[..<end])
        bytes.withUnsafeMutableBufferPointer { buffer in
            for index in start..<buffer.count where buffer[index] == 0x0A || buffer[index] == 0x0D {
                buffer[index] = 0x20
            }
        }
    }

    package mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }

    /// Appends UTF-8 as a JSON string. Invalid bytes become U+FFFD.
    package mutating func string(_ text: UnsafeRawBufferPointer) {
        bytes.append(UInt8(ascii: "\""))
        if text.contains(where: { $0 < 0x20 || $0 >= 0x80 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
            // Decoding replaces invalid UTF-8.
            for byte in String(decoding: text, as: UTF8.self).utf8 { escaped(byte) }
        } else {
            bytes.append(contentsOf: text)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case 0x0A: raw("\\n")
        case 0x0D: raw("\\r")
        case 0x09: raw("\\t")
        case ..<0x20:
            raw("\\u00")
            bytes.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            let low = byte & 0x0F
            bytes.append(low < 10 ? low + 0x30 : low - 10 + UInt8(ascii: "a"))
        default: bytes.append(byte)
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
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
            guard let base = buffer.baseAddress else { return }
            let count = Int(write(base))
            UnsafeRawBufferPointer(start: base, count: count).withMemoryRebound(to: UInt8.self) {
                bytes.append(contentsOf: $0)
                // A whole number keeps its decimal point, so that every reader takes it for a floating-point number.
                if !$0.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") }) { raw(".0") }
            }
        }
    }

    @inline(__always)
    package mutating func number(_ value: some FixedWidthInteger) {
        var magnitude = UInt64(value.magnitude)
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { buffer in
            var index = 20
            repeat {
                index -= 1
                buffer[index] = UInt8(truncatingIfNeeded: magnitude % 10) &+ 0x30
                magnitude /= 10
            } while magnitude > 0
            bytes.append(contentsOf: UnsafeMutableBufferPointer(rebasing: buffer[index...]))
        }
    }

    /// Appends the elements of `tensor`, in row-major order, as one flat JSON array.
    package mutating func elements(of tensor: Tensor) {
        bytes.append(UInt8(ascii: "["))
        switch tensor.dataType {
        case .bool:
            list(tensor, UInt8.self) { writer, value in
                if value == 0 { writer.raw("false") } else { writer.raw("true") }
            }
        case .uint8: list(tensor, UInt8.self) { $0.number($1) }
        case .uint16: list(tensor, UInt16.self) { $0.number($1) }
        case .uint32: list(tensor, UInt32.self) { $0.number($1) }
        case .uint64: list(tensor, UInt64.self) { $0.number($1) }
        case .int8: list(tensor, Int8.self) { $0.number($1) }
        case .int16: list(tensor, Int16.self) { $0.number($1) }
        case .int32: list(tensor, Int32.self) { $0.number($1) }
        case .int64: list(tensor, Int64.self) { $0.number($1) }
        case .fp16: list(tensor, Float16.self) { $0.number(Double($1)) }
        case .fp32: list(tensor, Float.self) { $0.number(Double($1)) }
        case .fp64: list(tensor, Double.self) { $0.number($1) }
        case .bytes:
            for index in 0..<tensor.elementCount {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                tensor.withBytes(at: index) { string($0) }
            }
        }
        bytes.append(UInt8(ascii: "]"))
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
                if !first { bytes.append(UInt8(ascii: ",")) }
                first = false
                write(&self, element)
            }
        }
    }

    package mutating func shape(_ shape: [Int]) {
        bytes.append(UInt8(ascii: "["))
        for (index, dimension) in shape.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            number(dimension)
        }
        bytes.append(UInt8(ascii: "]"))
    }
}
