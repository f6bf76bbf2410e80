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
    /// Maximum number of characters that may separate values: the parser of YAML takes about 300 bytes for each value.
    private static let separatorLimit = 4 * valueLimit
    /// How many references may lead from one to the next.
    private static let referenceLimit = 8

    private static let invalid = AWSError.badRequest("Invalid OpenAPI input.")
    private static let tooManyValues = AWSError.badRequest(
        "Invalid OpenAPI input. It has more than \(valueLimit) values."
    )

    let root: JSON
    /// The name of the API.
    let title: String

    init(_ data: Data) throws {
        guard data.count <= Self.sizeLimit else {
            throw AWSError.badRequest("Invalid OpenAPI input. It has more than \(Self.sizeLimit) bytes.")
        }
        guard Self.separators(in: data) <= Self.separatorLimit else { throw Self.tooManyValues }
        let root = try JSON(parsing: data) ?? Self.yaml(data)
        var left = Self.valueLimit
        try Self.count(root, &left)
        let version = root["openapi"]?.string ?? root["swagger"].map(Self.version) ?? ""
        guard root.object != nil, version.hasPrefix("3.") || version.hasPrefix("2"),
            let title = root["info"]?["title"]?.string, !title.isEmpty
        else { throw Self.invalid }
        self.root = root
        self.title = title
    }

    /// `swagger: 2.0` without quotes is a number.
    private static func version(_ value: JSON) -> String { value.string ?? value.number.map { "\($0)" } ?? "" }

    /// The number of characters that may separate values.
    private static func separators(in data: Data) -> Int {
        data.withUnsafeBytes { bytes in
            var count = 0
            for byte in bytes {
                switch byte {
                case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "{"): count += 1
                default: break
                }
            }
            return count
        }
    }

    private static func count(_ value: JSON, _ left: inout Int) throws {
        left -= 1
        guard left >= 0 else { throw tooManyValues }
        switch value {
        case .array(let elements): for element in elements { try count(element, &left) }
        case .object(let members): for member in members.values { try count(member, &left) }
        default: break
        }
    }

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

    // MARK: YAML

    private static func yaml(_ data: Data) throws -> JSON {
        guard let text = String(validating: data, as: UTF8.self),
            // Aliases of aliases can expand beyond any machine's memory.
            text.firstMatch(of: /(?m)(^[ \t]*|[-:?,\[{][ \t]*)\*[^\s]/) == nil,
            let root = try? compose(yaml: text, .basic)
        else { throw invalid }
        var left = valueLimit
        return try value(of: root, depth: 0, left: &left)
    }

    private static func value(of node: Node, depth: Int, left: inout Int) throws -> JSON {
        left -= 1
        guard depth < depthLimit else { throw invalid }
        guard left >= 0 else { throw tooManyValues }
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
