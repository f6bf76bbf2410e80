package import Definitions

extension JobService {
    package func tune(_ definition: TuningDefinition, request: String? = nil) async throws -> TuningJob {
        throw RoostError(.unavailable, "Tuning is not there yet.")
    }

    package func stopTuning(_ name: String) async throws { try await stop(TuningJob.self, name) }

    func restoreTuning() async throws {}
}
