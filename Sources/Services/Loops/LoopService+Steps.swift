import Catalog
import Definitions
import Endpoints
import Events
import Foundation
import Jobs
import Logging
import Monitoring
import Platform

/// The steps of runs. Each can be carried out again after a restart: what it begins has a name that follows from the run's.
extension LoopService {
    /// - Throws: ``RoostError`` with the reason if the step fails.
    func carryOut(_ kind: LoopRun.StepKind, _ running: Running) async throws -> LoopProgress.Input {
        let (run, definition) = (running.progress.run, running.definition)
        switch kind {
        case .build: return try await build(run, definition)
        case .train: return try await train(run, definition)
        case .test: return try await test(run, definition)
        case .release: return try await release(run, definition)
        case .tell:
            let text = definition.then.tell ?? ""
            return .succeeded(finding: try LoopMessage(text).text(about: run), LoopRun.Links())
        }
    }

    /// Ends what a step has begun, and waits for that.
    ///
    /// - Returns: `false` if the server is about to stop.
    func takeBack(_ kind: LoopRun.StepKind, _ run: LoopRun) async -> Bool {
        while !isClosed {
            do {
                try await end(kind, of: run)
                return !isClosed
            } catch {
                if isClosed { return false }
                // Nothing may go on beside the next run.
                logger.error(
                    "Could not end a step of a loop",
                    metadata: ["loop": "\(run.loop)", "step": "\(kind.rawValue)", "error": "\(error)"]
                )
                try? await clock.sleep(for: .seconds(1))
            }
        }
        return false
    }

    private func end(_ kind: LoopRun.StepKind, of run: LoopRun) async throws {
        switch kind {
        case .build, .test, .tell: break
        case .train:
            let job = Self.job(of: run.loop, run: run.id)
            do {
                try await jobs.stopTraining(job)
            } catch JobRejection.missing {
                return
            } catch JobRejection.ended {
                return
            }
            _ = try await jobs.ended(TrainingJob.self, job)
        case .release:
            do {
                _ = try await releases.abort(run.id, by: "loop \(run.loop)")
            } catch let error as RoostError where [.notFound, .conflict].contains(error.code) {
                // It has not begun, or has ended.
                return
            }
            _ = try await ended(run.id)
        }
    }

    // MARK: Training

    private func build(_ run: LoopRun, _ definition: LoopDefinition) async throws -> LoopProgress.Input {
        guard let request = definition.then.build else { throw CancellationError() }
        let set = try await monitoring.makeTrainingSet(request, of: run.pipeline, in: Self.folder(of: run))
        return .succeeded(finding: set.summary, LoopRun.Links(data: set))
    }

    /// The folder of a run below the output of its step `build`.
    private static func folder(of run: LoopRun) -> String { "\(run.loop)/\(run.id.prefix(13))" }

    /// The name of the training job of a run.
    static func job(of loop: String, run: String) -> String {
        let base = loop.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }.prefix(44)
        return String(base) + "-" + run.prefix(13).filter { $0 != "-" }
    }

    private func train(_ run: LoopRun, _ definition: LoopDefinition) async throws -> LoopProgress.Input {
        guard var training = definition.then.train else { throw CancellationError() }
        training.name = Self.job(of: run.loop, run: run.id)
        if let data = run[.build]?.links.data {
            training.setChannel("train", data.train.uri)
            if let validation = data.validation { training.setChannel("validation", validation.uri) }
        }
        try await note(run, LoopRun.Links(job: training.name))
        // After a restart, the job is there.
        if try await jobs.job(TrainingJob.self, named: training.name) == nil { _ = try await jobs.train(training) }
        let job = try await jobs.ended(TrainingJob.self, training.name)
        guard job.state.status == .completed else {
            let reason = job.state.failureReason.map { ": \($0)" } ?? "."
            throw RoostError(
                .conflict,
                "Training job '\(job.definition.name)' ended with status \(job.state.status.rawValue)\(reason)"
            )
        }
        let version = try await addVersion(ofJob: training.name, run, definition)
        var finding = "Training job '\(training.name)' made version '\(version)'."
        let metrics = job.metrics.prefix(3).map { "\($0.name) \(Self.text($0.value))" }
        if !metrics.isEmpty { finding += " \(metrics.joined(separator: ", "))." }
        return .succeeded(finding: finding, LoopRun.Links(job: training.name, version: version.description))
    }

    private static func text(_ number: Double) -> String { String(format: "%.6g", number) }

    /// Makes the model of a job a new version of the pipeline's model. If that was done before, the version is that one.
    private func addVersion(
        ofJob job: String,
        _ run: LoopRun,
        _ definition: LoopDefinition
    ) async throws -> ModelReference {
        let pipeline = try await platform.pipeline(named: run.pipeline)
        let name = try Self.model(definition.model, in: pipeline)
        let trained = try await jobs.model(ofJob: job, field: "train")
        let upload = try await platform.beginUpload(
            of: name,
            to: pipeline.workspace,
            from: trained.uri,
            upTo: .max,
            field: "train"
        )
        return try await platform.finish(
            upload,
            as: name,
            in: pipeline.workspace,
            framework: trained.framework,
            algorithm: trained.algorithm,
            environment: trained.environment,
            origin: UploadOrigin(job: job, by: "loop \(run.loop)")
        ).version.reference
    }

    // MARK: Release

    /// The new version that a run has made.
    func version(of run: LoopRun) throws(RoostError) -> ModelReference {
        let text = run[.train]?.links.version ?? ""
        let parts = text.split(separator: "@", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw RoostError(.conflict, "The run has made no model version.") }
        return ModelReference(name: parts[0], version: parts[1])
    }

    private func release(_ run: LoopRun, _ definition: LoopDefinition) async throws -> LoopProgress.Input {
        let candidate = try version(of: run)
        let planned = definition.then.release(of: candidate, in: run.pipeline, replaces: definition.model)
        guard let planned else { throw CancellationError() }
        // The release has the ID of the run, so that it is begun once.
        if try await catalog.release(run.id) == nil {
            _ = try await releases.start(planned, by: "loop \(run.loop)", id: run.id)
        }
        try await note(run, LoopRun.Links(release: run.id))
        let release = try await ended(run.id)
        let reason = release.reason.map { " \($0)" } ?? ""
        guard release.state == .promoted else {
            throw RoostError(
                .conflict,
                "'\(candidate)' was not promoted: release \(run.id.prefix(8)) was \(release.state.words).\(reason)"
            )
        }
        return .succeeded(finding: "'\(candidate)' is the champion.\(reason)", LoopRun.Links(release: run.id))
    }

    /// Waits until a release has ended, and returns it.
    private func ended(_ id: String) async throws -> Release {
        while true {
            let release = try await releases.status(id).release
            if !release.state.isOpen { return release }
            try await clock.sleep(for: .milliseconds(500))
        }
    }
}

extension TrainingDefinition {
    /// Gives a channel its data. If there is none of that name, adds one with CSV.
    fileprivate mutating func setChannel(_ name: String, _ uri: String) {
        guard let index = channels.firstIndex(where: { $0.name == name }) else {
            channels.append(DataChannel(name: name, uri: uri, contentType: "text/csv"))
            return
        }
        channels[index].uri = uri
        channels[index].selection = .prefix
        channels[index].isCompressed = false
        channels[index].contentType = channels[index].contentType ?? "text/csv"
    }
}

extension TrainingSet {
    /// What became of the rows, in a sentence or two.
    fileprivate var summary: String {
        var text = "\(train.rows) rows for training"
        if let validation { text += ", \(validation.rows) for validation" }
        var others: [String] = []
        for (count, what) in [
            (counts.unlabeled, "without a label"), (counts.incomplete, "without a feature"),
            (counts.wrongType, "of the wrong type"), (counts.older, "older ones"),
        ] where count > 0 { others.append("\(count) \(what)") }
        text += others.isEmpty ? "." : ". Left out: \(others.joined(separator: ", "))."
        if counts.repeated > 0 { text += " \(counts.repeated) lines repeat rows." }
        if counts.added > 0 { text += " \(counts.added) lines came from the existing data set." }
        return text
    }
}
