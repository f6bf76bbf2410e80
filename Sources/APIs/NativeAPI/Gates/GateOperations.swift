public import Definitions
package import Platform

/// The operations on the gates of pipelines and endpoints.
package struct GateOperations: OperationGroup {
    private static let path = "/v1/gates/{pipeline}"

    let platform: Platform

    package init(platform: Platform) { self.platform = platform }

    package var operations: [APIOperation] {
        APIOperation(.get, "/v1/gates", id: "listGates", "List the gates", returns: GateList.self) { _ in
            GateList(gates: try await platform.gates())
        }

        APIOperation(.get, Self.path, id: "getGate", "Get the gate of a pipeline", returns: Gate.self) { call in
            try await platform.gate(of: call.parameter("pipeline"))
        }

        APIOperation(
            .put,
            Self.path,
            id: "setGate",
            "Require that versions have passed suites before they answer in a pipeline",
            body: GateDefinition.self,
            returns: Gate.self,
            orCreates: "The gate is new"
        ) { call, definition in
            if let by = definition.by { _ = try checkedRequester(by) }
            return try await platform.setGate(of: call.parameter("pipeline"), definition)
        }

        APIOperation(
            .delete,
            Self.path,
            id: "removeGate",
            "Remove the gate of a pipeline with its overrides",
            query: [QueryParameter("by")],
            returns: Gate.self
        ) { call in try await platform.removeGate(of: call.parameter("pipeline"), by: call.requester()) }

        APIOperation(
            .post,
            Self.path + "/overrides",
            id: "overrideGate",
            "Admit a version in a pipeline from now on, whatever its gate says",
            body: GateOverrideRequest.self,
            returns: Gate.self
        ) { call, request in
            if let by = request.by { _ = try checkedRequester(by) }
            return try await platform.overrideGate(of: call.parameter("pipeline"), request)
        }

        APIOperation(
            .get,
            Self.path + "/verdict",
            id: "getGateVerdict",
            "Say whether the gate of a pipeline admits a version, without changing anything",
            query: [QueryParameter("model")],
            returns: GateVerdict.self
        ) { call in
            guard let text = call.query("model"), !text.isEmpty else {
                throw RoostError(
                    .invalidInput,
                    "The query parameter 'model' is missing. Expected NAME@VERSION, or NAME for the newest version.",
                    field: "model"
                )
            }
            return try await platform.gateVerdict(
                of: call.parameter("pipeline"),
                on: ModelReference(parsing: text)
            )
        }
    }
}

/// `GET /v1/gates`.
public struct GateList: Sendable, Codable {
    public var gates: [Gate]
    public init(gates: [Gate]) { self.gates = gates }
}
