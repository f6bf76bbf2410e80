import Foundation
import Testing

@testable import Definitions

@Suite("Numbers from outside")
struct CheckedNumbersTests {
    @Test(
        "a number becomes the nearest integer",
        arguments: [
            (1.9, 1), (-1.9, -1), (0, 0), (1e300, .max), (-1e300, .min), (.infinity, .max), (-.infinity, .min),
            (.nan, 0), (0x1p63, .max), (-0x1p63, .min), (0x1p53, 9_007_199_254_740_992),
        ] as [(Double, Int)]
    )
    func saturating(value: Double, whole: Int) {
        #expect(Int(saturating: value) == whole)
    }

    @Test("a negative number becomes 0 in an unsigned type")
    func unsigned() {
        #expect(UInt64(saturating: -86_400_000) == 0)
        #expect(UInt64(saturating: 1e300) == .max)
        #expect(UInt8(saturating: 256) == 255)
    }

    @Test(
        "a time outside the years 1 to 9999 is rejected or clamped",
        arguments: [1e300, -1e300, .infinity, .nan, 253_402_300_800, -62_135_596_801]
    )
    func times(seconds: Double) {
        // Compared as numbers, because Foundation cannot describe such a date.
        let isTaken = Date(checked: seconds) != nil
        #expect(!isTaken)
        let date = Date(timeIntervalSince1970: seconds)
        let clamped = date.clamped.timeIntervalSince1970
        #expect((-62_135_596_800...253_402_300_799).contains(clamped))
        #expect(date.microseconds == Int64(clamped) * 1_000_000)
        #expect(date.milliseconds == Int64(clamped) * 1000)
    }

    @Test("a time before 1970 is accepted")
    func earlyTimes() {
        #expect(Date(checked: -0.5)?.milliseconds == -500)
        #expect(Date(checked: -86_400)?.microseconds == -86_400_000_000)
    }

    @Test("a product that overflows is nil")
    func products() {
        #expect((1 << 40).times(1 << 22) == 1 << 62)
        #expect(Int.max.times(2) == nil)
        #expect(Int.min.times(-1) == nil)
    }
}
