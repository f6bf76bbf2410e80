import Definitions
import Foundation
import InferenceLog
import Pipelines
import Statistics

/// Puts a diagnosis together from two windows of a log.
struct DiagnosisMaker {
    /// The most inputs and outputs that are compared.
    private static let elementLimit = 10_000
    /// Fewer labeled rows are not searched for slices.
    private static let minimumLabels = 100
    private static let shownInputs = 12
    private static let textLimit = 200
    private static let requestLimit = 500

    let subject: Monitoring.Subject
    let prediction: Prediction
    let request: DiagnosisRequest
    let spans: (window: DiagnosisRequest.Span, baseline: DiagnosisRequest.Span)
    let window: (batches: [LogBatch], labels: LabelTable)
    let baseline: (batches: [LogBatch], labels: LabelTable)
    let now: Date

    private var notes: [String] = []
    private var slices: [Diagnosis.Slice] = []

    init(
        _ subject: Monitoring.Subject,
        _ prediction: Prediction,
        _ request: DiagnosisRequest,
        _ spans: (window: DiagnosisRequest.Span, baseline: DiagnosisRequest.Span),
        window: (batches: [LogBatch], labels: LabelTable),
        baseline: (batches: [LogBatch], labels: LabelTable),
        now: Date
    ) {
        self.subject = subject
        self.prediction = prediction
        self.request = request
        self.spans = spans
        self.window = window
        self.baseline = baseline
        self.now = now
    }

    mutating func make() throws(RoostError) -> Diagnosis {
        let all = subject.layout.elements(in: baseline.batches + window.batches, upTo: Self.elementLimit)
        if all.count == Self.elementLimit {
            notes.append("Only the first \(Self.elementLimit) inputs and outputs are compared.")
        }
        let comparison = ElementComparison(
            subject: subject,
            model: request.model,
            baseline: baseline.batches,
            window: window.batches,
            spans: spans,
            now: now
        )
        let compared = try comparison.compare(all)
        noteElements(compared)
        let quality = findSlices(all, moved: compared.elements.filter(\.isMoved).map(\.element))
        return Diagnosis(
            pipeline: subject.name,
            model: request.model,
            window: spans.window,
            baseline: spans.baseline,
            summary: DiagnosisSummary(compared: compared, quality: quality, slices: slices).sentences,
            elements: compared.elements,
            comparedElements: compared.count,
            quality: quality,
            slices: slices,
            notes: notes
        )
    }

    private mutating func noteElements(_ compared: ElementComparison.Outcome) {
        if !compared.identifiers.isEmpty {
            let names = compared.identifiers.prefix(10).joined(separator: ", ")
            notes.append("Not compared, because most rows have a value of their own: \(names).")
        }
        let areThere = !window.batches.isEmpty && !baseline.batches.isEmpty
        if areThere, compared.elements.contains(where: { $0.status == .notEnoughData }) {
            notes.append(
                "Not enough data: some inputs and outputs have fewer than \(AssayDefinition.defaultMinimum) values in a window, "
                    + "or differ by too much by chance."
            )
        }
        for (name, batches) in [("window", window.batches), ("baseline", baseline.batches)] {
            if batches.isEmpty { notes.append("The log has no inferences in the \(name).") }
            if batches.contains(where: { !$0.droppedColumns.isEmpty }) {
                notes.append("Some columns of the log in the \(name) are too large to be read.")
            }
        }
    }

    // MARK: Slices

    /// - Returns: `nil` if there are too few labels.
    private mutating func findSlices(
        _ all: [Definitions.Expression.Element],
        moved: [String]
    ) -> Diagnosis.Quality? {
        // Outputs tell how sure a model is, which would hide the inputs that make it so.
        let inputs = all.filter { $0.source != .answer }
        // The codes of the rows take a byte for each input.
        let limit = min(250_000, max(2000, (128 << 20) / max(inputs.count, 1)))
        var rows = labeledRows(of: window, limit)
        var old = labeledRows(of: baseline, limit)
        let said = rows.rows.map(\.said) + old.rows.map(\.said)
        guard let task = LabeledRow.task(of: said, subject.settings.labels) else {
            noteLabels(rows.rows.count)
            return nil
        }
        rows.judge(task, threshold: prediction.threshold)
        old.judge(task, threshold: prediction.threshold)
        guard rows.rows.count >= Self.minimumLabels else {
            noteLabels(rows.rows.count)
            return nil
        }
        if rows.share < 1 || old.share < 1 {
            notes.append("There are so many labels that an even sample of the inferences is searched for slices.")
        }
        let tolerance = task == .regression ? tolerance(rows, old) : nil
        if let tolerance {
            rows.tolerate(tolerance)
            old.tolerate(tolerance)
        }
        if old.rows.isEmpty, !baseline.batches.isEmpty {
            notes.append("The baseline has no labels, so it is not known whether quality was better there.")
        }
        let search = SliceSearch(inputs, subject.layout, window: rows, baseline: old)
        let elements = Dictionary(inputs.map { ($0.description, $0) }) { first, _ in first }
        let movedInputs = moved.compactMap { elements[$0] }
        slices = search.findings.map { slice($0, search, movedInputs + inputs, task) }
        let (now, before) = (Proportion(errorsIn: rows.rows), Proportion(errorsIn: old.rows))
        return Diagnosis.Quality(
            task: task,
            tolerance: tolerance,
            window: Diagnosis.ErrorRate(now),
            baseline: Diagnosis.ErrorRate(before),
            pValue: now.flatMap { now in before.map { FisherTest.upperTail(now, $0) } },
            searchedRows: rows.rows.count { $0.isSearched },
            testedRows: rows.rows.count { !$0.isSearched },
            unconfirmed: search.unconfirmed
        )
    }

    private func labeledRows(of part: (batches: [LogBatch], labels: LabelTable), _ limit: Int) -> DiagnosedRows {
        DiagnosedRows(part.batches, part.labels, prediction, subject.layout, model: request.model, limit: limit)
    }

    private mutating func noteLabels(_ count: Int) {
        notes.append(
            count == 0
                ? "No inference of the window has a label that fits, so only inputs and outputs are compared."
                : "Not enough data: \(count) rows of the window have a label that fits. At least \(Self.minimumLabels) are needed to "
                    + "search for slices."
        )
    }

    /// Returns the error up to which a number is right. The baseline's percentile shows what got worse since then.
    private mutating func tolerance(_ rows: DiagnosedRows, _ old: DiagnosedRows) -> Double {
        if let tolerance = request.tolerance { return tolerance }
        let isOld = old.rows.count >= Self.minimumLabels
        let losses = SortedNumbers((isOld ? old : rows).rows.map(\.loss))
        let percentile = DiagnosisRequest.tolerancePercentile
        let tolerance = losses.quantile(at: Double(percentile) / 100) ?? 0
        notes.append(
            "A prediction counts as wrong if it is off by more than \(DiagnosisSummary.text(tolerance)), the \(percentile)th percentile "
                + "of the errors in the \(isOld ? "baseline" : "window"). Set 'tolerance' to change that."
        )
        return tolerance
    }

    private func slice(
        _ finding: SliceSearch.Finding,
        _ search: SliceSearch,
        _ inputs: [Definitions.Expression.Element],
        _ task: QualityReport.Task
    ) -> Diagnosis.Slice {
        let worst = finding.rows.filter(\.isWrong)
            .sorted { ($1.loss, $0.batch, $0.entry) < ($0.loss, $1.batch, $1.entry) }
            .prefix(request.examples ?? DiagnosisRequest.defaultExamples)
        let shown = shown(finding.features.sorted().map { search.features[$0].element } + inputs)
        let isRise = finding.risePValue.map { $0 < SliceSearch.alpha } ?? false
        return Diagnosis.Slice(
            condition: finding.text,
            finding: isRise ? .fell : .weak,
            rows: finding.rows.count,
            tested: Diagnosis.ErrorRate(finding.tested),
            elsewhere: Diagnosis.ErrorRate(finding.elsewhere),
            baseline: Diagnosis.ErrorRate(finding.baseline),
            pValue: finding.pValue,
            risePValue: finding.risePValue,
            examples: worst.map { example($0, shown, task) }
        )
    }

    private func shown(_ elements: [Definitions.Expression.Element]) -> [Definitions.Expression.Element] {
        var seen: Set<Definitions.Expression.Element> = []
        return Array(elements.filter { seen.insert($0).inserted }.prefix(Self.shownInputs))
    }

    private func example(
        _ row: DiagnosedRows.Row,
        _ elements: [Definitions.Expression.Element],
        _ task: QualityReport.Task
    ) -> Diagnosis.Example {
        let batch = window.batches[row.batch]
        return Diagnosis.Example(
            mistake: row.said.mistake(
                batch,
                entry: row.entry,
                row: row.number,
                task,
                threshold: prediction.threshold,
                loss: row.loss
            ),
            inputs: elements.map { element in
                let value = Slicer.value(subject.layout.columns(of: element, in: batch), row.row)
                return Diagnosis.Example.Input(element: element.description, value: Self.short(value))
            },
            request: batch.withLine(at: row.entry) { line in
                (try? LoggedRequest(line))?.functionInput.map { String(decoding: $0, as: UTF8.self) }
            }.map { String($0.prefix(Self.requestLimit)) }
        )
    }

    private static func short(_ value: Slicer.Value) -> AssayDefinition.Value {
        switch value {
        case .number(let number) where number.isFinite: .number(number)
        case .number(let number): .text("\(number)")
        case .text(let text): .text(String(text.prefix(textLimit)))
        case .truth, .missing: .missing
        }
    }
}

extension Diagnosis.ErrorRate {
    init(_ proportion: Proportion?) {
        self.init(
            rows: proportion?.count ?? 0,
            errors: proportion?.successes ?? 0,
            rate: proportion?.rate,
            interval: proportion?.wilsonInterval(alpha: 0.05).map(ValueRange.init)
        )
    }
}
