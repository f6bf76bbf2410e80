import CNumbers

/// A parsed decimal number: `(-1)^negative · digits · 10^exponent`.
struct Decimal {
    var negative = false
    /// The first 19 significant digits, as an integer.
    var digits: UInt64 = 0
    var exponent = 0
    /// Whether there were more than 19 significant digits, so that `digits` is not the whole number.
    var truncated = false
    /// Whether the number had neither a fraction nor an exponent.
    var isInteger = true
}

/// A binary floating-point type that decimals can be converted to.
protocol DecimalConvertible: BinaryFloatingPoint {
    /// The number of explicit bits in the significand.
    static var mantissaBits: Int { get }
    static var exponentBias: Int { get }
    /// The exponent with all bits set, which means infinity.
    static var infiniteExponent: Int { get }
    /// Outside this range, a 64-bit integer times the power of ten is always zero or infinite.
    static var decimalExponents: ClosedRange<Int> { get }
    /// The highest exponent of a power of ten that the type holds exactly.
    static var highestExactPower: Int { get }
    /// Exponents for which a 128-bit product can lie exactly halfway between two values.
    static var tieExponents: ClosedRange<Int> { get }
    static func assemble(mantissa: UInt64, exponent: Int) -> Self
    /// Reads any decimal, slowly; `nil` if it is too large.
    static func read(_ text: UnsafeBufferPointer<UInt8>) -> Self?
}

extension Double: DecimalConvertible {
    static var mantissaBits: Int { 52 }
    static var exponentBias: Int { 1023 }
    static var infiniteExponent: Int { 0x7FF }
    static var decimalExponents: ClosedRange<Int> { -342...308 }
    static var highestExactPower: Int { 22 }
    static var tieExponents: ClosedRange<Int> { -4...23 }

    static func assemble(mantissa: UInt64, exponent: Int) -> Double {
        Double(bitPattern: mantissa | UInt64(exponent) << 52)
    }

    static func read(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
        var value = 0.0
        let status = text.withMemoryRebound(to: CChar.self) { text -> Int32 in
            guard let first = text.baseAddress else { return 0 }
            return roost_read_double(first, first + text.count, &value)
        }
        return status == 0 ? value : nil
    }
}

extension Float: DecimalConvertible {
    static var mantissaBits: Int { 23 }
    static var exponentBias: Int { 127 }
    static var infiniteExponent: Int { 0xFF }
    static var decimalExponents: ClosedRange<Int> { -64...38 }
    static var highestExactPower: Int { 10 }
    static var tieExponents: ClosedRange<Int> { -17...10 }

    static func assemble(mantissa: UInt64, exponent: Int) -> Float {
        Float(bitPattern: UInt32(truncatingIfNeeded: mantissa) | UInt32(exponent) << 23)
    }

    static func read(_ text: UnsafeBufferPointer<UInt8>) -> Float? {
        var value: Float = 0
        let status = text.withMemoryRebound(to: CChar.self) { text -> Int32 in
            guard let first = text.baseAddress else { return 0 }
            return roost_read_float(first, first + text.count, &value)
        }
        return status == 0 ? value : nil
    }
}

extension DecimalConvertible {
    /// Returns the value nearest to `decimal`, ties to even; `nil` if it is too large for the type.
    ///
    /// - Parameter text: The text of `decimal`, for the rare numbers for which 128 bits are not enough.
    @inline(__always)
    static func nearest(to decimal: Decimal, text: UnsafeBufferPointer<UInt8>, powers: UnsafePointer<UInt64>) -> Self? {
        if let value = exact(decimal) { return value }
        guard !decimal.truncated, let magnitude = product(decimal.digits, tenTo: decimal.exponent, powers: powers)
        else {
            return read(text)
        }
        return magnitude.isInfinite ? nil : signed(magnitude, decimal.negative)
    }

    /// Returns the value nearest to `decimal` if its digits and its power of ten are exact, so that one division or
    /// multiplication rounds once (Clinger, "How to read floating point numbers accurately").
    @inline(__always)
    static func exact(_ decimal: Decimal) -> Self? {
        let exponent = decimal.exponent
        guard decimal.digits >> UInt64(mantissaBits + 1) == 0, !decimal.truncated,
            exponent >= -highestExactPower, exponent <= highestExactPower
        else { return nil }
        let digits = Self(Int64(truncatingIfNeeded: decimal.digits))
        let power = Self(roost_power_of_ten(Int32(truncatingIfNeeded: exponent < 0 ? 0 &- exponent : exponent)))
        return signed(exponent < 0 ? digits / power : digits * power, decimal.negative)
    }

    @inline(__always)
    private static func signed(_ magnitude: Self, _ negative: Bool) -> Self { negative ? -magnitude : magnitude }

    /// Returns `digits · 10^exponent` by the Eisel-Lemire algorithm; `nil` if 128 bits do not decide the rounding.
    @inline(__always)
    private static func product(_ digits: UInt64, tenTo exponent: Int, powers: UnsafePointer<UInt64>) -> Self? {
        if digits == 0 || exponent < decimalExponents.lowerBound { return 0 }
        if exponent > decimalExponents.upperBound { return .infinity }

        let leadingZeros = digits.leadingZeroBitCount
        let normalized = digits << UInt64(leadingZeros)
        let index = 2 * (exponent &- PowersOfFive.exponents.lowerBound)
        var (high, low) = normalized.multipliedFullWidth(by: powers[index])
        let undecided = UInt64.max >> UInt64(mantissaBits + 3)
        if high & undecided == undecided {
            let second = normalized.multipliedFullWidth(by: powers[index + 1])
            let (sum, overflow) = low.addingReportingOverflow(second.high)
            low = sum
            if overflow { high &+= 1 }
        }
        if low == .max, !(-27...55).contains(exponent) { return nil }

        let upperBit = Int(high >> 63)
        let shift = UInt64(upperBit + 64 - mantissaBits - 3)
        var mantissa = high >> shift
        // ⌊log2(10^exponent)⌋, by fixed-point multiplication, which is exact in this range.
        var power = ((217_706 &* exponent) >> 16) + 63 + upperBit - leadingZeros + exponentBias
        if power <= 0 {
            if 1 - power >= 64 { return 0 }
            mantissa >>= UInt64(1 - power)
            mantissa += mantissa & 1
            mantissa >>= 1
            power = mantissa < 1 << UInt64(mantissaBits) ? 0 : 1
            return assemble(mantissa: mantissa & ~(1 << UInt64(mantissaBits)), exponent: power)
        }
        if low <= 1, tieExponents.contains(exponent), mantissa & 3 == 1, mantissa << shift == high {
            mantissa &= ~1
        }
        mantissa += mantissa & 1
        mantissa >>= 1
        if mantissa >= 2 << UInt64(mantissaBits) {
            mantissa = 1 << UInt64(mantissaBits)
            power += 1
        }
        if power >= infiniteExponent { return .infinity }
        return assemble(mantissa: mantissa & ~(1 << UInt64(mantissaBits)), exponent: power)
    }
}
