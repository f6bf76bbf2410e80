import Definitions
import Hummingbird
import NIOCore

/// Who may use Roost's own API, which asks nobody for a key.
enum OwnAPIAccess: Sendable {
    /// Everybody who reaches the server.
    case everybody
    /// Programs of this machine, a proxy that asks who is there among them: a server that checks the signatures of AWS's APIs
    /// must not do the same work for those who leave theirs out.
    case thisMachine

    func admits(_ address: @autoclosure () -> SocketAddress?) -> Bool {
        self == .everybody || address()?.isOfThisMachine == true
    }

    static let refusal = RoostError(
        .unauthorized,
        "This server checks signatures, and answers its own API to programs on its own machine alone. "
            + "Others come through a proxy there that asks who they are."
    )
}

/// What the router knows of a request.
struct RoutedContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let remoteAddress: SocketAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}

/// Refuses requests to Roost's own API from where they are not answered. Load balancers, Prometheus, and shells that set up
/// clients of AWS's APIs are let in: what they read is no secret.
struct OwnAPIGuard: RouterMiddleware {
    let access: OwnAPIAccess

    private static let open: Set = ["/metrics", "/v1/aws", "/v2/health/live", "/v2/health/ready"]

    func handle(
        _ request: Request,
        context: RoutedContext,
        next: (Request, RoutedContext) async throws -> Response
    ) async throws -> Response {
        guard access.admits(context.remoteAddress) || Self.open.contains(request.uri.path) else {
            throw OwnAPIAccess.refusal
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
