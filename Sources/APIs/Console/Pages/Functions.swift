import Definitions
import Foundation
import NativeAPI
import Words

/// Functions: their configuration and log, and a form that sends a test event.
struct FunctionPages: PageGroup {
    let api: ConsoleAPI

    /// The lines of the log that a page shows.
    private static let lineLimit = 200
    /// The longest result or log that is shown, in characters.
    private static let textLimit = 20_000

    var pages: [Page] {
        Page("/console/functions") { try await list($0) }
        Page("/console/functions/{function}", takesForm: true) { try await function($0) }
    }

    // MARK: List

    private struct Row: Sendable {
        var name: String
        var href: String
        var runtime: String
        var handler: String
        var memory: String
        var limit: String
        var note: String
        var changed: Moment
    }

    private struct ListView: Sendable {
        var rows: [Row]
        var isEmpty: Bool
        var pager: Pager
    }

    private func list(_ request: PageRequest) async throws -> PageContent {
        let query = ["limit": String(Pager.limit), "offset": String(request.offset)]
        let found = try await api.get("/v1/functions", query, as: FunctionList.self)
        var content = PageContent(
            template: "functions",
            title: "Functions",
            place: .functions,
            body: ListView(
                rows: found.functions.map { function in
                    Row(
                        name: function.name,
                        href: Links.page("functions", function.name),
                        runtime: function.runtime,
                        handler: function.handler,
                        memory: Numbers.count(function.memoryMegabytes),
                        limit: Span.chosen(function.timeoutSeconds),
                        note: function.description,
                        changed: Moment(function.modifiedAt)
                    )
                },
                isEmpty: found.functions.isEmpty,
                pager: try Pager(request, shown: found.functions.count, total: found.total)
            )
        )
        content.summary =
            "Code that runs on demand, or as a step of a pipeline. Programs reach it through the Lambda API."
        content.refresh = 5
        content.code = [
            CodeLine(
                curl: "curl -s " + Quoted.url("/v1/functions", request.page),
                python: "client.functions()",
                roost: "roost function list"
            )
        ]
        return content
    }

    // MARK: One function

    /// What came of a test event.
    private struct Outcome: Sendable {
        var state: Status
        var version: String
        var invocation: String
        var duration: String
        var result: String
        var log: String
    }

    private struct VersionRow: Sendable {
        var version: String
        var aliases: String
        var size: String
        var digest: String
        var made: Moment
    }

    private struct FunctionView: Sendable {
        var action: String
        var event: String
        var eventError: String
        var outcome: Outcome?
        var hasNoOutcome: Bool
        var facts: [Detail]
        var environment: [Detail]
        var hasEnvironment: Bool
        var versions: [VersionRow]
        var log: String
        var logNote: String
    }

    private func function(_ request: PageRequest) async throws -> PageContent {
        let name = request.parameter("function")
        let path = "/v1/functions/\(ConsoleAPI.escaped(name))"
        let function = try await api.get(path, as: FunctionDescription.self)
        let isSent = request.request.method == .post
        var view = FunctionView(
            action: Links.page("functions", name) + "#test",
            event: isSent ? request.field("event") : "{}",
            eventError: "",
            hasNoOutcome: true,
            facts: Self.facts(function),
            environment: function.environment.sorted { $0.key < $1.key }.map {
                Detail(term: $0.key, content: $0.value)
            },
            hasEnvironment: !function.environment.isEmpty,
            versions: Self.versions(function),
            log: "",
            logNote: ""
        )
        if isSent { try await test(path, &view) }
        let log = try await api.get(path + "/logs", ["limit": String(Self.lineLimit)], as: FunctionLog.self)
        view.log = String(
            log.events.map { "\(Moment.clock($0.time))  \($0.message)\n" }.joined().suffix(Self.textLimit)
        )
        view.logNote =
            log.events.count == Self.lineLimit ? "the last \(Self.lineLimit) lines, clock in UTC" : "clock in UTC"
        var content = PageContent(template: "function", title: name, place: .functions, body: view)
        content.trail = [Link(text: "Functions", href: Links.page("functions"))]
        content.summary =
            "\(function.runtime), \(function.memoryMegabytes)\u{00A0}MB, at most \(Span.chosen(function.timeoutSeconds))."
            + (function.description.isEmpty ? "" : " \(function.description)")
        // A page with an answer stays as it is.
        content.refresh = isSent ? nil : 5
        content.code = [
            Self.invocation(of: name, path, view.event),
            CodeLine(
                curl: "curl -s $ROOST_URL\(path)/logs",
                python: "client.function(\"\(name)\").logs()",
                roost: "roost function logs \(name)"
            ),
        ]
        return content
    }

    /// The longest event that a code line has, in bytes.
    private static let eventLimit = 4000

    /// What sends the event of the form, or an empty one if that is not JSON or too long for a line.
    private static func invocation(of name: String, _ path: String, _ typed: String) -> CodeLine {
        let isEvent = typed.utf8.count <= eventLimit && JSONText.problem(in: typed) == nil
        let event = isEvent ? typed.trimmingCharacters(in: .whitespacesAndNewlines) : "{}"
        return CodeLine(
            curl: Quoted.curl("POST", path + "/invocations", event),
            python: "client.function(\(Quoted.json(name))).invoke(\(Quoted.python(event)))",
            roost: "roost function invoke" + Quoted.operands(name, event)
        )
    }

    /// Sends the event of the form, and shows what came of it.
    private func test(_ path: String, _ view: inout FunctionView) async throws {
        let event = Data(view.event.utf8)
        if let problem = JSONText.problem(in: view.event) {
            view.eventError = "\(problem). Expected JSON, such as {\"name\": \"value\"}."
            return
        }
        let begin = ContinuousClock.now
        do {
            let reply = try await api.caller.call(.post, path + "/invocations", query: ["log": "true"], body: event)
            guard case .bytes(let bytes) = reply.body else { return }
            let answer = try FunctionInvocation(json: Data(bytes))
            let elapsed = (ContinuousClock.now - begin) / Duration.milliseconds(1)
            let result = answer.result.map { String(decoding: $0, as: UTF8.self) } ?? ""
            view.outcome = Outcome(
                state: answer.failed ? Status(.bad, "Failed") : Status(.ok, "Returned"),
                version: answer.version ?? "",
                invocation: answer.id,
                duration: Numbers.with("ms", Numbers.measure(elapsed)),
                result: String(result.prefix(Self.textLimit)),
                log: String((answer.log ?? "").suffix(Self.textLimit))
            )
            view.hasNoOutcome = false
        } catch {
            // What is not an error for users is the page's.
            guard let problem = RoostError(operation: error) else { throw error }
            view.eventError = problem.message
        }
    }

    private static func facts(_ function: FunctionDescription) -> [Detail] {
        var facts = [
            Detail(term: "Runtime", content: function.runtime), Detail(term: "Handler", content: function.handler),
            Detail(term: "Memory", content: "\(Numbers.count(function.memoryMegabytes))\u{00A0}MB"),
            Detail(term: "Storage", content: "\(Numbers.count(function.storageMegabytes))\u{00A0}MB"),
            Detail(term: "Time limit", content: Span.chosen(function.timeoutSeconds)),
            Detail(
                term: "Concurrency",
                content: function.concurrency.map {
                    $0 == 0 ? "0; all events are refused" : "\(Numbers.count($0, "event")) at once"
                }
                    ?? "the limit of the server"
            ),
            Detail(
                term: "Code",
                content: "\(Numbers.bytes(function.code.byteCount)), SHA-256 \(function.code.sha256.prefix(12))…"
            ),
        ]
        if !function.layers.isEmpty {
            let layers = function.layers.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
            facts.append(Detail(term: "Layers", content: layers))
        }
        facts += function.urls.map { address in
            Detail(
                term: address.alias.map { "URL of \($0)" } ?? "URL",
                content: "/_aws/lambda-url/\(address.id)/"
                    + (address.authType == "NONE" ? ", open to all" : ", signed requests only")
            )
        }
        return facts
    }

    /// The current code, and the published versions, newest first.
    private static func versions(_ function: FunctionDescription) -> [VersionRow] {
        func row(_ version: String, _ code: FunctionDescription.Code, _ made: Date) -> VersionRow {
            let aliases = function.aliases.filter { $0.version == version || $0.shares[version] != nil }
            return VersionRow(
                version: version,
                aliases: aliases.map { alias in
                    let share = alias.shares[version].map { " (\(Numbers.percent($0)))" } ?? ""
                    return alias.name + share
                }.joined(separator: ", "),
                size: Numbers.bytes(code.byteCount),
                digest: String(code.sha256.prefix(8)),
                made: Moment(made)
            )
        }
        return [row("$LATEST", function.code, function.modifiedAt)]
            + function.versions.suffix(Pager.limit).reversed().map { row($0.version, $0.code, $0.publishedAt) }
    }
}
