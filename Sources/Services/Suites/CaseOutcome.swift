import Definitions
import Foundation
import Tensors

/// What a case found.
struct CaseOutcome: Sendable {
    var passed: Bool
    var message: String
    var measures: [SuiteCaseResult.Measure] = []
}

extension GoldenCheck {
    /// Compares the outputs with the expected ones. Blocks.
    func outcome(_ bench: SuiteBench, _ watch: SuiteWatch, field: String) throws -> CaseOutcome {
        let tensors = try SuiteInputs.inputs(inputs, bench.inputs, field: "\(field).inputs")
        let expected = try SuiteInputs.outputs(outputs, bench.outputs, field: "\(field).outputs")
        let found = try bench.answer(tensors, watch).outputs
        var largest = 0.0
        var count = 0
        for (index, wanted) in expected {
            let name = bench.outputs[index].name
            guard found.indices.contains(index) else {
                return CaseOutcome(passed: false, message: "There is no output '\(name)'.")
            }
            let actual = found[index]
            guard actual.shape == wanted.shape else {
                return CaseOutcome(
                    passed: false,
                    message: "Output '\(name)' has shape \(actual.shape), not \(wanted.shape)."
                )
            }
            for element in 0..<wanted.elementCount {
                if let problem = compare(actual, wanted, element, &largest) {
                    return CaseOutcome(
                        passed: false,
                        message: "Output '\(name)', element \(element): \(problem).",
                        measures: [.init(name: "largest_difference", value: largest)]
                    )
                }
            }
            count += wanted.elementCount
        }
        return CaseOutcome(
            passed: true,
            message:
                "\(SuiteWords.count(count, "value")) as expected; the largest difference is \(SuiteWords.number(largest)).",
            measures: [.init(name: "largest_difference", value: largest)]
        )
    }

    /// - Returns: How an element differs; `nil` if it does not.
    private func compare(_ actual: Tensor, _ wanted: Tensor, _ index: Int, _ largest: inout Double) -> String? {
        guard let target = wanted.number(at: index), let number = actual.number(at: index) else {
            let (found, target) = (actual.string(at: index) ?? "", wanted.string(at: index) ?? "")
            return found == target ? nil : "'\(found.prefix(80))', not '\(target.prefix(80))'"
        }
        if number == target || number.isNaN && target.isNaN { return nil }
        let difference = (number - target).magnitude
        if !(difference <= largest) { largest = difference.isNaN ? .infinity : difference }
        let tolerance = (absolute ?? Self.defaultAbsolute) + (relative ?? Self.defaultRelative) * target.magnitude
        guard difference <= tolerance else {
            return "\(SuiteWords.number(number)), not \(SuiteWords.number(target)) ± \(SuiteWords.number(tolerance))"
        }
        return nil
    }
}

extension LatencyCheck {
    /// Runs that are not timed.
    private static let warmUps = 3

    /// Times the models. Blocks.
    func outcome(_ bench: SuiteBench, _ watch: SuiteWatch, field: String) throws -> CaseOutcome {
        let percentile = percentile ?? Self.defaultPercentile
        let runs = runs ?? Self.defaultRuns
        let row = try inputs.map { try SuiteInputs.inputs($0, bench.inputs, field: "\(field).inputs") }
        var measures: [SuiteCaseResult.Measure] = []
        for size in batches ?? [1] {
            let batch =
                if let row {
                    try SuiteInputs.batch(of: row, count: size, field: "\(field).batches")
                } else {
                    try SuiteInputs.zeros(bench.inputs, count: size, field: "\(field).batches")
                }
            for _ in 0..<Self.warmUps { _ = try bench.answer(batch, watch) }
            var times: [Int] = []
            for _ in 0..<runs {
                try watch.check()
                times.append(try bench.answer(batch, watch).elapsed)
            }
            times.sort()
            let rank = Int(saturating: (percentile / 100 * Double(runs)).rounded(.up))
            var measure = SuiteCaseResult.Measure(
                name: "p\(SuiteWords.number(percentile))_ms",
                on: SuiteWords.count(size, "row"),
                value: Double(times[min(max(rank, 1), runs) - 1]) / 1e6
            )
            (measure.maximum, measure.count) = (budgetMilliseconds, runs)
            measures.append(measure)
        }
        let slow = measures.filter { $0.value.map { $0 > budgetMilliseconds } ?? true }
        let words = (slow.isEmpty ? measures : slow).map {
            "\(SuiteWords.number($0.value ?? .nan)) ms for \($0.on ?? "")"
        }
        return CaseOutcome(
            passed: slow.isEmpty,
            message:
                "The \(SuiteWords.number(percentile))th percentile is \(words.joined(separator: ", ")); the budget is "
                + "\(SuiteWords.number(budgetMilliseconds)) ms.",
            measures: measures
        )
    }
}

extension BudgetCheck {
    /// - Parameter count: What is compared with the budget.
    func outcome(_ what: String, _ count: Int, name: String) -> CaseOutcome {
        var measure = SuiteCaseResult.Measure(name: name, value: Double(count))
        measure.maximum = Double(budgetBytes)
        return CaseOutcome(
            passed: count <= budgetBytes,
            message: "\(what) \(SuiteWords.bytes(count)); the budget is \(SuiteWords.bytes(budgetBytes)).",
            measures: [measure]
        )
    }
}

extension BehaviorCheck {
    private struct Tally {
        var rows = 0
        var wrong = 0
        /// The rows whose output moved in the expected direction.
        var moved = 0
        var example: String?
    }

    /// Changes the inputs, and compares the outputs. Blocks.
    ///
    /// - Parameter rows: The data set, if there is one.
    func outcome(
        _ bench: SuiteBench,
        _ watch: SuiteWatch,
        _ set: SuiteData?,
        field: String
    ) throws -> CaseOutcome {
        let selection = try OutputSelection(output, of: bench.outputs, field: "\(field).output")
        let change = try InputChange(change, bench.inputs, field: "\(field).change")
        var tally = Tally()
        func add(_ tensors: [Tensor]) throws {
            try watch.check()
            let before = try bench.answer(tensors, watch).outputs
            let after = try bench.answer(try change.apply(tensors, field: "\(field).change"), watch).outputs
            try compare(before, after, selection, &tally)
        }
        if let inputs {
            try add(SuiteInputs.inputs(inputs, bench.inputs, field: "\(field).inputs"))
        } else if let set {
            try set.forEachBatch(upTo: rows ?? Self.defaultRows, watch) { try add($0.inputs) }
        }
        guard tally.rows > 0 else {
            throw RoostError(
                .invalidInput,
                "There are no rows.",
                field: "\(field).\(inputs == nil ? "data" : "inputs")"
            )
        }
        let share = Double(tally.wrong) / Double(tally.rows)
        var measure = SuiteCaseResult.Measure(name: "share_otherwise", value: share)
        (measure.maximum, measure.count) = (allowed ?? 0, tally.rows)
        let isStill = expect != .same && tally.moved == 0
        var message = "\(tally.wrong) of \(SuiteWords.count(tally.rows, "row")) \(verb)"
        if let example = tally.example { message += ": for example \(example)" }
        if isStill { message = "The output \(expect.rawValue) in none of \(SuiteWords.count(tally.rows, "row"))" }
        return CaseOutcome(passed: share <= allowed ?? 0 && !isStill, message: message + ".", measures: [measure])
    }

    private var verb: String {
        switch expect {
        case .same: "changed"
        case .increases: "decreased"
        case .decreases: "increased"
        }
    }

    private func compare(
        _ before: [Tensor],
        _ after: [Tensor],
        _ selection: OutputSelection,
        _ tally: inout Tally
    ) throws(CandidateFailure) {
        guard before.indices.contains(selection.output), after.indices.contains(selection.output),
            before[selection.output].shape == after[selection.output].shape
        else { throw CandidateFailure(message: "The outputs of the changed inputs have another shape.") }
        let (old, new) = (before[selection.output], after[selection.output])
        for row in 0..<old.rowCount {
            guard let range = selection.range(ofRow: row, in: old), !range.isEmpty else {
                throw CandidateFailure(message: "A row of output '\(selection.name)' is too short.")
            }
            tally.rows += 1
            let (isWrong, hasMoved) = try judge(old, new, range, selection)
            if hasMoved { tally.moved += 1 }
            guard isWrong else { continue }
            tally.wrong += 1
            if tally.example == nil {
                tally.example = "\(Self.words(old, range)) became \(Self.words(new, range))"
            }
        }
    }

    private func judge(
        _ old: Tensor,
        _ new: Tensor,
        _ range: Range<Int>,
        _ selection: OutputSelection
    ) throws(CandidateFailure) -> (isWrong: Bool, hasMoved: Bool) {
        let tolerance = tolerance ?? 0
        let values = range.compactMap { old.number(at: $0) }
        let changed = range.compactMap { new.number(at: $0) }
        guard expect == .same else {
            guard let value = values.first, let next = changed.first, range.count == 1 else {
                throw CandidateFailure(message: "Output '\(selection.name)' is not one number per row.")
            }
            let growth = expect == .increases ? next - value : value - next
            // NaN is neither.
            return (!(growth >= -tolerance), growth > tolerance)
        }
        if let threshold {
            guard let value = values.first, let next = changed.first, range.count == 1 else {
                throw CandidateFailure(message: "Output '\(selection.name)' is not one number per row.")
            }
            return ((value >= threshold) != (next >= threshold) || value.isNaN != next.isNaN, false)
        }
        if old.dataType == .bytes {
            return (range.contains { old.string(at: $0) != new.string(at: $0) }, false)
        }
        if values.count > 1, [.fp16, .fp32, .fp64].contains(old.dataType) {
            // Of several scores, the decision is the highest.
            let best = values.indices.max { values[$0] < values[$1] }
            return (best != changed.indices.max { changed[$0] < changed[$1] }, false)
        }
        let isSame = zip(values, changed).allSatisfy { ($0 - $1).magnitude <= tolerance || $0.isNaN && $1.isNaN }
        return (!isSame, false)
    }

    private static func words(_ tensor: Tensor, _ range: Range<Int>) -> String {
        let words = range.prefix(4).map { index in
            tensor.string(at: index).map { "'\($0.prefix(40))'" } ?? SuiteWords.number(tensor.number(at: index) ?? .nan)
        }
        return words.joined(separator: ", ") + (range.count > 4 ? ", …" : "")
    }
}
