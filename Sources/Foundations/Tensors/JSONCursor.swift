/// Reads JSON forward, value by value, from bytes that the caller keeps alive. It builds no document.
///
/// Nothing here recurses on the input. Skipped values are checked against the grammar (RFC 8259) too.
package struct JSONCursor {
    /// Deeper nesting of arrays and objects is an error.
    package static let maxDepth = 64

    let start: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>
    var position: UnsafePointer<UInt8>
    let powers: UnsafePointer<UInt64>

    /// Returns why bytes are not a JSON document; `nil` if they are one.
    package static func syntaxError(in bytes: UnsafeRawBufferPointer) -> JSONError? {
        do throws(JSONError) {
            var cursor = try JSONCursor(bytes)
            try cursor.skipValue()
            try cursor.expectEnd()
            return nil
        } catch {
            return error
        }
    }

    /// - Precondition: `bytes` outlives the cursor and is not empty.
    package init(_ bytes: UnsafeRawBufferPointer) throws(JSONError) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else {
            throw JSONError(kind: .syntax, message: "The body is empty; expected a JSON value", offset: 0)
        }
        start = base.assumingMemoryBound(to: UInt8.self)
        end = start + bytes.count
        position = start
        powers = PowersOfFive.shared.halves
    }

    /// The number of bytes read so far.
    package var offset: Int { position - start }

    /// Goes back to an earlier value of ``offset``.
    package mutating func rewind(to offset: Int) { position = start + offset }

    /// Returns the bytes read since `offset`.
    package func bytes(since offset: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start + offset, count: self.offset - offset)
    }

    /// Skips the next value, and returns its bytes as they are.
    package mutating func rawValue() throws(JSONError) -> UnsafeRawBufferPointer {
        skipSpace()
        let start = offset
        try skipValue()
        return bytes(since: start)
    }

    // MARK: Structure

    @inline(__always)
    mutating func skipSpace() {
        while position < end {
            switch position.pointee {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// Returns the first byte of the next token; 0 at the end.
    package mutating func peek() -> UInt8 {
        skipSpace()
        return position < end ? position.pointee : 0
    }

    /// Consumes the next token's first byte if it is `byte`.
    @inline(__always)
    package mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < end, position.pointee == byte else { return false }
        position += 1
        return true
    }

    @inline(__always)
    package mutating func expect(_ byte: UInt8, _ what: @autoclosure () -> String) throws(JSONError) {
        guard take(byte) else { throw unexpected(what()) }
    }

    /// Advances to the next key of an object whose `{` was consumed; returns `false` at the end of the object.
    package mutating func nextKey(first: inout Bool, into key: inout String) throws(JSONError) -> Bool {
        if take(UInt8(ascii: "}")) {
            return false
        }
        if !first { try expect(UInt8(ascii: ","), "',' or '}'") }
        first = false
        guard peek() == UInt8(ascii: "\"") else { throw unexpected("a name in double quotes") }
        key = try readString()
        try expect(UInt8(ascii: ":"), "':' after the name '\(key)'")
        return true
    }

    /// Advances to the next member of an object whose `{` was consumed; returns its name, or `nil` at the end of the object.
    package mutating func nextName(first: inout Bool) throws(JSONError) -> JSONName? {
        if take(UInt8(ascii: "}")) { return nil }
        if !first { try expect(UInt8(ascii: ","), "',' or '}'") }
        first = false
        guard peek() == UInt8(ascii: "\"") else { throw unexpected("a name in double quotes") }
        let opening = position
        let name = try readString { text in
            // A slice of the input outlives this closure.
            text.baseAddress == opening + 1 ? JSONName.plain(text) : .unescaped(String(decoding: text, as: UTF8.self))
        }
        try expect(UInt8(ascii: ":"), "':' after the name '\(name.text)'")
        return name
    }

    /// Advances to the next element of an array whose `[` was consumed; returns `false` at the end of the array.
    package mutating func nextElement(first: inout Bool) throws(JSONError) -> Bool {
        if take(UInt8(ascii: "]")) {
            return false
        }
        if !first {
            try expect(UInt8(ascii: ","), "',' or ']'")
            if peek() == UInt8(ascii: "]") { throw unexpected("a value") }
        }
        first = false
        return true
    }

    /// Throws if anything but white space is left.
    package mutating func expectEnd() throws(JSONError) {
        skipSpace()
        guard position == end else {
            throw JSONError(kind: .syntax, message: "Unexpected text after the JSON value", offset: offset)
        }
    }

    // MARK: Values

    /// Skips one value of any kind.
    package mutating func skipValue() throws(JSONError) {
        // One bit for each level: 1 is an object.
        var kinds: UInt64 = 0
        var depth = 0
        var key = ""
        while true {
            var opened = false
            switch peek() {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard depth < Self.maxDepth else { throw tooDeep() }
                kinds = kinds << 1 | (position.pointee == UInt8(ascii: "{") ? 1 : 0)
                depth += 1
                position += 1
                opened = true
            case UInt8(ascii: "\""): try skipString()
            case UInt8(ascii: "t"): try expectWord("true")
            case UInt8(ascii: "f"): try expectWord("false")
            case UInt8(ascii: "n"): try expectWord("null")
            default: _ = try readDecimal()
            }
            // Close the arrays and objects that end here, until another value must follow.
            while true {
                if depth == 0 { return }
                let isObject = kinds & 1 == 1
                var first = opened
                opened = false
                let more =
                    isObject ? try nextKey(first: &first, into: &key) : try nextElement(first: &first)
                if more { break }
                kinds >>= 1
                depth -= 1
            }
        }
    }

    package mutating func readBool() throws(JSONError) -> Bool {
        switch peek() {
        case UInt8(ascii: "t"):
            try expectWord("true")
            return true
        case UInt8(ascii: "f"):
            try expectWord("false")
            return false
        default: throw unexpected("true or false")
        }
    }

    package mutating func readInt() throws(JSONError) -> Int {
        skipSpace()
        let start = offset
        let decimal = try readDecimal()
        guard decimal.isInteger, !decimal.truncated, decimal.digits <= UInt64(Int.max) else {
            throw JSONError(kind: .unexpected, message: "Expected an integer", offset: start)
        }
        return decimal.negative ? -Int(decimal.digits) : Int(decimal.digits)
    }

    mutating func expectWord(_ word: StaticString) throws(JSONError) {
        let count = word.utf8CodeUnitCount
        guard end - position >= count else { throw syntax("The JSON text ends in the middle of a word") }
        for index in 0..<count where position[index] != word.utf8Start[index] { throw unexpected("a JSON value") }
        position += count
    }

    // MARK: Numbers

    /// Reads a number that follows JSON's grammar, without white space before it.
    @inline(__always)
    mutating func readDecimal() throws(JSONError) -> Decimal {
        var decimal = Decimal()
        var p = position
        if p < end, p.pointee == UInt8(ascii: "-") {
            decimal.negative = true
            p += 1
        }
        let firstDigit = p
        var digits: UInt64 = 0
        // Most numbers have few digits before the point.
        while p < end, p - firstDigit < 4, p.pointee &- 0x30 < 10 {
            digits = digits &* 10 &+ UInt64(p.pointee &- 0x30)
            p += 1
        }
        if p - firstDigit == 4 { p = Self.readDigits(p, end, into: &digits) }
        var digitCount = p - firstDigit
        if digitCount == 0 { throw notANumber() }
        if digitCount > 1, firstDigit.pointee == UInt8(ascii: "0") {
            throw syntax("A number must not start with 0")
        }
        if p < end, p.pointee == UInt8(ascii: ".") {
            decimal.isInteger = false
            let fraction = p + 1
            p = Self.readDigits(fraction, end, into: &digits)
            let fractionCount = p - fraction
            if fractionCount == 0 { throw syntax("A digit must follow the decimal point") }
            decimal.exponent = 0 &- fractionCount
            digitCount &+= fractionCount
        }
        if p < end, p.pointee | 0x20 == UInt8(ascii: "e") {
            decimal.isInteger = false
            p += 1
            var negative = false
            if p < end, p.pointee == UInt8(ascii: "-") || p.pointee == UInt8(ascii: "+") {
                negative = p.pointee == UInt8(ascii: "-")
                p += 1
            }
            let first = p
            var exponent = 0
            while p < end, p.pointee &- 0x30 < 10 {
                if exponent < 100_000 { exponent = exponent &* 10 &+ Int(p.pointee &- 0x30) }
                p += 1
            }
            if p == first { throw syntax("A digit must follow the exponent sign") }
            decimal.exponent &+= negative ? -exponent : exponent
        }
        decimal.digits = digits
        // 19 digits always fit. If there are more, leading zeros do not count.
        if digitCount > 19 { decimal.truncated = Self.significantDigits(firstDigit, p) > 19 }
        position = p
        return decimal
    }

    /// Appends the digits from `start` on to `digits`, up to eight at a time.
    @inline(__always)
    static func readDigits(
        _ start: UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>,
        into digits: inout UInt64
    ) -> UnsafePointer<UInt8> {
        var p = start
        while end - p >= 8 {
            // The first digit is in the lowest byte. A byte that is no digit becomes 10 or more.
            let values =
                UInt64(littleEndian: UnsafeRawPointer(p).loadUnaligned(as: UInt64.self)) ^ 0x3030_3030_3030_3030
            let others = ((values &+ 0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080
            guard others != 0 else {
                digits = digits &* 100_000_000 &+ value(ofEight: values)
                p += 8
                continue
            }
            let count = others.trailingZeroBitCount &>> 3
            guard count > 0 else { return p }
            // Zeros take the place of the digits that are missing in front.
            digits = digits &* powerOfTen(count) &+ value(ofEight: values &<< UInt64(64 &- 8 &* count))
            return p + count
        }
        while p < end, p.pointee &- 0x30 < 10 {
            digits = digits &* 10 &+ UInt64(p.pointee &- 0x30)
            p += 1
        }
        return p
    }

    /// Combines pairs of digits, then pairs of pairs, in one word (after Lemire, "Quickly parsing eight digits").
    @inline(__always)
    private static func value(ofEight digits: UInt64) -> UInt64 {
        let pairs = (digits &* 2561) &>> 8
        let low = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
        let high = ((pairs &>> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
        return (low &+ high) &>> 32
    }

    @inline(__always)
    private static func powerOfTen(_ exponent: Int) -> UInt64 {
        switch exponent {
        case 1: 10
        case 2: 100
        case 3: 1000
        case 4: 10_000
        case 5: 100_000
        case 6: 1_000_000
        default: 10_000_000
        }
    }

    static func significantDigits(_ first: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Int {
        var count = 0
        var p = first
        while p < end, p.pointee | 0x20 != UInt8(ascii: "e") {
            if p.pointee != UInt8(ascii: "."), count > 0 || p.pointee != UInt8(ascii: "0") { count += 1 }
            p += 1
        }
        return count
    }

    /// Reads a number, without white space before it, as the nearest floating-point value.
    @inline(__always)
    mutating func readFloatingPoint<Value: DecimalConvertible>(
        as type: Value.Type,
        named name: StaticString
    ) throws(JSONError) -> Value {
        let first = position
        let decimal = try readDecimal()
        if let value = Value.exact(decimal) { return value }
        let text = UnsafeBufferPointer(start: first, count: position - first)
        guard let value = Value.nearest(to: decimal, text: text, powers: powers) else {
            position = first
            throw JSONError(
                kind: .unexpected,
                message: "The number \(excerpt()) is too large for \(name)",
                offset: offset
            )
        }
        return value
    }

    package mutating func readDouble() throws(JSONError) -> Double {
        skipSpace()
        return try readFloatingPoint(as: Double.self, named: "FP64")
    }

    package mutating func readFloat() throws(JSONError) -> Float {
        skipSpace()
        return try readFloatingPoint(as: Float.self, named: "FP32")
    }

    /// Consumes `null` if it comes next.
    package mutating func takeNull() throws(JSONError) -> Bool {
        guard peek() == UInt8(ascii: "n") else { return false }
        try expectWord("null")
        return true
    }

    /// Reads `null`, which is NaN, or a string that names a number that JSON cannot express, without white space before it.
    @inline(__always)
    mutating func takeNonFinite() throws(JSONError) -> Double? {
        guard position < end, position.pointee == UInt8(ascii: "n") || position.pointee == UInt8(ascii: "\"") else {
            return nil
        }
        return try readNonFinite()
    }

    @inline(never)
    private mutating func readNonFinite() throws(JSONError) -> Double {
        if try takeNull() { return .nan }
        for (word, value) in Self.nonFiniteWords {
            let count = word.utf8CodeUnitCount
            if end - position >= count, (0..<count).allSatisfy({ position[$0] == word.utf8Start[$0] }) {
                position += count
                return value
            }
        }
        throw unexpected("a number")
    }

    private static let nonFiniteWords: [(StaticString, Double)] = [
        ("\"NaN\"", .nan), ("\"Infinity\"", .infinity), ("\"-Infinity\"", -.infinity),
    ]
}
