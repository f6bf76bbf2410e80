import Definitions
import Foundation
import InferenceLog
import NIOCore
import NIOHTTP1
import NativeAPI
import OpenInference
import Pipelines
import Runtimes
import SageMakerRuntime
import Serving
import Synchronization
import Tensors

/// A response of the fast path, before it is written.
struct InferenceResponse: Sendable {
    var status: HTTPResponseStatus
    var body: [UInt8]
    /// The inference's id in the log.
    var id: String?
    var retryAfterSeconds: Int?
    var contentType = "application/json"
    /// Further headers, by name and value.
    var headers: [(String, String)] = []
}

extension InferenceResponse {
    init(_ response: InvocationResponse) {
        self.init(
            status: HTTPResponseStatus(statusCode: response.status),
            body: response.body,
            retryAfterSeconds: response.retryAfterSeconds,
            contentType: response.contentType,
            headers: response.headers
        )
    }
}

/// Turns a request's bytes into a response's bytes: decodes the body in the API's format, runs the pipeline, and encodes the
/// outputs.
struct InferenceService: Sendable {
    typealias Completion = @Sendable (InferenceResponse) -> Void

    let serving: Serving
    let sageMaker: SageMakerRuntime

    /// Larger bodies are decoded on the thread pool: decoding one of this size takes a quarter of a millisecond.
    private static let eventLoopBytes = 128 << 10

    /// Responds to a request.
    ///
    /// - Parameter completion: Called exactly once, before this returns or later on another thread.
    func respond(
        to target: InferenceTarget,
        headers: HTTPHeaders,
        body: ByteBuffer,
        completion: @escaping Completion
    ) {
        let start = ContinuousClock.now
        if case .endpoint(let name) = target {
            var invocation = Invocation(endpoint: name, body: body, start: start)
            // One pass over the headers: SDKs send many, and looking each up by name would compare them all.
            for (name, value) in headers { invocation.take(header: name, value) }
            return sageMaker.invoke(invocation) { completion(InferenceResponse($0)) }
        }
        guard body.readableBytes > Self.eventLoopBytes else {
            return handle(target, headers, body, start, isOnPool: false, completion)
        }
        let isAccepted = serving.pool.submit {
            handle(target, headers, body, start, isOnPool: true, completion)
        }
        if !isAccepted {
            completion(Self.response(.tooManyWaiting, target))
        }
    }

    private func handle(
        _ target: InferenceTarget,
        _ headers: HTTPHeaders,
        _ body: ByteBuffer,
        _ start: ContinuousClock.Instant,
        isOnPool: Bool,
        _ completion: @escaping Completion
    ) {
        do throws(RoostError) {
            switch target {
            case .native(let name, let query):
                let pipeline = try pipeline(named: name)
                let nonFinite = try InferenceQuery.nonFinite(query)
                try native(pipeline, headers, body, nonFinite, start, isOnPool: isOnPool, completion)
            case .openInference(let name, let version, let query):
                let pipeline = try served(named: name, version: version)
                try InferenceQuery.check(query, known: [])
                try openInference(pipeline, headers, body, start, isOnPool: isOnPool, completion)
            case .endpoint: throw RoostError(.internalError, "Invocations of endpoints are not handled here.")
            }
        } catch {
            completion(Self.response(error, target))
        }
    }

    // MARK: APIs

    private func native(
        _ pipeline: ServedPipeline,
        _ headers: HTTPHeaders,
        _ body: ByteBuffer,
        _ nonFinite: JSONWriter.NonFinite,
        _ start: ContinuousClock.Instant,
        isOnPool: Bool,
        _ completion: @escaping Completion
    ) throws(RoostError) {
        let version = pipeline.current
        let plan = version.executable.plan
        try Self.checkUniform(plan, pipeline)
        let decoded = try counted(pipeline) { () throws(RoostError) in
            try body.withBytes { bytes throws(RoostError) in
                let request = try InferenceCodec.decode(bytes, inputs: plan.inputs, keys: plan.keys)
                return (request: request, logged: InferenceRecord.Input(json: bytes))
            }
        }
        let request = InferenceRequest(
            inputs: decoded.request.inputs,
            keys: Self.complete(decoded.request.keys, of: plan.keys, headers),
            id: try Self.id(of: headers),
            logged: decoded.logged,
            awaitsChallengers: true,
            start: start
        )
        serving.infer(request, with: version, of: pipeline, isOnPool: isOnPool) { result in
            switch result {
            case .success(let result):
                var writer = JSONWriter(capacity: 512 + body.readableBytes, nonFinite: nonFinite)
                let answer = InferenceCodec.Answer(
                    checkFailures: result.outcome.checkFailures,
                    elapsed: result.elapsed,
                    modelName: result.outcome.model.name,
                    modelVersion: result.outcome.model.version.id,
                    outputs: result.outcome.outputs,
                    pipelineName: pipeline.name,
                    shadowOutputs: result.shadowOutputs,
                    time: result.time
                )
                body.withUnsafeReadableBytes { InferenceCodec.encode(answer, originalData: $0, into: &writer) }
                completion(InferenceResponse(status: .ok, body: writer.bytes, id: result.id))
            case .failure(let error): completion(Self.response(error, .native(pipeline: pipeline.name)))
            }
        }
    }

    private func openInference(
        _ pipeline: ServedPipeline,
        _ headers: HTTPHeaders,
        _ body: ByteBuffer,
        _ start: ContinuousClock.Instant,
        isOnPool: Bool,
        _ completion: @escaping Completion
    ) throws(RoostError) {
        if headers.contains(name: "inference-header-content-length") {
            throw RoostError(
                .invalidInput,
                "The binary tensor extension is not supported. Send the tensors as JSON.",
                field: "Inference-Header-Content-Length"
            )
        }
        let version = pipeline.current
        let plan = version.executable.plan
        try Self.checkUniform(plan, pipeline)
        let decoded = try counted(pipeline) { () throws(RoostError) in
            try body.withBytes { bytes throws(RoostError) in
                try OpenInference.decode(
                    bytes,
                    for: OpenInference.Target(name: pipeline.name, version: version.executable.versionID),
                    inputs: plan.inputs,
                    keys: plan.keys,
                    outputs: plan.outputs
                )
            }
        }
        let target = InferenceTarget.openInference(name: pipeline.name, version: nil)
        var request = InferenceRequest(
            inputs: decoded.inputs,
            keys: Self.complete(decoded.keys, of: plan.keys, headers),
            id: try Self.id(decoded.id, of: headers),
            logged: decoded.originalData.map { $0.withUnsafeBytes { InferenceRecord.Input(json: $0) } }
                ?? InferenceRecord.Input(decoded.inputs, names: plan.inputNames),
            awaitsChallengers: false,
            start: start
        )
        request.timeLimit = decoded.timeLimit
        serving.infer(request, with: version, of: pipeline, isOnPool: isOnPool) { result in
            do throws(RoostError) {
                let result = try result.get()
                var writer = JSONWriter(capacity: 512, nonFinite: decoded.nonFinite)
                OpenInference.encode(
                    model: pipeline.name,
                    version: version.executable.versionID,
                    id: decoded.id,
                    specs: plan.outputs,
                    outputs: result.outcome.outputs,
                    wanted: decoded.outputs,
                    into: &writer
                )
                completion(InferenceResponse(status: .ok, body: writer.bytes, id: result.id))
            } catch {
                completion(Self.response(error, target))
            }
        }
    }

    // MARK: Helpers

    private func pipeline(named name: String) throws(RoostError) -> ServedPipeline {
        if let pipeline = serving.served[name] { return pipeline }
        throw RoostError(.notFound, "No pipeline '\(name.prefix(80))' is deployed.", field: "pipeline")
    }

    /// Returns what a name stands for in the V2 API: a deployed pipeline, or else a loaded model.
    func served(named name: String, version: String?) throws(RoostError) -> ServedPipeline {
        if let pipeline = serving.served[name] {
            guard let version, pipeline.current.executable.versionID != version else { return pipeline }
            throw RoostError(
                .notFound,
                "Version '\(version.prefix(80))' of pipeline '\(name)' is not deployed. The deployed version is "
                    + "'\(pipeline.current.executable.versionID)'.",
                field: "version"
            )
        }
        let models = serving.served.models(named: name)
        guard let newest = models.first else {
            throw RoostError(.notFound, "No pipeline or model '\(name.prefix(80))' is deployed.", field: "model")
        }
        guard let version else {
            let workspaces = Set(models.map { $0.current.executable.models[0].version.workspace })
            guard workspaces.count == 1 else {
                throw RoostError(
                    .conflict,
                    "Models named '\(name)' are loaded from several workspaces: "
                        + "\(workspaces.sorted().joined(separator: ", ")). Name a version to choose one.",
                    field: "version"
                )
            }
            return newest
        }
        guard let found = models.first(where: { $0.current.executable.versionID == version }) else {
            throw RoostError(
                .notFound,
                "Version '\(version.prefix(80))' of model '\(name)' is not loaded.",
                field: "version"
            )
        }
        return found
    }

    private static func checkUniform(_ plan: PipelinePlan, _ pipeline: ServedPipeline) throws(RoostError) {
        guard !plan.isUniform else { return }
        throw RoostError(
            .invalidInput,
            "The models of pipeline '\(pipeline.name)' have different inputs or outputs; it can only be called as an "
                + "endpoint (InvokeEndpoint).",
            field: "pipeline"
        )
    }

    /// Counts a request that cannot be decoded as an error of the pipeline.
    private func counted<Result>(
        _ pipeline: ServedPipeline,
        _ decode: () throws(RoostError) -> Result
    ) throws(RoostError) -> Result {
        do throws(RoostError) {
            return try decode()
        } catch {
            pipeline.metrics.count(error.code)
            throw error
        }
    }

    /// Takes keys that are missing from the body from the headers.
    private static func complete(_ values: [String?], of keys: [String], _ headers: HTTPHeaders) -> [String?] {
        if keys.isEmpty { return values }
        return zip(keys, values).map { $1 ?? headers.first(name: $0) }
    }

    static let idHeader = "x-roost-inference-id"

    /// - Parameter given: The id in the body.
    private static func id(_ given: String? = nil, of headers: HTTPHeaders) throws(RoostError) -> String {
        if let given { return try checked(given, field: "id") }
        // An empty header counts as absent.
        if let id = headers.first(name: idHeader), !id.isEmpty { return try checked(id, field: "X-Roost-Inference-Id") }
        return InferenceID.make()
    }

    private static func checked(_ id: String, field: String) throws(RoostError) -> String {
        guard (1...128).contains(id.utf8.count), id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw RoostError(.invalidInput, "An inference id must be 1 to 128 visible ASCII characters.", field: field)
        }
        return id
    }

    static func response(_ error: RoostError, _ target: InferenceTarget) -> InferenceResponse {
        let body: [UInt8]
        switch target {
        case .endpoint(let name): return InferenceResponse(InvocationResponse.refusal(error, endpoint: name))
        case .native: body = (try? NativeCoding.encoder.encode(ErrorBody(error))).map(Array.init) ?? []
        case .openInference:
            var writer = JSONWriter(capacity: 256)
            OpenInference.error(error, into: &writer)
            body = writer.bytes
        }
        let isTemporary = error.code == .busy || error.code == .unavailable
        return InferenceResponse(
            status: HTTPResponseStatus(statusCode: error.httpStatus),
            body: body,
            retryAfterSeconds: isTemporary ? 1 : nil
        )
    }
}

extension ByteBuffer {
    /// Calls a closure that throws a typed error with the readable bytes.
    fileprivate func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws(RoostError) -> Result
    ) throws(RoostError) -> Result {
        let result = withUnsafeReadableBytes { bytes in
            Swift.Result { () throws(RoostError) in try body(bytes) }
        }
        return try result.get()
    }
}
