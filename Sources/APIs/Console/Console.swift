package import Definitions
import Foundation
import Mustache
package import NativeAPI

/// The web console: pages for people, made of what the native API answers.
///
/// Every page is complete without a script. It is rendered for each request and never cached, and every name in it is text: the
/// templates escape what they insert.
package struct Console: Sendable {
    /// The path below which all pages are, except the first one, which is at `/`.
    package static let root = "/console"

    let api: ConsoleAPI
    let sessions = ConsoleSessions()
    private let version: String
    private let templates: Templates
    private let pages: [Page]
    private let actions: [Action]
    private let feeds: [Feed]
    /// Words an error that was thrown at a path, and logs it if it is not one for users.
    private let describe: @Sendable (_ error: any Error, _ path: String) -> RoostError

    /// - Parameters:
    ///   - operations: The operations of the server.
    ///   - version: The server's release.
    ///   - infer: Runs a pipeline on the body of a native inference request.
    ///   - describe: Words an error that was thrown at a path, and logs it if it is not one for users.
    package init(
        operations: [APIOperation],
        version: String,
        infer: @escaping ConsoleAPI.Infer,
        describe: @escaping @Sendable (_ error: any Error, _ path: String) -> RoostError
    ) throws {
        self.describe = describe
        api = ConsoleAPI(caller: OperationCaller(operations), infer: infer)
        self.version = version
        templates = try Templates()
        let groups: [any PageGroup] = [
            HomePages(api: api), PipelinePages(api: api), SearchPages(api: api),
            EndpointPages(api: api), FunctionPages(api: api), GatewayPages(api: api),
            ExperimentPages(api: api), ShadowPages(api: api), ReleasePages(api: api),
            LogPages(api: api), DriftPages(api: api),
            ModelPages(api: api), SuitePages(api: api), JobPages(api: api), LoopPages(api: api),
            BucketPages(api: api),
        ]
        pages = groups.flatMap(\.pages)
        actions = groups.flatMap(\.actions)
        feeds = groups.flatMap(\.feeds)
    }

    /// Whether a path is the console's.
    package static func owns(_ path: some StringProtocol) -> Bool {
        path == "/" || path == root || path.hasPrefix(root + "/") || path == Asset.iconPath
    }

    /// The most bytes of a form that something of the console takes.
    ///
    /// - Parameter path: Percent-encoded.
    /// - Throws: ``RoostError`` if there is nothing that takes a form.
    package func formLimit(at path: String) throws(RoostError) -> Int {
        if path == Self.workspacePath || Self.find(actions, \.path, path) != nil { return Self.actionLimit }
        let page = Self.find(pages, \.path, path)?.0
        if page?.takesForm == true { return APIOperation.definitionLimit }
        guard page == nil, Self.find(feeds, \.path, path) == nil, Asset.named(path) == nil else {
            throw Self.takesNoForm
        }
        throw Self.noPage(path)
    }

    /// Responds to a request whose body was not read.
    package func refuse(_ request: ConsoleRequest, _ error: RoostError) async -> ConsoleResponse {
        await failure(error, PageRequest(request, [:], workspace: await api.workspace(request)))
    }

    /// The most bytes of the form of an action, whose fields are names, numbers and reasons.
    private static let actionLimit = 256 << 10
    private static let workspacePath = root + "/workspace"
    private static let takesNoForm = RoostError(.methodNotAllowed, "POST is not allowed here; use GET.")

    private static func noPage(_ path: String) -> RoostError {
        RoostError(.notFound, "There is no page at '\(path.prefix(120))'.")
    }

    package func respond(to request: ConsoleRequest) async -> ConsoleResponse {
        if let asset = Asset.named(request.path) { return asset.response(ifNoneMatch: request.ifNoneMatch) }
        if let (feed, parameters) = Self.find(feeds, \.path, request.path) {
            return await feed.response(to: PageRequest(request, parameters, workspace: ""), describe)
        }
        let workspace = await api.workspace(request)
        do {
            return try await answer(request, workspace)
        } catch let other as Elsewhere {
            return .redirect(to: other.href)
        } catch {
            return await failure(describe(error, request.path), PageRequest(request, [:], workspace: workspace))
        }
    }

    private func answer(_ request: ConsoleRequest, _ workspace: String) async throws -> ConsoleResponse {
        // A slash at the end would be an empty name.
        if request.path.count > 1, request.path.hasSuffix("/"), let other = otherPage(for: request) {
            return .redirect(to: other)
        }
        if let (action, parameters) = Self.find(actions, \.path, request.path) {
            let call = PageRequest(request, parameters, workspace: workspace)
            guard request.method == .post else {
                return try await ask(action, call, error: nil)
            }
            try sessions.check(request)
            do {
                let question = try await action.question(call)
                try question.check(request.form)
                if let reason = try await action.whyNot(call) { throw RoostError(.conflict, reason) }
                return .redirect(to: try await action.act(call))
            } catch {
                return try await ask(action, call, error: describe(error, request.path))
            }
        }
        if request.method == .post, request.path == Self.workspacePath {
            return try await chooseWorkspace(request)
        }
        guard let (page, parameters) = Self.find(pages, \.path, request.path) else {
            if let other = otherPage(for: request) { return .redirect(to: other) }
            throw Self.noPage(request.path)
        }
        if request.method == .post {
            guard page.takesForm else { throw Self.takesNoForm }
            try sessions.check(request)
        }
        let call = PageRequest(request, parameters, workspace: workspace)
        return try await render(page.render(call), call)
    }

    /// The address of the page that was meant, with the query; `nil` if none is known.
    private func otherPage(for request: ConsoleRequest) -> String? {
        guard request.method == .get, let other = OtherAddresses.page(for: request.path) else { return nil }
        let query = request.query.filter { !$0.value.isEmpty }
        return query.isEmpty || other.contains("#") ? other : "\(other)?\(Links.query(query))"
    }

    /// Shows the question of an action, after a failed try with its error.
    private func ask(_ action: Action, _ call: PageRequest, error: RoostError?) async throws -> ConsoleResponse {
        let question = try await action.question(call)
        let refusal = try await action.whyNot(call) ?? ""
        var content = PageContent(
            template: "question",
            title: question.title,
            place: question.place,
            body: QuestionView(question, call, refusal: refusal, error: error)
        )
        content.trail = question.trail
        content.code = question.code
        return try await render(content, call, status: error?.httpStatus ?? 200)
    }

    private struct Problem: Sendable {
        var message: String
        /// The list in which the thing would be; empty if the path is in no place.
        var listHref: String
        var listText: String
    }

    private func failure(_ error: RoostError, _ call: PageRequest) async -> ConsoleResponse {
        let title =
            switch error.code {
            case .notFound: "Not found"
            case .forbidden, .unauthorized: "Not allowed"
            default: "This page could not be shown"
            }
        let place = Place(path: call.request.path)
        let content = PageContent(
            template: "problem",
            title: title,
            place: place,
            body: Problem(message: error.message, listHref: place?.href ?? "", listText: place?.listText ?? "")
        )
        do {
            return try await render(content, call, status: error.httpStatus)
        } catch {
            return ConsoleResponse(status: 500, body: Array("Internal error. See the server log.".utf8))
        }
    }

    private func render(
        _ content: PageContent,
        _ call: PageRequest,
        status: Int = 200
    ) async throws -> ConsoleResponse {
        let request = call.request
        let (session, isNew) = sessions.session(of: request)
        // A page is worth more than the counts beside it.
        var overview = content.overview
        if overview == nil { overview = try? await api.get("/v1/overview") }
        let shell = Shell(content, overview: overview, version: version, call, token: sessions.token(of: session))
        var response = ConsoleResponse(
            status: status,
            contentType: "text/html; charset=utf-8",
            body: try templates.render(content.template, shell)
        )
        if isNew { response.headers.append(("set-cookie", sessions.cookie(session))) }
        return response
    }

    /// Returns the first value whose path matches, with the parameters of the path, decoded.
    private static func find<Value>(
        _ values: [Value],
        _ path: (Value) -> PathTemplate,
        _ wanted: String
    ) -> (Value, [String: String])? {
        for value in values {
            if let parameters = path(value).parameters(of: wanted) { return (value, parameters) }
        }
        return nil
    }
}
