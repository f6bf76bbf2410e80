import Definitions
import InferenceLog
import Tensors

/// Finds the texts that a pipeline's requests contained: what the first function before the models was given, or else the inputs of the
/// models.
struct LoggedTexts {
    /// The field with the texts; `nil` for the only one with strings.
    let input: String?
    /// The name of the source in the request.
    let field: String
    /// Requests without any texts.
    private(set) var without = 0

    init(input: String?, field: String) {
        self.input = input
        self.field = field
    }

    /// Calls `take` with each text of a batch.
    ///
    /// - Throws: ``RoostError`` if several fields of a request have strings.
    mutating func read(_ batch: LogBatch, _ take: (TextSource.Text) throws -> Void) throws {
        for entry in batch.answeredEntries(by: nil) {
            var count = 0
            try batch.withLine(at: entry) { line in
                guard let request = try? LoggedRequest(line), let bytes = request.functionInput ?? request.data else {
                    return
                }
                for text in try texts(in: bytes) {
                    count += 1
                    try take(.string(text))
                }
            }
            if count == 0 { without += 1 }
        }
    }

    private func texts(in bytes: UnsafeRawBufferPointer) throws -> [String] {
        var cursor = try JSONCursor(bytes)
        guard cursor.peek() == UInt8(ascii: "{") else { return input == nil ? try Self.strings(&cursor) : [] }
        try cursor.expect(UInt8(ascii: "{"), "'{'")
        var found: [(name: String, texts: [String])] = []
        var name = ""
        var first = true
        while try cursor.nextKey(first: &first, into: &name) {
            guard input == nil || input == name else {
                try cursor.skipValue()
                continue
            }
            let texts = try Self.strings(&cursor)
            if !texts.isEmpty { found.append((name, texts)) }
        }
        guard found.count <= 1 else {
            throw RoostError(
                .invalidInput,
                "Several fields of the requests have strings: \(found.map(\.name).joined(separator: ", ").prefix(1000)). "
                    + "Say which one has the texts with 'input'.",
                field: "\(field).input"
            )
        }
        return found.first?.texts ?? []
    }

    /// Reads a string, or the strings of lists; skips other values.
    private static func strings(_ cursor: inout JSONCursor) throws -> [String] {
        var texts: [String] = []
        // For each list that is open, whether its first element is yet to come.
        var lists: [Bool] = []
        repeat {
            if var first = lists.popLast() {
                guard try cursor.nextElement(first: &first) else { continue }
                lists.append(first)
            }
            switch cursor.peek() {
            case UInt8(ascii: "["):
                guard lists.count < JSONCursor.maxDepth else { throw cursor.unexpected("fewer lists in lists") }
                try cursor.expect(UInt8(ascii: "["), "'['")
                lists.append(true)
            case UInt8(ascii: "\""): texts.append(try cursor.readString())
            default: try cursor.skipValue()
            }
        } while !lists.isEmpty
        return texts
    }
}
