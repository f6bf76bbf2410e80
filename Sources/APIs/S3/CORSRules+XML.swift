import AWS
import Definitions

// The document of PutBucketCors and GetBucketCors.
extension CORSRules {
    private static let idLimit = 255

    init(parsing bytes: [UInt8]) throws(AWSError) {
        let root = try XMLElement(parsing: bytes, named: "CORSConfiguration")
        guard (1...Self.ruleLimit).contains(root.children.count) else {
            throw XMLElement.malformed("1 to \(Self.ruleLimit) rules")
        }
        rules = []
        for element in root.children {
            guard element.name == "CORSRule" else { throw XMLElement.malformed("expected <CORSRule>") }
            rules.append(try Self.rule(element))
        }
    }

    private static func rule(_ element: XMLElement) throws(AWSError) -> Rule {
        var rule = Rule(origins: [], methods: [])
        for child in element.children {
            let text = child.text
            guard text.isHeaderValue else {
                throw XMLElement.malformed("<\(child.name.prefix(40))> has control characters")
            }
            switch child.name {
            case "ID":
                guard text.utf8.count <= idLimit else { throw XMLElement.malformed("<ID> has more than 255 bytes") }
                rule.id = text
            case "AllowedOrigin":
                try requireOneWildcard(text, child.name)
                rule.origins.append(text)
            case "AllowedMethod":
                guard methods.contains(text) else {
                    throw AWSError(
                        "InvalidRequest",
                        "Found unsupported HTTP method in CORS config. Unsupported method is \(text.prefix(40))"
                    )
                }
                rule.methods.append(text)
            case "AllowedHeader":
                try requireOneWildcard(text, child.name)
                rule.headers.append(text)
            case "ExposeHeader":
                guard !text.contains("*") else {
                    throw AWSError(
                        "InvalidRequest",
                        "ExposeHeader \"\(text.prefix(100))\" contains wildcard. We currently do not support wildcard for "
                            + "ExposeHeader."
                    )
                }
                guard text.isHeaderName else {
                    throw XMLElement.malformed("<ExposeHeader> is not the name of a header")
                }
                rule.exposedHeaders.append(text)
            case "MaxAgeSeconds":
                guard let seconds = Int32(text), seconds >= 0 else {
                    throw XMLElement.malformed("<MaxAgeSeconds> must be between 0 and \(Int32.max)")
                }
                rule.maxAgeSeconds = Int(seconds)
            default: throw XMLElement.malformed("unexpected <\(child.name.prefix(40))>")
            }
        }
        guard !rule.origins.isEmpty, !rule.methods.isEmpty else {
            throw XMLElement.malformed("a rule needs <AllowedOrigin> and <AllowedMethod>")
        }
        return rule
    }

    private static func requireOneWildcard(_ text: String, _ name: String) throws(AWSError) {
        guard !text.isEmpty else { throw XMLElement.malformed("<\(name)> is empty") }
        guard text.count(where: { $0 == "*" }) <= 1 else {
            throw AWSError(
                "InvalidRequest",
                "\(name) \"\(text.prefix(100))\" can not have more than one wildcard."
            )
        }
    }

    var xml: XMLWriter {
        var xml = XMLWriter()
        xml.element("CORSConfiguration", namespace: XMLWriter.namespace) { xml in
            for rule in rules {
                xml.element("CORSRule") { xml in
                    if let id = rule.id { xml.element("ID", id) }
                    for method in rule.methods { xml.element("AllowedMethod", method) }
                    for origin in rule.origins { xml.element("AllowedOrigin", origin) }
                    for header in rule.headers { xml.element("AllowedHeader", header) }
                    for header in rule.exposedHeaders { xml.element("ExposeHeader", header) }
                    if let seconds = rule.maxAgeSeconds { xml.element("MaxAgeSeconds", String(seconds)) }
                }
            }
        }
        return xml
    }
}
