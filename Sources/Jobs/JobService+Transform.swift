package import Definitions

extension JobService {
    package func transform(_ definition: TransformDefinition, request: String? = nil) async throws -> TransformJob {
        throw RoostError(.unavailable, "Transform is not there yet.")
    }

    package func stopTransform(_ name: String) async throws { try await stop(TransformJob.self, name) }

    func restoreTransform() async throws {}
}
