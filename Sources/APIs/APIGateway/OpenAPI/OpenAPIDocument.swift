import AWS
import Foundation
import Yams

/// An OpenAPI document of version 2 or 3, in JSON or YAML.
struct OpenAPIDocument {
    /// Maximum bytes, as in AWS.
    private static let sizeLimit = 6 << 20
    /// The reader recurses.
    private static let depthLimit = 64
    private static let valueLimit = 200_000
    /// Maximum number of characters that may separate values: the parser takes about 300 bytes for each value.
    private static let separatorLimit = 4 * valueLimit
    /// How many references may lead from one to the next.
    private static let referenceLimit = 8

    private static let invalid = AWSError.badRequest("Invalid OpenAPI input.")

    let root: JSON
    /// The name of the API.
    let title: String

    init(_ data: Data) throws {
        guard data.count <= Self.sizeLimit else {
            throw AWSError.badRequest("Invalid OpenAPI input. It has more than \(Self.sizeLimit) bytes.")
        }
        let root = try JSON(parsing: data) ?? Self.yaml(data)
        let version = root["openapi"]?.string ?? root["swagger"].map(Self.version) ?? ""
        guard root.object != nil, version.hasPrefix("3.") || version.hasPrefix("2"),
            let title = root["info"]?["title"]?.string, !title.isEmpty
        else { throw Self.invalid }
        self.root = root
        self.title = title
    }

    /// `swagger: 2.0` without quotes is a number.
    private static func version(_ value: JSON) -> String { value.string ?? value.number.map { "\($0)" } ?? "" }

    // MARK: Members

    var isVersion2: Bool { root["swagger"] != nil }

    /// Replaces a reference by what it refers to in the document: `#/components/parameters/id`.
    func resolved(_ value: JSON?) -> JSON? {
        var value = value
        for _ in 0..<Self.referenceLimit {
            guard let reference = value?["$ref"]?.string, reference.hasPrefix("#/") else { return value }
            var target: JSON? = root
            for segment in reference.dropFirst(2).split(separator: "/") {
                target = target?[String(segment.replacing("~1", with: "/").replacing("~0", with: "~"))]
            }
            value = target
        }
        return nil
    }

    /// An operation of the document.
    struct Operation {
        let path: String
        /// `GET`, or `ANY`.
        let method: String
        let members: JSON
        /// Those of the path and of the operation.
        let parameters: [JSON]
    }

    /// The operations, by path and method.
    func operations() throws -> [Operation] {
        var found: [Operation] = []
        for (path, item) in (root["paths"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard path.hasPrefix("/") else { throw Self.invalid }
            for (name, members) in (resolved(item)?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
                let method = name == "x-amazon-apigateway-any-method" ? "ANY" : name.uppercased()
                guard RESTIntegration.methods.contains(method), members.object != nil else { continue }
                let parameters = (item["parameters"]?.array ?? []) + (members["parameters"]?.array ?? [])
                found.append(
                    Operation(
                        path: path,
                        method: method,
                        members: members,
                        parameters: parameters.compactMap { resolved($0) }
                    )
                )
            }
        }
        return found
    }

    /// The schemes that an operation accepts, by name.
    func securitySchemes(of operation: Operation) -> [JSON] {
        let names = (operation.members["security"] ?? root["security"])?.array ?? []
        let all = root["securityDefinitions"] ?? root["components"]?["securitySchemes"]
        return names.flatMap { ($0.object ?? [:]).keys.sorted() }.compactMap { resolved(all?[$0]) }
    }

    // MARK: YAML

    private static func yaml(_ data: Data) throws -> JSON {
        guard let text = String(validating: data, as: UTF8.self) else { throw invalid }
        var separators = 0
        for byte in data where byte <= 0x20 || ",:[{-?".utf8.contains(byte) { separators += 1 }
        guard separators <= sizeLimit, data.count(where: { ",:[{".utf8.contains($0) }) <= separatorLimit,
            // Aliases of aliases can expand beyond any machine's memory.
            text.firstMatch(of: /(?m)(^[ \t]*|[-:?,\[{][ \t]*)\*[^\s]/) == nil,
            let root = try? compose(yaml: text, .basic)
        else { throw invalid }
        var left = valueLimit
        return try value(of: root, depth: 0, left: &left)
    }

    private static func value(of node: Node, depth: Int, left: inout Int) throws -> JSON {
        left -= 1
        guard depth < depthLimit, left >= 0 else { throw invalid }
        switch node {
        case .scalar(let scalar): return value(of: scalar)
        case .sequence(let elements):
            var values: [JSON] = []
            for element in elements { values.append(try value(of: element, depth: depth + 1, left: &left)) }
            return .array(values)
        case .mapping(let members):
            var values: [String: JSON] = [:]
            for (key, member) in members {
                guard let name = key.scalar?.string else { throw invalid }
                values[name] = try value(of: member, depth: depth + 1, left: &left)
            }
            return .object(values)
        case .alias: throw invalid
        }
    }

    /// Plain scalars are what they would be in JSON, or else strings: there are no octal numbers and no `yes`.
    private static func value(of scalar: Node.Scalar) -> JSON {
        let text = scalar.string
        guard scalar.style == .plain, scalar.tag.rawValue.isEmpty else { return .string(text) }
        switch text {
        case "", "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default:
            guard text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/) != nil,
                let number = Double(text), number.isFinite
            else { return .string(text) }
            return .number(number)
        }
    }
}
