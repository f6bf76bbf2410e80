import InferenceLog
import Tensors

/// The numbers of an entry's rows in its request, of which the log may have only some.
struct LoggedRows {
    /// The number of rows of the request.
    let total: Int
    /// `nil` if the log has all of them.
    private let kept: [Int]?

    init(_ batch: LogBatch, _ entry: Int) {
        guard batch.flags(at: entry).contains(.cut) else {
            total = batch.rows(at: entry).count
            kept = nil
            return
        }
        total = batch.totalRows(at: entry)
        kept = batch.withLine(at: entry) { line in try? Self.kept(in: line) }
    }

    /// Returns the number of a row in the request.
    ///
    /// - Parameter index: Among the rows of the entry.
    func number(_ index: Int) -> Int {
        guard let kept else { return index }
        return index < kept.count ? kept[index] : -1
    }

    private static func kept(in line: UnsafeRawBufferPointer) throws(JSONError) -> [Int]? {
        var cursor = try JSONCursor(line)
        try cursor.expect(UInt8(ascii: "{"), "'{'")
        var first = true
        var name = ""
        while try cursor.nextKey(first: &first, into: &name) {
            guard name == "rows" else {
                try cursor.skipValue()
                continue
            }
            try cursor.expect(UInt8(ascii: "{"), "'{'")
            var firstMember = true
            while try cursor.nextKey(first: &firstMember, into: &name) {
                guard name == "kept" else {
                    try cursor.skipValue()
                    continue
                }
                return try numbers(&cursor)
            }
        }
        return nil
    }

    private static func numbers(_ cursor: inout JSONCursor) throws(JSONError) -> [Int] {
        var numbers: [Int] = []
        var first = true
        try cursor.expect(UInt8(ascii: "["), "'['")
        while try cursor.nextElement(first: &first) { numbers.append(try cursor.readInt()) }
        return numbers
    }
}
