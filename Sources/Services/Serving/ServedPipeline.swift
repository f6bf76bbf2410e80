import Definitions
package import InferenceLog
package import Pipelines
import Synchronization

/// A deployed pipeline that answers requests.
package final class ServedPipeline: Sendable {
    package let name: String
    package let log: InferenceStream
    package let metrics: PipelineMetrics
    private let state: Mutex<ServedVersion>

    init(_ executable: ExecutablePipeline, log: InferenceStream, metrics: PipelineMetrics) {
        name = executable.name
        self.log = log
        self.metrics = metrics
        state = Mutex(ServedVersion(executable, metrics: metrics, seenUnits: SeenUnits()))
    }

    /// The version that new requests run. Its models stay loaded while anyone holds a reference to it.
    package var current: ServedVersion { state.withLock { $0 } }

    /// Makes new requests run `executable`. Requests in flight finish with the old version.
    func swap(to executable: ExecutablePipeline) {
        let before = current
        // A unit that another version of the experiment counted is not counted again.
        let isSameExperiment =
            before.executable.plan.experiment.map { $0.id == executable.plan.experiment?.id } ?? false
        let seenUnits = isSameExperiment ? before.seenUnits : SeenUnits()
        let version = ServedVersion(executable, metrics: metrics, seenUnits: seenUnits)
        // This may free the old version and its models, so it must not happen under the lock.
        let old = state.withLock { current in
            let old = current
            current = version
            return old
        }
        withExtendedLifetime(old) {}
    }
}

/// A version of a pipeline that answers requests, with its models' metrics and log subjects.
package final class ServedVersion: Sendable {
    /// The metrics and log subjects of a model.
    struct Model: Sendable {
        let metrics: ModelMetrics
        let champion: LogSubject
        let challenger: LogSubject

        /// - Parameter name: The model's name in this pipeline; `nil` for its own name.
        init(
            _ version: ModelVersion,
            name: String?,
            of executable: ExecutablePipeline,
            _ metrics: PipelineMetrics,
            _ policy: LogPolicy
        ) {
            self.metrics = metrics.model(version, name: name)
            champion = executable.subject(of: version, named: name, .champion, variant: name, policy: policy)
            challenger = executable.subject(of: version, named: name, .challenger, variant: name, policy: policy)
        }
    }

    /// A model that answers under the name of a variant.
    package struct Variant: Sendable {
        package let name: String
        let model: Model
        /// The counts since this version of the pipeline began to answer.
        package let counts = VariantCounts()
        let traffic: Traffic
    }

    package let executable: ExecutablePipeline
    /// In the order of the executable's models.
    let models: [Model]
    /// In the order of the plan's variants.
    package let variants: [Variant]
    /// In the order of the plan's arms.
    package let arms: [ArmCounts]
    /// In the order of the plan's arms.
    package let armLatencies: [ArmLatency]
    /// When the version began to answer, in milliseconds since 1970.
    package let began = Serving.millisecondsNow()
    package let seenUnits: SeenUnits
    /// Of the requests that no variant answers.
    let traffic: Traffic
    private let namedChallengers: [String: Model]
    /// For each arm of the experiment, the log subject of each model that may answer.
    private let assigned: [[LogSubject]]
    /// What the log keeps of an inference.
    package let logPolicy: LogPolicy

    init(_ executable: ExecutablePipeline, metrics: PipelineMetrics, seenUnits: SeenUnits) {
        self.executable = executable
        self.seenUnits = seenUnits
        traffic = metrics.traffic()
        let plan = executable.plan
        arms = plan.arms.map { _ in ArmCounts(latencyBudget: plan.latencyBudget) }
        armLatencies = plan.arms.map { _ in ArmLatency() }
        // Variants may have inputs of their own.
        let inputs = plan.isUniform ? [plan.inputs] : executable.models.map(\.version.signature.inputs)
        let logPolicy = plan.log.map { LogPolicy($0, inputs) } ?? LogPolicy()
        self.logPolicy = logPolicy
        models = executable.models.map { Model($0.version, name: nil, of: executable, metrics, logPolicy) }
        variants = plan.variants.map { variant in
            let version = executable.models[variant.model].version
            return Variant(
                name: variant.name,
                model: Model(version, name: variant.name, of: executable, metrics, logPolicy),
                traffic: metrics.traffic(ofVariant: variant.name)
            )
        }
        namedChallengers = plan.namedChallengers.reduce(into: [:]) { named, challenger in
            let version = executable.models[challenger.value].version
            named[challenger.key] = Model(version, name: challenger.key, of: executable, metrics, logPolicy)
        }
        assigned = plan.arms.map { arm in
            executable.models.map { model in
                executable.subject(
                    of: model.version,
                    named: plan.variants.isEmpty ? nil : arm.name,
                    .champion,
                    variant: arm.name,
                    assignment: plan.experiment.map { LogSubject.Assignment(experiment: $0.id, share: arm.share) },
                    policy: logPolicy
                )
            }
        }
    }

    /// Returns the subject of the log entry of a run.
    ///
    /// - Parameter isTargeted: Whether the caller chose the variant, so that the run is not part of the experiment.
    func subject(modelIndex: Int, variant: Int?, arm: Int?, isTargeted: Bool) -> LogSubject {
        if let arm, !isTargeted { return assigned[arm][modelIndex] }
        return variant.map { variants[$0].model.champion } ?? models[modelIndex].champion
    }

    func challenger(_ shadow: ExecutablePipeline.ShadowRun) -> Model {
        namedChallengers[shadow.name] ?? models[shadow.modelIndex]
    }
}

/// The results of a variant, which alarms of a gradual update are evaluated on.
package final class VariantCounts: Sendable {
    private let failed = Atomic<Int>(0)
    package let latency = Histogram()

    package var failures: Int { failed.load(ordering: .relaxed) }

    package func fail() { failed.add(1, ordering: .relaxed) }
    func answer(nanoseconds: Int) { latency.observe(nanoseconds: nanoseconds) }
}

/// The deployed pipelines and the models that are loaded for them, by name.
package final class ServedPipelines: Sendable {
    private struct State {
        var pipelines: [String: ServedPipeline] = [:]
        /// Each loaded model version as a pipeline of one step, by the model's name, newest version first.
        var models: [String: [ServedPipeline]] = [:]
    }

    private let state = Mutex(State())

    package subscript(name: String) -> ServedPipeline? { state.withLock { $0.pipelines[name] } }

    package func all() -> [ServedPipeline] {
        state.withLock { Array($0.pipelines.values) }.sorted { $0.name < $1.name }
    }

    /// Returns the loaded versions of the models with this name, newest first.
    package func models(named name: String) -> [ServedPipeline] { state.withLock { $0.models[name] ?? [] } }

    func set(_ pipeline: ServedPipeline) { state.withLock { $0.pipelines[pipeline.name] = pipeline } }
    func remove(_ name: String) { _ = state.withLock { $0.pipelines.removeValue(forKey: name) } }
    func setModels(_ models: [String: [ServedPipeline]]) { state.withLock { $0.models = models } }
}

extension ExecutablePipeline {
    fileprivate func subject(
        of version: ModelVersion,
        named name: String?,
        _ role: InferenceRecord.Role,
        variant: String?,
        assignment: LogSubject.Assignment? = nil,
        policy: LogPolicy
    ) -> LogSubject {
        LogSubject(
            modelName: name ?? version.model,
            modelVersion: version.id,
            role: role,
            pipelineName: self.name,
            pipelineVersion: versionID,
            variant: variant,
            assignment: assignment,
            keys: plan.keys,
            policy: policy
        )
    }
}

extension LogPolicy {
    /// - Parameter inputs: Of each model that may read a request.
    fileprivate init(_ settings: LogSettings, _ inputs: [[TensorSpec]]) {
        self.init(
            omit: settings.omit,
            mask: settings.mask,
            features: inputs.joined().compactMap { spec in spec.featureNames.map { (spec.name, $0) } },
            hasOneInput: inputs.allSatisfy { $0.count == 1 }
        )
        switch settings.keep {
        case .all: maxBytes = .max
        case .bytes(let count): maxBytes = count
        case .firstRows(let count): (maxBytes, rowLimit) = (.max, .first(count))
        case .sampleRows(let count): (maxBytes, rowLimit) = (.max, .sample(count))
        }
    }
}
