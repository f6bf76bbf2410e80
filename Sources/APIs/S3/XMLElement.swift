import AWS

/// An element of the small XML documents that S3 clients send.
struct XMLElement {
    let name: String
    private(set) var text = ""
    private(set) var children: [XMLElement] = []

    func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    /// - Throws: `AWSError` if there is a child with another name, or two with the same.
    func checkChildren(_ names: Set<String>) throws(AWSError) {
        var seen: Set<String> = []
        for child in children {
            guard names.contains(child.name) else {
                throw Self.malformed("unexpected <\(child.name.prefix(40))> in <\(name)>")
            }
            guard seen.insert(child.name).inserted else { throw Self.malformed("<\(child.name)> twice in <\(name)>") }
        }
    }

    private init(name: String) { self.name = name }

    private static let depthLimit = 16

    static func malformed(_ reason: String) -> AWSError {
        AWSError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema (\(reason))."
        )
    }

    /// - Parameter name: The required name of the root element.
    init(parsing bytes: [UInt8], named name: String) throws(AWSError) {
        guard let document = String(validating: bytes, as: UTF8.self) else { throw Self.malformed("not valid UTF-8") }
        var open: [XMLElement] = []
        var root: XMLElement?
        var rest = document.utf8[...]
        func take(upTo end: StaticString) throws(AWSError) -> Substring {
            let end = "\(end)".utf8
            var text = rest
            while !text.starts(with: end) {
                guard text.popFirst() != nil else { throw Self.malformed("unexpected end of document") }
            }
            defer { rest = text.dropFirst(end.count) }
            return Substring(rest[..<text.startIndex])
        }
        while !rest.isEmpty {
            guard rest.first == UInt8(ascii: "<") else {
                let text = Substring(rest.prefix { $0 != UInt8(ascii: "<") })
                rest = rest.dropFirst(text.utf8.count)
                if let last = open.indices.last {
                    open[last].text += try Self.unescape(text)
                } else if text.contains(where: { !$0.isWhitespace && $0 != "\u{FEFF}" }) {
                    throw Self.malformed("text outside an element")
                }
                continue
            }
            if rest.starts(with: "<?".utf8) {
                _ = try take(upTo: "?>")
            } else if rest.starts(with: "<!--".utf8) {
                _ = try take(upTo: "-->")
            } else if rest.starts(with: "<!".utf8) {
                throw Self.malformed("declarations are not allowed")
            } else if rest.starts(with: "</".utf8) {
                let name = Self.localName(try take(upTo: ">").dropFirst(2))
                guard let last = open.popLast(), last.name == name else {
                    throw Self.malformed("unexpected </\(name.prefix(40))>")
                }
                if let parent = open.indices.last { open[parent].children.append(last) } else { root = last }
            } else {
                let tag = try take(upTo: ">").dropFirst()
                guard root == nil else { throw Self.malformed("more than one root element") }
                let element = XMLElement(name: Self.localName(tag))
                guard !element.name.isEmpty else { throw Self.malformed("element without a name") }
                if !tag.hasSuffix("/") {
                    guard open.count < Self.depthLimit else { throw Self.malformed("nested too deeply") }
                    open.append(element)
                } else if let parent = open.indices.last {
                    open[parent].children.append(element)
                } else {
                    root = element
                }
            }
        }
        guard open.isEmpty, let root else { throw Self.malformed("unexpected end of document") }
        guard root.name == name else { throw Self.malformed("expected <\(name)>") }
        self = root
    }

    /// Returns the name in a tag, without its attributes and namespace prefix.
    private static func localName(_ tag: Substring) -> String {
        let name = tag.prefix { !$0.isWhitespace && $0 != "/" }
        return String(name.split(separator: ":").last ?? "")
    }

    private static func unescape(_ text: Substring) throws(AWSError) -> String {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return String(text) }
        var result = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "&" else {
                result.append(scalar)
                continue
            }
            let name = String(rest.prefix(12).prefix { $0 != ";" })
            rest = rest.dropFirst(name.unicodeScalars.count)
            guard rest.popFirst() == ";" else { throw malformed("unterminated entity &\(name)") }
            switch name {
            case "amp": result.append("&")
            case "lt": result.append("<")
            case "gt": result.append(">")
            case "quot": result.append("\"")
            case "apos": result.append("'")
            default:
                let code =
                    name.hasPrefix("#x")
                    ? UInt32(name.dropFirst(2), radix: 16)
                    : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
                guard let scalar = code.flatMap({ Unicode.Scalar($0) }) else {
                    throw malformed("unknown entity &\(name);")
                }
                result.append(scalar)
            }
        }
        return String(result)
    }
}
