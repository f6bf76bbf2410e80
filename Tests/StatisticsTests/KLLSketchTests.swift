import Statistics
import Testing

@Suite struct KLLSketchTests {
    /// The numbers 0 ..< count in an order that looks random.
    private static func shuffled(_ count: Int) -> [Double] {
        // The step has no factor in common with the count.
        (0..<count).map { Double(($0 * 611_953) % count) }
    }

    private static func sketch(_ values: [Double], seed: UInt64 = 0) -> KLLSketch {
        var sketch = KLLSketch(seed: seed)
        for value in values { sketch.add(value) }
        return sketch
    }

    /// The largest error of the ranks of the numbers 0 ..< count, as a share.
    private static func error(_ sketch: KLLSketch, _ count: Int) -> Double {
        (0...100).map { step in
            let limit = Double(count * step / 100)
            return (Double(sketch.countBelow(limit)) - limit).magnitude / Double(count)
        }.max() ?? 1
    }

    @Test("few values are all kept, so every answer is exact")
    func exact() throws {
        let sketch = Self.sketch([3, 1, 2, 2, .infinity, .nan])
        #expect(sketch.count == 5)
        #expect(sketch.rankError == 0)
        #expect([0, 1, 2, 3, .infinity].map { sketch.countUpTo($0) } == [0, 1, 3, 4, 5])
        #expect([0, 1, 2, 3, .infinity].map { sketch.countBelow($0) } == [0, 0, 1, 3, 4])
        #expect(sketch.cdf(2) == 0.6)
        #expect([0, 0.2, 0.21, 0.6, 1].map { sketch.quantile(at: $0) } == [1, 1, 2, 2, .infinity])
        #expect(sketch.quantile(at: 1.1) == nil)
        #expect(sketch.quantile(at: .nan) == nil)
        let empty = KLLSketch()
        #expect(empty.cdf(1) == nil)
        #expect(empty.quantile(at: 0.5) == nil)
        #expect(empty.largestDifference(from: sketch) == 0)
    }

    @Test("the ranks of many values are within the stated error, and the sketch stays small", arguments: [0, 1, 2])
    func many(_ seed: UInt64) throws {
        let sketch = Self.sketch(Self.shuffled(200_000), seed: seed)
        #expect(sketch.count == 200_000)
        #expect(sketch.compactors.enumerated().reduce(0) { $0 + $1.element.count << $1.offset } == 200_000)
        #expect(sketch.compactors.reduce(0) { $0 + $1.count } < 6000)
        #expect(sketch.rankError > 0 && sketch.rankError < 0.002)
        #expect(Self.error(sketch, 200_000) <= sketch.rankError)
        let median = try #require(sketch.quantile(at: 0.5))
        #expect((median - 100_000).magnitude < 200_000 * sketch.rankError)
    }

    @Test("the order of the values does not matter for the error")
    func order() {
        let ascending = Self.sketch((0..<100_000).map { Double($0) })
        #expect(Self.error(ascending, 100_000) <= ascending.rankError)
    }

    @Test("merged sketches are as good as one of all values")
    func merged() {
        let values = Self.shuffled(120_000)
        var all = KLLSketch()
        for part in 0..<24 {
            all.merge(Self.sketch(Array(values[(part * 5000)..<(part * 5000 + 5000)]), seed: UInt64(part)))
        }
        #expect(all.count == 120_000)
        #expect(all.compactors.reduce(0) { $0 + $1.count } < 6000)
        #expect(Self.error(all, 120_000) <= all.rankError)
        all.merge(KLLSketch())
        #expect(all.count == 120_000)
    }

    @Test("the same values and seed make the same sketch")
    func deterministic() {
        let values = Self.shuffled(20_000)
        #expect(Self.sketch(values, seed: 7) == Self.sketch(values, seed: 7))
        #expect(Self.sketch(values, seed: 7) != Self.sketch(values, seed: 8))
    }

    @Test("a sketch is restored from its levels, unless they are impossible")
    func restored() throws {
        let sketch = Self.sketch(Self.shuffled(50_000))
        var restored = try #require(KLLSketch(compactors: sketch.compactors, k: sketch.k, c: sketch.c))
        #expect(restored.count == 50_000)
        #expect(restored.quantile(at: 0.3) == sketch.quantile(at: 0.3))
        for value in Self.shuffled(50_000) { restored.add(value) }
        #expect(restored.count == 100_000)
        let median = try #require(restored.quantile(at: 0.5))
        #expect((median - 25_000).magnitude < 50_000 * restored.rankError)
        #expect(restored.compactors.reduce(0) { $0 + $1.count } < 6000)

        #expect(KLLSketch(compactors: [], k: 2048, c: 0.64) == nil)
        #expect(KLLSketch(compactors: [[.nan]], k: 2048, c: 0.64) == nil)
        #expect(KLLSketch(compactors: [[1]], k: 7, c: 0.64) == nil)
        #expect(KLLSketch(compactors: [[1]], k: .max, c: 0.64) == nil)
        #expect(KLLSketch(compactors: [[1]], k: 2048, c: 1) == nil)
        #expect(KLLSketch(compactors: [[1]], k: 2048, c: .nan) == nil)
        let heavy = [[Double]](repeating: [], count: 55) + [[Double](repeating: 1, count: 300)]
        #expect(KLLSketch(compactors: heavy, k: 2048, c: 0.64) == nil)
        #expect(KLLSketch(compactors: heavy + [[]], k: 2048, c: 0.64) == nil)
    }

    @Test("levels that hold far too much, and the highest level, do not trap")
    func overfull() throws {
        let many = [[Double](repeating: 1, count: 10_000)] + [[Double]](repeating: [2], count: 54)
        var sketch = try #require(KLLSketch(compactors: many, k: 8, c: 0.5))
        for value in 0..<1000 { sketch.add(Double(value)) }
        #expect(sketch.compactors.enumerated().reduce(0) { $0 + $1.element.count << $1.offset } == sketch.count)
        sketch.merge(sketch)
        #expect(sketch.quantile(at: 0.5) == 2)
    }

    @Test("the largest difference of two sketches is that of their values")
    func difference() throws {
        let (a, b) = (Self.shuffled(30_000), Self.shuffled(30_000).map { $0 * 1.2 + 300 })
        let exact = Drift.kolmogorovSmirnov(SortedNumbers(a), SortedNumbers(b)).distance
        let (left, right) = (Self.sketch(a), Self.sketch(b))
        #expect((left.largestDifference(from: right) - exact).magnitude < 2 * left.rankError)
        #expect(left.largestDifference(from: left) == 0)
        let (few, more) = ([1, 2, 2, 5.0], [2, 3.0])
        let difference = Drift.kolmogorovSmirnov(SortedNumbers(few), SortedNumbers(more)).distance
        #expect(Self.sketch(few).largestDifference(from: Self.sketch(more)) == difference)
    }

    @Test("the number of different values is estimated within 5 %", arguments: [0, 1, 100, 5000, 12_000, 300_000])
    func distinct(_ count: Int) {
        var (left, right) = (DistinctCount(), DistinctCount())
        var hashes = SplitMix64(seed: 3)
        for value in 0..<count {
            let hash = hashes.next()
            left.add(hash: hash)
            if value.isMultiple(of: 3) { right.add(hash: hash) }
        }
        #expect((left.estimate - Double(count)).magnitude <= 0.05 * Double(count))
        let alone = left
        left.merge(right)
        #expect(left == alone)
    }
}
