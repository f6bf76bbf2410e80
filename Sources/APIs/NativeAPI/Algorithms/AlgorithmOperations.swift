public import Definitions
package import Platform

/// The operations on custom algorithms.
package struct AlgorithmOperations: OperationGroup {
    let platform: Platform
    /// Whether a model still exists for the API that created it.
    let isKept: @Sendable (ModelVersion) async throws -> Bool

    /// The maximum number of bytes of an algorithm's archive, which is code, not data.
    private static let archiveLimit = 2 << 30

    package init(platform: Platform, isKept: @escaping @Sendable (ModelVersion) async throws -> Bool) {
        self.platform = platform
        self.isKept = isKept
    }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/algorithms",
            id: "listAlgorithms",
            "List custom algorithms",
            returns: AlgorithmList.self
        ) { _ in AlgorithmList(algorithms: try await platform.customAlgorithms()) }

        APIOperation(
            .put,
            "/v1/algorithms/{algorithm}",
            id: "addAlgorithm",
            "Add or replace a custom algorithm: a zip or tar archive with programs train and serve",
            upload: true,
            returns: CustomAlgorithm.self
        ) { call in
            let name = try call.parameter("algorithm")
            let upload = try platform.beginAlgorithm()
            try await call.body.receive("archive", upTo: Self.archiveLimit) { piece in
                try piece.withUnsafeBytes { try platform.append($0, to: upload) }
            }
            return try await platform.finishAlgorithm(upload, as: name)
        }

        APIOperation(
            .delete,
            "/v1/algorithms/{algorithm}",
            id: "removeAlgorithm",
            "Remove a custom algorithm",
            returns: CustomAlgorithm.self
        ) { call in try await platform.removeAlgorithm(named: call.parameter("algorithm"), isKept: isKept) }
    }
}

/// `GET /v1/algorithms`.
public struct AlgorithmList: Sendable, Codable {
    /// The custom algorithms.
    public var algorithms: [CustomAlgorithm]
    public init(algorithms: [CustomAlgorithm]) { self.algorithms = algorithms }
}

extension AlgorithmList: WireType {
    package static let schema = Schema.object(["algorithms": .list(of: CustomAlgorithm.self)])
}

extension CustomAlgorithm: WireType {
    package static let schemaName = "Algorithm"
    package static let schema = Schema.object([
        "name": .name, "version": .string(), "trains": .boolean, "serves": .boolean, "byte_count": .integer(),
        "created_at": .time,
    ])
}
