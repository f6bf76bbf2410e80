import Definitions
import InferenceLog
import NIOCore
import Pipelines
import Serving
import Tensors

/// A request of a load test. It takes the way of any other request: the same threads, limits and steps.
///
/// Sendable: its methods are called in order, never by two threads at once.
final class SimulatedCall: InferenceCall, @unchecked Sendable {
    let bodyLimit: Int? = nil
    let eventLoopBytes: Int
    private let target: ServedPipeline
    private let keepsOutput: Bool
    private(set) var output: ComparedOutput?
    private(set) var error: RoostError?

    /// - Parameter keepsOutput: Whether its outputs are compared with others.
    init(_ target: ServedPipeline, keepsOutput: Bool) {
        self.target = target
        self.keepsOutput = keepsOutput
        // A request that is decoded on an event loop may run there too. The generator must not wait for that, so that its requests
        // run on the threads of the inference pool, of which there are as many as event loops. Functions have threads of their own.
        eventLoopBytes = target.current.executable.plan.hasFunctions ? .max : -1
    }

    func route() throws(RoostError) -> InferenceRoute { try InferenceRoute(target) }

    func decode(_ body: ByteBuffer, for route: InferenceRoute) throws(RoostError) -> DecodedInference {
        let plan = route.plan
        let result = body.withUnsafeReadableBytes { bytes in
            Result { () throws(RoostError) in
                let decoded = try NamedInputs(json: bytes, inputs: plan.inputs, keys: plan.keys)
                let id = InferenceID.make()
                return InferenceRequest(
                    inputs: decoded.inputs,
                    keys: decoded.keys,
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
        request.awaitsChallengers = true
        return .run(request)
    }

    func encode(_ result: InferenceResult, for route: InferenceRoute) -> InferenceResponse {
        if keepsOutput {
            output = result.functionResult.map { ComparedOutput(json: $0) } ?? ComparedOutput(result.outcome.outputs)
        }
        return InferenceResponse(status: 200, body: ByteBuffer())
    }

    func encode(_ error: RoostError) -> InferenceResponse {
        self.error = error
        return InferenceResponse(error, body: ByteBuffer())
    }
}
