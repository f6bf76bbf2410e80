import Definitions
import Testing

@testable import Catalog

@Suite("Stored counts of a roll-out")
struct RolloutBlockTests {
    /// Counts such as a roll-out has, and those that are as large as they can be.
    static func counts(_ count: Int, seed: UInt64) -> [RolloutCounts] {
        var dice = Dice(state: seed)
        func tally(_ dice: inout Dice) -> RolloutCounts.Tally {
            let units = dice.chance(10) ? dice.below(1 << 40) : dice.below(300)
            guard dice.chance(3) else { return .init(units: units) }
            return .init(
                units: units,
                failed: dice.below(units),
                checkFailed: dice.below(units),
                slow: dice.below(units)
            )
        }
        var weight = 0.1
        return (0..<count).map { _ in
            if dice.chance(20) { weight = Double(dice.below(1001)) / 1000 }
            return RolloutCounts(weight: weight, old: tally(&dice), new: tally(&dice))
        }
    }

    @Test(
        "counts are read as they were written, and more can be added to what was read",
        arguments: 0..<50 as Range<UInt64>
    )
    func written(seed: UInt64) throws {
        let counts = Self.counts(Int(seed * 3), seed: seed)
        var block = RolloutBlock()
        for (index, entry) in counts.enumerated() {
            block.append(entry)
            if index % 7 == 0 { block = try #require(RolloutBlock(block.bytes)) }
        }
        #expect(Array(block) == counts)
        #expect(try #require(RolloutBlock(block.bytes)) == block)
    }

    @Test("a second without events takes three bytes, or a few more with many units")
    func size() {
        var block = RolloutBlock()
        block.append(RolloutCounts(weight: 0.1, old: .init(units: 90), new: .init(units: 10)))
        #expect(block.bytes.count == 11)
        block.append(RolloutCounts(weight: 0.1, old: .init(units: 90), new: .init(units: 10)))
        #expect(block.bytes.count == 14)
        block.append(RolloutCounts(weight: 0.1, old: .init(units: 9000), new: .init(units: 1000)))
        #expect(block.bytes.count == 19)
        block.append(RolloutCounts(weight: 0.1, old: .init(units: 90), new: .init(units: 10, failed: 1)))
        #expect(block.bytes.count == 28 && !block.isFull)
    }

    @Test("damaged bytes are no block, or are counts that can be added up", arguments: 0..<20 as Range<UInt64>)
    func damaged(seed: UInt64) {
        var dice = Dice(state: seed)
        var block = RolloutBlock()
        for entry in Self.counts(40, seed: seed) { block.append(entry) }
        for _ in 0..<200 {
            var bytes = block.bytes
            for _ in 0..<dice.below(4) { bytes[dice.below(bytes.count)] = UInt8(dice.below(256)) }
            bytes.removeLast(dice.below(bytes.count))
            guard let read = RolloutBlock(bytes) else { continue }
            for entry in read {
                #expect((0...1).contains(entry.weight))
                for tally in [entry.old, entry.new] {
                    #expect(
                        [tally.units, tally.failed, tally.checkFailed, tally.slow].allSatisfy { 0...1 << 40 ~= $0 }
                    )
                }
            }
        }
        #expect(RolloutBlock([0, 1, 1]) == nil, "There is no weight.")
        #expect(RolloutBlock(block.bytes + [4, 1, 1]) == nil, "Nothing is known of the content.")
        #expect(RolloutBlock(block.bytes + [UInt8](repeating: 0xFF, count: 20)) == nil, "A number is too long.")
        #expect(RolloutBlock(block.bytes.dropLast()) == nil, "The last entry is not complete.")
    }
}

/// Random numbers that are the same each time.
private struct Dice {
    var state: UInt64

    mutating func below(_ limit: Int) -> Int {
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var number = state
        number = (number ^ number >> 30) &* 0xBF58_476D_1CE4_E5B9
        number = (number ^ number >> 27) &* 0x94D0_49BB_1331_11EB
        return limit > 0 ? Int((number ^ number >> 31) % UInt64(limit)) : 0
    }

    mutating func chance(_ sides: Int) -> Bool { below(sides) == 0 }
}
