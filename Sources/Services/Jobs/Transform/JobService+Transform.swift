import Catalog
package import Definitions
import Foundation
import Platform

extension JobService {
    /// Checks and records a transform job, and queues it.
    ///
    /// - Parameter request: Data that the API stores with the job.
    /// - Throws: ``JobRejection``, or ``RoostError`` that names the invalid field.
    package func transform(_ definition: TransformDefinition, request: String? = nil) async throws -> TransformJob {
        try await checkIsFree(TransformJob.self, definition.name)
        var definition = definition
        // The job runs the version that the reference names now.
        definition.model = try await check(definition)
        let job = TransformJob(definition: definition, state: JobState(createdAt: now()))
        try await platform.storing(for: definition.model, in: definition.workspace) {
            try await add(job, request: request)
        }
        run(job)
        return job
    }

    package func stopTransform(_ name: String) async throws { try await stop(TransformJob.self, name) }

    func restoreTransform() async throws {
        let message =
            "The server stopped while the job was running; the job resumes with the objects that have no output yet"
        try await takeUp(TransformJob.self, message, run: run)
    }

    private func run(_ job: TransformJob) {
        start(job) { try await TransformRun(run: $0, definition: job.definition).work() }
    }

    /// Checks a definition as far as possible before the job is accepted.
    ///
    /// - Returns: The exact version of the model.
    /// - Throws: ``JobRejection``, or ``RoostError`` that names the invalid field.
    func check(_ definition: TransformDefinition) async throws -> ModelReference {
        try Name.checkJob(definition.name)
        let model = try await platform.modelVersion(definition.model, in: definition.workspace).reference
        try JobLimits.check(
            definition.maxPayload,
            in: 0...JobLimits.payload,
            "MB (0 for no limit)",
            field: "max_payload"
        )
        try JobLimits.check(definition.maxConcurrent, in: 0...JobLimits.concurrentRequests, field: "max_concurrent")
        try JobLimits.check(environment: definition.environment)
        let isJSON = definition.input.contentType?.contains("json") ?? false
        let filters: [(String?, RecordFilter.Place)] = [
            (definition.inputFilter, .input), (definition.outputFilter, .output),
        ]
        for (text, place) in filters {
            let filter = try RecordFilter(text ?? "$", place)
            let isOfCSV = !isJSON && (place == .input || definition.join == .input)
            guard !isOfCSV || filter.fitsCSV else {
                throw RoostError(
                    .invalidInput,
                    "The \(filter.name) selects by name, but the content type is '\(definition.input.contentType ?? "")'. "
                        + "CSV values can be selected only by position, as in $[1:].",
                    field: place.field
                )
            }
        }
        try await checkBucket(of: definition.output, field: "output")
        try await checkData(of: definition.input, field: "input.uri")
        return model
    }
}
