package import Definitions
import Encodings
import Tensors

/// What turned out to be true of an inference.
package struct Label: Sendable, Equatable {
    package enum Target: Sendable, Equatable {
        case id(String)
        /// The hash of a key's value.
        case key(String, hash: UInt64)
    }

    package enum Value: Sendable, Equatable {
        /// A number, or a Boolean as 0 or 1.
        case number(Double)
        case text(String)
    }

    package enum Values: Sendable, Equatable {
        case one(Value)
        /// One for each row.
        case rows([Value])

        var count: Int {
            switch self {
            case .one: 1
            case .rows(let values): values.count
            }
        }

        /// Returns the value of a row of an inference with `count` rows; `nil` if their numbers differ.
        @inline(__always)
        func value(row: Int, of count: Int) -> Value? {
            switch self {
            case .one(let value): value
            case .rows(let values): values.count == count && values.indices.contains(row) ? values[row] : nil
            }
        }
    }

    package var target: Target
    /// The row that the label is about; `nil` if it has a value for each row.
    package var row: Int?
    package var values: Values
    /// When the label came, in milliseconds since the epoch.
    package var time: Int64

    /// Appends the label as a line of the store.
    func write(to line: inout JSONWriter) {
        line.raw("{\"time\":")
        line.number(time)
        switch target {
        case .id(let id):
            line.raw(",\"id\":")
            line.string(id)
        case .key(let name, let hash):
            line.raw(",\"key\":")
            line.string(name)
            line.raw(",\"hash\":\"")
            line.hexadecimal(hash)
            line.raw("\"")
        }
        if let row {
            line.raw(",\"row\":")
            line.number(row)
        }
        line.raw(",\"label\":")
        switch values {
        case .one(let value): Self.write(value, to: &line)
        case .rows(let values):
            for (index, value) in values.enumerated() {
                line.raw(index == 0 ? "[" : ",")
                Self.write(value, to: &line)
            }
            line.raw("]")
        }
        line.raw("}\n")
    }

    private static func write(_ value: Value, to line: inout JSONWriter) {
        switch value {
        case .number(let number): line.number(number)
        case .text(let text): line.string(text)
        }
    }

    /// Reads a line of the store; `nil` if it is damaged.
    init?(line: UnsafeRawBufferPointer) {
        var id: String?
        var key: String?
        var hash: UInt64?
        time = 0
        var values: Values?
        do throws(JSONError) {
            var cursor = try JSONCursor(line)
            try cursor.expect(UInt8(ascii: "{"), "'{'")
            var name = ""
            var first = true
            while try cursor.nextKey(first: &first, into: &name) {
                switch name {
                case "time": time = Int64(try cursor.readInt())
                case "id": id = try cursor.readString()
                case "key": key = try cursor.readString()
                case "hash": hash = UInt64(try cursor.readString(), radix: 16)
                case "row": row = try cursor.readInt()
                case "label": values = try cursor.readLabels()
                default: try cursor.skipValue()
                }
            }
        } catch {
            return nil
        }
        guard let values else { return nil }
        self.values = values
        if let id {
            target = .id(id)
        } else if let key, let hash {
            target = .key(key, hash: hash)
        } else {
            return nil
        }
    }

    package init(_ target: Target, row: Int? = nil, _ values: Values, time: Int64) {
        self.target = target
        self.row = row
        self.values = values
        self.time = time
    }
}

extension JSONCursor {
    /// Reads a label or a list of labels; `nil` if there is another value, which is skipped.
    ///
    /// - Parameter limit: The most labels that the list may have.
    mutating func readLabels(upTo limit: Int = .max) throws(JSONError) -> Label.Values? {
        guard peek() == UInt8(ascii: "[") else { return try readLabel().map { .one($0) } }
        try expect(UInt8(ascii: "["), "'['")
        var values: [Label.Value] = []
        var isValid = true
        var first = true
        while try nextElement(first: &first) {
            guard values.count < limit else {
                throw JSONError(
                    kind: .unexpected,
                    message: "more than \(LabelReader.maxLabels) labels in one request",
                    offset: offset
                )
            }
            if let value = try readLabel() { values.append(value) } else { isValid = false }
        }
        return isValid && !values.isEmpty ? .rows(values) : nil
    }

    private mutating func readLabel() throws(JSONError) -> Label.Value? {
        switch peek() {
        case UInt8(ascii: "\""): return .text(try readString())
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .number(try readBool() ? 1 : 0)
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "n"):
            try skipValue()
            return nil
        default: return .number(try readDouble())
        }
    }
}
