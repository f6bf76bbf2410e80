import Definitions
import Foundation

/// The findings of a diagnosis in sentences.
struct DiagnosisSummary {
    private static let shown = 3

    let compared: ElementComparison.Outcome
    let quality: Diagnosis.Quality?
    let slices: [Diagnosis.Slice]

    var sentences: [String] { [movement] + [change].compactMap { $0 } + sliceSentences }

    private var movement: String {
        let moved = compared.elements.filter(\.isMoved)
        if moved.isEmpty {
            return compared.elements.contains { $0.status == .ok }
                ? "None of \(compared.count) inputs and outputs moved by more than chance explains."
                : "Not enough data to compare inputs and outputs."
        }
        let named = moved.prefix(Self.shown).map { element in
            element.psi.map { "\(element.element) (PSI \(Self.text($0)))" } ?? element.element
        }
        return "\(compared.movedCount) of \(compared.count) inputs and outputs moved"
            + (moved.count > Self.shown ? ", most of all " : ": ") + named.joined(separator: ", ") + "."
    }

    private var change: String? {
        guard let quality, let now = quality.window.rate else { return nil }
        let share = "\(Self.percent(now)) of \(quality.window.rows) labeled rows were wrong"
        guard let before = quality.baseline.rate, let p = quality.pValue else { return share + "." }
        let isRise = p < SliceSearch.alpha
        return "\(share), compared with \(Self.percent(before)) in the baseline: "
            + (isRise ? "quality fell (p \(Self.pValue(p)))." : "no evidence that quality fell (p \(Self.pValue(p))).")
    }

    private var sliceSentences: [String] {
        guard let quality else { return [] }
        if slices.isEmpty { return ["No slice has more errors than the others."] }
        return slices.prefix(Self.shown).map { slice in
            let rates = [
                slice.elsewhere.rate.map { "\(Self.percent($0)) elsewhere" },
                slice.baseline.rate.map { "\(Self.percent($0)) there in the baseline" }
                    ?? (quality.baseline.rows > 0 ? "and the baseline has no such rows" : nil),
            ]
            let verb = slice.finding == .fell ? "Quality fell" : "Quality is low"
            return "\(verb) where \(slice.condition): \(Self.percent(slice.tested.rate ?? 0)) of the rows are wrong, "
                + "\(rates.compactMap { $0 }.joined(separator: ", "))."
        }
    }

    static func text(_ number: Double) -> String { String(format: "%.3g", number) }

    private static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }

    private static func pValue(_ p: Double) -> String { p < 0.0001 ? "< 0.0001" : "= \(String(format: "%.2g", p))" }
}
