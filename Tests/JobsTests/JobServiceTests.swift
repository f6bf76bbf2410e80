import Archives
import Buckets
import Catalog
import DataFolder
import Definitions
import Files
import Foundation
import LineLogs
import Logging
import Platform
import Programs
import Runtimes
import Storage
import TestSupport
import Testing

@testable import Jobs

@Suite("Job service")
struct JobServiceTests {
    private let program = """
        #!/bin/sh
        cd "$SAGEMAKER_BASE_DIR"
        if [ -e input/data/train/wait ]; then echo waiting; exec sleep 600; fi
        cat input/data/train/* > model/m
        echo loss=0.25
        """

    /// Runs `body` with a service whose data folder has the algorithm `shell` and the bucket `b`.
    private func withService(in folder: String, _ body: (JobService) async throws -> Void) async throws {
        var configuration = DataFolder.Configuration(path: folder, programs: ProgramHost(executable: roostBinary))
        configuration.jobs.grace = .seconds(5)
        let data = try DataFolder(configuration, logger: Logger(label: "test")) { _, _, _ in
            InspectedModel(signature: Signature(inputs: [], outputs: []))
        }
        let platform = data.platform
        let service = data.jobs
        if try await platform.buckets.bucket(named: "b") == nil {
            _ = try await platform.buckets.addBucket("b", region: "us-east-1", at: Date())
            let upload = try platform.beginAlgorithm()
            try archive(of: program).withUnsafeBytes { try platform.append($0, to: upload) }
            _ = try await platform.finishAlgorithm(upload, as: "shell")
        }
        try await service.prepare()
        try await service.restore()
        try await body(service)
        await service.close()
    }

    /// Returns a tar archive with one file, `train`.
    private func archive(of text: String) throws -> [UInt8] {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/a", withIntermediateDirectories: false)
            try Data(text.utf8).write(to: URL(filePath: folder + "/a/train"))
            try TarGzip.pack(UntrustedFolder(folder + "/a"), to: folder + "/a.tar.gz")
            return Array(try Data(contentsOf: URL(filePath: folder + "/a.tar.gz")))
        }
    }

    private func definition(_ name: String, _ prefix: String) -> TrainingDefinition {
        TrainingDefinition(
            name: name,
            algorithm: "shell",
            channels: [DataChannel(name: "train", uri: "s3://b/\(prefix)")],
            output: "s3://b/out/",
            metrics: [MetricDefinition(name: "loss", pattern: "loss=([0-9.]+)")]
        )
    }

    @Test("a job runs to its end and reports its metrics to listeners")
    func wholeWay() async throws {
        try await withTemporaryFolder { folder in
            try await withService(in: folder) { service in
                try await service.put("one", "data/1")
                let updates = service.updates.metrics(of: .training, "job")
                let taken = try await service.train(definition("job", "data/"))
                #expect(taken.state.status == .inProgress)
                var heard: [Double] = []
                for await metric in updates { heard.append(metric.value) }
                #expect(heard == [0.25])
                let job = try await service.ended(TrainingJob.self, "job")
                #expect(job.state.status == .completed)
                #expect(job.metrics.map(\.value) == [0.25])
                #expect(job.model == "s3://b/out/job/output/model.tar.gz")
                #expect(try FileManager.default.contentsOfDirectory(atPath: service.folder(of: .training)) == [])
                await #expect(throws: JobRejection.nameTaken(.training, "job")) {
                    try await service.train(definition("job", "data/"))
                }
                await #expect(throws: JobRejection.ended(.training, "job", .completed)) {
                    try await service.stopTraining("job")
                }
                await #expect(throws: JobRejection.missing(.training, "none")) {
                    try await service.stopTraining("none")
                }
            }
        }
    }

    /// Runs shell commands as a job, and returns how it ended.
    private func run(_ commands: String, checkpoints: String? = nil) async throws -> TrainingJob {
        var ended: TrainingJob?
        try await withTemporaryFolder { folder in
            try await withService(in: folder) { service in
                try await service.put("", "data/1")
                let upload = try service.platform.beginAlgorithm()
                let program = "#!/bin/sh\ncd \"$SAGEMAKER_BASE_DIR\"\n\(commands)\n"
                try archive(of: program).withUnsafeBytes { try service.platform.append($0, to: upload) }
                _ = try await service.platform.finishAlgorithm(upload, as: "odd")
                var definition = definition("job", "data/")
                definition.algorithm = "odd"
                definition.checkpoints = checkpoints
                _ = try await service.train(definition)
                let job = try await service.ended(TrainingJob.self, "job")
                await service.settle(.training, "job")
                #expect(try FileManager.default.contentsOfDirectory(atPath: service.folder(of: .training)) == [])
                let object = try #require(
                    try await service.platform.buckets.object(at: ObjectURI(bucket: "b", key: "data/1"))
                )
                let path = try await service.platform.buckets.localCopy(of: object).path
                #expect(FileManager.default.contents(atPath: path) == Data())
                ended = job
            }
        }
        return try #require(ended)
    }

    @Test(
        "a job's pipes do not block the server, and its links are not followed",
        .timeLimit(.minutes(1)),
        arguments: [
            "mkfifo output/failure; exit 1", "ln -s /etc/passwd output/failure; exit 1",
            "rm -r output; ln -s /etc output; exit 1",
            "rm -r output; mkfifo output; exit 1",
            "cd ..; mv \"$SAGEMAKER_BASE_DIR\" moved; ln -s /etc \"$SAGEMAKER_BASE_DIR\"; rm -r moved; exit 1",
        ]
    )
    func strangeFailures(commands: String) async throws {
        let job = try await run(commands)
        #expect(job.state.status == .failed)
        #expect(job.state.failureReason?.contains("exit code 1") == true)
    }

    @Test("only the regular files of a model are stored", .timeLimit(.minutes(1)))
    func strangeModels() async throws {
        let odd =
            "mkfifo model/pipe checkpoints/pipe; ln -s /etc/passwd model/link; ln -s /etc checkpoints/etc; echo x > model/m"
        let job = try await run(odd, checkpoints: "s3://b/points/")
        #expect(job.state.status == .completed)
        let linked = try await run("rm -r model; ln -s /etc model")
        #expect(linked.state.failureReason?.hasPrefix("ClientError: the algorithm's output cannot be stored") == true)
        #expect(try await run("rm -r model").state.status == .completed)
    }

    @Test("a job's folder is removed whatever the job did to it", .timeLimit(.minutes(1)))
    func deepFolders() async throws {
        let program = "import os; [(os.mkdir('d'), os.chdir('d')) for _ in range(3000)]"
        let job = try await run("mkdir locked; touch locked/x; chmod 0 locked; python3 -c \"\(program)\"")
        #expect(job.state.status == .completed)
    }

    @Test("a job works on copies of its data", .timeLimit(.minutes(1)))
    func copies() async throws {
        let job = try await run("for f in input/data/train/*; do echo ruined > $f; done")
        #expect(job.state.status == .completed)
    }

    @Test("a job with an absurdly long time limit is resumed")
    func absurdRuntime() async throws {
        try await withTemporaryFolder { folder in
            try await withService(in: folder) { service in
                try await service.put("one", "data/1")
                // As recorded by an earlier release.
                var absurd = definition("job", "data/")
                absurd.maxRuntime = .max
                let job = TrainingJob(definition: absurd, state: JobState(createdAt: Date()))
                #expect(try await service.catalog.addJob(job, request: nil))
            }
            try await withService(in: folder) { service in
                let job = try await service.ended(TrainingJob.self, "job")
                #expect(job.state.status == .completed)
            }
        }
    }

    @Test("a slow pattern is dropped with a line in the job's log", .timeLimit(.minutes(1)))
    func slowPatterns() async throws {
        try await withTemporaryFolder { folder in
            try await withService(in: folder) { service in
                try await service.put("one", "data/1")
                let upload = try service.platform.beginAlgorithm()
                let program = "#!/bin/sh\nfor i in $(seq 300); do printf '%04000d b\\n' 0; done\necho loss=0.5\n"
                try archive(of: program).withUnsafeBytes { try service.platform.append($0, to: upload) }
                _ = try await service.platform.finishAlgorithm(upload, as: "shell")
                var slow = definition("job", "data/")
                slow.metrics.append(MetricDefinition(name: "slow", pattern: "(0+)+$"))
                _ = try await service.train(slow)
                let job = try await service.ended(TrainingJob.self, "job")
                #expect(job.state.status == .completed)
                #expect(job.metrics.map(\.value) == [0.5])
                let lines = try service.logs.events(of: .training, "job", from: 0, limit: 1000).events.map(\.message)
                #expect(
                    lines.contains("Metric 'slow' is no longer read because matching its pattern takes too long.")
                )
            }
        }
    }

    @Test("a job that was interrupted by the server's end is resumed")
    func interrupted() async throws {
        try await withTemporaryFolder { folder in
            try await withService(in: folder) { service in
                try await service.put("", "data/wait")
                try await service.put("one", "data/1")
                _ = try await service.train(definition("job", "data/"))
                _ = try await service.train(definition("stopping", "data/"))
                try await until("both run") {
                    try ["job", "stopping"].allSatisfy {
                        try !service.logs.events(of: .training, $0, from: 0, limit: 1).events.isEmpty
                    }
                }
            }
            // As if it had been asked to stop just before the server ended.
            let catalog = try Catalog(path: folder + "/roost.sqlite")
            var stopping = try #require(try await catalog.job(TrainingJob.self, named: "stopping")).job
            #expect(stopping.state.status == .inProgress)
            stopping.state.status = .stopping
            try await catalog.saveJob(stopping)
            _ = try await catalog.removeObjects(["data/wait"], in: "b")
            try await withService(in: folder) { service in
                let job = try await service.ended(TrainingJob.self, "job")
                #expect(job.state.status == .completed)
                #expect(job.state.phases.map(\.name).contains("Interrupted"))
                #expect(try await service.ended(TrainingJob.self, "stopping").state.status == .stopped)
            }
        }
    }

    @Test(
        "an invalid definition is refused, and the error names the field",
        arguments: [
            ("algorithm", { @Sendable (definition: inout TrainingDefinition) in definition.algorithm = "nothing" }),
            ("name", { $0.name = "../x" }), ("output", { $0.output = "s3://" }),
            ("output", { $0.output = "s3://no/x" }),
            ("max_runtime", { $0.maxRuntime = 0 }), ("max_runtime", { $0.maxRuntime = .max }),
            ("metrics", { $0.metrics = Array(repeating: $0.metrics[0], count: 200) }),
            ("metrics[0].name", { $0.metrics[0].name = "" }),
            ("metrics[0].pattern", { $0.metrics[0].pattern = String(repeating: "a", count: 501) }),
            ("checkpoints", { $0.checkpoints = "file:///" }),
            ("metrics[0].pattern", { $0.metrics[0].pattern = "(" }),
            ("channels[0].uri", { $0.channels[0].uri = "s3://b/none" }),
            ("channels[0].name", { $0.channels[0].name = "a/b" }),
            ("channels[1].name", { $0.channels.append($0.channels[0]) }),
            ("environment", { $0.environment["a=b"] = "" }), ("environment", { $0.environment["a"] = "\0" }),
        ] as [(String, @Sendable (inout TrainingDefinition) -> Void)]
    )
    func refusals(field: String, change: @Sendable (inout TrainingDefinition) -> Void) async throws {
        try await withTemporaryFolder { folder in
            try await withService(in: folder) { service in
                try await service.put("one", "data/1")
                var definition = definition("job", "data/")
                change(&definition)
                do {
                    _ = try await service.train(definition)
                    Issue.record("It was accepted.")
                } catch let rejection as JobRejection {
                    #expect(RoostError(rejection).field == field)
                } catch let error as RoostError {
                    #expect(error.field == field)
                }
                #expect(try await service.catalog.unfinishedJobs(.training) == [])
            }
        }
    }

    @Test(
        "the paths of objects begin below the last folder of their prefix",
        arguments: [
            ("data/a.csv", "data/", "a.csv"), ("data/a.csv", "data", "a.csv"), ("data/a.csv", "data/a.csv", "a.csv"),
            ("data/train.csv", "data/tr", "train.csv"), ("data/x/y/a", "data/x", "y/a"), ("data/a", "", "data/a"),
            ("data//a", "data/", "a"),
        ]
    )
    func paths(key: String, prefix: String, path: String) throws {
        #expect(try JobInput.path(of: key, below: prefix) == path)
    }

    @Test(
        "a key that would leave its folder is refused",
        arguments: ["data/../../etc/x", "data/.", "data/a/../b", "data/", "data/../\u{301}x"]
    )
    func hostileKeys(key: String) {
        #expect(throws: JobError.self) { try JobInput.path(of: key, below: "data/") }
    }
}
