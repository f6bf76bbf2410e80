import AWS

/// Parts of a document that protect an API or change its answers. Calls would not obey those that this server lacks, so that
/// an import with one is refused.
extension OpenAPIDocument {
    /// The schemes that an operation asks for.
    struct Security {
        /// Whether one asks for an API key.
        fileprivate(set) var needsKey = false
        /// The first scheme that is not about API keys.
        fileprivate(set) var unsupported: String?
    }

    func security(of operation: JSON) -> Security {
        let all = root["securityDefinitions"] ?? root["components"]?["securitySchemes"]
        var security = Security()
        for requirement in (operation["security"] ?? root["security"])?.array ?? [] {
            for name in (requirement.object ?? [:]).keys.sorted() {
                let scheme = resolved(all?[name])
                if scheme?["type"]?.string == "apiKey", scheme?["name"]?.string?.lowercased() == "x-api-key",
                    scheme?["x-amazon-apigateway-authtype"] == nil, scheme?["x-amazon-apigateway-authorizer"] == nil
                {
                    security.needsKey = true
                } else {
                    security.unsupported = security.unsupported ?? name
                }
            }
        }
        return security
    }

    /// Refuses what concerns all operations.
    ///
    /// - Returns: The API's policy, which allows everything; `nil` if there is none.
    func checkProtection() throws -> String? {
        try Self.checkValidator(root)
        guard root["x-amazon-apigateway-gateway-responses"]?.object?.isEmpty ?? true else {
            throw AWSError.notSupported(
                "'x-amazon-apigateway-gateway-responses'",
                "Errors have AWS's default responses."
            )
        }
        guard let policy = root["x-amazon-apigateway-policy"] else { return nil }
        let text = policy.string ?? policy.text
        try ResourcePolicy.check(text, in: "x-amazon-apigateway-policy")
        return text
    }

    /// Refuses what concerns one operation, except for API keys.
    func checkProtection(of operation: Operation) throws {
        try Self.checkValidator(operation.members)
        let name = "\(operation.method) \(operation.path.prefix(200))"
        if let scheme = operation.security.unsupported {
            throw AWSError.notSupported(
                "The security scheme '\(scheme.prefix(100))' of the operation \(name)",
                "Calls of an API are not authenticated."
            )
        }
        let authorization = operation.members["x-amazon-apigateway-auth"]?["type"]?.string ?? "NONE"
        guard authorization.uppercased() == "NONE" else {
            throw AWSError.notSupported(
                "'x-amazon-apigateway-auth' \(authorization.prefix(100)) of the operation \(name)",
                "Calls of an API are not authenticated."
            )
        }
    }

    private static func checkValidator(_ members: JSON) throws {
        guard members["x-amazon-apigateway-request-validator"] == nil else {
            throw AWSError.notSupported("'x-amazon-apigateway-request-validator'", "Validate requests in a function.")
        }
    }

    /// Whether the document turns the API's default endpoint off.
    func disablesEndpoint() throws -> Bool {
        let name = "x-amazon-apigateway-endpoint-configuration"
        let all = [root[name]] + (root["servers"]?.array ?? []).prefix(100).map { $0[name] }
        guard all.allSatisfy({ $0?["vpcEndpointIds"]?.array?.isEmpty ?? true }) else {
            throw AWSError.notSupported("'vpcEndpointIds'", "Use an endpoint of the type REGIONAL.")
        }
        return all.contains { $0?["disableExecuteApiEndpoint"]?.bool == true }
    }
}
