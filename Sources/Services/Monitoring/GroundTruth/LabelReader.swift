package import Definitions
package import Encodings
package import Foundation
import Tensors

/// Reads the labels of a request's body.
package struct LabelReader {
    package enum Format: Sendable {
        /// One label, a list of labels, or an object with the list as `labels`.
        case json
        case lines
        case csv
    }

    /// The maximum number of labels in one body, each row's counted.
    package static let maxLabels = 1_000_000

    let pipeline: String
    /// The pipeline's keys.
    let keys: [String]
    let kind: LabelSettings.Kind?
    /// Hashes the keys' values, as the log does.
    let keyHash: KeyedHash
    /// When the body came, in milliseconds since the epoch.
    let now: Int64

    package init(pipeline: String, keys: [String], kind: LabelSettings.Kind?, keyHash: KeyedHash, now: Int64) {
        self.pipeline = pipeline
        self.keys = keys
        self.kind = kind
        self.keyHash = keyHash
        self.now = now
    }

    func read(_ body: Data, _ format: Format) throws(RoostError) -> [Label] {
        let result = body.withUnsafeBytes { bytes in
            Result { () throws(RoostError) in try read(bytes, format) }
        }
        return try result.get()
    }

    /// - Throws: ``RoostError`` that names the first label that is wrong. Then it takes none of them.
    package func read(_ body: UnsafeRawBufferPointer, _ format: Format) throws(RoostError) -> [Label] {
        let labels: [Label]
        switch format {
        case .json: labels = try readJSON(body)
        case .lines: labels = try readLines(body)
        case .csv: labels = try readCSV(body)
        }
        guard !labels.isEmpty else {
            throw RoostError(.invalidInput, "The body contains no labels.", field: "labels")
        }
        return labels
    }

    // MARK: JSON

    private func readJSON(_ body: UnsafeRawBufferPointer) throws(RoostError) -> [Label] {
        var labels: [Label] = []
        do throws(JSONError) {
            var cursor = try JSONCursor(body)
            if cursor.peek() == UInt8(ascii: "[") {
                try readList(&cursor, into: &labels)
            } else {
                let start = cursor.offset
                if try Self.hasList(&cursor) {
                    cursor.rewind(to: start)
                    try cursor.expect(UInt8(ascii: "{"), "'{'")
                    var first = true
                    var name = ""
                    while try cursor.nextKey(first: &first, into: &name) {
                        guard name == "labels" else {
                            throw JSONError(
                                kind: .unexpected,
                                message: "Unknown field '\(name.prefix(40))'",
                                offset: cursor.offset
                            )
                        }
                        try readList(&cursor, into: &labels)
                    }
                } else {
                    cursor.rewind(to: start)
                    labels.append(try label(&cursor, "The label", upTo: Self.maxLabels))
                }
            }
            try cursor.expectEnd()
        } catch {
            throw Self.error(error)
        }
        return labels
    }

    private static func error(_ error: JSONError) -> RoostError {
        switch error.kind {
        case .syntax: RoostError(.invalidInput, "The body is not valid JSON: \(error).", field: "labels")
        case .unexpected: RoostError(.invalidInput, "\(error).", field: "labels")
        }
    }

    /// Whether the object has the member `labels`.
    private static func hasList(_ cursor: inout JSONCursor) throws(JSONError) -> Bool {
        guard cursor.peek() == UInt8(ascii: "{") else {
            throw cursor.unexpected("a label, such as {\"id\": \"…\", \"label\": 1}")
        }
        try cursor.expect(UInt8(ascii: "{"), "'{'")
        var first = true
        var name = ""
        while try cursor.nextKey(first: &first, into: &name) {
            if name == "labels" { return true }
            try cursor.skipValue()
        }
        return false
    }

    private func readList(_ cursor: inout JSONCursor, into labels: inout [Label]) throws(JSONError) {
        try cursor.expect(UInt8(ascii: "["), "a list of labels")
        var first = true
        var count = labels.reduce(0) { $0 + $1.values.count }
        while try cursor.nextElement(first: &first) {
            guard count < Self.maxLabels else { throw tooMany(cursor.offset) }
            let label = try label(&cursor, "Label \(labels.count + 1)", upTo: Self.maxLabels - count)
            count += label.values.count
            labels.append(label)
        }
    }

    func tooMany(_ offset: Int) -> JSONError {
        JSONError(kind: .unexpected, message: "More than \(Self.maxLabels) labels in one request", offset: offset)
    }

    private func readLines(_ body: UnsafeRawBufferPointer) throws(RoostError) -> [Label] {
        var labels: [Label] = []
        var number = 0
        var count = 0
        for line in body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let line = UnsafeRawBufferPointer(rebasing: line)
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            do throws(JSONError) {
                guard count < Self.maxLabels else { throw tooMany(0) }
                var cursor = try JSONCursor(line)
                let label = try label(&cursor, "Line \(number)", upTo: Self.maxLabels - count)
                count += label.values.count
                labels.append(label)
                do throws(JSONError) { try cursor.expectEnd() } catch { throw Self.named("Line \(number)", error) }
            } catch {
                throw RoostError(.invalidInput, "\(error).", field: "labels")
            }
        }
        return labels
    }

    /// The fields of a label as they were sent.
    struct Fields {
        var id: String?
        var key: (name: String, value: String)?
        var row: Int?
        var values: Label.Values?
        var hasLabel = false
    }

    /// - Parameters:
    ///   - name: What an error calls the label.
    ///   - limit: The most values that it may have.
    private func label(_ cursor: inout JSONCursor, _ name: String, upTo limit: Int) throws(JSONError) -> Label {
        let start = cursor.offset
        let fields: Fields
        do throws(JSONError) { fields = try Self.fields(&cursor, upTo: limit) } catch { throw Self.named(name, error) }
        switch label(fields) {
        case .success(let label): return label
        case .failure(let problem):
            throw JSONError(kind: .unexpected, message: "\(name): the label \(problem.text)", offset: start)
        }
    }

    private static func named(_ name: String, _ error: JSONError) -> JSONError {
        JSONError(kind: error.kind, message: "\(name): \(error.message)", offset: error.offset)
    }

    private static func fields(_ cursor: inout JSONCursor, upTo limit: Int) throws(JSONError) -> Fields {
        var fields = Fields()
        guard cursor.peek() == UInt8(ascii: "{") else {
            throw cursor.unexpected("a label, such as {\"id\": \"…\", \"label\": 1}")
        }
        try cursor.expect(UInt8(ascii: "{"), "'{'")
        var first = true
        var name = ""
        while try cursor.nextKey(first: &first, into: &name) {
            switch name {
            case "id": fields.id = try cursor.readString()
            case "key": fields.key = try Self.key(&cursor)
            case "row": if try !cursor.takeNull() { fields.row = try cursor.readInt() }
            case "label":
                fields.hasLabel = true
                fields.values = try cursor.readLabels(upTo: limit)
            // SageMaker's records of ground truth.
            case "groundTruthData":
                fields.hasLabel = true
                fields.values = try Self.groundTruthData(&cursor)
            case "eventMetadata": fields.id = try Self.eventID(&cursor)
            case "eventVersion": try cursor.skipValue()
            default:
                throw JSONError(
                    kind: .unexpected,
                    message: "the label has the unknown field '\(name.prefix(40))'",
                    offset: cursor.offset
                )
            }
        }
        return fields
    }

    private static func key(_ cursor: inout JSONCursor) throws(JSONError) -> (name: String, value: String)? {
        try cursor.expect(UInt8(ascii: "{"), "an object with one key, such as {\"order\": \"A17\"}")
        var found: (String, String)?
        var first = true
        var name = ""
        while try cursor.nextKey(first: &first, into: &name) {
            guard found == nil else { throw cursor.unexpected("an object with one key") }
            guard let value = try cursor.readScalarText() else { throw cursor.unexpected("a string or number") }
            found = (name, value)
        }
        return found
    }

    /// Reads `{"data": "1", "encoding": "CSV"}`, or the same with JSON in it.
    private static func groundTruthData(_ cursor: inout JSONCursor) throws(JSONError) -> Label.Values? {
        var data: String?
        var encoding = "CSV"
        var first = true
        var name = ""
        try cursor.expect(UInt8(ascii: "{"), "an object with 'data' and 'encoding'")
        while try cursor.nextKey(first: &first, into: &name) {
            switch name {
            case "data": data = try cursor.readScalarText()
            case "encoding": encoding = try cursor.readString()
            default: try cursor.skipValue()
            }
        }
        guard let data, !data.isEmpty else { return nil }
        if encoding == "JSON" {
            let result = Array(data.utf8).withUnsafeBytes { bytes in
                Result { () throws(JSONError) in
                    var inner = try JSONCursor(bytes)
                    let values = try inner.readLabels()
                    try inner.expectEnd()
                    return values
                }
            }
            return try result.get()
        }
        guard encoding == "CSV" else {
            throw JSONError(
                kind: .unexpected,
                message: "the encoding of ground truth is CSV or JSON, not '\(encoding.prefix(40))'",
                offset: cursor.offset
            )
        }
        switch Self.values(ofCSV: data) {
        case .success(let values): return values
        case .failure(let problem):
            throw JSONError(
                kind: .unexpected,
                message: "the data of ground truth \(problem.text)",
                offset: cursor.offset
            )
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

    // MARK: Checks

    struct Problem: Error {
        var text: String
    }

    func label(_ fields: Fields) -> Result<Label, Problem> {
        func failure(_ text: String) -> Result<Label, Problem> { .failure(Problem(text: text)) }
        let target: Label.Target
        switch (fields.id, fields.key) {
        case (let id?, nil):
            guard (1...128).contains(id.utf8.count) else { return failure("has an id that is not 1 to 128 bytes long") }
            target = .id(id)
        case (nil, let key?):
            guard keys.contains(key.name) else {
                let known = keys.isEmpty ? "The pipeline has none" : "The pipeline has: \(keys.joined(separator: ", "))"
                return failure("has the unknown key '\(key.name.prefix(40))'. \(known)")
            }
            target = .key(key.name, hash: keyHash.hash(InferenceKey.hash(key.value, pipeline: pipeline, key: key.name)))
        default: return failure("must have either 'id' or 'key'")
        }
        guard fields.hasLabel else { return failure("has no 'label'") }
        guard let values = fields.values else {
            return failure("must be a number, true, false, a string, or a list of them")
        }
        let each: [Label.Value]
        switch values {
        case .one(let value): each = [value]
        case .rows(let values): each = values
        }
        for value in each {
            if case .number(let number) = value, !number.isFinite { return failure("is not finite") }
            if case .text(let text) = value, text.utf8.count > 4096 { return failure("is longer than 4096 bytes") }
            if let kind, let problem = Self.problem(value, kind) { return failure(problem) }
        }
        if let row = fields.row {
            guard row >= 0, row < 1 << 31 else { return failure("has a 'row' that is not 0 or more") }
            guard each.count == 1 else { return failure("has several values for one row") }
        }
        return .success(Label(target, row: fields.row, values, time: now))
    }

    private static func problem(_ value: Label.Value, _ kind: LabelSettings.Kind) -> String? {
        switch (kind, value) {
        case (.number, .text(let text)): "must be a number, not the string '\(text.prefix(40))'"
        case (.text, .number): "must be a string, not a number"
        case (.class, .number(let number)) where number.rounded() != number:
            "must be a class: a whole number, true, false or a string, not \(number)"
        default: nil
        }
    }
}
