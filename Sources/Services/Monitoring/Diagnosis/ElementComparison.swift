import Definitions
import Foundation
import InferenceLog

/// Compares the values of inputs and outputs in two windows, as an assay with the population stability index does.
struct ElementComparison {
    /// Numbers with at most this many values are categories: quantiles cannot divide them well.
    private static let maxDiscrete = 20
    private static let shown = 100

    let subject: Monitoring.Subject
    let model: String?
    let baseline: [LogBatch]
    let window: [LogBatch]
    let spans: (window: DiagnosisRequest.Span, baseline: DiagnosisRequest.Span)
    let now: Date

    struct Outcome {
        /// Those that moved first.
        var elements: [Diagnosis.Element] = []
        var count = 0
        var movedCount = 0
        /// Inputs with another value in most rows, such as the number of an order.
        var identifiers: [String] = []
    }

    func compare(_ elements: [Definitions.Expression.Element]) throws(RoostError) -> Outcome {
        var outcome = Outcome()
        for element in elements {
            let name = element.description
            // Each of the elements could move by chance.
            let definition = AssayDefinition(
                pipeline: subject.name,
                metric: name,
                model: model,
                statistic: .psi,
                baseline: nil,
                window: TimeSpan(seconds: 1),
                alpha: AssayDefinition.defaultAlpha / Double(elements.count)
            )
            let source = try AssaySource(definition, subject)
            let before = source.values(baseline, nil, subject.layout)
            let after = source.values(window, nil, subject.layout)
            if Self.areIdentifiers(before) || Self.areIdentifiers(after) {
                outcome.identifiers.append(name)
                continue
            }
            outcome.count += 1
            outcome.elements.append(compare(before, after, definition))
        }
        outcome.elements.sort { (one, other) in
            if one.isMoved != other.isMoved { return one.isMoved }
            return one.psi ?? -1 > other.psi ?? -1
        }
        outcome.movedCount = outcome.elements.count { $0.isMoved }
        outcome.elements = Array(outcome.elements.prefix(Self.shown))
        return outcome
    }

    private static func areIdentifiers(_ values: AssayValues) -> Bool {
        let distinct = values.categories.count + values.other
        return distinct > 50 && distinct > values.count / 2
    }

    private func compare(
        _ before: AssayValues,
        _ after: AssayValues,
        _ definition: AssayDefinition
    ) -> Diagnosis.Element {
        var definition = definition
        let isText = !before.categories.isEmpty || !after.categories.isEmpty
        let isDiscrete = isText || Self.isDiscrete(before.numbers)
        if isDiscrete { definition.bins = .init(by: .categories) }
        do throws(RoostError) {
            let (made, sample) = try AssayBaseline.make(before, definition)
            let comparison = AssayComparison(definition: definition, baseline: made, sample: sample)
            let result = comparison.result(after, from: spans.window.start, to: spans.window.end, at: now)
            return Diagnosis.Element(
                element: definition.metric,
                status: result.status,
                reason: result.reason,
                psi: result.score,
                noise: result.noise,
                // Categories have no mean, but the numbers that they are have.
                baseline: isDiscrete ? Self.summary(before) : result.baseline,
                window: isDiscrete ? Self.summary(after) : result.window,
                newCategories: result.newCategories,
                newCount: result.newCount
            )
        } catch {
            return Diagnosis.Element(
                element: definition.metric,
                status: .notEnoughData,
                reason: error.message,
                psi: nil,
                noise: nil,
                baseline: Self.summary(before),
                window: Self.summary(after),
                newCategories: [],
                newCount: 0
            )
        }
    }

    private static func isDiscrete(_ numbers: [Double]) -> Bool {
        var distinct: Set<Double> = []
        return numbers.allSatisfy { number in
            distinct.insert(number)
            return distinct.count <= maxDiscrete
        }
    }

    private static func summary(_ values: AssayValues) -> AssayResult.Summary {
        AssayResult.Summary(values, sorted: values.numbers.sorted())
    }
}
