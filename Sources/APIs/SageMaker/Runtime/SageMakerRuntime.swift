package import AWS
package import Definitions
import Encodings
package import Endpoints
import Foundation
import InferenceLog
import Invocations
import NIOCore
import Pipelines
import Runtimes
package import Serving
import Tensors

/// SageMaker Runtime: invocations of endpoints. The variant is chosen first, and then decides how the body is decoded.
package struct SageMakerRuntime: Sendable {
    package typealias Completion = @Sendable (InvocationResponse) -> Void

    package static let description = {
        var description = AWSServiceDescription(
            name: "sagemaker-runtime",
            signingName: "sagemaker",
            operations: ["InvokeEndpoint"]
        )
        description.acceptsPath = { method, path in method == "POST" && endpoint(path: path.utf8[...]) != nil }
        return description
    }()

    /// The limits of invocations, for Service Quotas.
    package static let quotas = [
        Quota(
            service: "sagemaker",
            code: "L-INVOCATION-BODY",
            name: "Maximum body size of an invocation",
            value: Double(Invocation.bodyLimit),
            unit: "Bytes",
            isAdjustable: false
        )
    ]

    private static let tooManyWaiting = RoostError(.busy, "Too many requests are waiting. Try again later.")

    private let serving: Serving
    private let captures: DataCaptures

    package init(serving: Serving, captures: DataCaptures) {
        self.serving = serving
        self.captures = captures
    }

    /// Returns the name in `/endpoints/NAME/invocations`; `nil` for every other path. Works on bytes, not characters, because it
    /// runs for every request.
    package static func endpoint(path: Substring.UTF8View) -> String? {
        guard path.count > 23, path.starts(with: "/endpoints/".utf8),
            path.suffix(12).elementsEqual("/invocations".utf8),
            case let name = path.dropFirst(11).dropLast(12), !name.contains(UInt8(ascii: "/"))
        else { return nil }
        return String(Substring(name)).percentDecoded
    }

    /// Larger bodies are decoded on the thread pool.
    private static let eventLoopInvocationBytes = 32 << 10

    package func invoke(_ invocation: Invocation, _ completion: @escaping Completion) {
        guard invocation.body.readableBytes > Self.eventLoopInvocationBytes else {
            return invoke(invocation, isOnPool: false, completion)
        }
        guard !serving.pool.submit({ invoke(invocation, isOnPool: true, completion) }) else { return }
        completion(InvocationResponse.refusal(Self.tooManyWaiting, endpoint: invocation.endpoint))
    }

    private func invoke(_ invocation: Invocation, isOnPool: Bool, _ completion: @escaping Completion) {
        if let problem = invocation.problem {
            return completion(InvocationResponse.refusal(400, "ValidationError", problem))
        }
        guard invocation.body.readableBytes <= Invocation.bodyLimit else {
            let error = RoostError(.tooLarge, "The body is too large.")
            return completion(InvocationResponse.refusal(error, endpoint: invocation.endpoint))
        }
        guard let pipeline = serving.served[invocation.endpoint], case let version = pipeline.current,
            !version.variants.isEmpty
        else { return completion(InvocationResponse.noEndpoint(invocation.endpoint)) }
        if let text = invocation.refusal {
            return completion(InvocationResponse.refusal(400, "ValidationError", text))
        }
        let executable = version.executable
        guard let index = executable.chooseVariant(named: invocation.targetVariant) else {
            let text =
                "Variant \((invocation.targetVariant ?? "").prefix(80)) of endpoint \(invocation.endpoint) not found."
            return completion(InvocationResponse.refusal(400, "ValidationError", text))
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
        let requestID = InferenceID.make()
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
        serving.infer(request, with: version, of: pipeline, isOnPool: isOnPool) { [captures] result in
            let outcome: ExecutablePipeline.Outcome
            switch result {
            case .success(let result): outcome = result.outcome
            case .failure(let error): return completion(Self.answer(error, invocation, variant.name))
            }
            do throws(InvocationError) {
                let answer = try codec.encode(outcome.outputs, accept: invocation.accept, style: .endpoint)
                if captures.isActive {
                    captures.keep(
                        invocation.endpoint,
                        variant.name,
                        byteCount: invocation.body.readableBytes + answer.body.count
                    ) { capture, time in
                        capture.line(of: invocation, id: requestID, answer: answer.body, answer.contentType, at: time)
                    }
                }
                var headers = [
                    ("x-amzn-RequestId", requestID),
                    ("x-Amzn-Invoked-Production-Variant", variant.name),
                ]
                if let attributes = invocation.customAttributes {
                    headers.append(("X-Amzn-SageMaker-Custom-Attributes", attributes))
                }
                completion(
                    InvocationResponse(
                        status: 200,
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
        -> InvocationResponse
    {
        guard error.status == 204 else {
            return InvocationResponse.modelError(error.status, error.message, of: invocation, variant: variant)
        }
        return InvocationResponse(
            status: 204,
            body: [],
            contentType: "",
            headers: [("x-amzn-RequestId", InferenceID.make()), ("x-Amzn-Invoked-Production-Variant", variant)]
        )
    }

    private static func answer(_ error: RoostError, _ invocation: Invocation, _ variant: String) -> InvocationResponse {
        switch error.code {
        case .invalidInput: InvocationResponse.modelError(400, error.message, of: invocation, variant: variant)
        case .internalError: InvocationResponse.modelError(500, error.message, of: invocation, variant: variant)
        case .timeout:
            InvocationResponse.modelError(
                0,
                "Your invocation timed out while waiting for a response from container primary. \(error.message)",
                of: invocation,
                variant: variant
            )
        default: InvocationResponse.refusal(error, endpoint: invocation.endpoint)
        }
    }
}
