/// A hash that is the same in every process, on every machine and in every release: it decides which model a key is sent to.
///
/// FNV-1a over the bytes, then the finalizer of MurmurHash3 (`fmix64`), so that similar keys spread evenly.
package enum StableHash {
    package static func hash(_ string: String, salt: UInt64 = 0) -> UInt64 { mix(fnv1a(string) ^ salt) }

    /// FNV-1a of the string's UTF-8, 64 bits.
    package static func fnv1a(_ string: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in string.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return hash
    }

    /// Maps a hash to a number in 0..<1.
    package static func fraction(_ hash: UInt64) -> Double { Double(hash >> 11) * 0x1p-53 }

    package static func mix(_ value: UInt64) -> UInt64 {
        var hash = value
        hash ^= hash >> 33
        hash = hash &* 0xFF51_AFD7_ED55_8CCD
        hash ^= hash >> 33
        hash = hash &* 0xC4CE_B9FE_1A85_EC53
        return hash ^ hash >> 33
    }
}
