package import Definitions
package import Foundation
import InferenceLog
import NIOCore
import Pipelines
package import Serving
import Tensors

/// `POST /v1/pipelines/{pipeline}/infer`
package struct NativeInference: InferenceDialect {
    private let serving: Serving

    package init(_ serving: Serving) { self.serving = serving }

    package func call(_ head: InferenceHead) -> (any InferenceCall)? {
        guard let part = head.pathPart(after: "/v1/pipelines/", before: "/infer"),
            let name = InferenceHead.segment(part)
        else { return nil }
        return NativeCall(name, serving, head)
    }

    /// Runs a pipeline on a body, as a request does that was sent to the server.
    ///
    /// - Returns: The response, and the ID of the inference; empty if there was none.
    package func infer(_ pipeline: String, _ body: Data) async -> (status: Int, body: Data, id: String) {
        let start = Stopwatch()
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        let head = InferenceHead(path: nothing, query: nothing, fields: UnsafeBufferPointer(start: nil, count: 0))
        let call = NativeCall(pipeline, serving, head)
        return await withCheckedContinuation { continuation in
            serving.respond(to: call, body: ByteBuffer(bytes: body), start: start) { response in
                let id = response.headers.first { $0.0 == InferenceHeaders.idHeader }?.1 ?? ""
                continuation.resume(returning: (response.status, Data(response.body.readableBytesView), id))
            }
        }
    }

    /// Words an error for a request that could not be read far enough to know its inference.
    package static func response(to error: RoostError) -> InferenceResponse {
        let body = (try? NativeCoding.encoder.encode(ErrorBody(error))) ?? Data()
        return InferenceResponse(error, body: ByteBuffer(bytes: body))
    }
}

/// Sendable: never used by two threads at once.
private final class NativeCall: InferenceCall, @unchecked Sendable {
    let bodyLimit: Int? = nil
    /// Decoding this much takes a quarter of a millisecond.
    let eventLoopBytes = 128 << 10
    private let name: String
    /// What the name stood for when the request's head arrived.
    private let pipeline: Result<ServedPipeline, RoostError>
    private let headers: InferenceHeaders
    /// How to write numbers that JSON cannot represent.
    private let nonFinite: Result<JSONWriter.NonFinite, RoostError>
    /// The request's body, which the response repeats.
    private var body = ByteBuffer()

    init(_ name: String, _ serving: Serving, _ head: InferenceHead) {
        self.name = name
        pipeline = serving.found { () throws(RoostError) in
            guard let pipeline = serving.served[name] else {
                throw RoostError(.notFound, "No pipeline '\(name.prefix(80))' is deployed.", field: "pipeline")
            }
            return pipeline
        }
        headers = InferenceHeaders(head, keys: (try? pipeline.get())?.current.executable.plan.keys ?? [])
        nonFinite = Result { () throws(RoostError) in try Self.nonFinite(head) }
    }

    private static func nonFinite(_ head: InferenceHead) throws(RoostError) -> JSONWriter.NonFinite {
        guard let text = try head.parameters(known: ["non_finite"])["non_finite"] else { return .null }
        guard let choice = JSONWriter.NonFinite(rawValue: text) else {
            let known = JSONWriter.NonFinite.allCases.map(\.rawValue).joined(separator: ", ")
            throw RoostError(
                .invalidInput,
                "Unknown value '\(text.prefix(40))' for 'non_finite'. Expected one of: \(known).",
                field: "non_finite"
            )
        }
        return choice
    }

    func route() throws(RoostError) -> InferenceRoute {
        let pipeline = try pipeline.get()
        _ = try nonFinite.get()
        return try InferenceRoute(pipeline)
    }

    func decode(_ body: ByteBuffer, for route: InferenceRoute) throws(RoostError) -> DecodedInference {
        let plan = route.plan
        let result = body.withUnsafeReadableBytes { bytes in
            Result { () throws(RoostError) in
                let decoded = try NamedInputs(json: bytes, inputs: plan.inputs, keys: plan.keys)
                let id = try headers.id()
                return InferenceRequest(
                    inputs: decoded.inputs,
                    keys: headers.complete(decoded.keys, of: plan.keys),
                    id: id,
                    logged: InferenceRecord.Input(
                        json: bytes,
                        decoded.inputs,
                        names: plan.inputNames,
                        id: id,
                        policy: route.version.logPolicy
                    )
                )
            }
        }
        var request = try result.get()
        // With functions before the models, this is what they made of the request's own body.
        self.body = body
        request.awaitsChallengers = true
        return .run(request)
    }

    func encode(_ result: InferenceResult, for route: InferenceRoute) -> InferenceResponse {
        var writer = JSONWriter(
            capacity: 512 + body.readableBytes,
            nonFinite: (try? nonFinite.get()) ?? .null
        )
        var answer = InferenceCodec.Answer(
            checkFailures: result.outcome.checkFailures,
            elapsed: result.elapsed,
            modelName: result.outcome.model.name,
            modelVersion: result.outcome.model.version.id,
            outputs: result.outcome.outputs,
            pipelineName: name,
            shadowOutputs: result.shadowOutputs,
            time: result.time
        )
        answer.functionResult = result.functionResult
        body.readableBytesView.withUnsafeBytes { InferenceCodec.encode(answer, originalData: $0, into: &writer) }
        var response = InferenceResponse(status: 200, json: writer)
        response.headers = [(InferenceHeaders.idHeader, result.id)]
        return response
    }

    func encode(_ error: RoostError) -> InferenceResponse { NativeInference.response(to: error) }
}
