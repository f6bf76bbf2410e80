public import Definitions
package import Platform

/// The operations on the gates of pipelines and endpoints.
package struct GateOperations: OperationGroup {
    private static let path = "/v1/gates/{pipeline}"

    let platform: Platform

    package init(platform: Platform) { self.platform = platform }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/gates",
            id: "listGates",
            "List the gates, by the names of their pipelines",
            query: [
                QueryParameter("suite", .described("Only the gates that require this suite.", .name)),
                QueryParameter("verdicts", .boolean), .workspaceFilter,
            ] + .page,
            returns: GateList.self
        ) { call in
            let withVerdicts = try call.flag("verdicts")
            let (found, total, verdicts) = try await platform.gates(
                requiring: call.query("suite"),
                in: call.workspaceFilter,
                // With verdicts in pages, because each takes a while.
                call.page() ?? NamedPage(limit: withVerdicts ? 100 : Int(Int32.max)),
                withVerdicts: withVerdicts
            )
            return GateList(gates: found, total: total, verdicts: withVerdicts ? verdicts : nil)
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
    /// The number of gates on all pages.
    public var total: Int
    /// What these gates say about the newest versions of the first models of their pipelines; `nil` if nobody asked for it.
    public var verdicts: [GateVerdict]?

    public init(gates: [Gate], total: Int, verdicts: [GateVerdict]? = nil) {
        self.gates = gates
        self.total = total
        self.verdicts = verdicts
    }
}
