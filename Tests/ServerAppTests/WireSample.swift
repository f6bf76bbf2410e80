import Definitions
import Foundation
import NativeAPI
import Tensors

@testable import ServerApp

/// Values of all types with a schema that are encoded as they are declared. Every optional property has a value.
enum WireSample {
    static func all() throws -> [any WireType & Encodable] {
        try server() + models() + pipelines() + monitoring() + diagnosis() + releases() + assays() + events() + jobs()
            + functions() + simulations() + learningCurves() + suites() + gates() + loops()
            + quotas()
            + buckets() + series() + overview() + endpoints() + comparisons()
            + [
                V2Live(live: true), V2Ready(ready: false), V2ModelReady(name: "m", ready: true),
            ]
    }

    private static func server() throws -> [any WireType & Encodable] {
        [
            ErrorBody(RoostError(.invalidInput, "No.", field: "name")),
            AWSAccess(certificate: "PEM", verifiesSignatures: true),
            ServerStatus(
                version: "1.2.3",
                state: .ready,
                isSafeMode: false,
                uptimeSeconds: 1.5,
                runtimes: [.init(name: "onnxruntime", version: "1.22", isLoaded: true)],
                pipelines: 1,
                memoryMegabytes: 80.5,
                warnings: ["Careful."]
            ),
            NewWorkspace(name: "team"),
            WorkspaceList(workspaces: [
                Workspace(id: 1, name: "team", createdAt: time, models: ["m"], pipelines: ["p"])
            ]),
        ]
    }

    private static func buckets() -> [any WireType & Encodable] {
        let object = ObjectRecord(
            key: "k",
            blob: "b",
            byteCount: 1,
            etag: "00",
            contentType: "text/csv",
            modifiedAt: time
        )
        return [
            BucketList(buckets: [Bucket(BucketRecord(name: "b", region: "us-east-1", createdAt: time))], total: 1),
            ObjectList(objects: [StoredObject(object)], prefixes: ["a/"], next: "k"),
        ]
    }

    private static func quotas() throws -> [any WireType & Encodable] {
        let requests = [QuotaRequest.Status.pending, .approved, .denied].map { status in
            QuotaRequest(
                id: "1",
                service: "sagemaker",
                code: "L-1",
                name: "Jobs",
                value: 2,
                status: status,
                createdAt: time
            )
        }
        let quota = Quota(service: "sagemaker", code: "L-1", name: "Jobs", value: 1, unit: "None", isAdjustable: true)
        return [QuotaList(quotas: [quota], requests: requests)]
    }

    private static func models() throws -> [any WireType & Encodable] {
        var input = TensorSpec(name: "x", dataType: .fp32, shape: [-1, 2], featureNames: ["a", "b"])
        input.hasAnyRank = true
        var version = ModelVersion(
            id: "0a1b2c3d-0000-4000-8000-000000000000",
            model: "m",
            workspace: "team",
            framework: .xgboost,
            sha256: "00",
            byteCount: 1,
            signature: Signature(inputs: [input], outputs: [input]),
            tags: ["best"],
            createdAt: time
        )
        version.algorithm = "patience"
        version.algorithmVersion = "1"
        version.codeSHA256 = "00"
        version.environment = ["A": "b"]
        version.image = "patience:1"
        version.lineage = Lineage(
            job: .init(kind: .training, name: "j", tuningJob: "search"),
            data: [DataDigest(channel: "train", uri: "s3://b/train", sha256: "00", objects: 1)],
            parent: ModelReference(name: "m", version: "1"),
            by: "ann"
        )
        version.suites = [
            SuiteVerdict(
                suite: "s",
                revision: 2,
                outcome: .passed,
                run: "0a1b2c3d-0000-4000-8000-000000000000",
                endedAt: time
            )
        ]
        version.boosting = Boosting(rounds: 3, bestIteration: 1, trees: .best)
        let model = Model(name: "m", workspace: "team", createdAt: time, versions: [version])
        let algorithm = CustomAlgorithm(
            name: "patience",
            version: "1",
            trains: true,
            serves: false,
            byteCount: 1,
            createdAt: time
        )
        let deletion = Deletion(
            workspaces: ["team"],
            models: ["m"],
            modelVersions: [version.reference],
            pipelines: ["p"],
            pipelineVersions: ["p@1"],
            reports: ["1"],
            freedBytes: 1
        )
        let use = ModelUse(pipeline: "p", version: model.versions[0].id, answers: true)
        return [
            ModelList(models: [model], total: 1), AlgorithmList(algorithms: [algorithm]), deletion,
            ModelVersionList(
                versions: model.versions,
                total: 1,
                suites: [model.versions[0].id: [SuiteRun.Outcome.passed.rawValue: 1]]
            ),
            ModelUseList(uses: [use], more: 1),
        ]
    }

    private static func pipelines() throws -> [any WireType & Encodable] {
        let model = ModelReference(name: "m", version: "1")
        let steps: [Step] = [
            .model(model),
            .randomSplit(RandomSplit(models: [.init(model: model, weight: 0.5, name: "a")], hashKey: "user")),
            .keySplit(KeySplit(key: "country", defaultModel: model, models: ["de": model], shares: ["de": 0.5])),
            .shadowDeploy(ShadowDeploy(champion: model, challengers: [model], share: 0.5, names: ["a", "b"])),
            .function(FunctionStep(name: "bag", version: "live")),
        ]
        let validations = [Validation(name: "low", expression: "m.outputs[0][0] < 1")]
        let goal = GoalMetric(
            metric: "outputs[0][0]",
            better: .lower,
            minimum: 0,
            maximum: 10,
            budgetMilliseconds: 5,
            smallestEffect: 0.1,
            alpha: 0.01
        )
        let monitoring = MonitoringSettings(
            goal: goal,
            guardrails: [GuardrailMetric(metric: goal, limit: 0.01)],
            labels: LabelSettings(kind: .class, prediction: "outputs[0]", threshold: 0.4, waitHours: 24),
            log: LogSettings(keep: .sampleRows(3), omit: ["name"], mask: ["age"])
        )
        let experiment = Experiment(
            id: "0193a5c0-0000-7000-8000-000000000000",
            startedAt: time,
            salt: .max,
            intervals: [Experiment.Interval(choice: 0, upTo: 1)]
        )
        let version = PipelineVersion(
            id: "1",
            createdAt: time,
            tags: ["good"],
            steps: steps,
            validations: validations,
            monitoring: monitoring,
            experiment: experiment,
            promotion: promotion
        )
        let deployment = Deployment(
            pipeline: "p",
            state: .running,
            version: "1",
            previousVersion: "0",
            error: "It failed.",
            updatedAt: time,
            models: [
                DeployedModel(
                    model: "m",
                    version: "1",
                    framework: .onnx,
                    runTimeMicroseconds: 1.5,
                    runsOn: "event loop"
                )
            ]
        )
        let pipeline = Pipeline(
            name: "p",
            workspace: "team",
            createdAt: time,
            updatedAt: time,
            tags: ["best"],
            version: version,
            deployment: deployment
        )
        return [
            PipelineDefinition(
                name: "p",
                workspace: "team",
                steps: steps,
                validations: validations,
                monitoring: monitoring
            ),
            LogSettings(keep: .all), LogSettings(keep: .bytes(1)), LogSettings(keep: .firstRows(1)),
            PipelineList(pipelines: [pipeline], total: 1), PipelineVersionList(versions: [version], total: 1),
            NewDeployment(version: "1"),
        ]
    }

    private static func jobs() throws -> [any WireType & Encodable] {
        var state = JobState(createdAt: time)
        state.startedAt = time
        state.end(.failed, phase: "Failed", reason: "ClientError: no.", at: time)
        let channel = DataChannel(name: "train", uri: "s3://b/k", contentType: "text/csv", isCompressed: true)
        let training = TrainingDefinition(
            name: "one",
            algorithm: "patience",
            hyperparameters: ["a": "1"],
            channels: [channel],
            output: "s3://b/out",
            environment: ["A": "b"],
            metrics: [MetricDefinition(name: "loss", pattern: "loss: (.*)")],
            checkpoints: "s3://b/checkpoints"
        )
        var trained = TrainingJob(definition: training, state: state, tuningJob: "search")
        trained.model = "s3://b/out/model.tar.gz"
        trained.modelSHA256 = "00"
        trained.data = [DataDigest(channel: "train", uri: "s3://b/train", sha256: "00", objects: 1)]
        trained.metrics = [MetricValue(name: "loss", value: 0.5, time: time)]

        var tuned = TuningJob(definition: tuning(training), state: state)
        tuned.best = "one"
        tuned.bestValue = 0.5

        var transform = TransformDefinition(
            name: "one",
            model: ModelReference(name: "m", version: "1"),
            workspace: "team",
            input: channel,
            output: "s3://b/out"
        )
        transform.accept = "text/csv"
        transform.inputFilter = "$.a"
        transform.outputFilter = "$.b"
        transform.environment = ["A": "b"]
        return [
            JobList(jobs: [trained], nextOffset: 1, total: 2), JobList(jobs: [tuned], nextOffset: 1, total: 2),
            JobList(jobs: [TransformJob(definition: transform, state: state)], nextOffset: 1, total: 2),
            JobLog(events: [.init(time: time, message: "loss: 0.5")], next: 10),
        ]
    }

    private static func functions() throws -> [any WireType & Encodable] {
        var definition = FunctionDefinition()
        definition.runtime = "python3.14"
        definition.handler = "function.handler"
        definition.timeoutSeconds = 3
        definition.memoryMegabytes = 128
        definition.storageMegabytes = 512
        definition.description = "Counts words."
        definition.environment = ["A": "b"]
        definition.concurrency = .reserved(2)
        definition.code = Data("PK".utf8)
        definition.source = "def handler(event, context): return event"

        var version = FunctionVersion(
            number: Function.latest,
            configuration: FunctionConfiguration(runtime: "python3.14", handler: "function.handler"),
            code: FunctionCode(digest: "00", byteCount: 1),
            modifiedAt: time,
            revision: "1"
        )
        version.configuration.environment = ["A": "b"]
        version.configuration.layers = [LayerReference(name: "words", number: 1)]
        var function = Function(name: "bag", id: "1", createdAt: time, code: version)
        function.published = [version]
        function.aliases = [FunctionAlias(name: "live", version: "1", revision: "1")]
        function.aliases[0].routing = ["2": 0.5]
        function.urls = [FunctionURL(id: "abc", qualifier: "live", authType: "NONE", createdAt: time)]
        function.reservedConcurrency = 2
        let failed = QueuedEvent(
            id: "1",
            function: "bag",
            functionID: "1",
            qualifier: "live",
            acceptedAt: time,
            byteCount: 2,
            state: .failed,
            reason: "the server ended"
        )
        return [
            definition, FunctionList(functions: [FunctionDescription(function)], total: 1),
            FunctionLog(events: [.init(time: time, stream: "s", message: "START")]),
            FunctionEventList(events: [.init(failed)]),
        ]
    }

    private static func tuning(_ training: TrainingDefinition) -> TuningDefinition {
        let objective = TuningDefinition.Objective(metric: "loss", direction: .minimize)
        let ranges = [
            HyperparameterRange(name: "depth", values: .integer(min: 1, max: 5, scaling: .auto)),
            HyperparameterRange(name: "eta", values: .continuous(min: 0.1, max: 0.5, scaling: .logarithmic)),
            HyperparameterRange(name: "booster", values: .categorical(["a", "b"])),
        ]
        var tuning = TuningDefinition(
            name: "search",
            objective: objective,
            ranges: ranges,
            maxTrials: 2,
            training: training
        )
        tuning.resource = .init(min: 1, max: 9)
        tuning.seed = 7
        tuning.target = 0.1
        tuning.maxTrialsWithoutImprovement = 3
        tuning.maxRuntime = 60
        tuning.warmStart = .init(parents: ["earlier"], isIdentical: true)
        tuning.others = [.init(objective: objective, ranges: ranges, training: training)]
        return tuning
    }

    static let time = Date(timeIntervalSince1970: 1_795_000_000)
}
