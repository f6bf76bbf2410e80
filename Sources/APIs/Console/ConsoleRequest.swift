/// A request of a browser to the console, whose body has been read.
package struct ConsoleRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    package let method: Method
    /// Percent-encoded, without the query.
    package let path: String
    /// Decoded.
    package let query: [String: String]
    /// The fields of the form that was posted, decoded; empty for a GET.
    package let form: [String: String]
    /// The value of the `Cookie` header.
    package let cookies: String?
    package let ifNoneMatch: String?
    /// The host, and the port if there is one, to which the browser is connected.
    package let host: String
    /// Whether a proxy says that the browser is connected to it by TLS.
    package let isSecure: Bool

    package init(
        method: Method,
        path: String,
        query: [String: String],
        form: [String: String],
        cookies: String?,
        ifNoneMatch: String?,
        host: String,
        isSecure: Bool
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.form = form
        self.cookies = cookies
        self.ifNoneMatch = ifNoneMatch
        self.host = host
        self.isSecure = isSecure
    }

    /// The address of the server as the browser sees it, without a slash at the end.
    var address: String { "\(isSecure ? "https" : "http")://\(host)" }
}

/// A response of the console.
package struct ConsoleResponse: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)] = []
    package var body: [UInt8]

    /// Only this server's own files may be loaded, nothing is run that is not in one of them, and no page may show this one in a
    /// frame. The one policy of trusted types lets the script read pages of this server again, which escape what they insert.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
        + "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types roost"

    init(status: Int, contentType: String = "text/plain; charset=utf-8", cache: String = "no-store", body: [UInt8]) {
        self.status = status
        self.body = body
        headers = [
            ("content-type", contentType), ("cache-control", cache), ("content-security-policy", Self.policy),
            ("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin"),
        ]
    }

    /// Sends the browser to another page of the console.
    ///
    /// - Parameter path: Percent-encoded, from the root of the server.
    static func redirect(to path: String) -> ConsoleResponse {
        var response = ConsoleResponse(status: 303, body: [])
        response.headers.append(("location", path))
        return response
    }
}
