import Archives
import Catalog
import Definitions
import Foundation
import Logging
import ObjectStore
import Platform
import Runtimes
import TestSupport
import Testing

@testable import Jobs

@Suite("The job service")
struct JobServiceTests {
    private let program = """
        #!/bin/sh
        cd "$SAGEMAKER_BASE_DIR"
        if [ -e input/data/train/wait ]; then echo waiting; exec sleep 600; fi
        cat input/data/train/* > model/m
        echo loss=0.25
        """

    /// A service on a data folder that has the algorithm `shell` and the bucket `b`.
    private func withService(in folder: String, _ body: (JobService) async throws -> Void) async throws {
        let platform = try Platform(folder: folder, logger: Logger(label: "test")) { _, _, _ in
            InspectedModel(signature: Signature(inputs: [], outputs: []))
        }
        var configuration = JobService.Configuration(executable: roost)
        configuration.grace = .seconds(5)
        let service = JobService(platform: platform, configuration: configuration, logger: Logger(label: "test"))
        if try await platform.bucket(named: "b") == nil {
            _ = try await platform.catalog.addBucket("b", region: "us-east-1", at: Date())
            let upload = try platform.beginAlgorithm()
            try archive(of: program).withUnsafeBytes { try upload.append($0) }
            _ = try await platform.finishAlgorithm(upload, as: "shell")
        }
        try await service.prepare()
        try await service.restore()
        try await body(service)
        await service.close()
    }

    /// A tar archive with one file, `train`.
    private func archive(of text: String) throws -> [UInt8] {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/a", withIntermediateDirectories: false)
            try Data(text.utf8).write(to: URL(filePath: folder + "/a/train"))
            try TarGzip.pack(folder + "/a", to: folder + "/a.tar.gz")
            return Array(try Data(contentsOf: URL(filePath: folder + "/a.tar.gz")))
        }
    }

    private func put(_ text: String, _ key: String, _ service: JobService) async throws {
        let path = "\(service.platform.folder)/\(UUID().uuidString)"
        try Data(text.utf8).write(to: URL(filePath: path))
        try await service.platform.putFile(path, at: ObjectURI(bucket: "b", key: key))
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

    @Test("runs a job to its end, and tells who listens what it measures")
    func wholeWay() async throws {
        try await withTemporaryFolder { folder in
            try await withService(in: folder) { service in
                try await put("one", "data/1", service)
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
                await #expect(throws: RoostError.self) { try await service.train(definition("job", "data/")) }
                await #expect(throws: RoostError.self) { try await service.stopTraining("job") }
            }
        }
    }

    @Test("takes a job up again that the server's end cut short")
    func interrupted() async throws {
        try await withTemporaryFolder { folder in
            try await withService(in: folder) { service in
                try await put("", "data/wait", service)
                try await put("one", "data/1", service)
                _ = try await service.train(definition("job", "data/"))
                _ = try await service.train(definition("stopping", "data/"))
                try await until("both run") {
                    try ["job", "stopping"].allSatisfy {
                        try !service.logs.events(of: .training, $0, from: 0, limit: 1).events.isEmpty
                    }
                }
            }
            // As if it had been asked to stop just before.
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
        "refuses what cannot be, and names the field",
        arguments: [
            ("algorithm", { @Sendable (definition: inout TrainingDefinition) in definition.algorithm = "nothing" }),
            ("name", { $0.name = "../x" }), ("output", { $0.output = "s3://" }),
            ("output", { $0.output = "s3://no/x" }),
            ("max_runtime", { $0.maxRuntime = 0 }), ("checkpoints", { $0.checkpoints = "file:///" }),
            ("metrics[0].pattern", { $0.metrics[0].pattern = "(" }),
            ("channels[0].uri", { $0.channels[0].uri = "s3://b/none" }),
            ("channels[0].name", { $0.channels[0].name = "a/b" }),
            ("channels[1].name", { $0.channels.append($0.channels[0]) }),
            ("environment", { $0.environment["a=b"] = "" }),
        ] as [(String, @Sendable (inout TrainingDefinition) -> Void)]
    )
    func refusals(field: String, change: @Sendable (inout TrainingDefinition) -> Void) async throws {
        try await withTemporaryFolder { folder in
            try await withService(in: folder) { service in
                try await put("one", "data/1", service)
                var definition = definition("job", "data/")
                change(&definition)
                do {
                    _ = try await service.train(definition)
                    Issue.record("It was taken.")
                } catch let error as RoostError {
                    #expect(error.field == field)
                }
                #expect(try await service.platform.catalog.unfinishedJobs(.training) == [])
            }
        }
    }

    @Test(
        "lays objects out below the last folder of their prefix",
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
        "refuses keys that would leave their folder",
        arguments: ["data/../../etc/x", "data/.", "data/a/../b", "data/"]
    )
    func hostileKeys(key: String) {
        #expect(throws: JobError.self) { try JobInput.path(of: key, below: "data/") }
    }
}
