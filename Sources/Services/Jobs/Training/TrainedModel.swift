package import Definitions
import Platform

/// The artifact that a training job stored, and what serves it.
package struct TrainedModel: Sendable {
    package let uri: ObjectURI
    package let framework: Framework
    /// The algorithm whose program serves the model; `nil` if a runtime loads it.
    package var algorithm: String?
    /// The environment variables of that program, which say where a script is.
    package var environment: [String: String]?
    /// The name of the training job.
    package var job = ""
}

extension JobService {
    /// Returns the model of a training job, or of the best trial of a tuning job.
    ///
    /// - Parameter field: The field of the request that names the job.
    /// - Throws: ``RoostError`` if there is no such job, or if it has no model (yet).
    package func model(ofJob name: String, field: String) async throws -> TrainedModel {
        let training = try await job(TrainingJob.self, named: name)?.job
        let tuning = try await job(TuningJob.self, named: name)?.job
        switch (training, tuning) {
        case (nil, nil):
            throw RoostError(.notFound, "There is no training or tuning job '\(name.prefix(100))'.", field: field)
        case (_?, _?):
            throw RoostError(
                .conflict,
                "There is a training job and a tuning job '\(name)'. Use the S3 URI of the artifact.",
                field: field
            )
        case (let job?, nil): return try await model(of: job, field: field)
        case (nil, let job?):
            try Self.checkHasEnded(job, field: field)
            guard let best = job.best, let trial = try await self.job(TrainingJob.self, named: best)?.job else {
                throw RoostError(.conflict, "The tuning job '\(name)' has no trial with a model.", field: field)
            }
            return try await model(of: trial, field: field)
        }
    }

    /// Returns the model that a training job stored at `uri`; `nil` if none did.
    package func model(at uri: ObjectURI, field: String) async throws -> TrainedModel? {
        // PREFIX/JOB/output/model.tar.gz
        let end = uri.key.split(separator: "/").suffix(3)
        guard end.count == 3, let name = end.first.map(String.init),
            let job = try await job(TrainingJob.self, named: name)?.job, job.model == uri.description
        else { return nil }
        return try await model(of: job, field: field)
    }

    private func model(of job: TrainingJob, field: String) async throws -> TrainedModel {
        try Self.checkHasEnded(job, field: field)
        guard let model = job.model else {
            let end =
                switch job.state.status {
                case .failed: "failed: \(job.state.failureReason ?? "no reason is known")"
                case .stopped: "was stopped before it stored a model."
                default: "stored no model."
                }
            throw RoostError(.conflict, "The training job '\(job.name)' \(end)", field: field)
        }
        var trained = try await trainedModel(at: ObjectURI(model, field: field), by: job)
        trained.job = job.name
        return trained
    }

    private func trainedModel(at uri: ObjectURI, by job: TrainingJob) async throws -> TrainedModel {
        switch try await program(of: job.definition) {
        case .builtIn(let algorithm): return TrainedModel(uri: uri, framework: algorithm.framework)
        case .own(let algorithm): return TrainedModel(uri: uri, framework: .process, algorithm: algorithm.name)
        case .script(let script):
            return TrainedModel(
                uri: uri,
                framework: .process,
                algorithm: AlgorithmName(job.definition.algorithm).repository,
                environment: [
                    "SAGEMAKER_PROGRAM": script.program, "SAGEMAKER_SUBMIT_DIRECTORY": script.source.description,
                ]
            )
        }
    }

    private static func checkHasEnded<Value: Job>(_ job: Value, field: String) throws(RoostError) {
        guard job.state.status.isFinal else {
            throw RoostError(
                .conflict,
                "The \(Value.kind.rawValue) job '\(job.name)' has not ended yet (\(job.state.status.rawValue)).",
                field: field
            )
        }
    }
}
