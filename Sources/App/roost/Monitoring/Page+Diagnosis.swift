import Definitions
import Foundation
import NativeAPI
import Words

/// Diagnoses as sentences and tables.
extension Page {
    private static let shownElements = 15

    mutating func add(_ diagnosis: Diagnosis) {
        title("Diagnosis of pipeline \(diagnosis.pipeline)")
        var facts = [
            (name: "window", value: Self.span(diagnosis.window)),
            (name: "baseline", value: Self.span(diagnosis.baseline)),
        ]
        if let model = diagnosis.model { facts.append((name: "model", value: model)) }
        self.facts(facts)
        list("Findings", diagnosis.summary)
        addElements(of: diagnosis)
        addSlices(of: diagnosis)
        list("Notes", diagnosis.notes)
    }

    private static func span(_ span: DiagnosisRequest.Span) -> String {
        "\(Output.time(span.start)) to \(Output.time(span.end)) UTC"
    }

    private mutating func addElements(of diagnosis: Diagnosis) {
        let moved = diagnosis.elements.filter(\.isMoved)
        // Without a finding, the ones that moved most show how little they did.
        let shown =
            moved.isEmpty
            ? diagnosis.elements.filter { $0.psi != nil }.prefix(5) : moved.prefix(Self.shownElements)
        guard !shown.isEmpty else { return }
        title(moved.isEmpty ? "Inputs and outputs" : "Inputs and outputs that moved")
        table(
            ["ELEMENT", "PSI", "NOISE", "MEAN BEFORE", "MEAN", "MISSING BEFORE", "MISSING", "NEW VALUES"],
            shown.map { element in
                [
                    element.element, element.psi.map(Numbers.measure) ?? Numbers.none,
                    element.noise.map(Numbers.measure) ?? Numbers.none,
                    element.baseline.mean.map(Numbers.measure) ?? Numbers.none,
                    element.window.mean.map(Numbers.measure) ?? Numbers.none,
                    Numbers.percent(element.baseline.missingShare), Numbers.percent(element.window.missingShare),
                    element.newCount > 0 ? Numbers.count(element.newCount) : Numbers.none,
                ]
            },
            numbers: Set(1...7)
        )
        let hidden = moved.count - shown.count
        if hidden > 0 { add("and \(Output.count(hidden, "other")); see --json") }
    }

    private mutating func addSlices(of diagnosis: Diagnosis) {
        guard let quality = diagnosis.quality, !diagnosis.slices.isEmpty else { return }
        title("Slices with more errors than elsewhere")
        sentence(
            "Searched for in \(Numbers.count(quality.searchedRows)) labeled rows, and tested in \(Numbers.count(quality.testedRows)) "
                + "others, which the rates are from."
                + (quality.unconfirmed > 0 ? " \(Output.count(quality.unconfirmed, "slice")) were not confirmed." : "")
        )
        for (index, slice) in diagnosis.slices.enumerated() {
            add("")
            sentence(slice.condition, first: "\(index + 1). ", indent: 3, isBold: true)
            facts([
                (name: "finding", value: slice.finding == .fell ? "worse than before" : "weak, maybe as before"),
                (
                    name: "errors",
                    value:
                        "\(Self.rate(slice.tested)); elsewhere \(Numbers.percent(slice.elsewhere.rate)), p \(Numbers.probability(slice.pValue))"
                ),
                (
                    name: "baseline",
                    value: Self.rate(slice.baseline) + (slice.risePValue.map { "; p \(Numbers.probability($0))" } ?? "")
                ),
                (name: "labeled rows", value: Numbers.count(slice.rows)),
            ])
            addExamples(of: slice)
        }
    }

    private static func rate(_ rate: Diagnosis.ErrorRate) -> String {
        rate.rows == 0
            ? "no labels"
            : "\(Numbers.percent(rate.rate)) (\(Numbers.count(rate.errors)) of \(Numbers.count(rate.rows)))"
    }

    private mutating func addExamples(of slice: Diagnosis.Slice) {
        guard !slice.examples.isEmpty else { return }
        table(
            ["EXAMPLE", "ROW", "PREDICTION", "LABEL", "INPUTS"],
            slice.examples.map { example in
                let inputs = example.inputs.prefix(3).map { "\($0.element) = \(Self.text($0.value))" }
                return [
                    example.mistake.id, "\(example.mistake.row)", example.mistake.prediction, example.mistake.label,
                    example.request.map { String($0.prefix(80)) } ?? inputs.joined(separator: ", "),
                ]
            },
            numbers: [1]
        )
    }

    private static func text(_ value: AssayDefinition.Value) -> String {
        switch value {
        case .number(let number): Numbers.measure(number)
        case .text(let text): "\"\(text.prefix(40))\""
        case .missing: "missing"
        }
    }
}
