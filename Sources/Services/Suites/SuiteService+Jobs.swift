import Catalog
import Definitions
import Events
import Foundation
import Jobs
import Logging
import Platform
import Serving

/// Training jobs whose models are imported and tested.
extension SuiteService {
    /// Imports the models of the training jobs that have ended since the last call. What was done is not done again.
    func takeJobs() async throws {
        guard var cursor = try await catalog.suiteCursor() else { return }
        while true {
            var query = EventQuery()
            query.kinds = [.jobCompleted]
            query.after = cursor
            query.limit = 100
            let events = try await catalog.events(query)
            guard let last = events.last else { return }
            for event in events {
                if event.details["kind"] == TrainingJob.kind.rawValue { try await takeJob(event.subject.name) }
                try await catalog.setSuiteCursor(event.sequence)
            }
            cursor = last.sequence
        }
    }

    private func takeJob(_ name: String) async throws {
        guard let job = try await catalog.job(TrainingJob.self, named: name)?.job else { return }
        let all = try await catalog.suites(in: nil, NamedPage(limit: Self.countLimit)).found
        let suites = all.filter { suite in
            guard let pattern = suite.definition.trainingJobs else { return false }
            return NamePattern(pattern).matches(job.name) || NamePattern(pattern).matches(job.definition.algorithm)
        }
        var imported: [String: ModelVersion] = [:]
        for suite in suites {
            let place = "\(suite.workspace)/\(suite.model)"
            do {
                let version =
                    if let known = imported[place] { known } else { try await importModel(of: job, for: suite) }
                imported[place] = version
                try await queue(suite, version, job.name)
            } catch let error as RoostError {
                logger.error(
                    "Could not import the model of a training job",
                    metadata: ["suite": "\(suite.name)", "job": "\(name)", "error": "\(error)"]
                )
                await platform.serving.events.record(
                    .suiteFailed,
                    on: .init(.suite, suite.name),
                    "Suite '\(suite.name)' could not be run: the model of training job '\(name)' could not be imported: "
                        + "\(error.message.prefix(500))",
                    details: ["job": name, "model": suite.model, "outcome": SuiteRun.Outcome.error.rawValue]
                )
            }
        }
    }

    /// Makes the model of a job a version of a suite's model. If it is one, returns that.
    private func importModel(of job: TrainingJob, for suite: Suite) async throws -> ModelVersion {
        let field = "training_jobs"
        let trained = try await jobs.model(ofJob: job.name, field: field)
        let upload = try await platform.beginUpload(
            of: suite.model,
            to: suite.workspace,
            from: trained.uri,
            upTo: Self.artifactLimit,
            field: field
        )
        return try await platform.finish(
            upload,
            as: suite.model,
            in: suite.workspace,
            framework: trained.framework,
            algorithm: trained.algorithm,
            environment: trained.environment,
            origin: UploadOrigin(job: job.name)
        ).version
    }

    /// Says that the run of a new version is because of a job, or adds one if the version was there before.
    private func queue(_ suite: Suite, _ version: ModelVersion, _ job: String) async throws {
        let open = try await catalog.openSuiteRuns().first {
            $0.suite == suite.name && $0.model == version.reference && $0.cause == .upload && $0.outcome == .pending
        }
        if var open {
            (open.cause, open.job) = (.trainingJob, job)
            return try await catalog.saveSuiteRun(open)
        }
        let last = try await catalog.latestSuiteRun(suite.name, revision: suite.revision, version: version.id)
        guard last?.job != job else { return }
        try await catalog.addSuiteRun(
            SuiteRun(
                id: UUID().uuidString.lowercased(),
                suite: suite.name,
                revision: suite.revision,
                model: version.reference,
                workspace: suite.workspace,
                cause: .trainingJob,
                job: job,
                createdAt: now()
            )
        )
    }
}

/// A pattern in which `*` is any text.
struct NamePattern {
    private let parts: [Substring]

    init(_ text: String) { parts = text.split(separator: "*", omittingEmptySubsequences: false) }

    func matches(_ name: String) -> Bool {
        guard parts.count > 1 else { return parts.first.map { $0 == name } ?? name.isEmpty }
        guard let first = parts.first, let last = parts.last, name.hasPrefix(first) else { return false }
        var rest = name.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.range(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}
