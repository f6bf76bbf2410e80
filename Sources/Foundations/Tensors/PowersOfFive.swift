/// The leading 128 bits of 5^q for every decimal exponent that a `Double` can have.
///
/// The bits are truncated for q ≥ 0, rounded up for -27 ≤ q < 0, and truncated below that, as the proof of the Eisel-Lemire
/// algorithm requires. Computed once, in a fraction of a millisecond, instead of stored as a table.
///
/// - Source: Daniel Lemire, *Number Parsing at a Gigabyte per Second*, Software: Practice and Experience 51 (8), 2021.
struct PowersOfFive: Sendable {
    static let exponents = -342...308
    static let shared = PowersOfFive()

    /// The high and low half of entry q, at `2 * (q + 342)`. Safe to share: never freed, and never written to again.
    nonisolated(unsafe) let halves: UnsafePointer<UInt64>

    private init() {
        let table = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * Self.exponents.count)
        func store(_ top: (high: UInt64, low: UInt64), at exponent: Int) {
            table[2 * (exponent - Self.exponents.lowerBound)] = top.high
            table[2 * (exponent - Self.exponents.lowerBound) + 1] = top.low
        }
        // Limbs are little-endian. 5^308 has 716 bits.
        var power = [UInt64](repeating: 0, count: 12)
        power[0] = 1
        for exponent in 0...Self.exponents.upperBound {
            store(Self.leadingBits(of: power), at: exponent)
            var carry: UInt64 = 0
            for index in power.indices {
                let product = power[index].multipliedFullWidth(by: 5)
                let (sum, overflow) = product.low.addingReportingOverflow(carry)
                power[index] = sum
                carry = product.high + (overflow ? 1 : 0)
            }
        }
        // Divide 2^1087 by 5 repeatedly. ⌊⌊x/5⌋/5⌋ = ⌊x/25⌋, so each quotient is exact. 5^342 has 795 bits.
        var reciprocal = [UInt64](repeating: 0, count: 17)
        reciprocal[16] = 1 << 63
        for exponent in stride(from: -1, through: Self.exponents.lowerBound, by: -1) {
            var remainder: UInt64 = 0
            for index in reciprocal.indices.reversed() {
                (reciprocal[index], remainder) = UInt64(5).dividingFullWidth((remainder, reciprocal[index]))
            }
            var top = Self.leadingBits(of: reciprocal)
            if exponent >= -27 {
                let (low, overflow) = top.low.addingReportingOverflow(1)
                top = (top.high + (overflow ? 1 : 0), low)
            }
            store(top, at: exponent)
        }
        halves = UnsafePointer(table)
    }

    private static func leadingBits(of limbs: [UInt64]) -> (high: UInt64, low: UInt64) {
        guard let last = limbs.lastIndex(where: { $0 != 0 }) else { return (0, 0) }
        func limb(_ index: Int) -> UInt64 { index >= 0 ? limbs[index] : 0 }
        let shift = UInt64(limbs[last].leadingZeroBitCount)
        guard shift > 0 else { return (limb(last), limb(last - 1)) }
        return (
            limb(last) << shift | limb(last - 1) >> (64 - shift),
            limb(last - 1) << shift | limb(last - 2) >> (64 - shift)
        )
    }
}
