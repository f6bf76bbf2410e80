import AWS
import Definitions
import Endpoints
import Foundation
import InferenceLog
import Invocations
import NIOCore
import Pipelines
import Runtimes
import Serving
import Tensors

/// One invocation. The variant is chosen first, and its model decides how the body is read.
///
/// Sendable: never used by two threads at once.
final class InvocationCall: InferenceCall, @unchecked Sendable {
    var bodyLimit: Int? { Invocation.bodyLimit }
    /// CSV takes longer to read than JSON.
    let eventLoopBytes = 32 << 10
    private var invocation: Invocation
    private let served: ServedPipelines
    private let captures: DataCaptures
    /// A caller may give two invocations the same inference id.
    private lazy var requestID = InferenceID.make()
    private var variant: String?
    private var codec: InvocationCodec?
    /// What the model's container would have answered instead of outputs.
    private var containerError: InvocationError?

    init(_ invocation: Invocation, _ served: ServedPipelines, _ captures: DataCaptures) {
        self.invocation = invocation
        self.served = served
        self.captures = captures
    }

    func route() throws(RoostError) -> InferenceRoute {
        if let problem = invocation.problem { throw RoostError(.invalidInput, problem) }
        guard let pipeline = served[invocation.endpoint], case let version = pipeline.current, !version.variants.isEmpty
        else {
            throw RoostError(
                .notFound,
                "Endpoint \(invocation.endpoint.prefix(80)) of account \(AWSAccount.id) not found."
            )
        }
        if let text = invocation.refusal { throw RoostError(.invalidInput, text) }
        guard let route = InferenceRoute(pipeline, version, variantNamed: invocation.targetVariant) else {
            throw RoostError(
                .notFound,
                "Variant \((invocation.targetVariant ?? "").prefix(80)) of endpoint \(invocation.endpoint) not found."
            )
        }
        try route.requireNoFunctions()
        variant = route.variantName
        return route
    }

    func decode(_ body: ByteBuffer, for route: InferenceRoute) throws(RoostError) -> DecodedInference {
        guard let index = route.variant, let model = route.model else {
            throw RoostError(.internalError, "An invocation needs a variant.")
        }
        invocation.body = body
        let codec = InvocationCodec(
            framework: model.version.framework,
            signature: model.version.signature,
            container: XGBoostContainer(
                image: model.version.image,
                environment: model.version.environment,
                objective: model.loaded.objective
            )
        )
        self.codec = codec
        let inputs: [Tensor]
        do throws(InvocationError) {
            inputs = try Self.decode(invocation, codec)
        } catch {
            guard error.status != 204 else { return .respond(empty) }
            containerError = error
            throw RoostError(.invalidInput, error.message)
        }
        let plan = route.plan
        let id = invocation.inferenceID ?? requestID
        var request = InferenceRequest(
            inputs: inputs,
            keys: [],
            id: id,
            logged: InferenceRecord.Input(
                inputs,
                names: plan.variants[index].inputNames,
                id: id,
                policy: route.version.logPolicy
            )
        )
        if !plan.namedChallengers.isEmpty {
            request.challengerInputs = { [invocation] model in
                let codec = InvocationCodec(framework: model.framework, signature: model.signature)
                return try Self.decode(invocation, codec)
            }
        }
        return .run(request)
    }

    private static func decode(_ invocation: Invocation, _ codec: InvocationCodec) throws(InvocationError) -> [Tensor] {
        let result = invocation.body.withUnsafeReadableBytes { bytes in
            Result { () throws(InvocationError) in
                try codec.decode(bytes, contentType: invocation.contentType, accept: invocation.accept)
            }
        }
        return try result.get()
    }

    /// The response of the algorithm's container to a body without rows.
    private var empty: InferenceResponse {
        var response = InferenceResponse(status: 204, body: ByteBuffer())
        response.contentType = ""
        response.headers = headers
        return response
    }

    private var headers: [(String, String)] {
        [("x-amzn-RequestId", requestID), ("x-Amzn-Invoked-Production-Variant", variant ?? "")]
    }

    func encode(_ result: InferenceResult, for route: InferenceRoute) -> InferenceResponse {
        guard let codec, let variant else {
            return encode(RoostError(.internalError, "The invocation was not decoded."))
        }
        do throws(InvocationError) {
            let answer = try codec.encode(result.outcome.outputs, accept: invocation.accept, style: .endpoint)
            if captures.isActive { capture(answer.body, answer.contentType, of: variant) }
            var response = InferenceResponse(status: 200, body: ByteBuffer(bytes: answer.body))
            response.contentType = answer.contentType
            response.headers = headers
            if let attributes = invocation.customAttributes {
                response.headers.append(("X-Amzn-SageMaker-Custom-Attributes", attributes))
            }
            return response
        } catch {
            route.countFailedVariant(status: error.status)
            containerError = error
            return encode(RoostError(.invalidInput, error.message))
        }
    }

    private func capture(_ answer: [UInt8], _ type: String, of variant: String) {
        let byteCount = invocation.body.readableBytes + answer.count
        captures.keep(invocation.endpoint, variant, byteCount: byteCount) { [invocation, requestID] capture, time in
            capture.line(of: invocation, id: requestID, answer: answer, type, at: time)
        }
    }

    func encode(_ error: RoostError) -> InferenceResponse {
        // Before a variant is chosen, no model is to blame.
        guard variant != nil else { return .refusal(error) }
        if let containerError {
            return .modelError(containerError.status, containerError.message, of: invocation)
        }
        switch error.code {
        case .invalidInput: return .modelError(400, error.message, of: invocation)
        case .internalError: return .modelError(500, error.message, of: invocation)
        case .timeout:
            return .modelError(
                // It did not respond in time, so there is no status.
                0,
                "Your invocation timed out while waiting for a response from container primary. \(error.message)",
                of: invocation
            )
        default: return .refusal(error)
        }
    }
}
