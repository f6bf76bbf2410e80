import Buckets
import Catalog
package import Definitions
import Foundation
import Platform

extension JobService {
    /// Checks and records a training job, and queues it.
    ///
    /// - Parameters:
    ///   - request: Data that the API stores with the job.
    ///   - tuningJob: The tuning job that the job is a trial of.
    /// - Throws: ``JobRejection``, or ``RoostError`` that names the invalid field.
    package func train(
        _ definition: TrainingDefinition,
        request: String? = nil,
        tuningJob: String? = nil
    ) async throws -> TrainingJob {
        try await checkIsFree(TrainingJob.self, definition.name)
        try await check(definition)
        let job = TrainingJob(definition: definition, state: JobState(createdAt: now()), tuningJob: tuningJob)
        try await add(job, request: request)
        run(job)
        return job
    }

    package func stopTraining(_ name: String) async throws { try await stop(TrainingJob.self, name) }

    func restoreTraining() async throws {
        let message = "The server stopped while the job was running; the job starts again"
        let reset = { (job: inout TrainingJob) in
            job.metrics = []
            job.data = nil
            job.state.startedAt = nil
        }
        try await takeUp(TrainingJob.self, message, reset: reset, run: run)
    }

    private func run(_ job: TrainingJob) {
        start(job) { try await TrainingRun(run: $0, definition: job.definition).work() }
    }

    // MARK: Checks

    /// Checks a definition as far as possible before the job is accepted.
    ///
    /// - Throws: ``JobRejection``, or ``RoostError`` that names the invalid field.
    func check(_ definition: TrainingDefinition) async throws {
        try Name.checkJob(definition.name)
        _ = try await program(of: definition)
        try JobLimits.check(definition.maxRuntime, in: 1...JobLimits.trainingRuntime, "seconds", field: "max_runtime")
        try check(definition.metrics)
        try await checkBucket(of: definition.output, field: "output")
        if let checkpoints = definition.checkpoints { try await checkBucket(of: checkpoints, field: "checkpoints") }
        for (index, channel) in definition.channels.enumerated() {
            try Name.check(channel.name, what: "channel name", field: "channels[\(index)].name")
            guard !definition.channels[..<index].contains(where: { $0.name == channel.name }) else {
                throw RoostError(
                    .invalidInput,
                    "Channel '\(channel.name)' is listed twice.",
                    field: "channels[\(index)].name"
                )
            }
            try await checkData(of: channel, field: "channels[\(index)].uri")
        }
        try JobLimits.check(environment: definition.environment)
    }

    private func check(_ metrics: [MetricDefinition]) throws {
        guard metrics.count <= JobLimits.metrics else {
            throw RoostError(
                .invalidInput,
                "Too many metrics: \(metrics.count). The limit is \(JobLimits.metrics).",
                field: "metrics"
            )
        }
        for (index, metric) in metrics.enumerated() {
            guard (1...255).contains(metric.name.count) else {
                throw RoostError(
                    .invalidInput,
                    "The name of a metric must have 1 to 255 characters.",
                    field: "metrics[\(index)].name"
                )
            }
            guard metric.pattern.count <= JobLimits.patternLength else {
                throw RoostError(
                    .invalidInput,
                    "The pattern of metric '\(metric.name)' is too long. The limit is \(JobLimits.patternLength) characters.",
                    field: "metrics[\(index)].pattern"
                )
            }
        }
        _ = try MetricReader(metrics)
    }

    /// Checks that a URI is valid and that its bucket exists.
    func checkBucket(of text: String, field: String) async throws {
        let uri = try ObjectURI(text, field: field)
        guard try await platform.buckets.bucket(named: uri.bucket) != nil else {
            throw RoostError(.notFound, "The bucket '\(uri.bucket)' does not exist.", field: field)
        }
    }

    /// Checks that a channel has objects.
    func checkData(of channel: DataChannel, field: String) async throws {
        let uri = try ObjectURI(channel.uri, field: field)
        let isThere =
            switch channel.selection {
            case .manifest: try await platform.buckets.object(at: uri) != nil
            case .prefix: try await platform.buckets.hasObjects(under: uri)
            }
        guard isThere else { throw JobRejection.noData(channel, field: field) }
    }
}
