import AWS

/// Where a mapped parameter gets its value: `'*'`, `integration.response.header.Date`, `method.request.path.id`.
enum MappingSource: Sendable, Equatable {
    case constant(String)
    case requestHeader(String)
    case requestQuery(String)
    case requestPath(String)
    case requestBody
    case responseHeader(String)
    case responseBody
    case stageVariable(String)
    case context(String)

    /// `nil` if the expression is not supported.
    init?(_ text: String) {
        if text.utf8.count >= 2, text.hasPrefix("'"), text.hasSuffix("'") {
            self = .constant(String(text.dropFirst().dropLast()))
            return
        }
        func name(_ prefix: String) -> String? {
            guard text.hasPrefix(prefix), text.utf8.count > prefix.utf8.count else { return nil }
            return String(text.dropFirst(prefix.count))
        }
        if text == "method.request.body" {
            self = .requestBody
        } else if text == "integration.response.body" {
            self = .responseBody
        } else if let name = name("method.request.header.") ?? name("method.request.multivalueheader.") {
            self = .requestHeader(name)
        } else if let name = name("method.request.querystring.") ?? name("method.request.multivaluequerystring.") {
            self = .requestQuery(name)
        } else if let name = name("method.request.path.") {
            self = .requestPath(name)
        } else if let name = name("integration.response.header.") ?? name("integration.response.multivalueheader.") {
            self = .responseHeader(name)
        } else if let name = name("stageVariables.") {
            self = .stageVariable(name)
        } else if let name = name("context.") {
            self = .context(name)
        } else {
            return nil
        }
    }

    var isOfRequest: Bool {
        switch self {
        case .responseHeader, .responseBody: false
        default: true
        }
    }

    var isOfResponse: Bool {
        switch self {
        case .requestHeader, .requestQuery, .requestPath, .requestBody: false
        default: true
        }
    }
}

/// Where the value of a mapped request parameter goes.
enum MappingDestination: Sendable, Equatable {
    case header(String)
    case query(String)
    case path(String)

    /// - Parameter text: `integration.request.header.X`
    init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 3).map(String.init)
        guard parts.count == 4, parts[0] == "integration", parts[1] == "request" else { return nil }
        switch parts[2] {
        case "header", "multivalueheader": self = .header(parts[3])
        case "querystring", "multivaluequerystring": self = .query(parts[3])
        case "path": self = .path(parts[3])
        default: return nil
        }
    }
}

/// Checks of mappings when they are defined.
enum RESTMapping {
    static func checkRequest(_ mappings: [String: String]?) throws {
        for (destination, source) in (mappings ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard MappingDestination(destination) != nil else { throw invalid("parameter specified: \(destination)") }
            guard MappingSource(source)?.isOfRequest == true else { throw invalid("specified: \(source)") }
        }
    }

    /// - Parameter declared: The parameters that the method's response has.
    static func checkResponse(_ mappings: [String: String]?, declared: [String: Bool]?) throws {
        for (destination, source) in (mappings ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard responseHeader(destination) != nil, declared?[destination] != nil else {
                throw invalid("parameter specified: \(destination)")
            }
            guard MappingSource(source)?.isOfResponse == true else { throw invalid("specified: \(source)") }
        }
    }

    /// The `X` of `method.response.header.X`.
    static func responseHeader(_ text: String) -> String? {
        let prefix = "method.response.header."
        guard text.hasPrefix(prefix) else { return nil }
        let name = String(text.dropFirst(prefix.count))
        return name.isEmpty ? nil : name
    }

    private static func invalid(_ reason: String) -> AWSError {
        .badRequest(
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
                + "[Invalid mapping expression \(reason.prefix(500))]"
        )
    }
}
