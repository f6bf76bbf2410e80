/// Gives the values of rows the names of their columns, and leaves columns out.
///
/// The columns without names of their own get those of the baseline that no other column has, in order, and then `_c0`, `_c1` and so
/// on by their positions, as Spark and Model Monitor name them.
struct ColumnNames {
    private let known: [String]
    /// The names of the columns without names; `nil` until the first row.
    private var unnamed: [String]?
    /// The positions of the inputs that are left out.
    private let excludedInputs: [Int]
    /// The names of the columns that are left out, as far as they are known.
    private(set) var excluded: Set<String>

    /// - Parameters:
    ///   - known: The names of the baseline's columns, in order.
    ///   - excluded: What is left out: the names of columns, or the positions of inputs from 0 on.
    init(_ known: [String] = [], excluded: [String] = []) {
        self.known = known
        self.excluded = Set(excluded)
        excludedInputs = excluded.compactMap { Int($0) }.filter { (0..<100_000).contains($0) }
    }

    mutating func fields(of pair: DataBody.Pair) -> [DataRow.Field] {
        let row = pair.row
        var names = unnamed ?? known.filter { name in !row.named.contains { $0.name == name } }
        while names.count < row.unnamed.count { names.append("_c\(names.count)") }
        unnamed = names
        let fields = zip(names, row.unnamed).map(DataRow.Field.init) + row.named
        for input in excludedInputs {
            let (output, inputs) = (pair.output, pair.input)
            let place =
                input < inputs.unnamed.count
                ? output.unnamed.count + input : row.unnamed.count + output.named.count + input - inputs.unnamed.count
            if fields.indices.contains(place) { excluded.insert(fields[place].name) }
        }
        return excluded.isEmpty ? fields : fields.filter { !excluded.contains($0.name) }
    }
}
