import Definitions
import Foundation
import Statistics

/// An input by whose values rows can be divided: a number at thresholds, a string by its frequent values.
struct SliceFeature: Sendable {
    enum Values: Sendable {
        case numbers(Bins)
        case categories([String: UInt8])
        /// The input only tells rows that have it from rows that do not.
        case presence
    }

    /// A row without a value.
    static let missing: UInt8 = 0
    /// Numbers are divided at this many quantiles at most; each bin has less than the least share of a leaf.
    private static let maxBins = 64
    private static let maxCategoryBytes = 200

    let element: Definitions.Expression.Element
    let values: Values

    /// - Parameters:
    ///   - values: Those of the rows in which slices are searched for.
    ///   - minimum: The least number of rows of a slice.
    /// - Returns: `nil` if the values do not divide the rows.
    init?(_ element: Definitions.Expression.Element, _ values: [Slicer.Value], minimum: Int) {
        self.element = element
        var numbers: [Double] = []
        var texts: [String: Int] = [:]
        var missing = 0
        for value in values {
            switch value {
            case .number(let number) where !number.isNaN: numbers.append(number)
            case .text(let text): texts[text, default: 0] += 1
            case .number, .truth, .missing: missing += 1
            }
        }
        if texts.isEmpty, let bins = Bins(edges: Self.edges(numbers.sorted())) {
            self.values = .numbers(bins)
            return
        }
        let frequent = texts.filter { $0.value >= minimum && $0.key.utf8.count <= Self.maxCategoryBytes }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.maxBins)
        if !frequent.isEmpty {
            let codes = frequent.enumerated().map { ($1.key, UInt8(clamping: $0 + 1)) }
            self.values = .categories(Dictionary(uniqueKeysWithValues: codes))
        } else if missing > 0, missing < values.count {
            self.values = .presence
        } else {
            return nil
        }
    }

    /// Returns thresholds between values: between all of them if they are few, else at quantiles.
    private static func edges(_ sorted: [Double]) -> [Double] {
        let finite = sorted.filter(\.isFinite)
        let places = finite.indices.dropFirst().filter { finite[$0 - 1] < finite[$0] }
        if places.count < maxBins { return places.map { shortest(from: finite[$0 - 1], below: finite[$0]) } }
        var edges: [Double] = []
        for index in 1..<maxBins {
            let rank = finite.count * index / maxBins
            guard rank > 0, let next = finite[rank...].first(where: { $0 > finite[rank - 1] }) else { continue }
            let edge = shortest(from: finite[rank - 1], below: next)
            if edges.last.map({ $0 < edge }) ?? true { edges.append(edge) }
        }
        return edges
    }

    /// Returns the number with the fewest digits that is at least one number and below another.
    static func shortest(from low: Double, below high: Double) -> Double {
        let middle = low / 2 + high / 2
        for digits in 1...17 {
            for number in [middle, low] {
                if let short = Double(String(format: "%.\(digits)g", number)), low <= short, short < high {
                    return short
                }
            }
        }
        return low
    }

    /// The number of codes, that of missing values included.
    var codeCount: Int {
        switch values {
        case .numbers(let bins): bins.count + 1
        case .categories(let categories): categories.count + 2
        case .presence: 2
        }
    }

    /// Returns the number of the bin or category of a value, counted from 1; other categories have the last one.
    func code(_ value: Slicer.Value) -> UInt8 {
        switch (values, value) {
        case (_, .missing), (_, .truth): return Self.missing
        case (_, .number(let number)) where number.isNaN: return Self.missing
        case (.numbers(let bins), .number(let number)): return UInt8(clamping: bins.index(of: number) + 1)
        case (.categories(let codes), .text(let text)): return codes[text] ?? UInt8(clamping: codes.count + 1)
        case (.categories(let codes), .number): return UInt8(clamping: codes.count + 1)
        // A string is greater than no number, as in the language.
        case (.numbers, .text): return Self.missing
        case (.presence, _): return 1
        }
    }
}

/// What the code of a feature must be.
enum SliceTest: Hashable, Sendable {
    /// For numbers: at most the threshold at an index.
    case atMost(Int)
    case above(Int)
    /// For categories: the one with a code.
    case equal(UInt8)
    case notEqual(UInt8)
    case missing
    case present

    func holds(_ code: UInt8) -> Bool {
        let isPresent = code != SliceFeature.missing
        return switch self {
        case .atMost(let edge): isPresent && Int(code) - 1 <= edge
        case .above(let edge): isPresent && Int(code) - 1 > edge
        case .equal(let other): code == other
        case .notEqual(let other): isPresent && code != other
        case .missing: !isPresent
        case .present: isPresent
        }
    }
}

/// The condition of a slice: what the codes of some features must be.
struct SliceCondition: Hashable, Sendable {
    struct Part: Hashable, Sendable {
        /// The index of the feature.
        let feature: Int
        let test: SliceTest
    }

    var parts: [Part] = []

    /// The indices of the features.
    var features: Set<Int> { Set(parts.map(\.feature)) }

    /// Returns whether a row is in the slice.
    func holds(_ code: (_ feature: Int) -> UInt8) -> Bool { parts.allSatisfy { $0.test.holds(code($0.feature)) } }

    /// Returns the condition in the language of metrics, in canonical form; `nil` if it is too long for that.
    func text(_ features: [SliceFeature]) -> String? {
        var seen: Set<Int> = []
        let texts = parts.map(\.feature).filter { seen.insert($0).inserted }.flatMap { index in
            Self.texts(parts.filter { $0.feature == index }.map(\.test), features[index])
        }
        return (try? Definitions.Expression(parsing: texts.joined(separator: " and "), for: .metric))?.description
    }

    /// Returns the conditions on one feature, without those that follow from others.
    private static func texts(_ tests: [SliceTest], _ feature: SliceFeature) -> [String] {
        let name = feature.element.description
        if tests.contains(.missing) { return ["\(name) is missing"] }
        var texts: [String] = []
        switch feature.values {
        case .numbers(let bins):
            let lower = tests.compactMap { if case .above(let edge) = $0 { edge } else { nil } }.max()
            let upper = tests.compactMap { if case .atMost(let edge) = $0 { edge } else { nil } }.min()
            if let lower { texts.append("\(name) > \(bins.edges[lower])") }
            if let upper { texts.append("\(name) <= \(bins.edges[upper])") }
        case .categories(let codes):
            func quoted(_ code: UInt8) -> String {
                Definitions.Expression.Element.quoted(codes.first { $0.value == code }?.key ?? "")
            }
            let equal = tests.compactMap { if case .equal(let code) = $0 { code } else { nil } }.first
            if let equal { return ["\(name) == \(quoted(equal))"] }
            for case .notEqual(let code) in tests { texts.append("\(name) != \(quoted(code))") }
        case .presence: break
        }
        return texts.isEmpty ? ["not \(name) is missing"] : texts
    }
}
