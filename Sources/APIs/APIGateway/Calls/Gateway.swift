import AWS
import Definitions
import Encodings
import Foundation
package import Logging
package import Outgoing

/// Answers calls of deployed APIs.
package struct Gateway: Sendable {
    /// Maximum bytes of a request's body.
    package static let bodyLimit = 10 << 20
    /// Maximum bytes of a function's event.
    static let eventLimit = 6 << 20

    /// How many servers a request may have passed before it is passed on. An API that calls itself would not end.
    private static let hopLimit = 20

    let store: APIStore
    let outgoing: OutgoingClient
    let logger: Logger
    let limits = RateLimits()
    private let invokeFunction: InvokeFunction
    private let noteForFunction: NoteForFunction
    private let watch = Stopwatch()

    package init(
        store: APIStore,
        outgoing: OutgoingClient,
        logger: Logger,
        invoke: @escaping InvokeFunction,
        note: @escaping NoteForFunction
    ) {
        self.store = store
        self.outgoing = outgoing
        self.logger = logger
        invokeFunction = invoke
        noteForFunction = note
    }

    package func respond(to request: GatewayRequest) async -> GatewayResponse {
        let ids = CallIDs()
        do {
            if let api = try await store.rest.find(request.api) {
                return ids.finish(await respond(to: request, of: api, ids), request.method)
            }
            if let api = try await store.http.find(request.api) {
                return ids.finish(await respond(to: request, of: api, ids), request.method, isOfHTTPAPI: true)
            }
        } catch {
            logger.error("API could not be read", metadata: ["api": "\(request.api)", "error": "\(error)"])
            return ids.finish(GatewayFault.failed.restResponse, request.method)
        }
        return ids.finish(GatewayFault.forbidden.restResponse, request.method)
    }

    /// Seconds since the gateway was made.
    var clock: Double { Double(watch.nanoseconds) / 1e9 }

    /// Invokes a function, and waits as long as the integration allows.
    func invoke(
        _ function: String,
        _ event: Data,
        milliseconds: Int,
        api: String
    ) async throws(GatewayFault) -> FunctionResult {
        guard event.count <= Self.eventLimit else { throw .requestTooLong }
        let result: FunctionResult?
        do {
            // Between 50 and 30,000.
            result = try await invokeFunction(function, event, .milliseconds(milliseconds))
        } catch is CancellationError {
            // The client has gone.
            throw .failed
        } catch {
            logger.warning(
                "Function behind an API could not be invoked",
                metadata: ["api": "\(api)", "function": "\(function)", "error": "\(error)"]
            )
            // A throttled function is an answer of the integration, if a bad one.
            throw (error as? RoostError)?.code == .busy ? .badAnswer : .failed
        }
        guard let result else {
            await note(function, "API Gateway stopped waiting after \(milliseconds) ms. The function may still run.")
            throw .timedOut
        }
        return result
    }

    /// Writes a line to a function's log.
    func note(_ function: String, _ line: String) async { await noteForFunction(function, line) }

    /// Tells a function's author why its answer cannot be used.
    func report(
        _ problem: ProxyAnswerProblem,
        _ payload: Data,
        expected: String,
        function: String,
        api: String
    ) async {
        logger.notice(
            "Malformed answer of a function behind an API",
            metadata: ["api": "\(api)", "function": "\(function)", "reason": "\(problem.reason)"]
        )
        await note(function, problem.note(payload: payload, expected: expected))
    }

    /// Calls a server outside.
    func send(_ request: OutgoingRequest, api: String) async throws(GatewayFault) -> OutgoingResponse {
        let hops = request.headers.filter { $0.name.lowercased() == "x-forwarded-for" }
        guard hops.reduce(0, { $0 + $1.value.count { $0 == "," } }) < Self.hopLimit else {
            logger.warning("HTTP integration of an API leads back to itself", metadata: ["api": "\(api)"])
            throw .failed
        }
        do {
            let response = try await outgoing.send(request)
            guard (200...599).contains(response.status) else { throw GatewayFault.badAnswer }
            return response
        } catch let fault as GatewayFault {
            throw fault
        } catch is CancellationError {
            throw .failed
        } catch {
            // The URL may hold what the caller sent, which does not belong in the log.
            let reason = if case .invalidURL = error as? OutgoingError { "invalid URL" } else { "\(error)" }
            logger.warning("HTTP integration of an API failed", metadata: ["api": "\(api)", "error": "\(reason)"])
            if case .timedOut = error as? OutgoingError { throw .timedOut }
            throw .failed
        }
    }
}

/// The identifiers of a call.
struct CallIDs: Sendable {
    let request = UniqueID.make()
    /// What API Gateway calls the extended request ID.
    let extended = String(UniqueID.make().filter { $0 != "-" }.prefix(15)) + "="

    /// Adds what every response has. A response to `HEAD` has no body.
    func finish(_ response: GatewayResponse, _ method: String, isOfHTTPAPI: Bool = false) -> GatewayResponse {
        var response = response
        let own = isOfHTTPAPI ? ["apigw-requestid"] : ["x-amzn-requestid", "x-amz-apigw-id"]
        response.headers.removeAll { own.contains($0.name.lowercased()) }
        if isOfHTTPAPI {
            response.headers.append(("Apigw-Requestid", extended))
        } else {
            response.headers.append(("x-amzn-RequestId", request))
            response.headers.append(("x-amz-apigw-id", extended))
        }
        if method == "HEAD" || response.status == 204 || response.status == 304 { response.body = Data() }
        return response
    }
}
