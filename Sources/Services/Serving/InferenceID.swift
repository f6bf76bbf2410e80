import Foundation
import Synchronization

/// Generates inference ids: version 7 UUIDs, which sort by time.
package enum InferenceID {
    private static let counter = Atomic<UInt64>(UInt64.random(in: .min ... .max))
    private static let seed = UInt64.random(in: .min ... .max)

    package static func make() -> String {
        // A clock that is set before 1970 counts as 1970.
        make(milliseconds: UInt64(max(0, Serving.millisecondsNow())))
    }

    /// - Parameter milliseconds: Since the epoch.
    package static func make(milliseconds: UInt64) -> String {
        // SplitMix64 over a counter: every id differs, and none costs a system call.
        let count = counter.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        let random = mix(count)
        let high = milliseconds << 16 | 0x7000 | random >> 52
        let low = (mix(random ^ seed) & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { buffer in
            guard let out = buffer.baseAddress else { return 0 }
            // The groups of 8, 4, 4, 4 and 12 digits.
            write(high >> 32, 8, to: out)
            out[8] = UInt8(ascii: "-")
            write(high >> 16, 4, to: out + 9)
            out[13] = UInt8(ascii: "-")
            write(high, 4, to: out + 14)
            out[18] = UInt8(ascii: "-")
            write(low >> 48, 4, to: out + 19)
            out[23] = UInt8(ascii: "-")
            write(low, 12, to: out + 24)
            return 36
        }
    }

    /// Writes the last `count` hexadecimal digits of `value`.
    @inline(__always)
    private static func write(_ value: UInt64, _ count: Int, to out: UnsafeMutablePointer<UInt8>) {
        let digits: StaticString = "0123456789abcdef"
        for index in 0..<count {
            let shift = UInt64(4 &* (count &- 1 &- index))
            out[index] = digits.utf8Start[Int(truncatingIfNeeded: value &>> shift & 0xF)]
        }
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
