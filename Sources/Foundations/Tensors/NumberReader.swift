/// Reads numbers of CSV and LIBSVM files: the JSON grammar, and also `+1`, `.5`, `5.`, `007`, `nan` and `inf`.
package struct NumberReader: Sendable {
    /// Never freed, and never written to again.
    nonisolated(unsafe) private let powers = PowersOfFive.shared.halves

    package init() {}

    /// Reads the number at `position` and advances past it; `nil` if there is none.
    package func readFloat(_ position: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Float? {
        read(&position, end)
    }

    package func readDouble(_ position: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Double? {
        read(&position, end)
    }

    @inline(__always)
    private func read<Value: DecimalConvertible>(
        _ position: inout UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>
    ) -> Value? {
        var p = position
        var decimal = Decimal()
        if p < end, p.pointee == UInt8(ascii: "-") || p.pointee == UInt8(ascii: "+") {
            decimal.negative = p.pointee == UInt8(ascii: "-")
            p += 1
        }
        let first = p
        var digits: UInt64 = 0
        p = JSONCursor.readDigits(p, end, into: &digits)
        var digitCount = p - first
        if p < end, p.pointee == UInt8(ascii: ".") {
            let fraction = p + 1
            p = JSONCursor.readDigits(fraction, end, into: &digits)
            decimal.exponent = fraction - p
            digitCount += p - fraction
        }
        guard digitCount > 0 else { return readWord(&position, end) }
        if p < end, p.pointee | 0x20 == UInt8(ascii: "e") {
            var q = p + 1
            var isNegative = false
            if q < end, q.pointee == UInt8(ascii: "-") || q.pointee == UInt8(ascii: "+") {
                isNegative = q.pointee == UInt8(ascii: "-")
                q += 1
            }
            let firstDigit = q
            var exponent = 0
            while q < end, q.pointee &- 0x30 < 10 {
                if exponent < 100_000 { exponent = exponent &* 10 &+ Int(q.pointee &- 0x30) }
                q += 1
            }
            if q > firstDigit {
                decimal.exponent &+= isNegative ? -exponent : exponent
                p = q
            }
        }
        decimal.digits = digits
        if digitCount > 19 { decimal.truncated = JSONCursor.significantDigits(first, p) > 19 }
        // The slow path accepts a minus sign, but no plus sign.
        let start = decimal.negative ? first - 1 : first
        let text = UnsafeBufferPointer(start: start, count: p - start)
        position = p
        return Value.nearest(to: decimal, text: text, powers: powers)
            ?? (decimal.negative ? -Value.infinity : .infinity)
    }

    private func readWord<Value: DecimalConvertible>(
        _ position: inout UnsafePointer<UInt8>,
        _ end: UnsafePointer<UInt8>
    ) -> Value? {
        var p = position
        var isNegative = false
        if p < end, p.pointee == UInt8(ascii: "-") || p.pointee == UInt8(ascii: "+") {
            isNegative = p.pointee == UInt8(ascii: "-")
            p += 1
        }
        func take(_ word: StaticString) -> Bool {
            guard end - p >= word.utf8CodeUnitCount else { return false }
            for index in 0..<word.utf8CodeUnitCount where p[index] | 0x20 != word.utf8Start[index] { return false }
            p += word.utf8CodeUnitCount
            return true
        }
        let value: Value
        if take("nan") {
            value = .nan
        } else if take("infinity") || take("inf") {
            value = isNegative ? -.infinity : .infinity
        } else {
            return nil
        }
        position = p
        return value
    }
}
