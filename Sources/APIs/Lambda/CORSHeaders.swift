import AWS
import Definitions

/// The headers that let a page of another origin read a response.
struct CORSHeaders {
    private let rules: FunctionURL.CORSRules
    /// What the page may be told: its origin, or `*`.
    private let allowedOrigin: String

    /// - Returns: `nil` if the request comes from no page, or from one that the rules do not allow.
    init?(_ rules: FunctionURL.CORSRules, _ request: ProxyRequest) {
        guard let origin = request.header("origin") else { return nil }
        let origins = rules.allowOrigins ?? []
        guard origins.contains("*") || origins.contains(where: { $0.lowercased() == origin.lowercased() }) else {
            return nil
        }
        self.rules = rules
        // Browsers refuse `*` for requests with credentials.
        allowedOrigin = origins.contains("*") && rules.allowCredentials != true ? "*" : origin
    }

    /// Whether a browser asks if a page may send a request.
    static func isPreflight(_ request: ProxyRequest) -> Bool {
        request.method == "OPTIONS" && request.header("origin") != nil
            && request.header("access-control-request-method") != nil
    }

    var preflight: ProxyAnswer {
        var answer = ProxyAnswer()
        answer.headers = common
        if let methods = rules.allowMethods {
            answer.headers.append(("access-control-allow-methods", methods.joined(separator: ",")))
        }
        if let headers = rules.allowHeaders {
            answer.headers.append(("access-control-allow-headers", headers.joined(separator: ",")))
        }
        if let seconds = rules.maxAge { answer.headers.append(("access-control-max-age", "\(seconds)")) }
        return answer
    }

    /// Adds the headers to a response, in place of the function's own: browsers refuse two of them.
    func add(to answer: inout ProxyAnswer) {
        answer.headers.removeAll { $0.name.lowercased().hasPrefix("access-control-") }
        answer.headers += common
        if let exposed = rules.exposeHeaders, !exposed.isEmpty {
            answer.headers.append(("access-control-expose-headers", exposed.joined(separator: ",")))
        }
    }

    private var common: [(name: String, value: String)] {
        var headers = [(name: "access-control-allow-origin", value: allowedOrigin)]
        if allowedOrigin != "*" { headers.append(("vary", "Origin")) }
        if rules.allowCredentials == true { headers.append(("access-control-allow-credentials", "true")) }
        return headers
    }
}
