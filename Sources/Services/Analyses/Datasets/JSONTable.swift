import Tensors

/// Reads JSON as rows of a table.
///
/// The members of an object are columns, those of an object within it have the names of both: `customer.age`. The elements of a list
/// have its name and their position from 0 on: `pixels_0`. A list of objects or lists has a row for each.
struct JSONTable {
    /// A value whose depth was checked, so that what follows may recurse.
    private indirect enum Node {
        case scalar(String?)
        case list([Node])
        case members([(name: String, value: Node)])
    }

    /// The path of names to the part that is read.
    private let path: [String]

    init(path: [String] = []) { self.path = path }

    /// Reads a document, or documents that follow each other, as in JSON Lines.
    func body(_ text: UnsafeRawBufferPointer) throws(JSONError) -> DataBody {
        var cursor = try JSONCursor(text)
        var nodes: [Node] = []
        repeat { nodes.append(try selected(node(&cursor), at: cursor.offset)) } while cursor.peek() != 0
        guard nodes.count > 1 else { return body(nodes[0]) }
        return .rows(nodes.map(row))
    }

    /// Calls `take` with each row of a list of objects or lists, or with the one row that the document is.
    func forEachRow(_ text: UnsafeRawBufferPointer, _ take: (DataRow) throws -> Void) throws {
        var cursor = try JSONCursor(text)
        if path.isEmpty, cursor.peek() == UInt8(ascii: "[") {
            try cursor.expect(UInt8(ascii: "["), "'['")
            var first = true
            while try cursor.nextElement(first: &first) { try take(row(node(&cursor))) }
        } else {
            try take(row(selected(node(&cursor), at: cursor.offset)))
        }
        try cursor.expectEnd()
    }

    private func selected(_ node: Node, at offset: Int) throws(JSONError) -> Node {
        var node = node
        for name in path {
            guard case .members(let members) = node, let next = members.first(where: { $0.name == name }) else {
                throw JSONError(
                    kind: .unexpected,
                    message: "There is no '\(path.joined(separator: "."))'",
                    offset: offset
                )
            }
            node = next.value
        }
        return node
    }

    private func body(_ node: Node) -> DataBody {
        var name: String?
        var content = node
        // {"instances": [{"features": [1, 2]}]} has a row for each instance.
        if case .members(let members) = node, members.count == 1, case .list = members[0].value {
            (name, content) = members[0]
        }
        guard case .list(let elements) = content, !elements.isEmpty else { return .rows([row(node)]) }
        let scalars = elements.compactMap { element -> String?? in
            if case .scalar(let value) = element { .some(value) } else { nil }
        }
        if scalars.count == elements.count { return .list(name: name, scalars) }
        return scalars.isEmpty ? .rows(elements.map(row)) : .rows([row(node)])
    }

    private func row(_ node: Node) -> DataRow {
        var row = DataRow()
        guard case .list(let elements) = node else {
            Self.add(node, named: "", to: &row)
            return row
        }
        for (index, element) in elements.enumerated() {
            if case .scalar(let value) = element {
                row.unnamed.append(value)
            } else {
                Self.add(element, named: "_c\(index)", to: &row)
            }
        }
        return row
    }

    private static func add(_ node: Node, named name: String, to row: inout DataRow) {
        switch node {
        case .scalar(let value):
            if name.isEmpty { row.unnamed.append(value) } else { row.named.append(.init(name: name, value: value)) }
        case .list(let elements):
            for (index, element) in elements.enumerated() { add(element, named: "\(name)_\(index)", to: &row) }
        case .members(let members):
            for member in members {
                add(member.value, named: name.isEmpty ? member.name : "\(name).\(member.name)", to: &row)
            }
        }
    }

    private func node(_ cursor: inout JSONCursor) throws(JSONError) -> Node {
        let start = cursor.offset
        // Checks the depth of the whole value, so that the recursion is bounded.
        try cursor.skipValue()
        cursor.rewind(to: start)
        return try Self.checkedNode(&cursor)
    }

    private static func checkedNode(_ cursor: inout JSONCursor) throws(JSONError) -> Node {
        var first = true
        switch cursor.peek() {
        case UInt8(ascii: "{"):
            try cursor.expect(UInt8(ascii: "{"), "'{'")
            var members: [(String, Node)] = []
            var name = ""
            while try cursor.nextKey(first: &first, into: &name) { members.append((name, try checkedNode(&cursor))) }
            return .members(members)
        case UInt8(ascii: "["):
            try cursor.expect(UInt8(ascii: "["), "'['")
            var elements: [Node] = []
            while try cursor.nextElement(first: &first) { elements.append(try checkedNode(&cursor)) }
            return .list(elements)
        case UInt8(ascii: "\""): return .scalar(try cursor.readString())
        case UInt8(ascii: "n"):
            _ = try cursor.takeNull()
            return .scalar(nil)
        // A number keeps its digits: 1 and 1.0 have different types.
        default: return .scalar(String(decoding: try cursor.rawValue(), as: UTF8.self))
        }
    }
}
