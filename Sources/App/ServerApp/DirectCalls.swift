import AWS
import Access
import Definitions
import Encodings
import Foundation
import Lambda
import NIOCore
import Serving

/// A request for a function that is answered in front of the router, whose threads would cost as much as a warm function takes.
///
/// The task that answers it runs on the event loop that read it.
protocol DirectCall: CollectedCall {
    /// What the request is for, if that is public. The guard must have come to the same result.
    var route: PublicRoute? { get }

    func respond(to body: ByteBuffer) async -> InferenceResponse
}

/// Recognizes direct calls: invocations of functions, and calls of APIs and function URLs by their paths.
struct DirectCalls: Sendable {
    let dispatcher: AWSDispatcher
    let apis: APIRoutes
    let policy: AccessPolicy

    /// Larger bodies take so long to be read that they would hold up other requests of an event loop.
    static let bodyLimit = 64 << 10

    func call(_ head: InferenceHead, from client: () -> SocketAddress?) -> (any DirectCall)? {
        if let part = head.pathPart(after: "/2015-03-31/functions/", before: "/invocations") {
            // Signatures are verified by the router.
            guard policy.isOpen, !part.isEmpty, !part.contains(UInt8(ascii: "/")) else { return nil }
            let request = HeadCopy(head)
            // The path says nothing about a host that only leads to what is public.
            guard PublicRoute(host: request.header("host") ?? "", path: request.path) == nil else { return nil }
            guard let scope = CredentialScope(query: request.query, header: request.header), scope.service == "lambda"
            else { return nil }
            return Invocation(dispatcher, request, AWSCaller(scope))
        }
        guard head.path.starts(with: PublicRoute.apiPath.utf8) || head.path.starts(with: PublicRoute.functionPath.utf8)
        else { return nil }
        let request = HeadCopy(head)
        guard let route = PublicRoute(host: request.header("host") ?? "", path: request.path) else { return nil }
        // Signatures are verified by the router.
        if case .functionURL = route, request.isSigned { return nil }
        return PublicCall(apis, route, request, client()?.ipAddress)
    }
}

/// What a direct call keeps of the head of its request.
private struct HeadCopy: Sendable {
    let path: String
    let query: String
    let fields: [(name: String, value: String)]
    /// The names of the fields in lower case.
    private let names: [String]

    init(_ head: InferenceHead) {
        path = String(decoding: head.path, as: UTF8.self)
        query = String(decoding: head.query, as: UTF8.self)
        fields = head.fields.map { (String(decoding: $0.name, as: UTF8.self), $0.text) }
        names = fields.map { $0.name.lowercased() }
    }

    /// - Parameter name: In lower case.
    func header(_ name: String) -> String? { names.firstIndex(of: name).map { fields[$0].value } }

    var isSigned: Bool { PublicRoute.claimsSignature(authorization: header("authorization"), target: query) }
}

/// Invokes a function as Lambda does.
private final class Invocation: DirectCall {
    let bodyLimit = LambdaService.description.bodyLimit
    let route: PublicRoute? = nil
    private let dispatcher: AWSDispatcher
    private let head: HeadCopy
    private let caller: AWSCaller

    init(_ dispatcher: AWSDispatcher, _ head: HeadCopy, _ caller: AWSCaller) {
        self.dispatcher = dispatcher
        self.head = head
        self.caller = caller
    }

    func respond(to body: ByteBuffer) async -> InferenceResponse {
        let answer = await dispatcher.respond(
            rest: LambdaService.description.name,
            method: "POST",
            path: head.path,
            query: head.query,
            header: head.header,
            body: Data(body.readableBytesView),
            caller: caller,
            requestID: UniqueID.make()
        )
        return InferenceResponse(answer)
    }

    func encode(_ error: RoostError) -> InferenceResponse {
        let code = error.code == .tooLarge ? "RequestEntityTooLargeException" : "ServiceException"
        let problem = AWSError(code, error.message, status: error.httpStatus)
        return InferenceResponse(AWSErrorShape.rest.answer(problem, requestID: ""))
    }
}

/// Calls an API or a function's URL.
private final class PublicCall: DirectCall {
    var bodyLimit: Int? { apis.bodyLimit(of: called) }
    var route: PublicRoute? { called }
    private let apis: APIRoutes
    private let called: PublicRoute
    private let head: HeadCopy
    private let client: String?

    init(_ apis: APIRoutes, _ route: PublicRoute, _ head: HeadCopy, _ client: String?) {
        self.apis = apis
        called = route
        self.head = head
        self.client = client
    }

    func respond(to body: ByteBuffer) async -> InferenceResponse {
        let request = APIRoutes.Call(
            method: "POST",
            query: head.query,
            headers: head.fields,
            host: head.header("host") ?? "",
            client: client,
            body: Data(body.readableBytesView)
        )
        return InferenceResponse(await apis.answer(to: request, on: called) { false })
    }

    func encode(_ error: RoostError) -> InferenceResponse { InferenceResponse(APIRoutes.answer(to: error, on: called)) }
}

extension InferenceResponse {
    fileprivate init(_ answer: AWSResponse) {
        self.init(status: answer.status, body: ByteBuffer(bytes: answer.body))
        contentType = answer.contentType
        headers = answer.headers.map { ($0.key, $0.value) }
    }

    fileprivate init(_ answer: APIRoutes.Answer) {
        self.init(status: answer.status, body: ByteBuffer(bytes: answer.body))
        // It is one of the headers.
        contentType = ""
        headers = answer.headers
    }
}

/// Runs the jobs of a task on an event loop.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
