/// A hash that is the same in all processes, machines and releases, because it determines which model a key gets.
///
/// FNV-1a over the bytes, then the finalizer of MurmurHash3 (`fmix64`), so that similar keys spread evenly.
enum StableHash {
    static func hash(_ text: String, salt: UInt64 = 0) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return mix(hash ^ salt)
    }

    /// Maps a hash to a number in 0..<1.
    static func fraction(_ hash: UInt64) -> Double { Double(hash >> 11) * 0x1p-53 }

    static func mix(_ value: UInt64) -> UInt64 {
        var hash = value
        hash ^= hash >> 33
        hash = hash &* 0xFF51_AFD7_ED55_8CCD
        hash ^= hash >> 33
        hash = hash &* 0xC4CE_B9FE_1A85_EC53
        return hash ^ hash >> 33
    }
}
