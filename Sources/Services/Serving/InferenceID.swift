import Definitions
import Foundation
import Synchronization

/// Generates inference ids: version 7 UUIDs, which sort by time.
package enum InferenceID {
    private static let counter = Atomic<UInt64>(UInt64.random(in: .min ... .max))
    private static let seed = UInt64.random(in: .min ... .max)

    package static func make() -> String {
        // A clock that is set before 1970 counts as 1970.
        make(milliseconds: UInt64(saturating: Date().timeIntervalSince1970 * 1000))
    }

    /// - Parameter milliseconds: Since the epoch.
    package static func make(milliseconds: UInt64) -> String {
        // SplitMix64 over a counter: every id differs, and none costs a system call.
        let count = counter.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        let random = mix(count)
        let high = milliseconds << 16 | 0x7000 | random >> 52
        let low = (mix(random ^ seed) & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var index = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    buffer[index] = UInt8(ascii: "-")
                    index += 1
                }
                let word = nibble < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - (nibble & 15) * 4)) & 0xF
                buffer[index] = digit < 10 ? digit + 0x30 : digit - 10 + UInt8(ascii: "a")
                index += 1
            }
            return 36
        }
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
