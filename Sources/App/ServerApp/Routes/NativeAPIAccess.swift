import Definitions
import Hummingbird
import NIOCore

/// Decides who may use Roost's own API, which does not authenticate anyone.
enum NativeAPIAccess: Sendable {
    /// Anyone who can reach the server.
    case everybody
    /// Only programs on this machine, which may include an authenticating proxy. A server that verifies the signatures of AWS's
    /// APIs must not offer the same operations to unsigned requests.
    case thisMachine

    func admits(_ address: @autoclosure () -> SocketAddress?) -> Bool {
        self == .everybody || address()?.isOfThisMachine == true
    }

    static let refusal = RoostError(
        .unauthorized,
        "This server verifies signatures, so its own API is only available to programs on the same machine. "
            + "To use it from elsewhere, run an authenticating proxy there."
    )
}

/// The router's context of a request, with the client's address.
struct RoutedContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let remoteAddress: SocketAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}

/// Refuses requests to Roost's own API from clients that may not use it. Paths for load balancers, Prometheus, and shells that
/// set up AWS clients are open to everyone, because they return no secrets.
struct NativeAPIGuard: RouterMiddleware {
    let access: NativeAPIAccess

    private static let open: Set = ["/metrics", "/v1/aws", "/v2/health/live", "/v2/health/ready"]

    func handle(
        _ request: Request,
        context: RoutedContext,
        next: (Request, RoutedContext) async throws -> Response
    ) async throws -> Response {
        guard access.admits(context.remoteAddress) || Self.open.contains(request.uri.path) else {
            throw NativeAPIAccess.refusal
        }
        return try await next(request, context)
    }
}

extension SocketAddress {
    fileprivate var isOfThisMachine: Bool {
        guard let text = ipAddress else { return pathname != nil }
        return text == "::1" || text.hasPrefix("127.") || text.lowercased().hasPrefix("::ffff:127.")
    }
}
