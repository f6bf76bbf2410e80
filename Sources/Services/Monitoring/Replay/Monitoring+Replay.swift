import Catalog
import Definitions
import Foundation
import InferenceLog
import Pipelines
import Platform
import Processes
import Serving
import WorkThreads

extension Monitoring {
    /// Lets a candidate answer logged requests, and compares it with the champion.
    ///
    /// - Throws: ``RoostError`` if the candidate does not fit the pipeline, or if no request of the window can be replayed.
    func makeReplayReport(
        _ request: ReportRequest,
        _ subject: Subject,
        at time: Date,
        id: String,
        excluding excluded: Set<UInt64>
    ) async throws -> MadeReport {
        _ = try window(start: request.start, end: request.end)
        let goal = try pairedGoal(request, subject)
        let (reference, requests) = try Self.parameters(request)
        let site = try ReplaySite(subject.pipeline.version.steps, replaces: request.replaces)
        let start = milliseconds(request.start ?? subject.pipeline.createdAt)
        let end = milliseconds(request.end ?? time) + (request.end == nil ? 1 : 0)
        let cancellation = ReplayCancellation()
        return try await withTaskCancellationHandler {
            // A replay that waits for another one does not hold a model.
            try await replays.pass {
                let replay = try await replay(reference, at: site, of: subject, goal.settings, requests: requests)
                return try await runOnThread(named: "replay", isYielding: true) { [self] in
                    try make(
                        replay,
                        request,
                        goal,
                        start: start,
                        end: end,
                        at: time,
                        id: id,
                        excluding: excluded,
                        cancellation
                    )
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    // MARK: Preparation

    private static func parameters(
        _ request: ReportRequest
    ) throws(RoostError) -> (candidate: ModelReference, requests: Int) {
        guard let candidate = request.candidate else {
            throw RoostError(
                .invalidInput,
                "A replay needs a 'candidate': the model version that answers the requests, such as 'house-price@v2'.",
                field: "candidate"
            )
        }
        let requests = request.requests ?? ReportRequest.defaultRequests
        guard (1...ReportRequest.requestLimit).contains(requests) else {
            throw RoostError(
                .invalidInput,
                "'requests' must be between 1 and \(ReportRequest.requestLimit).",
                field: "requests"
            )
        }
        return (candidate, requests)
    }

    /// Loads the pipeline with the candidate in its place, and checks that it fits.
    private func replay(
        _ reference: ModelReference,
        at site: ReplaySite,
        of subject: Subject,
        _ goal: PairedGoalSettings?,
        requests: Int
    ) async throws -> Replay {
        let candidate: ModelVersion
        let executable: ExecutablePipeline
        let mapping: InputMapping
        let version: PipelineVersion
        do {
            candidate = try await catalog.modelVersion(reference, in: subject.pipeline.workspace)
            version = site.version(subject.pipeline.version, with: candidate.reference)
            executable = try await platform.serving.prepare(
                subject.name,
                workspace: subject.pipeline.workspace,
                version: version
            )
            mapping = try InputMapping(
                from: subject.layout.inputs,
                of: "the pipeline's inputs",
                to: executable.plan.models[0]
            )
        } catch let error as RoostError {
            throw RoostError(error.code, error.message, field: "candidate")
        }
        let outputs = executable.plan.outputs
        try Self.check(outputs, of: candidate, instead: subject.layout.outputs)
        // Its outputs are those of the last step.
        var answering = candidate
        answering.signature.outputs = outputs
        var needsValidations = false
        if let goal {
            let metric = try ResolvedMetric(goal.metric, subject.settings.labels, subject.layout(of: outputs))
            if case .checkFailures = metric.kind { needsValidations = true }
        }
        guard !needsValidations || version.validations == subject.pipeline.version.validations else {
            throw RoostError(
                .invalidInput,
                "A validation of the pipeline names a model that the candidate replaces, or a challenger. Choose another goal.",
                field: "goal"
            )
        }
        return Replay(
            subject: subject.knowing(answering),
            site: site,
            candidate: candidate,
            executable: executable,
            mapping: mapping,
            requests: requests,
            timeLimit: platform.serving.configuration.challengerTimeLimit,
            needsValidations: needsValidations
        )
    }

    /// - Throws: ``RoostError`` if users of the pipeline would get other outputs from the candidate.
    private static func check(
        _ outputs: [TensorSpec],
        of candidate: ModelVersion,
        instead of: [TensorSpec]
    ) throws(RoostError) {
        guard outputs.count == of.count, zip(outputs, of).allSatisfy({ InputMapping.fits($0, $1) }) else {
            let list = { (specs: [TensorSpec]) in specs.map(\.description).joined(separator: ", ") }
            throw RoostError(
                .invalidInput,
                "With model '\(candidate.model)', the pipeline's outputs are \(list(outputs)); they must be \(list(of)).",
                field: "candidate"
            )
        }
    }

    // MARK: Report

    /// Blocks.
    private func make(
        _ replay: Replay,
        _ request: ReportRequest,
        _ goal: (settings: PairedGoalSettings?, notes: [String]),
        start: Int64,
        end: Int64,
        at time: Date,
        id: String,
        excluding excluded: Set<UInt64>,
        _ cancellation: ReplayCancellation
    ) throws -> MadeReport {
        let subject = replay.subject
        let logged = Array(log.batches(of: subject.name, LogWindow(start: start, end: end)))
        let result = try replay.run(
            logged,
            excluding: excluded,
            folder: platform.serving.scratchFolder,
            cancellation
        )
        guard result.replayed > 0 else {
            throw RoostError(
                .invalidInput,
                (["Not enough data: no request of pipeline '\(subject.name)' in this window can be replayed."]
                    + result.leftOut.notes).joined(separator: " "),
                field: "start"
            )
        }
        var table = LabelTable(labels, of: subject.name, wait: subject.wait, start: start, end: milliseconds(time) + 1)
        table.join(result.batches)
        var gatherer = ShadowGatherer(subject, goal: goal.settings, excluding: excluded)
        let pairs = gatherer.gather(result.batches, table)
        var notes = [
            "The candidate answered \(result.replayed) logged requests again. The champion's latency is that of the whole request; the "
                + "candidate's is that of its model, at a low priority."
        ]
        if result.older > 0 {
            notes.append(
                "\(result.older) of the requests are older than the candidate. If it was trained on them, the comparison is not fair: "
                    + "choose a 'start' after its training data."
            )
        }
        if subject.plans[subject.pipeline.version.id]?.hasFunctions == true {
            notes.append("The functions of the pipeline did not run again: the models got what the log says they got.")
        }
        notes += goal.notes + result.leftOut.notes + Self.notes(on: pairs, table)
        let report = Report(
            id: id,
            pipeline: subject.name,
            createdAt: time,
            kind: .replay,
            start: Date(milliseconds: start),
            end: Date(milliseconds: end),
            entries: result.replayed,
            notes: notes,
            experiment: nil,
            shadow: pairs.report
        )
        // The newest version may be another one later.
        var request = request
        request.candidate = replay.candidate.reference
        return MadeReport(report, request, subject, start: start, end: end, pairs, excluding: excluded)
    }
}

extension Replay.LeftOut {
    /// Says why requests are missing.
    var notes: [String] {
        let reasons: [(count: Int, reason: String)] = [
            (otherAnswer, "were answered by another model or definition"),
            (failed, "failed then"),
            (hidden, "have inputs that the log hides"),
            (cut, "are not in the log in full"),
            (unreadable, "have inputs that cannot be read again"),
            (counted, "are of units that an earlier step has counted"),
            (repeated, "have an id that a newer one has too"),
            (tooLarge, "did not fit into the \(1 << 30) bytes that a replay may take"),
            (tooLate, "came after the replay had taken ten minutes"),
            (afterTimeouts, "came after the candidate had been too slow for several requests"),
        ]
        return reasons.filter { $0.count > 0 }.map { "Not replayed: \($0.count) requests that \($0.reason)." }
    }
}

extension Monitoring.Subject {
    /// Returns the layout with the outputs of another model.
    func layout(of outputs: [TensorSpec]) -> TensorLayout {
        TensorLayout(inputs: layout.inputs, outputs: outputs, keys: Array(layout.keys))
    }
}
