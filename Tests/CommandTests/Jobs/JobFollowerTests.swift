import Definitions
import Foundation
import Testing

@testable import roost

@Suite("Following jobs")
struct JobFollowerTests {
    private let start = Date(timeIntervalSince1970: 1_700_000_000)

    private func job(_ status: JobState.Status, phase: String? = nil, reason: String? = nil) -> TrainingJob {
        var state = JobState(createdAt: start)
        state.status = status
        state.failureReason = reason
        if let phase { state.phases.append(.init(name: phase, startedAt: start, message: "")) }
        let definition = TrainingDefinition(name: "trees", algorithm: "xgboost", output: "s3://b/o", maxRuntime: 60)
        return TrainingJob(definition: definition, state: state)
    }

    @Test("a phase is told once it began, and only once")
    func phases() {
        var phases = [
            JobState.Phase(name: "Starting", startedAt: start, message: ""),
            .init(name: "Training", startedAt: start + 1, message: "Round 1"),
            .init(name: "Uploading", startedAt: start + 5, message: ""),
        ][...]
        #expect(JobFollower.takeLines(&phases, until: start - 1) == [])
        #expect(
            JobFollower.takeLines(&phases, until: start + 1) == [
                "2023-11-14 22:13:20 Starting", "2023-11-14 22:13:21 Training: Round 1",
            ]
        )
        #expect(JobFollower.takeLines(&phases, until: .distantFuture) == ["2023-11-14 22:13:25 Uploading"])
        #expect(phases.isEmpty)
    }

    @Test("how a job ended is said unless it completed")
    func ends() {
        #expect(JobFollower.endMessage(of: job(.completed), after: "") == nil)
        #expect(JobFollower.endMessage(of: job(.stopped), after: "") == "trees was stopped.")
        #expect(
            JobFollower.endMessage(of: job(.stopped, phase: "MaxRuntimeExceeded"), after: "")
                == "trees was stopped: it did not finish within 60 s (max_runtime)."
        )
        #expect(
            JobFollower.endMessage(of: job(.failed, reason: "ClientError: no data"), after: "")
                == "Error: ClientError: no data"
        )
        #expect(JobFollower.endMessage(of: job(.failed), after: "") == "Error: The training job trees failed.")
    }

    @Test("a reason that was the last line of the output is not repeated")
    func repeatedReason() {
        let job = job(.failed, reason: "ClientError: no data")
        #expect(
            JobFollower.endMessage(of: job, after: "ClientError: no data") == "Error: The training job trees failed."
        )
    }

    @Test("a trial's row has its metric and the hyperparameters that vary")
    func trials() {
        let training = TrainingDefinition(name: "", algorithm: "xgboost", output: "s3://b/o")
        let tuning = TuningJob(
            definition: TuningDefinition(
                name: "search",
                objective: .init(metric: "validation:rmse", direction: .minimize),
                ranges: [.init(name: "eta", values: .categorical(["0.1", "0.2"]))],
                maxTrials: 2,
                training: training
            ),
            state: JobState(createdAt: start)
        )
        var trial = job(.inProgress)
        #expect(TrialTable.row(trial, of: tuning) == ["trees", "InProgress", "-", "eta=-"])
        trial.definition.hyperparameters = ["eta": "0.2", "num_round": "3"]
        trial.metrics = [
            .init(name: "train:rmse", value: 1, time: start),
            .init(name: "validation:rmse", value: 0.12345678, time: start),
        ]
        #expect(TrialTable.row(trial, of: tuning) == ["trees", "InProgress", "0.123457", "eta=0.2"])
    }
}
