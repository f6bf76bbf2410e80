/// What an HTTP API answers browsers that ask for another origin's resources.
struct CORSHeaders {
    private static let names: Set<String> = [
        "access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-headers",
        "access-control-allow-methods", "access-control-expose-headers", "access-control-max-age",
    ]

    let configuration: HTTPAPI.CORS
    let origin: String

    /// - Returns: `nil` if the API has no configuration, or the request no origin.
    init?(_ configuration: HTTPAPI.CORS?, _ request: GatewayRequest) {
        guard let configuration, let origin = request.headers.last(where: { $0.name.lowercased() == "origin" })?.value
        else { return nil }
        self.configuration = configuration
        self.origin = origin
    }

    /// Whether a request asks what it may do, rather than doing it.
    static func isPreflight(_ request: GatewayRequest) -> Bool {
        request.method == "OPTIONS"
            && request.headers.contains { $0.name.lowercased() == "access-control-request-method" }
    }

    private var isAllowed: Bool {
        (configuration.allowOrigins ?? []).contains { allowed in
            allowed == "*" || allowed.lowercased() == origin.lowercased()
                || allowed.hasSuffix("://*") && origin.lowercased().hasPrefix(allowed.dropLast().lowercased())
        }
    }

    private var origins: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if configuration.allowOrigins?.contains("*") == true {
            headers.append(("access-control-allow-origin", "*"))
        } else {
            headers.append(("access-control-allow-origin", origin))
            headers.append(("vary", "Origin"))
        }
        if configuration.allowCredentials == true { headers.append(("access-control-allow-credentials", "true")) }
        return headers
    }

    /// The answer to a preflight request.
    var preflight: GatewayResponse {
        var response = GatewayResponse(status: 204)
        guard isAllowed else { return response }
        response.headers = origins
        func add(_ name: String, _ values: [String]?) {
            guard let values, !values.isEmpty else { return }
            response.headers.append((name, values.joined(separator: ",")))
        }
        add("access-control-allow-methods", configuration.allowMethods)
        add("access-control-allow-headers", configuration.allowHeaders)
        add("access-control-expose-headers", configuration.exposeHeaders)
        if let age = configuration.maxAge { response.headers.append(("access-control-max-age", "\(age)")) }
        return response
    }

    /// Replaces the headers of the integration with the API's.
    func apply(to response: inout GatewayResponse) {
        response.headers.removeAll { Self.names.contains($0.name.lowercased()) }
        guard isAllowed else { return }
        response.headers += origins
        if let exposed = configuration.exposeHeaders, !exposed.isEmpty {
            response.headers.append(("access-control-expose-headers", exposed.joined(separator: ",")))
        }
    }
}
