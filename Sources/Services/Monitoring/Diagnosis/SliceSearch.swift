import Definitions
import Foundation
import InferenceLog
import Pipelines
import Statistics

/// Searches for slices with many errors in one half of a window's labeled rows, and tests what it finds in the other half.
struct SliceSearch {
    /// A slice has at least this many of the searched rows, and this share of them.
    private static let minimum = (rows: 20, share: 0.02)
    /// The probability that a slice without more errors is confirmed, over all slices that are tested.
    static let alpha = 0.05

    let layout: TensorLayout
    let window: DiagnosedRows
    let baseline: DiagnosedRows

    struct Finding {
        /// In the language of metrics.
        var text: String
        /// Of the window, those that were searched included.
        var rows: [DiagnosedRows.Row]
        /// The indices of the features that divide the slice from others.
        var features: Set<Int>
        var tested: Proportion
        var elsewhere: Proportion
        var baseline: Proportion?
        /// Corrected for the number of slices.
        var pValue: Double
        var risePValue: Double?

        /// How many of the tested errors are more than the rate elsewhere explains.
        var excess: Double { Double(tested.successes) - elsewhere.rate * Double(tested.count) }
    }

    private(set) var features: [SliceFeature] = []
    private(set) var findings: [Finding] = []
    /// Slices that the other half does not confirm.
    private(set) var unconfirmed = 0

    /// - Parameter elements: The inputs by which rows may be divided.
    init(
        _ elements: [Definitions.Expression.Element],
        _ layout: TensorLayout,
        window: DiagnosedRows,
        baseline: DiagnosedRows
    ) {
        self.layout = layout
        self.window = window
        self.baseline = baseline
        let searched = window.rows.filter(\.isSearched)
        let minimum = max(
            Self.minimum.rows,
            Int(saturating: (Self.minimum.share * Double(searched.count)).rounded(.up))
        )
        guard searched.count >= 2 * minimum else { return }
        var searchedCodes: [[UInt8]] = []
        for element in elements {
            let values = window.values(of: element, layout, where: \.isSearched)
            guard let feature = SliceFeature(element, values, minimum: minimum) else { continue }
            features.append(feature)
            searchedCodes.append(values.map(feature.code))
        }
        let tree = ErrorTree(features, codes: searchedCodes, isWrong: searched.map(\.isWrong), minimum: minimum)
        test(tree.slices.map(\.condition))
    }

    private mutating func test(_ conditions: [SliceCondition]) {
        let used = conditions.reduce(into: Set<Int>()) { $0.formUnion($1.features) }
        let codes = Codes(features, used, layout, window)
        let before = Codes(features, used, layout, baseline)
        let all = Proportion(errorsIn: window.rows.filter { !$0.isSearched })
        var found: [Finding] = []
        for condition in conditions {
            guard let text = condition.text(features) else { continue }
            let rows = codes.indices(of: condition).map { window.rows[$0] }
            guard let all, let tested = Proportion(errorsIn: rows.filter { !$0.isSearched }),
                let elsewhere = Proportion(
                    successes: all.successes - tested.successes,
                    count: all.count - tested.count
                )
            else {
                unconfirmed += 1
                continue
            }
            let earlier = Proportion(errorsIn: before.indices(of: condition).map { baseline.rows[$0] })
            found.append(
                Finding(
                    text: text,
                    rows: rows,
                    features: condition.features,
                    tested: tested,
                    elsewhere: elsewhere,
                    baseline: earlier,
                    pValue: FisherTest.upperTail(tested, elsewhere),
                    risePValue: earlier.map { FisherTest.upperTail(tested, $0) }
                )
            )
        }
        let adjusted = holmAdjusted(found.map(\.pValue)) ?? []
        let rises = holmAdjusted(found.map { $0.risePValue ?? 1 }) ?? []
        for index in found.indices {
            found[index].pValue = adjusted[index]
            if found[index].risePValue != nil { found[index].risePValue = rises[index] }
        }
        findings = found.filter { $0.pValue < Self.alpha }.sorted { $0.excess > $1.excess }
        unconfirmed += found.count - findings.count
    }

    /// The codes of some features in all rows of a window.
    private struct Codes {
        private let codes: [Int: [UInt8]]
        private let count: Int

        init(_ features: [SliceFeature], _ used: Set<Int>, _ layout: TensorLayout, _ rows: DiagnosedRows) {
            count = rows.rows.count
            codes = Dictionary(
                uniqueKeysWithValues: used.map { feature in
                    (feature, rows.values(of: features[feature].element, layout).map(features[feature].code))
                }
            )
        }

        func indices(of condition: SliceCondition) -> [Int] {
            (0..<count).filter { row in condition.holds { codes[$0]?[row] ?? SliceFeature.missing } }
        }
    }
}

extension Proportion {
    /// The share of rows that were predicted wrongly; `nil` without rows.
    init?(errorsIn rows: [DiagnosedRows.Row]) { self.init(successes: rows.count { $0.isWrong }, count: rows.count) }
}
