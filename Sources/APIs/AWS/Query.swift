import Definitions
import Encodings
import Foundation

/// A form of `name=value` pairs. If a name is repeated, the first pair counts.
package struct QueryForm: Sendable {
    /// More than any operation takes.
    private static let pairLimit = 1000

    private var values: [String: String] = [:]

    /// - Throws: `MalformedQueryString` if there are too many pairs.
    package init(_ text: some StringProtocol) throws(AWSError) {
        guard text.split(separator: "&", maxSplits: Self.pairLimit).count <= Self.pairLimit else {
            throw AWSError("MalformedQueryString", "Too many parameters. The limit is \(Self.pairLimit).")
        }
        for (name, value) in PercentEncoding.pairs(of: text, plusIsSpace: true) where values[name] == nil {
            values[name] = value
        }
    }

    package subscript(name: String) -> String? { values[name] }

    /// The form as the input of an operation that has no model.
    var input: JSON { .object(values.mapValues(JSON.string)) }
}

/// An XML element with a string or with elements.
struct QueryElement: Sendable {
    private let name: String
    private let namespace: String?
    private let content: String
    private let children: [QueryElement]

    init(_ name: String, _ content: String) {
        (self.name, namespace, self.content, children) = (name, nil, content, [])
    }

    init(_ name: String, namespace: String? = nil, _ children: [QueryElement]) {
        (self.name, self.namespace, content, self.children) = (name, namespace, "", children)
    }

    /// Converts the output of an operation.
    init(_ name: String, _ value: JSON) {
        switch value {
        case .object(let members):
            self.init(name, members.sorted { $0.key < $1.key }.map { QueryElement($0.key, $0.value) })
        case .array(let times) where name == "Timestamps":
            self.init(name, times.map { QueryElement("member", QueryElement("Timestamp", $0).content) })
        case .array(let values): self.init(name, values.map { QueryElement("member", $0) })
        case .number(let seconds) where name == "Timestamp":
            self.init(name, RFC3339.string(seconds: Int64(saturating: seconds)))
        // A whole number without a fraction, because clients do not accept `3600.0` for an integer.
        case .number(let number): self.init(name, Int(exactly: number).map { "\($0)" } ?? "\(number)")
        case .string(let text): self.init(name, text)
        case .bool(let flag): self.init(name, "\(flag)")
        case .null: self.init(name, "")
        }
    }

    /// A response with this element as its document.
    func answer(status: Int = 200) -> AWSResponse {
        var answer = AWSResponse()
        answer.status = status
        answer.contentType = "text/xml"
        answer.body = Data(("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + text).utf8)
        return answer
    }

    private var text: String {
        let attribute = namespace.map { " xmlns=\"\($0)\"" } ?? ""
        let inner = children.isEmpty ? Self.escaped(content) : children.map(\.text).joined()
        return "<\(name)\(attribute)>\(inner)</\(name)>"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
            // XML 1.0 cannot represent the other control characters.
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
