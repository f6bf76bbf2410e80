import Tensors

extension RecordFilter {
    /// Returns the selected part of a JSON value, as JSON.
    func choose(fromJSON record: UnsafeRawBufferPointer) throws -> [UInt8] {
        var value = Array(record)
        do {
            for step in steps {
                value = try value.withUnsafeBytes { bytes in
                    var cursor = try JSONCursor(bytes)
                    return try choose(step, &cursor)
                }
            }
        } catch let error as JSONError {
            throw RecordError("the \(name) cannot be applied to the record: \(error)")
        }
        return value
    }

    private func choose(_ step: Step, _ cursor: inout JSONCursor) throws -> [UInt8] {
        switch step {
        case .names(let names):
            let members = try Self.members(&cursor)
            func value(_ name: String) throws(RecordError) -> [UInt8] {
                guard let member = members.first(where: { $0.name == name }) else {
                    throw RecordError("the \(self.name) selects '\(name)', which the record does not have.")
                }
                return member.value
            }
            if names.count == 1 { return try value(names[0]) }
            var writer = JSONWriter()
            for (index, name) in names.enumerated() {
                writer.raw(index == 0 ? "{" : ",")
                writer.string(name)
                writer.raw(":")
                writer.raw(try value(name))
            }
            writer.raw("}")
            return writer.bytes
        case .elements(let chosen):
            let elements = try Self.elements(&cursor)
            var values: [[UInt8]] = []
            for element in chosen {
                guard let indices = element.indices(of: elements.count) else {
                    throw outOfRange(elements.count, "elements")
                }
                values += elements[indices]
            }
            return step.isSingle ? values[0] : Self.array(values)
        case .all:
            return cursor.peek() == UInt8(ascii: "{")
                ? Self.array(try Self.members(&cursor).map(\.value)) : Self.array(try Self.elements(&cursor))
        }
    }

    private static func array(_ values: [[UInt8]]) -> [UInt8] {
        var array: [UInt8] = [UInt8(ascii: "[")]
        for (index, value) in values.enumerated() {
            if index > 0 { array.append(UInt8(ascii: ",")) }
            array += value
        }
        array.append(UInt8(ascii: "]"))
        return array
    }

    private static func members(_ cursor: inout JSONCursor) throws -> [(name: String, value: [UInt8])] {
        try cursor.expect(UInt8(ascii: "{"), "an object")
        var members: [(name: String, value: [UInt8])] = []
        var key = ""
        var first = true
        while try cursor.nextKey(first: &first, into: &key) { members.append((key, Array(try cursor.rawValue()))) }
        return members
    }

    private static func elements(_ cursor: inout JSONCursor) throws -> [[UInt8]] {
        try cursor.expect(UInt8(ascii: "["), "an array")
        var elements: [[UInt8]] = []
        var first = true
        while try cursor.nextElement(first: &first) { elements.append(Array(try cursor.rawValue())) }
        return elements
    }

    /// Writes a record joined with the model's output: as the record's member `SageMakerOutput` or, if the record is not an
    /// object, in a new object with the record.
    static func join(
        _ record: UnsafeRawBufferPointer,
        _ answer: UnsafeRawBufferPointer,
        into writer: inout JSONWriter
    ) {
        let isObject = record.first { $0 > 0x20 } == UInt8(ascii: "{")
        if isObject, let end = record.lastIndex(of: UInt8(ascii: "}")) {
            let inner = UnsafeRawBufferPointer(rebasing: record[..<end])
            let isEmpty = inner.last { $0 > 0x20 } == UInt8(ascii: "{")
            writer.raw(inner)
            writer.raw(isEmpty ? #""SageMakerOutput":"# : #","SageMakerOutput":"#)
        } else {
            writer.raw(#"{"SageMakerInput":"#)
            writer.raw(record)
            writer.raw(#","SageMakerOutput":"#)
        }
        writer.raw(answer)
        writer.raw("}")
    }
}
