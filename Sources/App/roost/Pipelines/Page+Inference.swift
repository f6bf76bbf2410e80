import NativeAPI
import Words

/// Names the outputs of models.
struct OutputNames {
    /// The names of the outputs, by the model.
    let byModel: [String: [String]]

    /// Returns the names of a model's outputs, or their positions if they are not known.
    func names(of model: String, count: Int) -> [String] {
        guard let names = byModel[model], names.count == count else { return (0..<count).map { "outputs[\($0)]" } }
        return names
    }
}

extension Page {
    /// How many values of a vector are shown.
    private static let valueLimit = 12
    /// How many rows are shown.
    private static let rowLimit = 10

    /// Adds the outputs of all models, and the validations that failed.
    ///
    /// - Parameter result: What functions after the models returned, which replaces the outputs.
    mutating func add(_ inference: InferenceAnswer, _ names: OutputNames, result: String?) {
        let columns = columns(of: inference, names)
        let rows = columns.first?.values.rowCount ?? 1
        let isByRow = rows > 1 && columns.allSatisfy { $0.values.rowCount == rows }
        let facts = [
            Output.duration(nanoseconds: inference.elapsedNanoseconds), isByRow ? "\(Numbers.count(rows)) rows" : nil,
            inference.failures.isEmpty ? "valid" : "NOT valid",
        ]
        sentence(
            "\(inference.model)@\(Output.short(inference.version)): \(facts.compactMap(\.self).joined(separator: ", "))",
            isBold: true
        )
        for failure in inference.failures { sentence(Self.text(of: failure), first: "  failed: ", indent: 10) }
        if let result {
            add(result)
        } else if isByRow {
            addRows(columns, rows, inference.failures)
        } else {
            self.facts(columns.map { ($0.name, $0.values.text(limit: Self.valueLimit)) })
        }
    }

    private func columns(
        of inference: InferenceAnswer,
        _ names: OutputNames
    ) -> [(name: String, values: OutputValues)] {
        let own = zip(names.names(of: inference.model, count: inference.outputs.count), inference.outputs)
        let others = inference.challengers.sorted { $0.key < $1.key }.flatMap { model, outputs in
            zip(names.names(of: model, count: outputs.count), outputs).map { ("\(model): \($0)", $1) }
        }
        return own.map { ($0, $1) } + others
    }

    private mutating func addRows(
        _ columns: [(name: String, values: OutputValues)],
        _ count: Int,
        _ failures: [InferenceAnswer.Failure]
    ) {
        let failed = Set(failures.flatMap { $0.rows ?? Array(0..<count) })
        let shown = min(count, Self.rowLimit)
        table(
            ["ROW"] + columns.map(\.name) + (failed.isEmpty ? [] : ["VALID"]),
            (0..<shown).map { row in
                ["\(row)"] + columns.map { $0.values.text(ofRow: row, limit: 3) }
                    + (failed.isEmpty ? [] : [failed.contains(row) ? "NO" : "yes"])
            },
            numbers: [0]
        )
        if count > shown { add("… and \(Numbers.count(count - shown)) more") }
    }

    private static func text(of failure: InferenceAnswer.Failure) -> String {
        if let message = failure.message { return "\(failure.expression): \(message)" }
        guard let rows = failure.rows else { return failure.expression }
        let rest = rows.count - rowLimit
        let list = rows.prefix(rowLimit).map(String.init).joined(separator: ", ")
        return "\(failure.expression) in \(rows.count == 1 ? "row" : "rows") \(list)"
            + (rest > 0 ? " and \(Numbers.count(rest)) more" : "")
    }
}
