import HTTPTypes
import Hummingbird
import Processes

/// Returns freed memory to the system after requests with large bodies.
///
/// A parsed body takes many times its size in small pieces. The allocator would keep them, once for each heap.
struct MemoryReturn<Context: RequestContext>: RouterMiddleware {
    /// A smaller body is not worth it. Inferences are answered elsewhere; their buffers are meant to be reused.
    private static var largeBody: Int { 16 << 10 }

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        defer { if Self.mayBeLarge(request) { FreedMemory.shared.giveBackSoon() } }
        return try await next(request, context)
    }

    private static func mayBeLarge(_ request: Request) -> Bool {
        guard [.post, .put, .patch].contains(request.method) else { return false }
        // Without a length, the body comes in chunks. A compressed one is larger than its length.
        guard let length = request.headers[.contentLength].flatMap({ Int($0) }) else { return true }
        return length >= largeBody || length > 0 && request.headers[.contentEncoding] != nil
    }
}
