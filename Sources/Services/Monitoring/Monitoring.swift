package import Catalog
package import Definitions
package import Foundation
import InferenceLog
import Pipelines
package import Platform
import Processes
import Serving
import WorkThreads

/// Joins what was answered with what was true: labels, quality, and reports on experiments and shadow deploys.
package final class Monitoring: Sendable {
    /// How long a label waits for its inference, unless the pipeline says otherwise.
    package static let defaultWaitHours = 7.0 * 24

    let platform: Platform
    let catalog: Catalog
    let labels: LabelStore
    /// Each computation reads a window of the log, so only a few run at once.
    private let computations = Turnstile(capacity: 2)
    /// Each replay holds a model, and runs it for a while.
    let replays = Turnstile(capacity: 1)
    let simulations = SimulationPlace()
    /// Returns the time.
    let now: @Sendable () -> Date

    package init(
        dataFolder: String,
        catalog: Catalog,
        platform: Platform,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.platform = platform
        self.catalog = catalog
        self.now = now
        labels = LabelStore(dataFolder: dataFolder)
    }

    /// Runs what reads a window of the log, at a lower priority than requests.
    func compute<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await computations.pass { try await runOnThread(named: "monitoring", isYielding: true, work) }
    }

    var log: InferenceLog { platform.serving.log }

    func milliseconds(_ date: Date) -> Int64 { date.microseconds / 1000 }

    // MARK: Pipelines

    /// How long a label waits for its inference, in milliseconds.
    static func wait(_ pipeline: Pipeline) -> Int64 {
        let hours = pipeline.version.monitoring.labels?.waitHours ?? defaultWaitHours
        return Int64(clamping: Int(saturating: hours * 3_600_000))
    }

    /// What is known about a pipeline whose log is read.
    struct Subject: Sendable {
        private(set) var pipeline: Pipeline
        /// The newest first.
        let versions: [PipelineVersion]
        let plans: [String: PipelinePlan]
        private(set) var models: [String: ModelVersion]
        private(set) var layout: TensorLayout

        var name: String { pipeline.name }
        var settings: MonitoringSettings { pipeline.version.monitoring }

        /// Returns the subject with the inputs and outputs of an earlier version.
        func reading(_ plan: PipelinePlan) -> Subject {
            var subject = self
            subject.layout = TensorLayout(inputs: plan.inputs, outputs: plan.outputs, keys: plan.keys)
            return subject
        }

        /// Returns the subject as it was with an earlier version; as it is if there is no such version anymore.
        func with(_ version: String?) -> Subject {
            guard let earlier = versions.first(where: { $0.id == version }), let plan = plans[earlier.id] else {
                return self
            }
            var subject = reading(plan)
            subject.pipeline.version = earlier
            return subject
        }

        /// Returns the subject with one more model version.
        func knowing(_ model: ModelVersion) -> Subject {
            var subject = self
            subject.models[model.id] = model
            return subject
        }

        /// How long a label waits for its inference, in milliseconds.
        var wait: Int64 { Monitoring.wait(pipeline) }
    }

    /// - Throws: ``RoostError`` if there is no such pipeline, or if it has no steps.
    func subject(_ name: String) async throws -> Subject {
        let pipeline = try await platform.pipeline(named: name)
        guard !pipeline.version.steps.isEmpty else {
            throw RoostError(.invalidInput, "Pipeline '\(name)' has no steps.", field: "pipeline")
        }
        let versions = try await platform.pipelineVersions(of: name)
        var references: [ModelReference: ModelVersion] = [:]
        for reference in versions.flatMap({ $0.steps.flatMap(\.models) }) where references[reference] == nil {
            references[reference] = try? await catalog.modelVersion(reference, in: pipeline.workspace)
        }
        var plans: [String: PipelinePlan] = [:]
        for version in versions {
            plans[version.id] = try? PipelinePlan(
                pipeline: name,
                steps: version.steps,
                validations: [],
                experiment: version.experiment,
                version: { reference throws(RoostError) in
                    guard let model = references[reference] else {
                        throw RoostError(.notFound, "Model '\(reference)' does not exist.")
                    }
                    return model
                }
            )
        }
        guard let plan = plans[pipeline.version.id] else {
            throw RoostError(.conflict, "The models of pipeline '\(name)' no longer exist.", field: "pipeline")
        }
        return Subject(
            pipeline: pipeline,
            versions: versions,
            plans: plans,
            models: Dictionary(references.values.map { ($0.id, $0) }) { first, _ in first },
            layout: TensorLayout(inputs: plan.inputs, outputs: plan.outputs, keys: plan.keys)
        )
    }

    /// Reads a window of the log, and the labels that belong to it. Blocks.
    ///
    /// - Parameter end: Labels that came after it are left out.
    func labeledLog(
        of subject: Subject,
        _ window: LogWindow,
        labelsUntil end: Date? = nil
    ) -> (batches: [LogBatch], labels: LabelTable) {
        var table = LabelTable(
            labels,
            of: subject.name,
            wait: subject.wait,
            start: window.start,
            end: end.map { milliseconds($0) + 1 }
        )
        let batches = Array(log.batches(of: subject.name, window))
        table.join(batches)
        return (batches, table)
    }

    /// Checks a window from outside.
    func window(start: Date?, end: Date?) throws(RoostError) -> LogWindow {
        if let start, let end, start >= end {
            throw RoostError(.invalidInput, "'start' must be before 'end'.", field: "start")
        }
        return LogWindow(start: start.map(milliseconds), end: end.map(milliseconds))
    }
}
