import Encodings
import Tensors

/// What the log keeps of a pipeline's inputs and outputs.
package struct LogPolicy: Sendable {
    /// Which rows are kept of an inference with many.
    package enum RowLimit: Sendable, Hashable {
        case first(Int)
        /// Chosen at random, by the inference's id.
        case sample(Int)
    }

    /// Larger inputs or outputs are left out of an entry, which then contains their size.
    package static let defaultBytes = 32 << 10

    package var maxBytes: Int
    package var rowLimit: RowLimit?
    private let omitted: Set<String>
    private let masked: Set<String>
    /// The columns of inputs that are hidden because of the names of their features.
    private let columns: [String: [Int: Hiding]]
    /// Those of the only input, which a request may call by any name.
    private let onlyColumns: [Int: Hiding]?

    /// What becomes of a value.
    enum Hiding {
        /// In a row without names `null` takes its place, so that the others keep theirs.
        case omit
        case mask
    }

    /// The names of the columns of an input, in order.
    package typealias Features = (input: String, names: [String])

    /// - Parameters:
    ///   - maxBytes: Does not apply to rows that are kept by `rowLimit`.
    ///   - omit: The names of inputs, features and keys that are left out.
    ///   - mask: Those whose values are replaced by `"***"`.
    ///   - features: Of the inputs that have them.
    ///   - hasOneInput: Whether requests have one input, whatever they call it.
    package init(
        maxBytes: Int = defaultBytes,
        rowLimit: RowLimit? = nil,
        omit: [String] = [],
        mask: [String] = [],
        features: [Features] = [],
        hasOneInput: Bool = false
    ) {
        self.maxBytes = maxBytes
        self.rowLimit = rowLimit
        omitted = Set(omit)
        masked = Set(mask)
        var columns: [String: [Int: Hiding]] = [:]
        for (input, names) in features {
            for (index, name) in names.enumerated() {
                if omitted.contains(name) {
                    columns[input, default: [:]][index] = .omit
                } else if masked.contains(name) {
                    columns[input, default: [:]][index] = .mask
                }
            }
        }
        self.columns = columns
        onlyColumns =
            hasOneInput && !columns.isEmpty
            ? columns.values.reduce(into: [:]) { all, each in all.merge(each) { first, _ in first } } : nil
    }

    /// The hidden columns of an input; `nil` if there are none.
    func hiddenColumns(of input: String) -> [Int: Hiding]? { columns[input] ?? onlyColumns }

    var hidesFields: Bool { !omitted.isEmpty || !masked.isEmpty }

    package func omits(_ name: String) -> Bool { omitted.contains(name) }
    func masks(_ name: String) -> Bool { masked.contains(name) }

    // MARK: Rows

    /// Returns the indices of the rows that are kept, in order; `nil` if all are.
    ///
    /// The same for all tensors of an inference and all its models, because it depends on the id alone.
    func keptRows(of tensors: [Tensor], id: String) -> [Int]? {
        guard let rowLimit, let rows = tensors.first?.rowCount, tensors.allSatisfy({ $0.rowCount == rows }) else {
            return nil
        }
        switch rowLimit {
        case .first(let count): return rows > count ? Array(0..<count) : nil
        case .sample(let count): return rows > count ? Self.sample(count, of: rows, id: id) : nil
        }
    }

    /// Returns a random choice of row indices by Floyd's algorithm, in order.
    private static func sample(_ count: Int, of rows: Int, id: String) -> [Int] {
        var generator = Generator(state: StableHash.fnv1a(id))
        var chosen: Set<Int> = []
        for last in (rows - count)..<rows {
            let row = Int.random(in: 0...last, using: &generator)
            chosen.insert(chosen.contains(row) ? last : row)
        }
        return chosen.sorted()
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            return StableHash.mix(state)
        }
    }

    // MARK: Fields

    /// Returns a request's object without the omitted fields, and with masked values. The object was decoded before.
    func hiding(_ json: UnsafeRawBufferPointer) -> [UInt8] {
        var writer = JSONWriter(capacity: json.count)
        do throws(JSONError) {
            var cursor = try JSONCursor(json)
            try hide(&cursor, into: &writer, depth: 0)
        } catch {
            return Array("{}".utf8)
        }
        return writer.bytes
    }

    /// Copies an object, or a list of objects by feature name, which can stand in an input.
    private func hide(
        _ cursor: inout JSONCursor,
        into writer: inout JSONWriter,
        depth: Int
    ) throws(JSONError) {
        try cursor.expect(UInt8(ascii: "{"), "'{'")
        var first = true
        var isFirst = true
        var name = ""
        writer.raw("{")
        while try cursor.nextKey(first: &first, into: &name) {
            if omitted.contains(name) {
                try cursor.skipValue()
                continue
            }
            if !isFirst { writer.raw(",") }
            isFirst = false
            writer.string(name)
            writer.raw(":")
            if masked.contains(name) {
                try cursor.skipValue()
                writer.raw("\"***\"")
            } else if depth == 0, cursor.peek() == UInt8(ascii: "[") {
                try hideRows(&cursor, into: &writer, hiddenColumns(of: name))
            } else {
                writer.raw(try cursor.rawValue())
            }
        }
        writer.raw("}")
    }

    /// - Parameter hidden: The columns of rows without names that are hidden.
    private func hideRows(
        _ cursor: inout JSONCursor,
        into writer: inout JSONWriter,
        _ hidden: [Int: Hiding]?
    ) throws(JSONError) {
        let start = cursor.offset
        try cursor.expect(UInt8(ascii: "["), "'['")
        guard hidden != nil || cursor.peek() == UInt8(ascii: "{") else {
            cursor.rewind(to: start)
            return writer.raw(try cursor.rawValue())
        }
        cursor.rewind(to: start)
        try cursor.expect(UInt8(ascii: "["), "'['")
        var first = true
        var index = 0
        writer.raw("[")
        while try cursor.nextElement(first: &first) {
            if index > 0 { writer.raw(",") }
            if cursor.peek() == UInt8(ascii: "{") {
                try hide(&cursor, into: &writer, depth: 1)
            } else if let hidden, cursor.peek() == UInt8(ascii: "[") {
                try hideRow(&cursor, into: &writer, hidden)
            } else {
                // A list without rows in it is a row.
                try hideValue(&cursor, into: &writer, hidden?[index])
            }
            index += 1
        }
        writer.raw("]")
    }

    private func hideRow(
        _ cursor: inout JSONCursor,
        into writer: inout JSONWriter,
        _ hidden: [Int: Hiding]
    ) throws(JSONError) {
        try cursor.expect(UInt8(ascii: "["), "'['")
        var first = true
        var index = 0
        writer.raw("[")
        while try cursor.nextElement(first: &first) {
            if index > 0 { writer.raw(",") }
            try hideValue(&cursor, into: &writer, hidden[index])
            index += 1
        }
        writer.raw("]")
    }

    private func hideValue(
        _ cursor: inout JSONCursor,
        into writer: inout JSONWriter,
        _ hiding: Hiding?
    ) throws(JSONError) {
        guard let hiding else { return writer.raw(try cursor.rawValue()) }
        try cursor.skipValue()
        writer.hidden(hiding)
    }
}

extension JSONWriter {
    /// Writes what stands for a value.
    mutating func hidden(_ hiding: LogPolicy.Hiding) {
        switch hiding {
        case .omit: raw("null")
        case .mask: raw("\"***\"")
        }
    }
}
