/// A row of a data set: the values of its columns as text, `nil` if missing.
struct DataRow: Equatable {
    struct Field: Equatable {
        var name: String
        var value: String?
    }

    /// The values of columns without names, in order.
    var unnamed: [String?] = []
    var named: [Field] = []

    var isEmpty: Bool { unnamed.isEmpty && named.isEmpty }

    /// Returns the value of a column, by its name or by its position.
    ///
    /// - Returns: `nil` if there is no such column, `.some(nil)` if its value is missing.
    func value(of column: String) -> String?? {
        if let field = named.first(where: { $0.name == column }) { return .some(field.value) }
        guard let position = Int(column), position >= 0 else { return nil }
        if unnamed.indices.contains(position) { return .some(unnamed[position]) }
        let rest = position - unnamed.count
        return named.indices.contains(rest) ? .some(named[rest].value) : nil
    }
}

/// The rows of a request's or a response's body.
enum DataBody: Equatable {
    case rows([DataRow])
    /// Values that are a row, or one of each row: `0.1,0.9` may answer two rows. The name is that of the list in JSON.
    case list(name: String?, [String?])

    /// How many rows it has for certain; `nil` if that depends on the other body.
    private var rowCount: Int? {
        if case .rows(let rows) = self { rows.count } else { nil }
    }

    /// Returns the rows of a body that belongs to one with `count` rows.
    private func rows(matching count: Int) -> [DataRow] {
        switch self {
        case .rows(let rows): return rows
        case .list(let name, let values) where count > 1 && values.count == count:
            return values.map { value in
                if let name { DataRow(named: [.init(name: name, value: value)]) } else { DataRow(unnamed: [value]) }
            }
        case .list(let name?, let values):
            let fields = values.enumerated().map { index, value in
                DataRow.Field(name: values.count == 1 ? name : "\(name)_\(index)", value: value)
            }
            return [DataRow(named: fields)]
        case .list(nil, let values): return [DataRow(unnamed: values)]
        }
    }

    /// A row of an invocation: what the model answered, and what it was asked.
    struct Pair: Equatable {
        var output: DataRow
        var input: DataRow

        /// The row as data sets have it: the outputs first. An input with the name of an output gets another one.
        var row: DataRow {
            let names = Set(output.named.map(\.name))
            let inputs = input.named.map { field in
                names.contains(field.name) ? DataRow.Field(name: "input." + field.name, value: field.value) : field
            }
            return DataRow(unnamed: output.unnamed + input.unnamed, named: output.named + inputs)
        }
    }

    /// Pairs the rows of a response with those of its request.
    ///
    /// - Returns: `nil` if they have different numbers of rows.
    static func pairs(output: DataBody?, input: DataBody?) -> [Pair]? {
        let count = max(output?.rowCount ?? 1, input?.rowCount ?? 1)
        guard let output else {
            return (input?.rows(matching: count) ?? []).map { Pair(output: DataRow(), input: $0) }
        }
        let outputs = output.rows(matching: count)
        guard let input else { return outputs.map { Pair(output: $0, input: DataRow()) } }
        let inputs = input.rows(matching: count)
        guard outputs.count == inputs.count else { return nil }
        return zip(outputs, inputs).map(Pair.init)
    }
}
