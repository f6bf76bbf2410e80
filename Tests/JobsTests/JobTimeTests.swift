import Database
import Definitions
import Foundation
import LineLogs
import TestSupport
import Testing

@testable import Catalog
@testable import Jobs

/// What jobs do at a certain time, by a clock that the test moves.
@Suite("Time limits of jobs", .timeLimit(.minutes(1)))
struct JobTimeTests {
    private let clock = ManualClock()

    /// Runs programs that wait until they are asked to stop.
    private let patient = FunctionExecutor { program in
        program.print("waiting")
        await program.wait(for: .stop)
        return .signaled(15)
    }

    private func hasStarted(_ service: JobService, _ name: String = "job") async throws {
        try await until("the program runs") {
            try !service.logs.events(of: .training, name, from: 0, limit: 1).events.isEmpty
        }
    }

    private func job(_ service: JobService) async throws -> TrainingJob {
        try #require(try await service.job(TrainingJob.self, named: "job")).job
    }

    @Test("a job is stopped when it reaches its time limit, not before")
    func maxRuntime() async throws {
        try await withJobs(patient, clock) { service in
            var definition = ExecutorTests.training()
            definition.maxRuntime = 3600
            _ = try await service.train(definition)
            try await hasStarted(service)
            clock.advance(by: .seconds(3599))
            #expect(try await job(service).state.status == .inProgress)
            clock.advance(by: .seconds(1))
            let job = try await service.ended(TrainingJob.self, "job")
            #expect(job.state.status == .stopped)
            #expect(job.state.phases.last?.name == "MaxRuntimeExceeded")
        }
    }

    @Test("a program that ignores the request to stop is killed after the grace period")
    func grace() async throws {
        let stubborn = FunctionExecutor { [clock] program in
            program.print("waiting")
            await program.wait(for: .stop)
            let asked = clock.now
            await program.wait(for: .kill)
            program.print("killed after \(asked.duration(to: clock.now))")
            return .signaled(9)
        }
        try await withJobs(stubborn, clock) { service in
            _ = try await service.train(ExecutorTests.training())
            try await hasStarted(service)
            try await service.stopTraining("job")
            // The time limit and the grace period.
            await clock.sleepers(2)
            clock.advance(by: .seconds(119))
            #expect(try await job(service).state.status == .stopping)
            clock.advance(by: .seconds(1))
            #expect(try await service.ended(TrainingJob.self, "job").state.status == .stopped)
            let lines = try service.logs.events(of: .training, "job", from: 0, limit: 10).events.map(\.message)
            #expect(lines == ["waiting", "killed after 120.0 seconds"])
        }
    }

    @Test("a tuning job ends at its time limit, and stops its trials")
    func tuningLimit() async throws {
        try await withJobs(patient, clock) { service in
            var definition = ExecutorTests.tuning()
            definition.maxRuntime = 600
            _ = try await service.tune(definition)
            // The time limits of the search and of its first trial.
            await clock.sleepers(2)
            clock.advance(by: .seconds(599))
            let search = try #require(try await service.job(TuningJob.self, named: "search")).job
            #expect(search.state.status == .inProgress)
            clock.advance(by: .seconds(1))
            let job = try await service.ended(TuningJob.self, "search")
            #expect(job.state.status == .completed)
            #expect(job.state.phases.last?.message == "The time limit of 600 s was reached.")
            #expect(try await service.trials(of: "search").map(\.state.status) == [.stopped])
        }
    }

    @Test("metrics are saved a second after they change, while the program runs")
    func metrics() async throws {
        let executor = FunctionExecutor { program in
            program.print("[0]#011validation-rmse:0.5")
            program.print("[1]#011validation-rmse:0.25")
            await program.wait(for: .stop)
            return .signaled(15)
        }
        try await withJobs(executor, clock) { service in
            _ = try await service.train(ExecutorTests.training())
            // The time limit and the saving.
            await clock.sleepers(2)
            #expect(try await job(service).metrics == [])
            clock.advance(by: .seconds(1))
            try await until("the metrics are saved") { try await job(service).metrics.map(\.value) == [0.25] }
        }
    }

    @Test("a checkpoint is stored when it has not changed for one interval")
    func checkpoints() async throws {
        let executor = FunctionExecutor { program in
            try program.write("x", "checkpoints/1")
            program.print("written")
            await program.wait(for: .stop)
            return .signaled(15)
        }
        try await withJobs(executor, clock) { service in
            var definition = ExecutorTests.training()
            definition.checkpoints = "s3://b/points/"
            _ = try await service.train(definition)
            try await hasStarted(service)
            // The time limit and the interval.
            for _ in 0..<2 {
                await clock.sleepers(2)
                clock.advance(by: .seconds(2))
            }
            await clock.sleepers(2)
            #expect(try await service.has("points/1"))
            #expect(try await job(service).state.status == .inProgress)
        }
    }

    @Test("recording a job's end is tried again, for every kind of job")
    func end() async throws {
        try await withJobs(patient, clock) { service in
            try await endsLate(TrainingJob(definition: ExecutorTests.training(), state: state), service)
            try await endsLate(TuningJob(definition: ExecutorTests.tuning(), state: state), service)
            try await endsLate(TransformJob(definition: ExecutorTests.transform(), state: state), service)
        }
    }

    private var state: JobState { JobState(createdAt: Date(timeIntervalSince1970: 1_700_000_000)) }

    /// Runs a job whose end cannot be recorded twice, as on a full disk.
    private func endsLate<Value: Job>(_ job: Value, _ service: JobService) async throws {
        let database = service.catalog.database
        try await database.write { connection in
            try connection.execute(
                """
                CREATE TRIGGER full BEFORE UPDATE ON job WHEN NEW.status = 'Failed'
                BEGIN SELECT RAISE(ABORT, 'full'); END
                """
            )
        }
        try await service.add(job, request: nil)
        service.start(job) { _ in .failed("A reason.") }
        for seconds in 1...2 {
            await clock.sleepers(1)
            let recorded = try await service.job(Value.self, named: job.name)
            #expect(recorded?.job.state.status == .inProgress)
            if seconds == 2 { try await database.write { try $0.execute("DROP TRIGGER full") } }
            clock.advance(by: .seconds(seconds))
        }
        let ended = try await service.ended(Value.self, job.name)
        #expect(ended.state.failureReason == "A reason.")
        await service.settle(Value.kind, job.name)
    }
}
