import DataFolder
import NativeAPI
import Runtimes
import Serving

/// The operations on the server itself.
struct ServerOperations: OperationGroup {
    let folder: DataFolder
    let lifecycle: ServerLifecycle
    let awsAccess: AWSAccess
    let isSafeMode: Bool
    let version: String
    /// Problems that the operator should fix.
    let warnings: [String]

    var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/status",
            id: "getStatus",
            "Get the server's status",
            returns: ServerStatus.self
        ) { _ in status() }

        APIOperation(
            .get,
            "/v1/aws",
            id: "getAWSAccess",
            "Get what AWS clients need to connect",
            returns: AWSAccess.self
        ) { _ in awsAccess }

        APIOperation(
            .get,
            "/metrics",
            id: "getMetrics",
            "Get metrics for Prometheus",
            response: .media("text/plain")
        ) { _ in
            Reply(
                .bytes(Array(await MetricsPage.render(folder).utf8)),
                contentType: "text/plain; version=0.0.4; charset=utf-8"
            )
        }
    }

    /// The operation that returns the OpenAPI document of `others` and of itself.
    func document(of others: [APIOperation]) -> APIOperation {
        var operation = APIOperation(
            .get,
            "/openapi.json",
            id: "getOpenAPI",
            "Get this document",
            response: .json(OpenAPIDocument.self)
        )
        let all = others + [operation]
        operation.handler = { _ in .json(Array(OpenAPIDocument.json(of: all, version: version))) }
        return operation
    }

    private func status() -> ServerStatus {
        let uptime = lifecycle.start.duration(to: .now)
        return ServerStatus(
            version: version,
            state: lifecycle.state,
            isSafeMode: isSafeMode,
            uptimeSeconds: Double(uptime.components.seconds),
            runtimes: folder.serving.runtimes().map {
                .init(name: $0.library.name.rawValue, version: $0.library.version, isLoaded: $0.isLoaded)
            },
            pipelines: folder.serving.served.all().count,
            memoryMegabytes: (Double(ProcessUsage.current().residentBytes) / 1e5).rounded() / 10,
            warnings: warnings
        )
    }
}
