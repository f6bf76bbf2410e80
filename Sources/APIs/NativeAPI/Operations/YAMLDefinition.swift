package import Definitions
import Foundation
import Yams

/// A definition in YAML, which includes JSON.
///
/// Plain scalars are what they would be in JSON, or else strings: there are no sexagesimal, octal or hexadecimal numbers, no
/// `yes`, and no `.inf`. Where a string is expected, a number is taken as it is written.
package struct YAMLDefinition {
    /// Deeper than any definition. The limit is needed because the decoder recurses.
    private static let depthLimit = 64
    /// More than any definition has. The limit is needed because the decoder searches all fields of an object for each one.
    private static let valueLimit = 20_000
    /// The maximum number of characters that may separate values. The parser takes about 300 bytes for each, and the values can
    /// only be counted when all of them are in memory.
    private static let separatorLimit = 4 * valueLimit

    private var root: Node

    /// Creates a definition without fields.
    package init() { root = .mapping(.init([], Tag(.implicit, .basic))) }

    /// - Parameters:
    ///   - subject: What messages call the text, such as "The body".
    ///   - field: The field that errors name.
    package init(_ text: String, of subject: String, field: String) throws(RoostError) {
        func refusal(_ reason: String) -> RoostError { RoostError(.invalidInput, "\(subject) \(reason)", field: field) }
        guard Self.separatorCount(text) <= Self.separatorLimit else {
            throw refusal("has more than \(Self.separatorLimit) commas, colons, dashes and brackets.")
        }
        // Aliases of aliases can expand beyond any machine's memory, and definitions do not need them.
        guard text.firstMatch(of: /(?m)(^[ \t]*|[-?][ \t]+|[:,\[{][ \t]*)\*[^\s]/) == nil else {
            throw refusal("has a YAML alias ('*name'). Aliases are not supported.")
        }
        do {
            guard let composed = try compose(yaml: text, .basic) else {
                throw refusal("is empty. Expected a definition.")
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

    /// Whether the definition is an object.
    package var hasFields: Bool { root.mapping != nil }

    /// Sets a field, or a field of a nested object, and overrides the text.
    package mutating func set(_ path: [String], _ value: String) {
        // With any style, so that a number can be read as one, and 'null' as a string.
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
            case .key: "has a field whose name is not a string."
            }
        }
    }

    /// Returns the same tree with scalars by JSON's rules, and without tags and anchors.
    ///
    /// - Parameter left: How many more values are allowed.
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
                // Keys are also compared by their tags; these are the ones that the decoder looks for.
                let key = Node(name, Tag(.implicit, .basic))
                pairs.append((key, try asJSON(value, depth: depth + 1, left: &left)))
            }
            return Node(pairs, Tag(.implicit, .basic))
        case .alias: throw .key
        }
    }

    /// Keeps JSON's values plain, and also an empty scalar, which is null. Everything else becomes a string.
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
        // A number out of range is left as a string, which is refused where a number is expected.
        return Double(text)?.isFinite == true
    }
}

extension Node {
    /// Sets a field of a mapping, or of a nested one.
    fileprivate mutating func set(_ path: ArraySlice<String>, _ value: Node) {
        guard let key = path.first else { return self = value }
        var mapping = self.mapping ?? Mapping([], Tag(.implicit, .basic))
        var child = mapping[key] ?? .mapping(.init([], Tag(.implicit, .basic)))
        child.set(path.dropFirst(), value)
        mapping[key] = child
        self = .mapping(mapping)
    }
}
