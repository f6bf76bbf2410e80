import AWS

extension OpenAPIDocument {
    /// As many as an API may have resources or routes.
    private static let pathLimit = APIStore.resourceLimit
    private static let parameterLimit = 300
    /// One for each status.
    private static let responseLimit = 500

    /// An operation of the document, whose references have been replaced.
    struct Operation {
        let path: String
        /// `GET`, or `ANY`.
        let method: String
        let members: JSON
        /// Those of the path and of the operation.
        let parameters: [JSON]
        let integration: JSON?
        /// By status or `default`.
        let responses: [String: JSON]
        let security: Security
    }

    /// What the values that operations refer to may amount to, because many references can lead to the same values.
    private struct Expansion {
        /// As much as the record of an API may have.
        private static let limit = 16 << 20
        /// About what a value takes beside its text.
        private static let valueCost = 32
        private static let tooLarge = AWSError.badRequest(
            "Invalid OpenAPI input. With its references replaced, it has more than \(limit) bytes."
        )

        private var left = limit

        mutating func take(_ value: JSON) throws {
            try take(bytes: Self.valueCost)
            switch value {
            case .string(let text): try take(bytes: text.utf8.count)
            case .array(let elements): for element in elements { try take(element) }
            case .object(let members):
                for (name, member) in members {
                    try take(bytes: name.utf8.count)
                    try take(member)
                }
            default: break
            }
        }

        private mutating func take(bytes: Int) throws {
            left -= bytes
            guard left >= 0 else { throw Self.tooLarge }
        }
    }

    /// Calls a function with each operation, by path and method. No more than one is held at a time.
    func forEachOperation(_ body: (Operation) throws -> Void) throws {
        let paths = root["paths"]?.object ?? [:]
        guard paths.count <= Self.pathLimit else {
            throw AWSError.badRequest("Invalid OpenAPI input. It has more than \(Self.pathLimit) paths.")
        }
        var expansion = Expansion()
        for (path, item) in paths.sorted(by: { $0.key < $1.key }) {
            guard path.hasPrefix("/") else { throw AWSError.badRequest("Invalid OpenAPI input.") }
            let members = try replaced(item, &expansion)?.object ?? [:]
            let shared = (item["parameters"] ?? members["parameters"])?.array ?? []
            for (name, operation) in members.sorted(by: { $0.key < $1.key }) {
                let method = name == "x-amazon-apigateway-any-method" ? "ANY" : name.uppercased()
                guard RESTIntegration.methods.contains(method), operation.object != nil else { continue }
                try body(try self.operation(method, path, operation, shared, &expansion))
            }
        }
    }

    private func operation(
        _ method: String,
        _ path: String,
        _ members: JSON,
        _ shared: [JSON],
        _ expansion: inout Expansion
    ) throws -> Operation {
        let own = members["parameters"]?.array ?? []
        guard shared.count <= Self.parameterLimit, own.count <= Self.parameterLimit - shared.count else {
            throw Self.tooMany("parameters", Self.parameterLimit, method, path)
        }
        let responses = members["responses"]?.object ?? [:]
        let integration = try replaced(members["x-amazon-apigateway-integration"], &expansion)
        guard max(responses.count, integration?["responses"]?.object?.count ?? 0) <= Self.responseLimit else {
            throw Self.tooMany("responses", Self.responseLimit, method, path)
        }
        // These are repeated without a reference.
        for parameter in shared { try expansion.take(parameter) }
        if members["security"] == nil, let security = root["security"] { try expansion.take(security) }
        return Operation(
            path: path,
            method: method,
            members: members,
            parameters: try (shared + own).compactMap { try replaced($0, &expansion) },
            integration: integration,
            responses: try responses.compactMapValues { try replaced($0, &expansion) },
            security: security(of: members)
        )
    }

    private static func tooMany(_ subject: String, _ limit: Int, _ method: String, _ path: String) -> AWSError {
        .badRequest(
            "Invalid OpenAPI input. The operation \(method) \(path.prefix(200)) has more than \(limit) \(subject)."
        )
    }

    /// Replaces a reference, and counts what it refers to.
    private func replaced(_ value: JSON?, _ expansion: inout Expansion) throws -> JSON? {
        guard value?["$ref"] != nil else { return value }
        let target = resolved(value)
        if let target { try expansion.take(target) }
        return target
    }
}
