import Access
import DataFolder
import Definitions
import Encodings
import Files
import Foundation
import HTTPTypes
import Hummingbird
import InferenceLog
import Logging
import NIOCore
import NativeAPI
import OpenInference
import Pipelines
import Platform
import Runtimes
import S3
import SageMaker
import Serving
import Tensors
import WorkThreads

/// All routes except those of the fast path, built from the list of operations.
struct ControlRoutes: Sendable {
    let folder: DataFolder
    let s3: S3Service
    let logger: Logger
    let policy: AccessPolicy
    let access: NativeAPIAccess
    let awsAccess: AWSAccess
    let inference: InferenceService
    let lifecycle: ServerLifecycle
    let isSafeMode: Bool
    let version: String
    let artifactLimit: Int
    let budget: BodyBudget
    /// Problems that the operator should fix.
    let warnings: [String]

    var platform: Platform { folder.platform }
    private var serving: Serving { folder.serving }

    /// Maximum bytes of a control request's body; nobody writes a definition of this size.
    static let bodyLimit = 4 << 20

    func router() -> Router<RoutedContext> {
        let router = Router(context: RoutedContext.self)
        let s3 = S3Routes(service: s3)
        router.add(middleware: MemoryReturn())
        router.add(
            middleware: AWSRoutes(
                dispatcher: AWSRegistry.dispatcher(folder, logger: logger),
                s3: s3,
                inference: inference,
                policy: policy,
                budget: budget
            )
        )
        router.add(middleware: HeadResponses())
        router.add(middleware: ResponseCompression())
        router.add(middleware: ErrorMiddleware())
        router.add(middleware: NativeAPIGuard(access: access))
        for operation in APIOperation.allCases {
            let description = operation.description
            let path = description.path.replacing("{", with: ":").replacing("}", with: "")
            guard let method = HTTPRequest.Method(description.method) else { continue }
            let answer: @Sendable (Request, RoutedContext) async throws -> Response = { request, context in
                try InferenceQuery.check(request.uri.query ?? "", known: description.query)
                return try await respond(to: operation, Call(request: request, context: context, budget: budget))
            }
            router.on(RouterPath(path), method: method, use: answer)
            if method == .get { router.on(RouterPath(path), method: .head, use: answer) }
        }
        return router
    }

    /// A request, with accessors for its parameters and body.
    struct Call {
        let request: Request
        let context: RoutedContext
        let budget: BodyBudget

        func parameter(_ name: String) throws -> String {
            guard let value = context.parameters.get(name) else {
                throw RoostError(.invalidInput, "The path has no parameter '\(name)'.", field: name)
            }
            return value.percentDecoded
        }

        func query(_ name: String) -> String? {
            request.uri.queryParameters[Substring(name)].map { String($0) }
        }

        var workspace: String { query("workspace") ?? Workspace.defaultName }

        func body() async throws -> Data {
            let limit = ControlRoutes.bodyLimit
            let sent = try await request.collectBody(upTo: limit, budget)
            return try sent.unpacked(request.headers[.contentEncoding], upTo: limit).data
        }

        func decode<Value: Decodable>(_ type: Value.Type) async throws -> Value {
            let body = try await body()
            guard !body.isEmpty else {
                throw RoostError(.invalidInput, "The body is empty. Expected a JSON object.", field: "body")
            }
            let mediaType = request.headers[.contentType] ?? ""
            guard mediaType.contains("yaml") else { return try NativeCoding.decode(type, from: body) }
            return try YAMLDefinition(String(decoding: body, as: UTF8.self), of: "The body", field: "body").decode(type)
        }

        func modelReference() throws -> ModelReference {
            ModelReference(name: try parameter("model"), version: try parameter("version"))
        }
    }

    private func respond(to operation: APIOperation, _ call: Call) async throws -> Response {
        if let job = operation.job {
            return try await JobRoutes(service: folder.jobs).respond(to: job.action, job.kind, call)
        }
        return try await respond(toOther: operation, call)
    }

    private func respond(toOther operation: APIOperation, _ call: Call) async throws -> Response {
        switch operation {
        case .getStatus: return try json(await status())
        case .getAWSAccess: return try json(awsAccess)
        case .listQuotas, .grantQuota, .denyQuota: return try await quotas(operation, call)
        case .getOpenAPI: return Response(json: Array(OpenAPIDocument.json(version: version)))
        case .getMetrics:
            return Response(
                body: Array(await MetricsPage.render(serving).utf8),
                type: "text/plain; version=0.0.4; charset=utf-8"
            )
        case .listWorkspaces, .createWorkspace, .getWorkspace: return try await workspaces(operation, call)
        case .listModels, .getModel, .getModelLogs, .uploadModelVersion, .getModelVersion, .downloadArtifact,
            .tagModelVersion,
            .untagModelVersion:
            return try await models(operation, call)
        case .listAlgorithms, .addAlgorithm, .removeAlgorithm: return try await algorithms(operation, call)
        case .listPipelines, .createPipeline, .applyPipeline, .getPipeline, .listPipelineVersions, .tagPipeline,
            .untagPipeline,
            .deploy, .getDeployment, .undeploy, .getLogs, .exportLogs:
            return try await pipelines(operation, call)
        case .v2Server, .v2Live, .v2Ready, .v2Model, .v2ModelReady, .v2ModelVersion, .v2ModelVersionReady:
            return try openInference(operation, call)
        default:
            // The fast path handles the rest; a request that gets here has a form that it does not accept.
            throw RoostError(.internalError, "The request did not reach the inference route.")
        }
    }

    func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(json: Array(try NativeCoding.encoder.encode(value)), status: status)
    }

    private func status() async -> ServerStatus {
        let uptime = lifecycle.start.duration(to: .now)
        return ServerStatus(
            version: version,
            state: lifecycle.state,
            isSafeMode: isSafeMode,
            uptimeSeconds: Double(uptime.components.seconds),
            runtimes: serving.runtimes().map {
                .init(name: $0.library.name.rawValue, version: $0.library.version, isLoaded: $0.isLoaded)
            },
            pipelines: serving.served.all().count,
            memoryMegabytes: (Double(ProcessUsage.current().residentBytes) / 1e5).rounded() / 10,
            warnings: warnings
        )
    }

    private func workspaces(_ operation: APIOperation, _ call: Call) async throws -> Response {
        switch operation {
        case .listWorkspaces: return try json(WorkspaceList(workspaces: try await platform.workspaces()))
        case .createWorkspace:
            let new = try await call.decode(NewWorkspace.self)
            return try json(try await platform.createWorkspace(named: new.name), status: .created)
        default: return try json(try await platform.workspace(named: call.parameter("workspace")))
        }
    }

    private func models(_ operation: APIOperation, _ call: Call) async throws -> Response {
        switch operation {
        case .listModels: return try json(ModelList(models: try await platform.listModels(in: call.workspace)))
        case .getModel: return try json(try await platform.model(named: call.parameter("model"), in: call.workspace))
        case .getModelLogs:
            let name = try call.parameter("model")
            let query = try call.logQuery(defaultLimit: 100)
            return Response(entries: try await platform.logEntries(ofModel: name, in: call.workspace, query))
        case .uploadModelVersion: return try await upload(call)
        case .downloadArtifact:
            let version = try await platform.modelVersion(call.modelReference(), in: call.workspace)
            let body = try await FileIO().loadFile(path: platform.artifact(of: version).path, context: call.context)
            return Response(status: .ok, headers: [.contentType: "application/octet-stream"], body: body)
        case .tagModelVersion, .untagModelVersion:
            let version = try await platform.setTag(
                call.parameter("tag"),
                on: call.modelReference(),
                in: call.workspace,
                operation == .tagModelVersion
            )
            return try json(version)
        default: return try json(try await platform.modelVersion(call.modelReference(), in: call.workspace))
        }
    }

    private func pipelines(_ operation: APIOperation, _ call: Call) async throws -> Response {
        switch operation {
        case .listPipelines:
            return try json(PipelineList(pipelines: try await platform.pipelines(in: call.query("workspace"))))
        case .createPipeline:
            let (pipeline, _) = try await platform.define(call.decode(PipelineDefinition.self), mustBeNew: true)
            return try json(pipeline, status: .created)
        case .applyPipeline:
            let definition = try await call.decode(PipelineDefinition.self)
            guard definition.name == (try call.parameter("pipeline")) else {
                throw RoostError(
                    .invalidInput,
                    "The definition's name is '\(definition.name)', but the path names "
                        + "'\(try call.parameter("pipeline"))'.",
                    field: "name"
                )
            }
            let (pipeline, isNew) = try await platform.define(definition, mustBeNew: false)
            return try json(pipeline, status: isNew ? .created : .ok)
        case .getPipeline: return try json(try await platform.pipeline(named: call.parameter("pipeline")))
        case .listPipelineVersions:
            return try json(
                PipelineVersionList(versions: try await platform.pipelineVersions(of: call.parameter("pipeline")))
            )
        case .tagPipeline, .untagPipeline:
            let name = try call.parameter("pipeline")
            return try json(
                try await platform.setTag(call.parameter("tag"), onPipeline: name, operation == .tagPipeline)
            )
        case .deploy:
            let body = try await call.body()
            let new = body.isEmpty ? NewDeployment() : try NativeCoding.decode(NewDeployment.self, from: body)
            return try json(
                try await platform.deploy(call.parameter("pipeline"), version: new.version),
                status: .accepted
            )
        case .undeploy: return try json(try await platform.undeploy(call.parameter("pipeline")), status: .accepted)
        case .getLogs:
            let name = try call.parameter("pipeline")
            return Response(
                entries: try await platform.logEntries(ofPipeline: name, try call.logQuery(defaultLimit: 100))
            )
        case .exportLogs:
            let query = try call.logQuery(defaultLimit: nil)
            return Response(lines: try await platform.logEntries(ofPipeline: call.parameter("pipeline"), query))
        default: return try json(try await platform.deployment(of: call.parameter("pipeline")))
        }
    }

    private func openInference(_ operation: APIOperation, _ call: Call) throws -> Response {
        var writer = JSONWriter()
        var status = HTTPResponse.Status.ok
        switch operation {
        case .v2Server: OpenInference.serverMetadata(version: version, into: &writer)
        case .v2Live: writer.raw("{\"live\":true}")
        case .v2Ready:
            let isReady = lifecycle.state == .ready
            status = isReady ? .ok : .serviceUnavailable
            writer.raw(isReady ? "{\"ready\":true}" : "{\"ready\":false}")
        default:
            let name = try call.parameter("model")
            let version = call.context.parameters.get("version")
            let pipeline = try inference.served(named: name, version: version)
            if operation == .v2ModelReady || operation == .v2ModelVersionReady {
                writer.raw("{\"name\":")
                writer.string(name)
                writer.raw(",\"ready\":true}")
            } else {
                describe(pipeline, name, into: &writer)
            }
        }
        return Response(json: writer.bytes, status: status)
    }

    private func describe(_ pipeline: ServedPipeline, _ name: String, into writer: inout JSONWriter) {
        let executable = pipeline.current.executable
        let isPipeline = serving.served[name] != nil
        let models = serving.served.models(named: name)
        let last = executable.plan.models.last
        OpenInference.modelMetadata(
            name: name,
            versions: isPipeline ? [executable.versionID] : models.map(\.current.executable.versionID),
            platform: isPipeline ? "roost_pipeline" : last.map { "\($0.framework.rawValue)" } ?? "",
            signature: Signature(inputs: executable.plan.inputs, outputs: executable.plan.outputs),
            into: &writer
        )
    }
}

extension ControlRoutes.Call {
    /// Reads the query of a log route. Times are RFC 3339 or milliseconds since the epoch.
    func logQuery(defaultLimit: Int?) throws(RoostError) -> LogQuery {
        func time(_ name: String) throws(RoostError) -> Int64? {
            guard let text = query(name) else { return nil }
            if let milliseconds = Int64(text) { return milliseconds }
            // A plus sign in a query is decoded as a space.
            guard let date = NativeCoding.date(text.replacing(" ", with: "+")) else {
                throw RoostError(
                    .invalidInput,
                    "'\(text.prefix(40))' is not a valid time. Expected RFC 3339 or milliseconds since the epoch.",
                    field: name
                )
            }
            return date.milliseconds
        }
        var logQuery = LogQuery(start: try time("start"), end: try time("end"), model: query("model"), id: query("id"))
        if let text = query("valid") {
            guard let valid = Bool(text.lowercased()) else {
                throw RoostError(
                    .invalidInput,
                    "'valid' must be true or false, not '\(text.prefix(40))'.",
                    field: "valid"
                )
            }
            logQuery.valid = valid
        }
        logQuery.limit = defaultLimit
        if let text = query("limit") {
            guard let limit = Int(text), limit > 0, defaultLimit == nil || limit <= 100_000 else {
                throw RoostError(
                    .invalidInput,
                    "'limit' must be a number from 1 to 100000, not '\(text.prefix(40))'.",
                    field: "limit"
                )
            }
            logQuery.limit = limit
        }
        return logQuery
    }
}

extension Response {
    init(json body: [UInt8], status: HTTPResponse.Status = .ok) {
        self.init(body: body, type: "application/json", status: status)
    }

    init(body: [UInt8], type: String, status: HTTPResponse.Status = .ok) {
        self.init(
            status: status,
            headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }

    /// Streams log entries as one JSON document.
    fileprivate init(entries: LogCursor) {
        self.init(
            entries,
            type: "application/json",
            start: "{\"entries\":[",
            separator: UInt8(ascii: ","),
            end: { _ in "]}" }
        )
    }

    /// Streams log entries as JSON Lines.
    fileprivate init(lines: LogCursor) {
        self.init(
            lines,
            type: "application/x-ndjson",
            start: "",
            separator: UInt8(ascii: "\n"),
            end: { isEmpty in isEmpty ? "" : "\n" }
        )
    }

    private init(
        _ entries: LogCursor,
        type: String,
        start: String,
        separator: UInt8,
        end: @escaping @Sendable (_ isEmpty: Bool) -> String
    ) {
        let body = ResponseBody { writer in
            var entries = entries
            if !start.isEmpty { try await writer.write(ByteBuffer(string: start)) }
            var isFirst = true
            while true {
                let (bytes, after) = try await offload { [entries, isFirst] in
                    var rest = entries
                    return (rest.next(separator: separator, isFirst: isFirst), rest)
                }
                guard !bytes.isEmpty else { break }
                entries = after
                isFirst = false
                try await writer.write(ByteBuffer(bytes: bytes))
            }
            try await writer.write(ByteBuffer(string: end(isFirst)))
            try await writer.finish(nil)
        }
        self.init(status: .ok, headers: [.contentType: type], body: body)
    }
}
