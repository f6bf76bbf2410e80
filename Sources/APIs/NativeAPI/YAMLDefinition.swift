package import Definitions
import Foundation
import Yams

/// A definition in YAML, of which JSON is a part.
///
/// Its plain scalars are what they would be in JSON, and texts where they would be nothing there: no sexagesimal, octal or
/// hexadecimal numbers, no `yes`, no `.inf`. Where a text belongs, a number is the text that it is written as.
package struct YAMLDefinition {
    /// Deeper than any definition; what reads it recurses.
    private static let depthLimit = 64
    /// More than any definition has; what reads it looks through all fields of an object for each.
    private static let valueLimit = 20_000
    /// The maximum number of characters that may separate values. The parser takes about 300 bytes for each, and the values can
    /// only be counted when all of them are in memory.
    private static let separatorLimit = 4 * valueLimit

    private var root: Node

    /// One without fields.
    package init() { root = .mapping(.init([], Tag(.implicit, .basic))) }

    /// - Parameters:
    ///   - subject: What the text is to who sent it: "The body".
    ///   - field: What an error names.
    package init(_ text: String, of subject: String, field: String) throws(RoostError) {
        func refusal(_ reason: String) -> RoostError { RoostError(.invalidInput, "\(subject) \(reason)", field: field) }
        guard Self.separatorCount(text) <= Self.separatorLimit else {
            throw refusal("has more than \(Self.separatorLimit) commas, colons, dashes and brackets.")
        }
        // Aliases of aliases unfold to more than any machine holds; a definition has no use for them.
        guard text.firstMatch(of: /(?m)(^[ \t]*|[-:?,\[{][ \t]*)\*[^\s]/) == nil else {
            throw refusal("has a YAML alias ('*name'); aliases are not taken.")
        }
        do {
            guard let composed = try compose(yaml: text, .basic) else {
                throw refusal("is empty; a definition was expected.")
            }
            var left = Self.valueLimit
            root = try Self.asJSON(composed, depth: 0, left: &left)
        } catch let error as RoostError {
            throw error
        } catch let limit as Limit {
            throw refusal(limit.description)
        } catch {
            // The error quotes the line, which may be as long as the text.
            throw refusal("is not valid YAML: \("\(error)".prefix(500))")
        }
    }

    /// Returns the number of characters that may begin or separate values. Each value but the first needs one, or shares it with
    /// the name of its field.
    private static func separatorCount(_ text: String) -> Int {
        var count = 0
        var isEntry = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "{"): count += 1
            // A dash or a question mark begins a value only before white space, which includes some non-ASCII characters.
            case ...0x20, 0x80...: if isEntry { count += 1 }
            default: break
            }
            isEntry = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "?")
        }
        return count
    }

    /// Whether it is an object.
    package var hasFields: Bool { root.mapping != nil }

    /// Sets a field, or one of an object in it, in place of what the text says.
    package mutating func set(_ path: [String], _ value: String) {
        // Of any style: a number is one, and 'null' is a text.
        root.set(path[...], Node(value, Tag(.implicit, .basic), .any))
    }

    package func decode<Value: Decodable>(_ type: Value.Type) throws(RoostError) -> Value {
        do {
            return try YAMLDecoder().decode(type, from: root)
        } catch let error as DecodingError {
            throw RoostError(decoding: error)
        } catch {
            throw RoostError(.invalidInput, "The definition cannot be read: \(error)", field: "body")
        }
    }

    // MARK: JSON's rules

    private enum Limit: Error, CustomStringConvertible {
        case depth, values, key

        var description: String {
            switch self {
            case .depth: "is nested more than \(depthLimit) levels deep."
            case .values: "has more than \(valueLimit) values."
            case .key: "has a field whose name is not a text."
            }
        }
    }

    /// The same tree with scalars by JSON's rules, and without tags and anchors.
    ///
    /// - Parameter left: How many values there may be yet.
    private static func asJSON(_ node: Node, depth: Int, left: inout Int) throws(Limit) -> Node {
        guard depth < depthLimit else { throw .depth }
        left -= 1
        guard left >= 0 else { throw .values }
        switch node {
        case .scalar(let scalar): return asJSON(scalar)
        case .sequence(let elements):
            var nodes: [Node] = []
            for element in elements { nodes.append(try asJSON(element, depth: depth + 1, left: &left)) }
            return Node(nodes)
        case .mapping(let members):
            var pairs: [(Node, Node)] = []
            for (key, value) in members {
                guard let name = key.scalar?.string else { throw .key }
                // Keys are compared by their tags too; these are those that a decoder looks for.
                let key = Node(name, Tag(.implicit, .basic))
                pairs.append((key, try asJSON(value, depth: depth + 1, left: &left)))
            }
            return Node(pairs, Tag(.implicit, .basic))
        case .alias: throw .key
        }
    }

    /// What JSON knows stays plain, and so does nothing at all, which is null; all else is a text.
    private static func asJSON(_ scalar: Node.Scalar) -> Node {
        let text = scalar.string
        guard scalar.style == .plain, scalar.tag.rawValue.isEmpty, text.isEmpty || isJSON(text) else {
            return Node(text, Tag(.str), .doubleQuoted)
        }
        return Node(text, Tag(.implicit, .basic), .plain)
    }

    private static func isJSON(_ text: String) -> Bool {
        if ["true", "false", "null"].contains(text) { return true }
        guard text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/) != nil else { return false }
        // One that no number holds is refused where a number belongs.
        return Double(text)?.isFinite == true
    }
}

extension Node {
    /// Sets a field of a mapping, or of one below it.
    fileprivate mutating func set(_ path: ArraySlice<String>, _ value: Node) {
        guard let key = path.first else { return self = value }
        var mapping = self.mapping ?? Mapping([], Tag(.implicit, .basic))
        var child = mapping[key] ?? .mapping(.init([], Tag(.implicit, .basic)))
        child.set(path.dropFirst(), value)
        mapping[key] = child
        self = .mapping(mapping)
    }
}
