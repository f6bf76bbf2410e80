import Definitions
import Foundation
package import Functions
import WorkThreads

/// The operations on functions.
package struct FunctionOperations: OperationGroup {
    let functions: FunctionService

    /// The largest archive in Base64, and what else a definition may have.
    private static let definitionLimit = 72 << 20
    private static let lineLimit = 1...10_000

    package init(functions: FunctionService) { self.functions = functions }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/functions",
            id: "listFunctions",
            "List the functions",
            query: .page,
            returns: FunctionList.self
        ) { call in
            let (found, total) = try call.page(of: functions.all(), by: \.name)
            return FunctionList(functions: found.map(FunctionDescription.init), total: total)
        }

        APIOperation(
            .get,
            "/v1/functions/{function}",
            id: "getFunction",
            "Get a function: its configuration, versions, aliases and URLs",
            returns: FunctionDescription.self
        ) { call in FunctionDescription(try functions.function(named: call.parameter("function"))) }

        APIOperation(
            .put,
            "/v1/functions/{function}",
            id: "putFunction",
            "Create a function, or change its code and configuration",
            body: FunctionDefinition.self,
            bodyLimit: Self.definitionLimit,
            returns: FunctionDescription.self,
            orCreates: "The function is new"
        ) { call, definition in
            let (function, isNew) = try await functions.put(call.parameter("function"), definition.change())
            return (FunctionDescription(function), isNew)
        }

        APIOperation(
            .delete,
            "/v1/functions/{function}",
            id: "deleteFunction",
            "Delete a function with all its versions; its log stays",
            returns: FunctionDescription.self
        ) { call in
            let name = try call.parameter("function")
            let function = try functions.function(named: name)
            try await functions.remove(name)
            return FunctionDescription(function)
        }

        invocation

        APIOperation(
            .get,
            "/v1/functions/{function}/code",
            id: "downloadFunctionCode",
            "Download the zip archive with a function's code",
            query: [QueryParameter("version")],
            response: .media("application/zip")
        ) { call in
            let version = try functions.version(call.query("version"), of: call.parameter("function")).version
            return Reply(.file(functions.archivePath(of: version.code)), contentType: "application/zip")
        }

        APIOperation(
            .get,
            "/v1/functions/{function}/logs",
            id: "getFunctionLogs",
            "Get the last lines of a function's log, oldest first",
            query: [
                QueryParameter("since"),
                QueryParameter("limit", .integer(min: Self.lineLimit.lowerBound, max: Self.lineLimit.upperBound)),
                QueryParameter("filter"),
            ],
            returns: FunctionLog.self,
            handler: log
        )

        APIOperation(
            .get,
            "/v1/functions/{function}/events",
            id: "listFunctionEvents",
            "List the accepted events of a function that wait, are being handled, or have failed",
            returns: FunctionEventList.self
        ) { call in
            let events = try await functions.events(of: call.parameter("function"))
            return FunctionEventList(events: events.map(FunctionEventList.Event.init))
        }

        APIOperation(
            .get,
            "/v1/layers/{layer}/versions/{version}/code",
            id: "downloadLayerCode",
            "Download the zip archive with a layer's files",
            response: .media("application/zip")
        ) { call in
            let number = try call.parameter("version")
            // What is not a number is not a version.
            let layer = LayerReference(name: try call.parameter("layer"), number: Int(number) ?? 0)
            let version = try functions.layerVersion(layer)
            return Reply(.file(functions.archivePath(of: version.code)), contentType: "application/zip")
        }
    }

    private var invocation: APIOperation {
        var operation = APIOperation(
            .post,
            "/v1/functions/{function}/invocations",
            id: "invokeFunction",
            "Invoke a function with an event, any JSON document, and return its result",
            query: [
                QueryParameter("version"), QueryParameter("queue", .boolean), QueryParameter("log", .boolean),
            ],
            request: .init(.json(AnyFunctionEvent.self), isRequired: false),
            response: .json(FunctionInvocation.self),
            or: [(.accepted, "The event is handled later")],
            handler: invoke
        )
        operation.bodyLimit = FunctionEvent.payloadLimit
        return operation
    }

    private func invoke(_ call: Call) async throws -> Reply {
        let name = try call.parameter("function")
        let version = call.query("version")
        let answers = [("true", true), ("false", false)]
        let isQueued = try call.choice("queue", answers) ?? false
        // A function that does not exist is reported before its event is read.
        _ = try functions.version(version, of: name)
        var event = FunctionEvent(payload: try await call.body.collect())
        event.wantsLog = try call.choice("log", answers) ?? false
        var result = FunctionInvocation(id: UUID().uuidString.lowercased())
        if isQueued {
            try await functions.enqueue(name, qualifier: version, event, id: result.id)
            return .json(result.json, status: .accepted)
        }
        let outcome = try await functions.invoke(name, qualifier: version, event, id: result.id)
        result.version = outcome.version
        result.failed = outcome.isError
        result.result = outcome.payload
        result.log = outcome.log.map { String(decoding: $0, as: UTF8.self) }
        return .json(result.json)
    }

    private func log(_ call: Call) async throws -> FunctionLog {
        let name = try call.parameter("function")
        let since = try call.time("since")
        let limit = try call.number("limit", Self.lineLimit) ?? 1000
        let filter = call.query("filter")
        let isKnown = (try? functions.function(named: name)) != nil
        return try await offload { [logs = functions.logs] in
            // The log of a function outlives it.
            guard isKnown || logs.functions().contains(name) else {
                throw FunctionProblem.notFound(name: name, qualifier: nil)
            }
            let lines = try logs.lines(of: name, since: since, limit: limit, containing: filter)
            return FunctionLog(
                events: lines.map { .init(time: $0.time, stream: $0.stream, message: $0.message) }
            )
        }
    }
}

extension FunctionDefinition {
    /// Returns the change that the service makes.
    fileprivate func change() throws(RoostError) -> FunctionChange {
        guard code == nil || source == nil else {
            throw RoostError(
                .invalidInput,
                "The definition has both 'code' and 'source'. Pass one of them.",
                field: "source"
            )
        }
        var change = FunctionChange()
        change.runtime = runtime
        change.handler = handler
        change.timeout = timeoutSeconds
        change.memory = memoryMegabytes
        change.storage = storageMegabytes
        change.description = description
        change.environment = environment
        switch concurrency {
        case .standard: change.concurrency = .standard
        case .reserved(let number): change.concurrency = .reserved(number)
        case nil: break
        }
        change.code = code.map { .zip($0) } ?? source.map { .source($0) }
        return change
    }
}
