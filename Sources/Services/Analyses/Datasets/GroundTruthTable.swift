import Definitions
import Tensors

/// The labels of captured invocations by their IDs. The newest label of an ID counts.
struct GroundTruthTable {
    /// The most labels that are kept in memory.
    static let limit = 1_000_000

    private var labels: [String: [String?]] = [:]

    var isEmpty: Bool { labels.isEmpty }

    /// Returns the label of a row.
    ///
    /// - Parameters:
    ///   - row: The position of the row in the invocation's rows.
    ///   - count: The number of these rows. A label with another number of values belongs to none of them.
    func label(of id: String, row: Int, of count: Int) -> String? {
        guard let values = labels[id], values.count == count else { return nil }
        return values[row]
    }

    /// Adds a line `{"groundTruthData": {"data": "1", "encoding": "CSV"}, "eventMetadata": {"eventId": "…"}}`.
    ///
    /// - Throws: ``JSONError`` that says what is wrong with the line.
    mutating func add(line: UnsafeRawBufferPointer) throws(JSONError) {
        var cursor = try JSONCursor(line)
        var id: String?
        var values: [String?]?
        var first = true
        var name = ""
        try cursor.expect(UInt8(ascii: "{"), "an object with 'groundTruthData' and 'eventMetadata'")
        while try cursor.nextKey(first: &first, into: &name) {
            switch name {
            case "groundTruthData": values = try Self.values(&cursor)
            case "eventMetadata": id = try Self.eventID(&cursor)
            default: try cursor.skipValue()
            }
        }
        try cursor.expectEnd()
        guard let id, let values else {
            throw JSONError(kind: .unexpected, message: "There is no 'eventId' or no 'data'", offset: 0)
        }
        guard labels[id] != nil || labels.count < Self.limit else {
            throw JSONError(kind: .unexpected, message: "There are more than \(Self.limit) labels", offset: 0)
        }
        labels[id] = values
    }

    private static func values(_ cursor: inout JSONCursor) throws(JSONError) -> [String?]? {
        let start = cursor.offset
        var part = CapturedInvocation.Part()
        var isPresent = false
        var first = true
        var name = ""
        try cursor.expect(UInt8(ascii: "{"), "an object with 'data' and 'encoding'")
        while try cursor.nextKey(first: &first, into: &name) {
            switch name {
            case "data":
                guard let text = try cursor.readScalarText() else { continue }
                part.text = text
                isPresent = true
            case "encoding": part.encoding = try cursor.readString()
            default: try cursor.skipValue()
            }
        }
        guard isPresent else { return nil }
        do {
            switch try part.body() {
            case .list(_, let values): return values
            // One value a row.
            case .rows(let rows): return rows.map { ($0.unnamed.first ?? $0.named.first?.value) ?? nil }
            }
        } catch {
            throw JSONError(kind: .unexpected, message: "The label \(error.text)", offset: start)
        }
    }

    private static func eventID(_ cursor: inout JSONCursor) throws(JSONError) -> String? {
        var id: String?
        var first = true
        var name = ""
        try cursor.expect(UInt8(ascii: "{"), "an object with 'eventId'")
        while try cursor.nextKey(first: &first, into: &name) {
            if name == "eventId" { id = try cursor.readString() } else { try cursor.skipValue() }
        }
        return id
    }
}
