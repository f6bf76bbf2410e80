package import Definitions
import InferenceLog
import NIOCore
import Pipelines
package import Serving
import Tensors

/// `POST /v2/models/{model}/infer` and `POST /v2/models/{model}/versions/{version}/infer`
package struct OpenInferenceDialect: InferenceDialect {
    private let serving: Serving

    package init(_ serving: Serving) { self.serving = serving }

    package func call(_ head: InferenceHead) -> (any InferenceCall)? {
        guard let part = head.pathPart(after: "/v2/models/", before: "/infer") else { return nil }
        if let name = InferenceHead.segment(part) { return OpenInferenceCall(name, version: nil, serving, head) }
        let segments = part.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard segments.count == 3, segments[1].elementsEqual("versions".utf8),
            let name = InferenceHead.segment(UnsafeRawBufferPointer(rebasing: segments[0])),
            let version = InferenceHead.segment(UnsafeRawBufferPointer(rebasing: segments[2]))
        else { return nil }
        return OpenInferenceCall(name, version: version, serving, head)
    }

    /// Words an error for a request that could not be read far enough to know its inference.
    package static func response(to error: RoostError) -> InferenceResponse {
        var writer = JSONWriter(capacity: 256)
        OpenInference.error(error, into: &writer)
        return InferenceResponse(error, body: ByteBuffer(writer))
    }
}

/// Sendable: never used by two threads at once.
private final class OpenInferenceCall: InferenceCall, @unchecked Sendable {
    let bodyLimit: Int? = nil
    /// Decoding this much takes a quarter of a millisecond.
    let eventLoopBytes = 128 << 10
    private let pipeline: Result<ServedPipeline, RoostError>
    private let headers: InferenceHeaders
    private let problem: RoostError?
    private var id: String?
    /// The names of the requested outputs; `nil` for all.
    private var outputs: [String]?
    private var nonFinite = JSONWriter.NonFinite.null

    init(_ name: String, version: String?, _ serving: Serving, _ head: InferenceHead) {
        pipeline = serving.found { () throws(RoostError) in try serving.pipelineOrModel(named: name, version: version) }
        headers = InferenceHeaders(head, keys: (try? pipeline.get())?.current.executable.plan.keys ?? [])
        problem = Self.problem(head)
    }

    private static func problem(_ head: InferenceHead) -> RoostError? {
        do throws(RoostError) {
            _ = try head.parameters(known: [])
        } catch {
            return error
        }
        guard head.fields.contains(where: { $0.isNamed("inference-header-content-length") }) else { return nil }
        return RoostError(
            .invalidInput,
            "The binary tensor extension is not supported. Send the tensors as JSON.",
            field: "Inference-Header-Content-Length"
        )
    }

    func route() throws(RoostError) -> InferenceRoute {
        let pipeline = try pipeline.get()
        if let problem { throw problem }
        let route = try InferenceRoute(pipeline)
        try route.requireNoFunctions()
        return route
    }

    func decode(_ body: ByteBuffer, for route: InferenceRoute) throws(RoostError) -> DecodedInference {
        let plan = route.plan
        let target = OpenInference.Target(name: route.pipeline.name, version: route.version.executable.versionID)
        let result = body.withUnsafeReadableBytes { bytes in
            Result { () throws(RoostError) in
                try OpenInference.decode(
                    bytes,
                    for: target,
                    inputs: plan.inputs,
                    keys: plan.keys,
                    outputs: plan.outputs
                )
            }
        }
        let decoded = try result.get()
        self.id = decoded.id
        outputs = decoded.outputs
        nonFinite = decoded.nonFinite
        let id = try headers.id(inBody: decoded.id)
        let policy = route.version.logPolicy
        let logged =
            decoded.originalData.map {
                InferenceRecord.Input(json: $0, decoded.inputs, names: plan.inputNames, id: id, policy: policy)
            } ?? InferenceRecord.Input(decoded.inputs, names: plan.inputNames, id: id, policy: policy)
        var request = InferenceRequest(
            inputs: decoded.inputs,
            keys: headers.complete(decoded.keys, of: plan.keys),
            id: id,
            logged: logged
        )
        request.timeLimit = decoded.timeLimit
        return .run(request)
    }

    func encode(_ result: InferenceResult, for route: InferenceRoute) -> InferenceResponse {
        var writer = JSONWriter(capacity: 512, nonFinite: nonFinite)
        OpenInference.encode(
            model: route.pipeline.name,
            version: route.version.executable.versionID,
            id: id,
            specs: route.plan.outputs,
            outputs: result.outcome.outputs,
            wanted: outputs,
            into: &writer
        )
        var response = InferenceResponse(status: 200, json: writer)
        response.headers = [(InferenceHeaders.idHeader, result.id)]
        return response
    }

    func encode(_ error: RoostError) -> InferenceResponse { OpenInferenceDialect.response(to: error) }
}
