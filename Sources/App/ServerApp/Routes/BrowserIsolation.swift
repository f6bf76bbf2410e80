import Definitions
import HTTPTypes
import Hummingbird

/// Keeps what others have stored from running as a page of this server, with the rights of the console.
///
/// Whoever may write an object chooses its bytes, and whoever makes a link chooses its type, by the query of a URL.
struct BrowserIsolation: RouterMiddleware {
    /// Types that no browser runs. Any other may be a page, or become one.
    private static let inertTypes: Set<String> = [
        "application/json", "application/octet-stream", "application/x-ndjson", "application/pdf", "application/zip",
        "text/csv", "text/plain", "image/avif", "image/gif", "image/jpeg", "image/png", "image/webp",
    ]

    private static let typeOptions = HTTPField.Name("x-content-type-options")

    func handle(
        _ request: Request,
        context: RoutedContext,
        next: (Request, RoutedContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        // The pages of a host of their own have an origin of their own.
        if PublicRoute.isPublic(host: (request.head.authority ?? "").withoutSpaceAtEnd[...]) { return response }
        if let name = Self.typeOptions, response.headers[name] == nil { response.headers[name] = "nosniff" }
        if response.headers[.contentSecurityPolicy] == nil, !Self.isInert(response.headers[.contentType]) {
            response.isolate()
        }
        return response
    }

    /// - Source: Fetch, section 2.2.2: of several types in one field, the last one counts.
    private static func isInert(_ type: String?) -> Bool {
        guard let type, !type.contains(",") else { return false }
        let name = type.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
        return inertTypes.contains(name.lowercased())
    }
}

extension Response {
    /// Gives a page that has the host of the server's own API an origin of its own, so that its scripts cannot use that API.
    mutating func isolate() {
        guard let name = HTTPField.Name(Self.isolation.name) else { return }
        headers[name] = Self.isolation.value
    }

    static let isolation = (
        name: "content-security-policy",
        value: "sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts"
    )
}
