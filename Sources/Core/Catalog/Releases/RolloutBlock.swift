package import Definitions

/// Counts of a roll-out, in their order, in the few bytes in which they are stored: three or four for a usual second.
///
/// An entry is a list of numbers of seven bits a byte, the lowest first (unsigned LEB128). The first one is a set of ``Content``, which
/// says what follows:
///
/// 1. the weight, as eight bytes, the lowest first, if it is not that of the entry before;
/// 2. the units of the old side and those of the new one;
/// 3. what failed, what failed a validation and what was slow, of the old side and then of the new one, if not all of these are 0.
package struct RolloutBlock: Sendable, Equatable {
    fileprivate struct Content: OptionSet {
        static let weight = Content(rawValue: 1)
        static let events = Content(rawValue: 2)
        static let all: Content = [.weight, .events]

        let rawValue: UInt64
    }

    /// The largest count. More than a second's by far, and so small that all counts of a roll-out can be added up.
    fileprivate static let limit = 1 << 40
    /// How many bytes are enough for a block. The last block is written every second, so it must not get long.
    private static let capacity = 256

    package private(set) var bytes: [UInt8] = []
    /// That of the last entry.
    private var weight: Double?

    package init() {}

    /// - Returns: `nil` if the bytes are not those of a block.
    init?(_ bytes: [UInt8]) {
        self.bytes = bytes
        var entries = makeIterator()
        while let entry = entries.next() { weight = entry.weight }
        guard entries.isAtEnd else { return nil }
    }

    /// Whether further counts belong in a new block.
    package var isFull: Bool { bytes.count >= Self.capacity }

    package mutating func append(_ counts: RolloutCounts) {
        let (old, new) = (counts.old, counts.new)
        let events = [old.failed, old.checkFailed, old.slow, new.failed, new.checkFailed, new.slow]
        var content: Content = []
        if counts.weight != weight { content.insert(.weight) }
        if events.contains(where: { $0 > 0 }) { content.insert(.events) }
        append(content.rawValue)
        if content.contains(.weight) {
            withUnsafeBytes(of: counts.weight.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            weight = counts.weight
        }
        append(count: old.units)
        append(count: new.units)
        if content.contains(.events) { for count in events { append(count: count) } }
    }

    private mutating func append(count: Int) { append(UInt64(Swift.min(Swift.max(0, count), Self.limit))) }

    private mutating func append(_ number: UInt64) {
        var rest = number
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}

extension RolloutBlock: Sequence {
    package struct Iterator: IteratorProtocol {
        fileprivate let bytes: [UInt8]
        private var index = 0
        private var weight: Double?

        fileprivate init(_ bytes: [UInt8]) { self.bytes = bytes }

        /// Whether there is nothing after the last entry.
        fileprivate var isAtEnd: Bool { index == bytes.count }

        /// Returns `nil` at the end, and at an entry that is damaged.
        package mutating func next() -> RolloutCounts? {
            let start = index
            let entry = entry()
            if entry == nil { index = start }
            return entry
        }

        private mutating func entry() -> RolloutCounts? {
            guard let content = number().map(Content.init(rawValue:)), Content.all.isSuperset(of: content) else {
                return nil
            }
            if content.contains(.weight) { weight = double() }
            guard let weight, weight >= 0, weight <= 1, let oldUnits = count(), let newUnits = count() else {
                return nil
            }
            var counts = RolloutCounts(weight: weight, old: .init(units: oldUnits), new: .init(units: newUnits))
            guard content.contains(.events) else { return counts }
            return readEvents(of: &counts.old) && readEvents(of: &counts.new) ? counts : nil
        }

        private mutating func readEvents(of tally: inout RolloutCounts.Tally) -> Bool {
            guard let failed = count(), let checkFailed = count(), let slow = count() else { return false }
            tally.failed = failed
            tally.checkFailed = checkFailed
            tally.slow = slow
            return true
        }

        private mutating func count() -> Int? {
            guard let number = number(), number <= RolloutBlock.limit else { return nil }
            return Int(number)
        }

        private mutating func double() -> Double? {
            guard bytes.count - index >= 8 else { return nil }
            let pattern = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: index, as: UInt64.self) }
            index += 8
            return Double(bitPattern: UInt64(littleEndian: pattern))
        }

        private mutating func number() -> UInt64? {
            var number: UInt64 = 0
            for shift in stride(from: 0, to: 49, by: 7) {
                guard index < bytes.count else { return nil }
                let byte = bytes[index]
                index += 1
                number |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return number }
            }
            return nil
        }
    }

    package func makeIterator() -> Iterator { Iterator(bytes) }
}
