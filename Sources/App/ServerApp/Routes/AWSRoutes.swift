import AWS
import Access
import Definitions
import Encodings
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Platform
import S3
import SageMakerRuntime
import Serving

/// Dispatches requests in one of AWS's protocols to their services, before the router sees their paths.
struct AWSRoutes<Context: RequestContext>: RouterMiddleware {
    let dispatcher: AWSDispatcher
    let s3: S3Routes
    let serving: Serving
    let runtime: SageMakerRuntime
    let policy: AccessPolicy
    let budget: BodyBudget
    private let directory = AWSRegistry.directory

    init(
        dispatcher: AWSDispatcher,
        s3: S3Routes,
        serving: Serving,
        runtime: SageMakerRuntime,
        policy: AccessPolicy,
        budget: BodyBudget
    ) {
        self.dispatcher = dispatcher
        self.s3 = s3
        self.serving = serving
        self.runtime = runtime
        self.policy = policy
        self.budget = budget
    }

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let header: (String) -> String? = { name in
            name == "host" ? request.head.authority : HTTPField.Name(name).flatMap { request.headers[$0] }
        }
        let kind = directory.kind(
            method: request.method.rawValue,
            path: request.uri.path,
            query: request.uri.query ?? "",
            header: header
        )
        let admission = Admission(of: request.headers)
        if admission == .preflight { return await s3.preflight(request) }
        let isForS3 = kind == .s3 || kind == .s3Form
        guard isForS3 || admission == nil else {
            return response(AWSErrorShape.s3.answer(Self.onlyS3, requestID: ""), "")
        }
        guard let kind else { return try await next(request, context) }
        guard isForS3, request.headers[.origin] != nil || admission == .rule else {
            return await respond(to: request, kind, header, context)
        }
        // The rules come before anything else happens.
        let grant: CORSGrant?
        do {
            grant = try await s3.grant(request, isForm: kind == .s3Form, isRequired: admission == .rule)
        } catch {
            return refusal(error, of: request, kind, header, context)
        }
        var answer = await respond(to: request, kind, header, context, isFromAllowedPage: grant != nil)
        for (name, value) in grant?.responseHeaders ?? [] {
            if let name = HTTPField.Name(name) { answer.headers[name] = value }
        }
        return answer
    }

    private static var onlyS3: AWSError {
        AWSError("AccessDenied", "Requests from web pages of other origins are only allowed to S3.", status: 403)
    }

    /// - Parameter isFromAllowedPage: Whether a CORS rule allows the page that sent the request, if a page did.
    private func respond(
        to request: Request,
        _ kind: AWSProtocol,
        _ header: @escaping (String) -> String?,
        _ context: Context,
        isFromAllowedPage: Bool = false
    ) async -> Response {
        let queryText = request.uri.query ?? ""
        let caller = AWSCaller(CredentialScope(query: queryText, header: header))
        let requestID = UniqueID.make()
        let shape = directory.errorShape(of: kind, header: header)
        let signingName = directory.signingName(of: kind)
        @discardableResult
        func admit(_ body: Data?) async throws -> ChunkSignatures? {
            // Without verification, signatures cost nothing.
            guard !policy.isOpen, kind != .usageData else { return nil }
            return try await policy.admit(SignedRequest(request), for: signingName, body: body, shape: shape)
        }
        func admitHead() async throws {
            guard !policy.isOpen else { return }
            try await policy.admitHead(of: SignedRequest(request), for: signingName, shape: shape)
        }
        do {
            switch kind {
            case .json(let target, let operation):
                try await admitHead()
                let body = try await body(of: request) { try await admit($0) }
                let answer = await dispatcher.respond(
                    target: target,
                    operation: operation,
                    caller: caller,
                    body: body.data
                )
                return response(answer, requestID)
            case .query(let service):
                try await admitHead()
                let body = try await body(of: request) { try await admit($0) }.data
                let answer = await dispatcher.respond(
                    service: service,
                    method: request.method.rawValue,
                    query: queryText,
                    body: body,
                    caller: caller,
                    requestID: requestID
                )
                return response(answer, requestID)
            case .s3:
                let chunkSignatures = try await admit(nil)
                return await s3.respond(to: request, region: caller.region, chunkSignatures: chunkSignatures)
            case .s3Form:
                return await s3.respond(
                    to: request,
                    region: caller.region,
                    chunkSignatures: nil,
                    form: policy,
                    isFromAllowedPage: isFromAllowedPage
                )
            case .rest(SageMakerRuntime.description.name):
                try await admitHead()
                return try await invoke(request) { try await admit($0) }
            case .rest(let service):
                try await admitHead()
                let limit = directory[service]?.bodyLimit ?? Request.controlBodyLimit
                // Until the response, because an invocation may wait, and its body counts for the budget.
                let body = try await body(of: request, upTo: limit) { try await admit($0) }
                defer { withExtendedLifetime(body) {} }
                let answer = await dispatcher.respond(
                    rest: service,
                    method: request.method.rawValue,
                    path: request.uri.path,
                    query: queryText,
                    header: header,
                    body: body.data,
                    caller: caller,
                    requestID: requestID
                )
                return response(answer, requestID)
            case .usageData: return Response(status: .ok)
            case .unknown(let service):
                try await admitHead()
                // The body is ignored, but reading it keeps the connection usable.
                _ = try await body(of: request) { try await admit($0) }
                throw AWSError(
                    "UnknownOperationException",
                    "This operation of '\(service.prefix(60))' is not supported by this server."
                )
            }
        } catch {
            return refusal(error, of: request, kind, header, context)
        }
    }

    /// Words an error in the format of a request's protocol.
    private func refusal(
        _ error: any Error,
        of request: Request,
        _ kind: AWSProtocol,
        _ header: (String) -> String?,
        _ context: Context
    ) -> Response {
        let requestID = UniqueID.make()
        let shape = directory.errorShape(of: kind, header: header)
        if let error = error as? AWSError {
            var answer = response(shape.answer(error, requestID: requestID), requestID)
            // Do not read the rest of a refused body.
            if error.status == 413 || kind == .s3 || kind == .s3Form { answer.headers[.connection] = "close" }
            return answer
        }
        if error.isBrokenRequest {
            let error = AWSError("InvalidRequest", "The request is not valid HTTP, or ends early.")
            var answer = response(shape.answer(error, requestID: requestID), requestID)
            answer.headers[.connection] = "close"
            return answer
        }
        context.logger.error(
            "Request failed",
            metadata: ["request.id": "\(requestID)", "error": "\(error)", "path": "\(request.uri.path)"]
        )
        let error =
            RoostError(diskFull: error).map(AWSError.init)
            ?? AWSError("InternalFailure", "Internal error. See the server log.", status: 500)
        return response(shape.answer(error, requestID: requestID), requestID)
    }

    /// Reads and decompresses the body. `admit` gets the body as it was sent, which is what the signature covers.
    private func body(
        of request: Request,
        upTo limit: Int = Request.controlBodyLimit,
        _ admit: (Data) async throws -> Void
    ) async throws -> CollectedBody {
        do {
            let sent = try await request.collectBody(upTo: limit, budget)
            try await admit(sent.data)
            return try sent.unpacked(request.headers[.contentEncoding], upTo: limit)
        } catch let error as RoostError {
            switch error.code {
            case .tooLarge: throw AWSError("RequestEntityTooLargeException", error.message, status: 413)
            case .unavailable: throw AWSError("ServiceUnavailable", error.message, status: 503)
            case .unsupportedMediaType: throw AWSError("UnsupportedMediaTypeException", error.message, status: 415)
            default: throw AWSError("SerializationException", error.message)
            }
        }
    }

    private func response(_ answer: AWSResponse, _ requestID: String) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = answer.contentType
        if let name = HTTPField.Name("x-amzn-RequestId") { headers[name] = requestID }
        for (name, value) in answer.headers { if let name = HTTPField.Name(name) { headers[name] = value } }
        let body = ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
        return Response(status: .init(code: answer.status), headers: headers, body: body)
    }
}

extension SignedRequest {
    init(_ request: Request) {
        var headers: [String: String] = [:]
        for field in request.headers {
            let name = field.name.canonicalName
            headers[name] = headers[name].map { "\($0),\(field.value)" } ?? field.value
        }
        headers["host"] = request.head.authority
        let target = (request.head.path ?? "/").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            method: request.method.rawValue,
            path: String(target[0]),
            query: target.count > 1 ? String(target[1]) : "",
            headers: headers
        )
    }
}
