import Definitions
import Foundation
import InferenceLog
import Invocations
import NIOCore
import NIOHTTP1
import Pipelines
import Platform
import Runtimes
import SageMaker
import Tensors

/// Invocations of endpoints. The variant is chosen first, because its model determines how the body is decoded.
extension InferenceService {
    /// Larger bodies are decoded on the thread pool.
    private static let eventLoopInvocationBytes = 32 << 10

    func invoke(_ invocation: Invocation, _ completion: @escaping Completion) {
        guard invocation.body.readableBytes > Self.eventLoopInvocationBytes else {
            return invoke(invocation, isOnPool: false, completion)
        }
        guard !platform.pool.submit({ invoke(invocation, isOnPool: true, completion) }) else { return }
        completion(InvocationAnswer.refusal(.tooManyWaiting, endpoint: invocation.endpoint))
    }

    private func invoke(_ invocation: Invocation, isOnPool: Bool, _ completion: @escaping Completion) {
        if let problem = invocation.problem {
            return completion(InvocationAnswer.refusal(400, "ValidationError", problem))
        }
        guard invocation.body.readableBytes <= Invocation.bodyLimit else {
            let error = RoostError(.tooLarge, "The body is too large.")
            return completion(InvocationAnswer.refusal(error, endpoint: invocation.endpoint))
        }
        guard let pipeline = platform.served[invocation.endpoint], case let version = pipeline.current,
            !version.variants.isEmpty
        else { return completion(InvocationAnswer.noEndpoint(invocation.endpoint)) }
        if let text = invocation.refusal {
            return completion(InvocationAnswer.refusal(400, "ValidationError", text))
        }
        let executable = version.executable
        guard let index = executable.chooseVariant(named: invocation.targetVariant) else {
            let text =
                "Variant \((invocation.targetVariant ?? "").prefix(80)) of endpoint \(invocation.endpoint) not found."
            return completion(InvocationAnswer.refusal(400, "ValidationError", text))
        }
        let variant = version.variants[index]
        let loaded = executable.model(ofVariant: index).loaded
        let model = executable.model(ofVariant: index).version
        let codec = InvocationCodec(
            framework: model.framework,
            signature: model.signature,
            container: XGBoostContainer(
                image: model.image,
                environment: model.environment,
                objective: loaded.objective
            )
        )
        let inputs: [Tensor]
        do throws(InvocationError) {
            inputs = try Self.decode(invocation, codec)
        } catch {
            if error.status != 204 {
                pipeline.metrics.count(.invalidInput)
                variant.counts.fail()
            }
            return completion(Self.answer(error, invocation, variant.name))
        }
        // A caller may give two invocations the same inference id.
        let requestID = Self.newID()
        let id = invocation.inferenceID ?? requestID
        var request = InferenceRequest(
            inputs: inputs,
            keys: [],
            id: id,
            logged: InferenceRecord.Input(inputs, names: executable.plan.variants[index].inputNames),
            awaitsChallengers: false,
            start: invocation.start
        )
        request.variant = index
        if !executable.plan.namedChallengers.isEmpty {
            request.challengerInputs = { model in
                let codec = InvocationCodec(framework: model.framework, signature: model.signature)
                return try Self.decode(invocation, codec)
            }
        }
        platform.infer(request, with: version, of: pipeline, isOnPool: isOnPool) { [captures] result in
            let outcome: ExecutablePipeline.Outcome
            switch result {
            case .success(let result): outcome = result.outcome
            case .failure(let error): return completion(Self.answer(error, invocation, variant.name))
            }
            do throws(InvocationError) {
                let answer = try codec.encode(outcome.outputs, accept: invocation.accept, style: .endpoint)
                captures?.keep(
                    invocation.endpoint,
                    variant.name,
                    invocation.captured(id: requestID, answer: answer.body, answer.contentType)
                )
                var headers = [
                    ("x-amzn-RequestId", requestID),
                    ("x-Amzn-Invoked-Production-Variant", variant.name),
                ]
                if let attributes = invocation.customAttributes {
                    headers.append(("X-Amzn-SageMaker-Custom-Attributes", attributes))
                }
                completion(
                    InferenceResponse(
                        status: .ok,
                        body: answer.body,
                        contentType: answer.contentType,
                        headers: headers
                    )
                )
            } catch {
                variant.counts.fail()
                completion(Self.answer(error, invocation, variant.name))
            }
        }
    }

    private static func decode(_ invocation: Invocation, _ codec: InvocationCodec) throws(InvocationError) -> [Tensor] {
        let result = invocation.body.withUnsafeReadableBytes { bytes in
            Result { () throws(InvocationError) in
                try codec.decode(bytes, contentType: invocation.contentType, accept: invocation.accept)
            }
        }
        return try result.get()
    }

    /// Returns the algorithm's container's response to a body that it cannot decode.
    private static func answer(_ error: InvocationError, _ invocation: Invocation, _ variant: String)
        -> InferenceResponse
    {
        guard error.status == 204 else {
            return InvocationAnswer.modelError(error.status, error.message, of: invocation, variant: variant)
        }
        return InferenceResponse(
            status: .noContent,
            body: [],
            contentType: "",
            headers: [("x-amzn-RequestId", newID()), ("x-Amzn-Invoked-Production-Variant", variant)]
        )
    }

    private static func answer(_ error: RoostError, _ invocation: Invocation, _ variant: String) -> InferenceResponse {
        switch error.code {
        case .invalidInput: InvocationAnswer.modelError(400, error.message, of: invocation, variant: variant)
        case .internalError: InvocationAnswer.modelError(500, error.message, of: invocation, variant: variant)
        case .timeout:
            InvocationAnswer.modelError(
                0,
                "Your invocation timed out while waiting for a response from container primary. \(error.message)",
                of: invocation,
                variant: variant
            )
        default: InvocationAnswer.refusal(error, endpoint: invocation.endpoint)
        }
    }
}

extension Invocation {
    /// Returns the invocation as data capture records it.
    fileprivate func captured(id: String, answer: [UInt8], _ answerType: String) -> CapturedInvocation {
        CapturedInvocation(
            id: id,
            inferenceID: inferenceID,
            contentType: contentType,
            body: Array(body.readableBytesView),
            answerType: answerType,
            answer: answer
        )
    }
}
