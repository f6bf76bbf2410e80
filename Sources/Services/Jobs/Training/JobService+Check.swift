package import Definitions

extension JobService {
    /// Checks a definition as far as possible without starting a job.
    ///
    /// - Throws: ``JobRejection``, or ``RoostError`` that names the invalid field.
    package func checkTraining(_ definition: TrainingDefinition) async throws { try await check(definition) }
}
