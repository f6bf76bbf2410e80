import Statistics

/// Finds slices of rows with many errors: a decision tree on whether a row was predicted wrongly.
///
/// A node is divided by the feature and place that lower Gini's impurity most. Rows without a value of the feature go to a side of
/// their own. Of a node's n rows with error rate p, of which the sides have n₁ and n₂ with the rates p₁ and p₂, the decrease is
/// 2·(n₁n₂/n²)·(p₁ − p₂)²; times n / (2p(1 − p)), it is χ² of the table of both sides. A node stays whole if that is not more than
/// the best of as many divisions has by chance, by Bonferroni.
///
/// - Source: Breiman, Friedman, Olshen and Stone 1984, *Classification and regression trees*; that divisions are tested is from Kass
///   1980, *An exploratory technique for investigating large quantities of categorical data*.
struct ErrorTree {
    static let maxDepth = 3
    /// A node is divided if it has this probability at most without any difference.
    private static let alpha = 0.05

    struct Leaf: Equatable {
        var condition: SliceCondition
        var rows: Int
        var errors: Int
    }

    private struct Split {
        var sides: [SliceCondition.Part]
        var chiSquared: Double
    }

    private struct Counts {
        var rows = 0
        var errors = 0

        mutating func add(_ other: Counts) {
            rows += other.rows
            errors += other.errors
        }

        func less(_ other: Counts) -> Counts { Counts(rows: rows - other.rows, errors: errors - other.errors) }
    }

    private let codes: [[UInt8]]
    private let features: [SliceFeature]
    private let isWrong: [Bool]
    private let minimum: Int
    private(set) var leaves: [Leaf] = []

    /// - Parameters:
    ///   - codes: Those of all rows, for each feature.
    ///   - isWrong: Whether each row was predicted wrongly.
    ///   - minimum: The least number of rows of a leaf.
    init(_ features: [SliceFeature], codes: [[UInt8]], isWrong: [Bool], minimum: Int) {
        self.features = features
        self.codes = codes
        self.isWrong = isWrong
        self.minimum = minimum
        grow(SliceCondition(), Array(isWrong.indices))
    }

    /// The leaves with a higher error rate than the rows outside of them. None if the rows were not divided.
    var slices: [Leaf] {
        guard leaves.count > 1 else { return [] }
        let errors = isWrong.count { $0 }
        return leaves.filter { leaf in
            let rest = (rows: isWrong.count - leaf.rows, errors: errors - leaf.errors)
            guard leaf.rows >= minimum, rest.rows > 0 else { return false }
            return Double(leaf.errors) / Double(leaf.rows) > Double(rest.errors) / Double(rest.rows)
        }
    }

    private mutating func grow(_ condition: SliceCondition, _ rows: [Int]) {
        guard condition.parts.count < Self.maxDepth, rows.count >= 2 * minimum, let split = split(rows) else {
            leaves.append(Leaf(condition: condition, rows: rows.count, errors: rows.count { isWrong[$0] }))
            return
        }
        for part in split.sides {
            let inside = rows.filter { part.test.holds(codes[part.feature][$0]) }
            guard !inside.isEmpty else { continue }
            var condition = condition
            condition.parts.append(part)
            grow(condition, inside)
        }
    }

    /// Returns the best division of rows; `nil` if there is none that is better than chance.
    private func split(_ rows: [Int]) -> Split? {
        var best: Split?
        var candidates = 0
        func consider(_ one: Counts, _ other: Counts, _ sides: @autoclosure () -> [SliceCondition.Part]) {
            guard one.rows >= minimum, other.rows >= minimum else { return }
            candidates += 1
            let chiSquared = Self.chiSquared(one, other)
            if chiSquared > best?.chiSquared ?? 0 { best = Split(sides: sides(), chiSquared: chiSquared) }
        }
        for (index, feature) in features.enumerated() {
            let counts = counts(rows, index)
            let missing = counts[Int(SliceFeature.missing)]
            var present = Counts()
            for count in counts.dropFirst() { present.add(count) }
            func sides(_ tests: SliceTest...) -> [SliceCondition.Part] {
                tests.map { SliceCondition.Part(feature: index, test: $0) }
            }
            consider(missing, present, sides(.missing, .present))
            switch feature.values {
            case .numbers(let bins):
                var below = Counts()
                for edge in bins.edges.indices {
                    below.add(counts[edge + 1])
                    consider(below, present.less(below), sides(.atMost(edge), .above(edge), .missing))
                }
            case .categories(let categories):
                for code in categories.values.sorted() {
                    let inside = counts[Int(code)]
                    consider(inside, present.less(inside), sides(.equal(code), .notEqual(code), .missing))
                }
            case .presence: break
            }
        }
        guard let best, let tail = ChiSquaredDistribution.survival(best.chiSquared, degreesOfFreedom: 1),
            tail * Double(candidates) <= Self.alpha
        else { return nil }
        return best
    }

    private func counts(_ rows: [Int], _ feature: Int) -> [Counts] {
        var counts = [Counts](repeating: Counts(), count: features[feature].codeCount)
        let codes = codes[feature]
        for row in rows {
            let code = Int(codes[row])
            counts[code].rows += 1
            if isWrong[row] { counts[code].errors += 1 }
        }
        return counts
    }

    /// Returns Pearson's statistic of the table of errors of two sides.
    private static func chiSquared(_ one: Counts, _ other: Counts) -> Double {
        let (n, m) = (Double(one.rows), Double(other.rows))
        let rate = (Double(one.errors) + Double(other.errors)) / (n + m)
        guard rate > 0, rate < 1 else { return 0 }
        let difference = Double(one.errors) / n - Double(other.errors) / m
        return difference * difference / (rate * (1 - rate) * (1 / n + 1 / m))
    }
}
