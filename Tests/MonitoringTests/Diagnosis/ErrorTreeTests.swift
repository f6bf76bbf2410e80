import Definitions
import Testing

@testable import Monitoring

@Suite("Slices with many errors")
struct ErrorTreeTests {
    private static func element(_ name: String) -> Definitions.Expression.Element {
        Definitions.Expression.Element(source: .input(name: name), tensor: 0, indices: [])
    }

    /// Grows a tree on columns by name, and returns the conditions of its slices.
    private static func tree(
        _ columns: KeyValuePairs<String, [Slicer.Value]>,
        _ isWrong: [Bool],
        minimum: Int = 20
    ) -> (features: [SliceFeature], slices: [ErrorTree.Leaf]) {
        let features = columns.compactMap { SliceFeature(element($0.key), $0.value, minimum: minimum) }
        let codes = columns.compactMap { name, values in
            features.first { $0.element == element(name) }.map { feature in values.map(feature.code) }
        }
        return (features, ErrorTree(features, codes: codes, isWrong: isWrong, minimum: minimum).slices)
    }

    private static func texts(_ found: (features: [SliceFeature], slices: [ErrorTree.Leaf])) -> [String?] {
        found.slices.map { $0.condition.text(found.features) }
    }

    /// 2000 rows of which 5 % are wrong, and half of those older than 40 in Germany.
    private static let population: (ages: [Slicer.Value], countries: [Slicer.Value], isWrong: [Bool]) = {
        var rows: (ages: [Slicer.Value], countries: [Slicer.Value], isWrong: [Bool]) = ([], [], [])
        var dice = Dice(state: 5)
        for _ in 0..<2000 {
            let age = Double.random(in: 18..<80, using: &dice).rounded(.down)
            let country = ["DE", "FR", "IT", "ES"].randomElement(using: &dice) ?? ""
            rows.ages.append(.number(age))
            rows.countries.append(.text(country))
            let rate = age > 40 && country == "DE" ? 0.5 : 0.05
            rows.isWrong.append(Double.random(in: 0..<1, using: &dice) < rate)
        }
        return rows
    }()

    @Test("a slice of two inputs is found, with its threshold")
    func twoInputs() throws {
        let rows = Self.population
        let found = Self.tree(["age": rows.ages, "country": rows.countries], rows.isWrong, minimum: 40)
        #expect(found.slices.count == 1)
        let slice = try #require(found.slices.first)
        let text = try #require(slice.condition.text(found.features))
        let parts = text.split(separator: " > ")
        #expect(parts.first == #"inputs.country == "DE" and inputs.age"#)
        let threshold = try #require(parts.last.flatMap { Double($0) })
        #expect((38...43).contains(threshold))
        let weak = zip(rows.ages, rows.countries).map { age, country in
            if case .number(let age) = age, country == .text("DE") { age > threshold } else { false }
        }
        #expect(slice.rows == weak.count { $0 })
        #expect(slice.errors == zip(weak, rows.isWrong).count { $0 && $1 })
    }

    @Test("rows without a value are a slice of their own, whatever the other input is")
    func missing() {
        var rows = Self.population
        for index in rows.ages.indices where index % 9 == 0 {
            rows.ages[index] = index % 2 == 0 ? .missing : .number(.nan)
            rows.isWrong[index] = index % 18 < 9
        }
        let found = Self.tree(["age": rows.ages], rows.isWrong)
        #expect(Self.texts(found).contains("inputs.age is missing"))
        let countries = Self.tree(
            ["country": rows.countries.enumerated().map { $0 % 9 == 0 ? .missing : $1 }],
            rows.isWrong
        )
        #expect(Self.texts(countries).contains("inputs.country is missing"))
    }

    @Test("without a difference there are no slices, however many inputs there are")
    func noise() {
        var found = 0
        for seed in 0..<60 {
            var dice = Dice(state: UInt64(seed) &* 977)
            let isWrong = (0..<400).map { _ in Double.random(in: 0..<1, using: &dice) < 0.1 }
            let features = (0..<12).map { index in
                let values = isWrong.map { _ in Slicer.Value.number(Double.random(in: 0..<1, using: &dice)) }
                return (SliceFeature(Self.element("x\(index)"), values, minimum: 20), values)
            }
            let columns = features.compactMap { feature, values in feature.map { ($0, values.map($0.code)) } }
            let tree = ErrorTree(columns.map(\.0), codes: columns.map(\.1), isWrong: isWrong, minimum: 20)
            if !tree.slices.isEmpty { found += 1 }
        }
        // The bound is 5 % for each tree: 8 or more of 60 have a probability of 1 %.
        #expect(found < 8)
    }

    @Test("a leaf has enough rows")
    func minimum() {
        let values = (0..<200).map { Slicer.Value.number(Double($0)) }
        // The last 15 rows are wrong, which is too few for a slice of 20.
        let isWrong = (0..<200).map { $0 >= 185 }
        let found = Self.tree(["x": values], isWrong)
        #expect(found.slices.allSatisfy { $0.rows >= 20 })
        #expect(Self.texts(found) == ["inputs.x > 177"])
    }

    @Test("nothing to divide by, or nothing wrong, is no slice")
    func nothing() {
        let same = [Slicer.Value](repeating: .number(1), count: 100)
        #expect(SliceFeature(Self.element("x"), same, minimum: 20) == nil)
        #expect(SliceFeature(Self.element("x"), [Slicer.Value](repeating: .missing, count: 100), minimum: 20) == nil)
        let rows = Self.population
        #expect(Self.tree(["age": rows.ages], rows.isWrong.map { _ in false }).slices.isEmpty)
        #expect(Self.tree(["age": rows.ages], rows.isWrong.map { _ in true }).slices.isEmpty)
        #expect(Self.tree([:], rows.isWrong).slices.isEmpty)
        #expect(Self.tree([:], []).slices.isEmpty)
    }

    // MARK: Features

    @Test(
        "a threshold has as few digits as divide its neighbors",
        arguments: [
            (40, 41, 40), (0, 1, 0.5), (-1, 0, -0.5), (0.123456, 0.1239, 0.1237), (1e-9, 2e-9, 1e-9), (1, 1.0000001, 1),
            (-1e300, 1e300, 0), (1e15, 1e15 + 1, 1e15), (99, 101, 100), (177, 178, 177),
        ] as [(Double, Double, Double)]
    )
    func thresholds(low: Double, high: Double, expected: Double) {
        #expect(SliceFeature.shortest(from: low, below: high) == expected)
    }

    @Test("numbers have at most 64 bins with about as many rows")
    func bins() throws {
        let values = (0..<10_000).map { Slicer.Value.number(Double($0) * 0.37) }
        let feature = try #require(SliceFeature(Self.element("x"), values, minimum: 20))
        #expect(feature.codeCount == 65)
        var counts: [UInt8: Int] = [:]
        for value in values { counts[feature.code(value), default: 0] += 1 }
        #expect(counts.values.allSatisfy { (130...180).contains($0) })
        #expect(feature.code(.number(-.infinity)) == 1)
        #expect(feature.code(.number(.infinity)) == 64)
        #expect(feature.code(.number(.nan)) == SliceFeature.missing)
    }

    @Test("strings that are rare or long have no category of their own")
    func categories() throws {
        let long = String(repeating: "x", count: 1000)
        let values = (0..<300).map { Slicer.Value.text($0 < 200 ? "often" : $0 < 290 ? long : "rare \($0)") }
        let feature = try #require(SliceFeature(Self.element("x"), values, minimum: 20))
        #expect(feature.code(.text("often")) == 1)
        #expect(feature.code(.text(long)) == 2)
        #expect(feature.code(.text("new")) == 2)
        #expect(feature.code(.number(1)) == 2)
        #expect(feature.code(.missing) == 0)
    }

    @Test("a condition says no more than is needed, and is an expression")
    func conditions() throws {
        let numbers = try #require(
            SliceFeature(Self.element("annual income"), (0..<100).map { .number(Double($0) / 1e7) }, minimum: 20)
        )
        let words = (0..<100).map { Slicer.Value.text(["a\"b", "c\\d"][$0 % 2]) }
        let texts = try #require(SliceFeature(Self.element("word"), words, minimum: 20))
        let features = [numbers, texts]
        func text(_ parts: (Int, SliceTest)...) -> String? {
            SliceCondition(parts: parts.map { SliceCondition.Part(feature: $0, test: $1) }).text(features)
        }
        #expect(
            text((0, .above(1)), (1, .notEqual(1)), (0, .atMost(40)), (0, .atMost(30)))?
                .hasPrefix(#"inputs["annual income"] > 2e-07 and inputs["annual income"] <= "#) == true
        )
        #expect(text((1, .notEqual(1)), (1, .equal(2))) == #"inputs.word == "c\\d""#)
        #expect(text((1, .notEqual(1))) == #"inputs.word != "a\"b""#)
        #expect(
            text((0, .present), (1, .missing)) == #"not inputs["annual income"] is missing and inputs.word is missing"#
        )
        #expect(text((0, .present), (0, .above(1)))?.contains("missing") == false)
    }
}
