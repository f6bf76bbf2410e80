import Synchronization

/// Generates identifiers in the form of random UUIDs.
///
/// The standard library's UUIDs cost several system calls each. These come from a counter that starts at a random place. They do
/// not repeat, but whoever knows one can compute the others, so they are names and no secrets.
package enum UniqueID {
    private static let counter = Atomic<UInt64>(UInt64.random(in: .min ... .max))
    private static let seed = UInt64.random(in: .min ... .max)
    private static let digits = Array("0123456789abcdef".utf8)

    /// Returns a new UUID of version 4, in lower case.
    package static func make() -> String {
        // SplitMix64 over the counter, and once more over its result.
        let count = counter.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        let random = StableHash.mix(count)
        let high = random & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = StableHash.mix(random ^ seed) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var place = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    buffer[place] = UInt8(ascii: "-")
                    place += 1
                }
                let word = nibble < 16 ? high : low
                buffer[place] = digits[Int(word >> UInt64(60 - 4 * (nibble % 16)) & 0xF)]
                place += 1
            }
            return place
        }
    }
}
