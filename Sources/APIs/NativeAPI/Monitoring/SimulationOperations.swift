package import Definitions
package import Monitoring

/// The operations that compare latencies.
package struct SimulationOperations: OperationGroup {
    /// Inputs are at most as large as this, and text in JSON is larger than the text.
    private static let bodyLimit = 2 * SimulationRequest.Inputs.byteLimit

    let monitoring: Monitoring

    package init(monitoring: Monitoring) { self.monitoring = monitoring }

    package var operations: [APIOperation] {
        simulate

        APIOperation(
            .post,
            "/v1/simulations/picture",
            id: "drawSimulation",
            "Draw the result of a simulation",
            request: APIOperation.Request(.json(SimulationReport.self)),
            response: .media("image/svg+xml")
        ) { call in
            let report = try await NativeCoding.decode(SimulationReport.self, from: call.body.collect())
            return Reply(.bytes(Array(SimulationPicture.svg(of: report).utf8)), contentType: "image/svg+xml")
        }
    }

    private var simulate: APIOperation {
        var operation = APIOperation(
            .post,
            "/v1/simulations",
            id: "simulate",
            "Send the same requests at the same rate to models and pipelines, and compare their latencies",
            body: SimulationRequest.self,
            returns: SimulationReport.self
        ) { _, request in try await monitoring.simulate(request) }
        operation.bodyLimit = Self.bodyLimit
        operation.endsWithClient = true
        return operation
    }
}
