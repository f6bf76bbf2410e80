package import Definitions
import Platform

extension Platform {
    /// Deletes something with what the query of a request allows.
    func delete(_ target: DeletionTarget, _ call: Call) async throws -> Deletion {
        try await delete(target, force: call.flag("force"), withLogs: call.flag("log"))
    }
}

extension Deletion: WireType {
    package static let schema = Schema.object([
        "workspaces": .list(.string()), "models": .list(.string()), "model_versions": .list(.string()),
        "pipelines": .list(.string()), "pipeline_versions": .list(.string()), "reports": .list(.string()),
        "freed_bytes": .integer(),
    ])
}
