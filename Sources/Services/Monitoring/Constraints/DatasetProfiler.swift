package import Definitions

/// Takes the rows of a dataset one after the other, and describes its columns.
package struct DatasetProfiler: Sendable {
    package static let maxColumns = 2000

    private var columns: [ColumnAccumulator] = []
    /// The number of the last row that has a field of the column.
    private var latestRows: [Int] = []
    private var indices: [String: Int] = [:]
    private var rows = 0

    package init() {}

    /// - Throws: ``RoostError`` if there are more than ``maxColumns``, or if a name is repeated.
    package init(columns names: [String]) throws(RoostError) {
        for name in names {
            guard indices[name] == nil else {
                throw RoostError(.invalidInput, "The dataset has two columns named '\(name.prefix(80))'.")
            }
            _ = try index(of: name)
        }
    }

    /// Adds a row with a field for each column, in the order of the columns.
    ///
    /// Columns without a field are missing. A field beyond the last column makes a column that is named as Spark does: `_c0` is the first.
    ///
    /// - Throws: ``RoostError`` if there are more than ``maxColumns``.
    package mutating func add(_ fields: some Sequence<DatasetField>) throws(RoostError) {
        rows += 1
        var position = 0
        for field in fields {
            let index = try position < columns.count ? position : index(of: "_c\(position)")
            add(field, at: index)
            position += 1
        }
    }

    /// Adds a row with named fields. Columns without a field are missing. Of two fields with one name, the first counts.
    ///
    /// - Throws: ``RoostError`` if there are more than ``maxColumns``.
    package mutating func add(named fields: some Sequence<(String, DatasetField)>) throws(RoostError) {
        rows += 1
        for (name, field) in fields { add(field, at: try index(of: name)) }
    }

    /// The profile of the rows so far.
    package var profile: DatasetProfile {
        DatasetProfile(itemCount: rows, features: columns.map { $0.feature(rows: rows) })
    }

    private mutating func add(_ field: DatasetField, at index: Int) {
        guard latestRows[index] < rows else { return }
        latestRows[index] = rows
        columns[index].add(field)
    }

    private mutating func index(of name: String) throws(RoostError) -> Int {
        if let known = indices[name] { return known }
        guard columns.count < Self.maxColumns else {
            throw RoostError(.tooLarge, "A dataset can have at most \(Self.maxColumns) columns.")
        }
        indices[name] = columns.count
        columns.append(ColumnAccumulator(name: name))
        latestRows.append(0)
        return columns.count - 1
    }
}

extension DatasetProfile {
    /// Describes columns that are in memory.
    ///
    /// - Throws: ``RoostError`` if there are too many, or two with one name.
    package init(columns: [(name: String, fields: [DatasetField])]) throws(RoostError) {
        var profiler = try DatasetProfiler(columns: columns.map(\.name))
        for row in 0..<(columns.map(\.fields.count).max() ?? 0) {
            try profiler.add(columns.map { row < $0.fields.count ? $0.fields[row] : .missing })
        }
        self = profiler.profile
    }
}
