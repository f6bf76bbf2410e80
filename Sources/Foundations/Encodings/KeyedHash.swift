/// A hash of 64-bit values that cannot be undone, nor guessed, without its key.
///
/// - Source: SipHash-2-4: Aumasson and Bernstein 2012, *SipHash: a fast short-input PRF*.
package struct KeyedHash: Sendable, Hashable {
    private let first: UInt64
    private let second: UInt64

    package init(_ first: UInt64, _ second: UInt64) {
        self.first = first
        self.second = second
    }

    /// The key as 32 hexadecimal digits.
    package var text: String {
        first.hexadecimal + second.hexadecimal
    }

    /// - Returns: `nil` unless the text is 32 hexadecimal digits.
    package init?(_ text: String) {
        guard text.utf8.count == 32, let first = UInt64(text.prefix(16), radix: 16),
            let second = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(first, second)
    }

    /// Returns the hash of the eight bytes of a value, in little-endian order.
    package func hash(_ value: UInt64) -> UInt64 {
        var state = (
            first ^ 0x736F_6D65_7073_6575, second ^ 0x646F_7261_6E64_6F6D, first ^ 0x6C79_6765_6E65_7261,
            second ^ 0x7465_6462_7974_6573
        )
        Self.add(value, to: &state)
        // The last block has the length of the message in its highest byte.
        Self.add(0x0800_0000_0000_0000, to: &state)
        state.2 ^= 0xFF
        for _ in 0..<4 { Self.round(&state) }
        return state.0 ^ state.1 ^ state.2 ^ state.3
    }

    private static func add(_ block: UInt64, to state: inout (UInt64, UInt64, UInt64, UInt64)) {
        state.3 ^= block
        round(&state)
        round(&state)
        state.0 ^= block
    }

    private static func round(_ state: inout (UInt64, UInt64, UInt64, UInt64)) {
        func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { value &<< count | value &>> (64 &- count) }
        state.0 = state.0 &+ state.1
        state.1 = rotate(state.1, 13) ^ state.0
        state.0 = rotate(state.0, 32)
        state.2 = state.2 &+ state.3
        state.3 = rotate(state.3, 16) ^ state.2
        state.0 = state.0 &+ state.3
        state.3 = rotate(state.3, 21) ^ state.0
        state.2 = state.2 &+ state.1
        state.1 = rotate(state.1, 17) ^ state.2
        state.2 = rotate(state.2, 32)
    }
}
