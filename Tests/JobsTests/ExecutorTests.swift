import Catalog
import Definitions
import Foundation
import LineLogs
import TestSupport
import Testing

@testable import Jobs

/// Each kind of job with an executor that starts no process: nothing but the executor knows how programs run.
@Suite("Executors", .timeLimit(.minutes(1)))
struct ExecutorTests {
    static func training(_ name: String = "job") -> TrainingDefinition {
        TrainingDefinition(
            name: name,
            algorithm: "xgboost",
            hyperparameters: ["num_round": "1"],
            channels: [DataChannel(name: "train", uri: "s3://b/data/")],
            output: "s3://b/out/"
        )
    }

    static func tuning() -> TuningDefinition {
        TuningDefinition(
            name: "search",
            strategy: .random,
            objective: .init(metric: "validation:rmse", direction: .minimize),
            ranges: [HyperparameterRange(name: "eta", values: .continuous(min: 0.1, max: 0.9, scaling: .linear))],
            maxTrials: 2,
            maxParallelTrials: 1,
            training: training("")
        )
    }

    static func transform() -> TransformDefinition {
        TransformDefinition(
            name: "job",
            model: ModelReference(name: "m"),
            workspace: Workspace.defaultName,
            input: DataChannel(name: "input", uri: "s3://b/data/", contentType: "text/csv"),
            output: "s3://b/out/"
        )
    }

    @Test("a training job's program finds its data, and its model, metrics and lines are kept")
    func train() async throws {
        let executor = FunctionExecutor { program in
            guard case .learn(.xgboost) = program.command.program else { return .exited(3) }
            let data = try String(contentsOfFile: program.command.folder + "/input/data/train/1", encoding: .utf8)
            try program.write(data, "model/m")
            program.print("[0]#011validation-rmse:0.5")
            return .exited(0)
        }
        try await withJobs(executor) { service in
            _ = try await service.train(Self.training())
            let job = try await service.ended(TrainingJob.self, "job")
            #expect(job.state.status == .completed)
            #expect(job.metrics.map(\.value) == [0.5])
            #expect(job.model == "s3://b/out/job/output/model.tar.gz")
            #expect(try await service.has("out/job/output/model.tar.gz"))
            let lines = try service.logs.events(of: .training, "job", from: 0, limit: 10).events
            #expect(lines.map(\.message) == ["[0]#011validation-rmse:0.5"])
            await service.settle(.training, "job")
            #expect(try FileManager.default.contentsOfDirectory(atPath: service.folder(of: .training)) == [])
        }
    }

    @Test(
        "an outcome is the reason why a job failed",
        arguments: [
            (.exited(2), "AlgorithmError: the algorithm ended with exit code 2: last words"),
            (.signaled(11), "AlgorithmError: the algorithm was terminated by signal 11: last words"),
            (.memoryExceeded, "AlgorithmError: the job exceeded its memory limit of 1 GiB."),
            (.notStarted(reason: "No such file"), "ClientError: the algorithm cannot be run: No such file."),
            (.lost, "AlgorithmError: the job's process was terminated from outside."),
        ] as [(ProgramOutcome, String)]
    )
    func failures(outcome: ProgramOutcome, reason: String) async throws {
        let executor = FunctionExecutor { program in
            program.print("last words")
            return outcome
        }
        try await withJobs(executor) { service in
            _ = try await service.train(Self.training())
            #expect(try await service.ended(TrainingJob.self, "job").state.failureReason == reason)
        }
    }

    @Test("a tuning job's trials run, and the best one is found")
    func tune() async throws {
        let executor = FunctionExecutor { program in
            let path = program.command.folder + "/input/config/hyperparameters.json"
            let values = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: URL(filePath: path)))
            program.print("[0]#011validation-rmse:\(values["eta"] ?? "")")
            return .exited(0)
        }
        try await withJobs(executor) { service in
            _ = try await service.tune(Self.tuning())
            let job = try await service.ended(TuningJob.self, "search")
            #expect(job.state.status == .completed)
            let trials = try await service.trials(of: "search")
            #expect(trials.count == 2)
            #expect(job.bestValue == trials.flatMap(\.metrics).map(\.value).min())
        }
    }

    /// Adds the model `m`, as far as this process needs it.
    private func addModel(_ service: JobService) async throws {
        try await service.catalog.addModelVersion(.fake("m", .floats(1)))
    }

    @Test("a transform job's program gets a specification, and its outputs are stored")
    func transform() async throws {
        let executor = FunctionExecutor { program in
            guard case .transform(let path) = program.command.program else { return .exited(3) }
            let specification = try TransformSpec.read("\(program.command.folder)/\(path)")
            for (index, object) in specification.objects.enumerated() {
                try FileManager.default.copyItem(atPath: object.path, toPath: object.output)
                var event = TransformEvent(object: index)
                event.recordCount = 1
                event.isDone = true
                program.print(event.line(specification.token).trimmingCharacters(in: .newlines))
            }
            return .exited(0)
        }
        try await withJobs(executor) { service in
            try await addModel(service)
            _ = try await service.transform(Self.transform())
            let job = try await service.ended(TransformJob.self, "job")
            #expect(job.state.status == .completed)
            #expect(job.progress.objectsDone == 1 && job.progress.records == 1)
            #expect(try await service.has("out/1.out"))
        }
    }

    @Test("a program whose output cannot be stored is killed, and the job fails")
    func outputThatCannotBeStored() async throws {
        let executor = FunctionExecutor { program in
            let specification = try TransformSpec.read("\(program.command.folder)/spec.json")
            var event = TransformEvent(object: 0)
            event.isDone = true
            program.print(event.line(specification.token).trimmingCharacters(in: .newlines))
            await program.wait(for: .kill)
            return .signaled(9)
        }
        try await withJobs(executor) { service in
            try await addModel(service)
            _ = try await service.transform(Self.transform())
            #expect(try await service.ended(TransformJob.self, "job").state.status == .failed)
        }
    }
}
