import Definitions
import Foundation
import Pipelines

extension QualityCheck {
    /// Judges the candidate on one data set after the other. Blocks.
    func outcome(
        _ bench: SuiteBench,
        _ watch: SuiteWatch,
        _ sets: [SuiteData],
        field: String
    ) throws -> CaseOutcome {
        let selection = try OutputSelection(output, of: bench.outputs, field: "\(field).output")
        var whole = CaseOutcome(passed: true, message: "")
        var words: [String] = []
        for set in sets {
            let found = try outcome(bench, watch, set, selection, field: field)
            if !found.passed { whole.passed = false }
            let name = sets.count > 1 ? "\(set.uri): " : ""
            // What is wrong comes first.
            words.insert(name + found.message, at: found.passed ? words.count : 0)
            whole.measures += found.measures
        }
        whole.message = words.joined(separator: " ")
        return whole
    }

    private func outcome(
        _ bench: SuiteBench,
        _ watch: SuiteWatch,
        _ set: SuiteData,
        _ selection: OutputSelection,
        field: String
    ) throws -> CaseOutcome {
        let champion = versusChampion == nil ? nil : bench.champion
        let threshold = threshold ?? 0.5
        var candidateRows = ScoredRows(metric, selection, threshold: threshold)
        var championRows: ScoredRows?
        if let champion {
            // In a pipeline, both have the same outputs under any names.
            let outputs = bench.suite.definition.pipeline == nil ? champion.executable.plan.outputs : bench.outputs
            let place = try OutputSelection(output, of: outputs, field: "\(field).output")
            championRows = ScoredRows(metric, place, threshold: threshold)
        }
        var classes = ClassNumbers()
        try set.forEachBatch(upTo: rows ?? Self.defaultRows, watch) { batch in
            let outputs = try bench.answer(batch.inputs, watch).outputs
            if let problem = candidateRows.add(batch.labels, outputs, &classes) {
                throw RoostError(.invalidInput, problem, field: field)
            }
            guard let champion else { return }
            let before = try champion.run(batch.inputs, watch).outputs
            if let problem = championRows?.add(batch.labels, before, &classes) {
                throw RoostError(.invalidInput, "The version in production: \(problem)", field: field)
            }
        }
        guard candidateRows.count > 0 else {
            throw RoostError(.invalidInput, "\(set.uri) has no rows.", field: "\(field).data")
        }
        var measure = SuiteCaseResult.Measure(name: metric.rawValue, on: set.uri, value: nil)
        (measure.minimum, measure.maximum, measure.count) = (minimum, maximum, candidateRows.count)
        guard candidateRows.notFinite.isEmpty else {
            return CaseOutcome(
                passed: false,
                message:
                    "\(candidateRows.notFinite.count) of \(SuiteWords.count(candidateRows.count, "prediction")) are not "
                    + "finite numbers.",
                measures: [measure]
            )
        }
        guard let value = candidateRows.value(classes) else {
            return CaseOutcome(
                passed: false,
                message: "\(metric.rawValue) is not defined for these rows: not enough data.",
                measures: [measure]
            )
        }
        measure.value = value
        var problems: [String] = []
        if let minimum, value < minimum { problems.append("below the minimum of \(SuiteWords.number(minimum))") }
        if let maximum, value > maximum { problems.append("above the maximum of \(SuiteWords.number(maximum))") }
        var message =
            "\(metric.rawValue) is \(SuiteWords.number(value)) on \(SuiteWords.count(candidateRows.count, "row"))"
        if !problems.isEmpty { message += ", \(problems.joined(separator: " and "))" }
        message += "."
        guard let comparison = versusChampion else {
            return CaseOutcome(passed: problems.isEmpty, message: message, measures: [measure])
        }
        let judged = compare(candidateRows, championRows, classes, margin: comparison.margin, &measure)
        return CaseOutcome(
            passed: problems.isEmpty && judged.passed,
            message: "\(message) \(judged.message)",
            measures: [measure]
        )
    }

    private func compare(
        _ candidate: ScoredRows,
        _ champion: ScoredRows?,
        _ classes: ClassNumbers,
        margin: Double,
        _ measure: inout SuiteCaseResult.Measure
    ) -> (passed: Bool, message: String) {
        guard let champion else {
            return (true, "Nothing answers with this model yet, so there is nothing to compare with.")
        }
        measure.champion = champion.value(classes)
        guard candidate.count >= MetricDifference.minimumRows else {
            return (
                false,
                "Not enough data to compare with the version in production: \(SuiteWords.count(candidate.count, "row")); at least "
                    + "\(MetricDifference.minimumRows) are needed."
            )
        }
        guard champion.notFinite.isEmpty, let found = MetricDifference(candidate, champion, classes) else {
            return (false, "Not enough data to compare with the version in production: the difference is not defined.")
        }
        (measure.lower, measure.upper) = (found.lower, found.upper)
        let interval = "\(SuiteWords.number(found.lower)) to \(SuiteWords.number(found.upper))"
        let words =
            "The version in production has \(SuiteWords.number(measure.champion ?? .nan)); the difference is "
            + "\(SuiteWords.number(found.difference)) (\(interval) at 95 %)"
        // How much worse the candidate is, at the ends of the interval.
        let (worst, best) = metric.isLoss ? (found.upper, found.lower) : (-found.lower, -found.upper)
        let allowed = "the margin of \(SuiteWords.number(margin))"
        // An identical model is as good, whatever rounding makes of the bounds.
        if worst <= margin { return (true, words + ", within \(allowed).") }
        if best > margin { return (false, words + ", worse than \(allowed).") }
        return (false, words + ": not enough data to say that it is within \(allowed).")
    }
}
