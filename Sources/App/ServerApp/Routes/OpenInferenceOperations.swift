import Definitions
import NativeAPI
import OpenInference
import Pipelines
import Serving
import Tensors

/// The operations of the Open Inference Protocol. The fast path handles inferences.
struct OpenInferenceOperations: OperationGroup {
    let serving: Serving
    let lifecycle: ServerLifecycle
    /// The server's release.
    let version: String

    private static let model = "/v2/models/{model}"
    private static let modelVersion = "/v2/models/{model}/versions/{version}"

    var operations: [APIOperation] {
        var operations = health + models
        for index in operations.indices { operations[index].errorBody = V2Error.self }
        return operations
    }

    @OperationList private var health: [APIOperation] {
        APIOperation(
            .get,
            "/v2",
            id: "v2Server",
            "Get server metadata (Open Inference Protocol V2)",
            response: .json(V2Server.self)
        ) { _ in .json { OpenInference.serverMetadata(version: version, into: &$0) } }

        APIOperation(
            .get,
            "/v2/health/live",
            id: "v2Live",
            "Check whether the server is live",
            returns: V2Live.self
        ) { _ in V2Live(live: true) }

        APIOperation(
            .get,
            "/v2/health/ready",
            id: "v2Ready",
            "Check whether the server is ready",
            response: .json(V2Ready.self)
        ) { _ in
            let isReady = lifecycle.state == .ready
            return try .json(encoding: V2Ready(ready: isReady), status: isReady ? .ok : .serviceUnavailable)
        }
    }

    @OperationList private var models: [APIOperation] {
        APIOperation(
            .get,
            Self.model,
            id: "v2Model",
            "Get the metadata of a pipeline or model",
            response: .json(V2Model.self),
            handler: metadata
        )

        APIOperation(
            .get,
            Self.modelVersion,
            id: "v2ModelVersion",
            "Get the metadata of one version",
            response: .json(V2Model.self),
            handler: metadata
        )

        APIOperation(
            .get,
            Self.model + "/ready",
            id: "v2ModelReady",
            "Check whether a pipeline or model is ready",
            returns: V2ModelReady.self,
            handler: readiness
        )

        APIOperation(
            .get,
            Self.modelVersion + "/ready",
            id: "v2ModelVersionReady",
            "Check whether one version is ready",
            returns: V2ModelReady.self,
            handler: readiness
        )

        APIOperation(
            .post,
            Self.model + "/infer",
            id: "v2Infer",
            "Run a pipeline or model",
            request: APIOperation.Request(.json(V2Request.self)),
            response: .json(V2Response.self)
        )

        APIOperation(
            .post,
            Self.modelVersion + "/infer",
            id: "v2VersionInfer",
            "Run one version",
            request: APIOperation.Request(.json(V2Request.self)),
            response: .json(V2Response.self)
        )
    }

    private func served(_ call: Call) throws -> (name: String, pipeline: ServedPipeline) {
        let name = try call.parameter("model")
        return (name, try serving.pipelineOrModel(named: name, version: try? call.parameter("version")))
    }

    private func readiness(_ call: Call) throws -> V2ModelReady {
        V2ModelReady(name: try served(call).name, ready: true)
    }

    private func metadata(_ call: Call) throws -> Reply {
        let (name, pipeline) = try served(call)
        let served = serving.served
        let executable = pipeline.current.executable
        let isPipeline = served[name] != nil
        let last = executable.plan.models.last
        return .json {
            OpenInference.modelMetadata(
                name: name,
                versions: isPipeline
                    ? [executable.versionID] : served.models(named: name).map(\.current.executable.versionID),
                platform: isPipeline ? "roost_pipeline" : last.map { "\($0.framework.rawValue)" } ?? "",
                signature: Signature(inputs: executable.plan.inputs, outputs: executable.plan.outputs),
                into: &$0
            )
        }
    }
}

extension Reply {
    fileprivate static func json(_ write: (inout JSONWriter) -> Void) -> Reply {
        var writer = JSONWriter()
        write(&writer)
        return .json(writer.bytes)
    }
}

// MARK: Bodies

struct V2Live: WireType, Encodable {
    let live: Bool

    static let schema = Schema.object(["live": .boolean])
}

struct V2Ready: WireType, Encodable {
    let ready: Bool

    static let schema = Schema.object(["ready": .boolean])
}

struct V2ModelReady: WireType, Encodable {
    let name: String
    let ready: Bool

    static let schema = Schema.object(["name": .string(), "ready": .boolean])
}

private enum V2Server: WireType {
    static let schema = Schema.object([
        "name": .string(), "version": .string(), "extensions": .list(.string()),
    ])
}

private enum V2Model: WireType {
    static let schema = Schema.object([
        "name": .string(), "versions": .list(.string()), "platform": .string(), "inputs": .list(of: TensorSpec.self),
        "outputs": .list(of: TensorSpec.self),
    ])
}

private enum V2Tensor: WireType {
    static let schema = Schema.object(
        ["name": .string(), "datatype": .string(), "shape": .list(.integer()), "data": .list(.anything)],
        isOpen: true
    )
}

private enum V2Request: WireType {
    static let schema = Schema.object(
        ["inputs": .list(of: V2Tensor.self)],
        optional: [
            "id": .string(), "parameters": .anyObject, "outputs": .list(.object(["name": .string()], isOpen: true)),
            "model_name": .string(), "model_version": .string(),
        ]
    )
}

private enum V2Response: WireType {
    static let schema = Schema.object(
        ["model_name": .string(), "model_version": .string(), "outputs": .list(of: V2Tensor.self)],
        optional: ["id": .string()]
    )
}

private enum V2Error: WireType {
    static let schema = Schema.object(["error": .string()])
}
