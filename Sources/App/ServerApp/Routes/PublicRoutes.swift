import HTTPTypes
import Hummingbird
import S3

/// Handles requests for what is public, before any other route sees their paths.
struct PublicRoutes: RouterMiddleware {
    let s3: S3Routes
    let apis: APIRoutes

    func handle(
        _ request: Request,
        context: RoutedContext,
        next: (Request, RoutedContext) async throws -> Response
    ) async throws -> Response {
        let route = PublicRoute(host: request.head.authority ?? "", path: request.head.path ?? "/")
        guard let route else { return try await next(request, context) }
        switch route {
        case .website(let bucket, let path, let prefix):
            return await website(request, bucket: bucket, path: path, prefix: prefix)
        case .api, .functionURL: return await apis.respond(to: request, on: route, context)
        }
    }

    private func website(_ request: Request, bucket: String, path: String, prefix: String) async -> Response {
        let target = request.head.path ?? "/"
        if !prefix.isEmpty, let host = Self.separateHost(for: bucket, request) {
            // Without a scheme, it stays that of the request.
            let location = "//\(host)\(target.dropFirst(prefix.utf8.count))"
            return Response(status: .found, headers: [.location: location])
        }
        let reader: S3Service.WebsiteReader =
            switch Admission(of: request.headers) {
            case nil: .anyone
            case .preflight: .preflight
            case .rule, .signature: .foreignPage
            }
        let page = S3Service.WebsiteRequest(
            method: request.method.rawValue,
            bucket: bucket,
            path: path,
            query: target.firstIndex(of: "?").map { String(target[target.index(after: $0)...]) } ?? "",
            prefix: prefix,
            headers: S3Routes.headers(of: request)
        )
        var response = S3Routes.response(await s3.service.website(page, for: reader))
        if !prefix.isEmpty { response.isolate() }
        return response
    }

    /// Returns the site's own host for a user who opens a page by its path on this machine; otherwise `nil`. Pages of that host
    /// have an origin of their own, so that scripts and styles of the site work, and the server's own API is out of their reach.
    private static func separateHost(for bucket: String, _ request: Request) -> String? {
        guard request.method == .get, HTTPField.Name("sec-fetch-mode").flatMap({ request.headers[$0] }) == "navigate",
            request.head.path?.hasPrefix("/") == true, let host = HostName(request.head.authority ?? ""),
            ["localhost", "127.0.0.1", "::1"].contains(host.name)
        else { return nil }
        return PublicRoute.websiteHost(of: bucket) + (host.port.map { ":\($0)" } ?? "")
    }
}
