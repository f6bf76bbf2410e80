import Catalog
package import Definitions
import Foundation
import InferenceLog
import NIOCore
import Pipelines
import Platform
import Serving
import Synchronization
import WorkThreads

/// Lets one load test at a time run: two would measure each other.
final class SimulationPlace: Sendable {
    private let isTaken = Mutex(false)

    func pass<Result>(_ work: () async throws -> Result) async throws -> Result {
        guard
            isTaken.withLock({ isTaken in
                defer { isTaken = true }
                return !isTaken
            })
        else {
            throw RoostError(.conflict, "Another simulation is running. Try again when it has ended.")
        }
        defer { isTaken.withLock { $0 = false } }
        return try await work()
    }
}

extension Monitoring {
    /// Sends the same requests at the same rate to each subject, one subject after the other. Nothing of it is logged, or counted as
    /// traffic.
    ///
    /// If the task is canceled, no further requests begin.
    package func simulate(_ request: SimulationRequest) async throws -> SimulationReport {
        try request.check()
        let cancellation = ReplayCancellation()
        return try await withTaskCancellationHandler {
            try await simulations.pass { try await run(request, cancellation) }
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// What a name of a subject stands for.
    private struct SimulationSubject: Sendable {
        let name: String
        let kind: SimulationReport.Kind
        let workspace: String
        let version: PipelineVersion
        /// The name of the pipeline or model.
        let target: String
        let models: Set<String>
    }

    private func run(
        _ request: SimulationRequest,
        _ cancellation: ReplayCancellation
    ) async throws -> SimulationReport {
        let workspace = request.workspace ?? Workspace.defaultName
        var subjects: [SimulationSubject] = []
        for (index, name) in request.subjects.enumerated() {
            subjects.append(try await subject(name, in: workspace, field: "subjects[\(index)]"))
        }
        var logged: [ByteBuffer]?
        if let pipeline = request.inputs.pipeline { logged = try await loggedInputs(of: pipeline, request.inputs) }
        var results: [SimulationReport.Subject] = []
        var first: [ComparedOutput?]?
        var inputs: [ByteBuffer] = logged ?? []
        var notes: [String] = []
        for subject in subjects {
            let before = MachineUsage.residentBytes()
            let loaded = Set(
                platform.serving.served.all().flatMap { $0.current.executable.models.map(\.version.id) }
            )
            let target = try await load(subject)
            if inputs.isEmpty {
                inputs = try await offload {
                    try SimulationInputs(
                        request.inputs.data ?? "",
                        request.inputs.format ?? .json,
                        for: target.current.executable.plan
                    ).bodies
                }
            }
            let run = SimulationRun(
                request: request,
                generator: LoadGenerator(
                    serving: platform.serving,
                    target: target,
                    inputs: inputs,
                    cancellation: cancellation
                )
            )
            let measured = try await measure(run, first, memoryBefore: before, cancellation)
            first = first ?? measured.outputs
            notes += measured.notes.map { "\(subject.name): \($0)" }
            var memory = measured.memory
            memory.isShared = subject.models.isSubset(of: loaded)
            results.append(
                SimulationReport.Subject(
                    name: subject.name,
                    kind: subject.kind,
                    version: subject.kind == .model ? subject.models.first ?? "" : subject.version.id,
                    requests: measured.summary.requests,
                    answered: measured.summary.answered,
                    failures: measured.failures,
                    throughput: measured.summary.throughput,
                    backlog: measured.summary.backlog,
                    isSaturated: measured.summary.isSaturated,
                    latency: measured.summary.latency,
                    memory: memory,
                    surroundings: measured.surroundings,
                    outputs: measured.comparison
                )
            )
        }
        return SimulationReport(
            createdAt: now(),
            rate: request.rate,
            duration: request.duration ?? SimulationRequest.defaultDuration,
            arrivals: request.arrivals ?? .constant,
            inputs: inputs.count,
            subjects: results,
            summary: SimulationWords.summary(of: results, rate: request.rate),
            notes: notes
        )
    }

    private func measure(
        _ run: SimulationRun,
        _ first: [ComparedOutput?]?,
        memoryBefore: Int,
        _ cancellation: ReplayCancellation
    ) async throws -> SimulationRun.Measured {
        let othersBefore = await answeredRequests()
        var measured = try await runOnThread(named: "simulation") {
            run.measure(comparingWith: first, memoryBefore: memoryBefore)
        }
        if cancellation.isCancelled { throw CancellationError() }
        measured.surroundings.otherRequests = max(0, await answeredRequests() - othersBefore)
        if measured.surroundings.otherRequests > 0 {
            let count = measured.surroundings.otherRequests
            measured.notes.append(
                "The server answered \(count) other \(count == 1 ? "request" : "requests") meanwhile."
            )
        }
        return measured
    }

    /// The requests that the server has answered to others.
    private func answeredRequests() async -> Int {
        await platform.serving.metrics().reduce(0) { $0 &+ $1.requests.load(ordering: .relaxed) }
    }

    // MARK: Subjects

    private func subject(_ name: String, in workspace: String, field: String) async throws -> SimulationSubject {
        let parts = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts.count == 1, let pipeline = try await found({ try await platform.pipeline(named: name) }) {
            var models: Set<String> = []
            for reference in pipeline.version.steps.flatMap(\.models) {
                models.insert(try await catalog.modelVersion(reference, in: pipeline.workspace).id)
            }
            for case .function(let function) in pipeline.version.steps
            where !platform.serving.functions.exists(function) {
                throw RoostError(.notFound, "Function '\(function)' does not exist.", field: field)
            }
            return SimulationSubject(
                name: name,
                kind: .pipeline,
                workspace: pipeline.workspace,
                version: pipeline.version,
                target: name,
                models: models
            )
        }
        let reference = ModelReference(name: parts[0], version: parts.count > 1 ? parts[1] : nil)
        guard let model = try await found({ try await catalog.modelVersion(reference, in: workspace) }) else {
            throw RoostError(
                .notFound,
                parts.count > 1
                    ? "There is no model version '\(name.prefix(160))' in workspace '\(workspace.prefix(80))'."
                    : "There is no pipeline '\(name.prefix(80))', and no such model in workspace '\(workspace.prefix(80))'.",
                field: field
            )
        }
        return SimulationSubject(
            name: name,
            kind: .model,
            workspace: model.workspace,
            version: PipelineVersion(
                id: model.id,
                createdAt: model.createdAt,
                steps: [.model(model.reference)],
                validations: []
            ),
            target: model.model,
            models: [model.id]
        )
    }

    /// Returns `nil` if there is no such thing.
    private func found<Value: Sendable>(_ find: () async throws -> Value) async throws -> Value? {
        do {
            return try await find()
        } catch let error as RoostError where error.code == .notFound {
            return nil
        }
    }

    private func load(_ subject: SimulationSubject) async throws -> ServedPipeline {
        let executable = try await platform.serving.prepare(
            subject.target,
            workspace: subject.workspace,
            version: subject.version
        )
        let target = platform.serving.detached(executable)
        _ = try InferenceRoute(target)
        return target
    }

    // MARK: Logged requests

    private func loggedInputs(of name: String, _ inputs: SimulationRequest.Inputs) async throws -> [ByteBuffer] {
        let subject = try await subject(name)
        let window = try window(start: inputs.start, end: inputs.end)
        let versions = Dictionary(subject.versions.map { ($0.id, $0) }) { first, _ in first }
        return try await compute { [log] in
            try SimulationInputs(
                Array(log.batches(of: name, window)),
                requests: inputs.requests ?? SimulationRequest.Inputs.defaultRequests,
                hides: { versions[$0].map(\.hidesLoggedInputs) ?? true },
                pipeline: name
            ).bodies
        }
    }
}

extension PipelineVersion {
    /// Whether the log lacks inputs, or has something else in their place. Keys are not needed.
    fileprivate var hidesLoggedInputs: Bool {
        guard let log = monitoring.log else { return false }
        return (log.omit + log.mask).contains { !keys.contains($0) }
    }
}
