import Console
import Definitions
import Foundation
import Functions
import HTTPTypes
import Hummingbird
import Jobs
import Logging
import NIOHTTP1
import NativeAPI
import Platform
import Serving

extension Error {
    /// Whether a request could not be read completely: it is not valid HTTP, or its connection ended.
    var isBrokenRequest: Bool { self is HTTPParserError }
}

extension RoostError {
    /// Words what was thrown, and logs it if it is not an error for users.
    init(thrown error: any Error, path: String, _ logger: Logger) {
        if let error = RoostError(operation: error) {
            self = error
        } else if let full = RoostError(diskFull: error) {
            logger.error("The disk is full", metadata: ["path": "\(path)"])
            self = full
        } else if error.isBrokenRequest {
            self.init(.invalidInput, "The request is not valid HTTP, or ends early.")
        } else {
            // Only the log says what happened.
            logger.error("Request failed", metadata: ["error": "\(error)", "path": "\(path)"])
            self.init(.internalError, "Internal error. See the server log.")
        }
    }
}

/// Turns errors into responses in the format of the requested API. This is the only place where an error gets its status.
struct ErrorMiddleware<Context: RequestContext>: RouterMiddleware {
    let operations: [APIOperation]

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            // The router ignores empty path segments, but only documented paths may match. The console leads to the page that is
            // meant.
            let path = request.uri.path
            if path.contains("//") || path.count > 1 && path.hasSuffix("/") && !Console.owns(path) {
                throw nothing(at: path)
            }
            return try await next(request, context)
        } catch {
            return answer(to: request, describe(error, request, context), isBroken: error.isBrokenRequest)
        }
    }

    private func describe(_ error: any Error, _ request: Request, _ context: Context) -> RoostError {
        if let error = error as? any HTTPResponseError, error.status == .notFound {
            let methods = operations.methods(matching: request.uri.path)
            if !methods.isEmpty {
                let known = Set(methods).sorted().joined(separator: ", ")
                return RoostError(
                    .methodNotAllowed,
                    "\(request.method) is not allowed here; use \(known).",
                    field: "method"
                )
            }
            return nothing(at: request.uri.path)
        }
        if let error = error as? any HTTPResponseError, error.status.kind == .clientError {
            return RoostError(.invalidInput, "The request cannot be read (HTTP \(error.status.code)).")
        }
        return RoostError(thrown: error, path: request.uri.path, context.logger)
    }

    private func nothing(at path: String) -> RoostError {
        RoostError(.notFound, "There is nothing at '\(path.prefix(120))'. See /openapi.json for the available paths.")
    }

    private func answer(to request: Request, _ error: RoostError, isBroken: Bool) -> Response {
        let answer = InferenceService.response(error, path: request.uri.path)
        var response = Response(json: Array(answer.body.readableBytesView), status: .init(code: answer.status))
        if let seconds = answer.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
        if error.code == .methodNotAllowed {
            response.headers[.allow] = Set(operations.methods(matching: request.uri.path)).sorted().joined(
                separator: ", "
            )
        }
        // Do not read the rest of a refused body. What saw the end of a connection has used it up.
        let endsConnection = operations.contains { $0.endsWithClient && $0.path == request.uri.path }
        if error.code == .tooLarge || isBroken || endsConnection { response.headers[.connection] = "close" }
        return response
    }
}
