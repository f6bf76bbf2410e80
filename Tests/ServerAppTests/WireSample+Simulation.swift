import Definitions
import Foundation
import NativeAPI

/// Simulations and learning curves.
extension WireSample {
    static func simulations() -> [any WireType & Encodable] {
        let inputs = SimulationRequest.Inputs(
            data: "{}",
            format: .json,
            pipeline: "p",
            start: time,
            end: time,
            requests: 10
        )
        let subject = SimulationReport.Subject(
            name: "m@v",
            kind: .model,
            version: "1",
            requests: 100,
            answered: 99,
            failures: [SimulationReport.Failure(code: "busy", message: "No.", count: 1)],
            throughput: 49.5,
            backlog: 1,
            isSaturated: true,
            latency: SimulationReport.Latency(mean: 1.5, p50: 1, p90: 2, p95: 3, p99: 4, max: 5),
            memory: SimulationReport.Memory(before: 1, loaded: 2, peak: 3, isShared: true),
            surroundings: SimulationReport.Surroundings(
                serverBusy: 0.25,
                machineBusy: 0.5,
                otherRequests: 1,
                lagP99: 0.1,
                lagMax: 0.5,
                isLate: true
            ),
            outputs: SimulationReport.Outputs(
                compared: 10,
                different: 2,
                incomparable: 1,
                largestDifference: 0.5,
                firstDifferent: 3
            )
        )
        return [
            SimulationRequest(
                subjects: ["p", "m@v"],
                inputs: inputs,
                rate: 50,
                duration: 2,
                arrivals: .poisson,
                seed: 1,
                warmUp: 0.5,
                tolerance: 0.1,
                workspace: "team"
            ),
            SimulationReport(
                createdAt: time,
                rate: 50,
                duration: 2,
                arrivals: .poisson,
                inputs: 10,
                subjects: [subject],
                summary: ["m@v is saturated."],
                notes: ["The simulation itself was late."]
            ),
        ]
    }

    static func learningCurves() -> [any WireType & Encodable] {
        var state = JobState(createdAt: time)
        state.startedAt = time
        state.end(.failed, phase: "Failed", reason: "ClientError: no.", at: time)
        let training = TrainingDefinition(
            name: "one",
            algorithm: "patience",
            channels: [DataChannel(name: "train", uri: "s3://b/k", contentType: "text/csv")],
            output: "s3://b/out",
            checkpoints: "s3://b/checkpoints"
        )
        let definition = LearningCurveDefinition(
            name: "curve",
            job: "one",
            training: training,
            metric: "validation:rmse",
            direction: .minimize,
            seed: 1
        )
        let estimate = Estimate(value: 0.5, interval: ValueRange(lower: 0.25, upper: 0.75), count: 2)
        var curve = LearningCurve(definition: definition, state: state)
        curve.lines = 100
        curve.heldOutLines = 20
        curve.metric = "validation:rmse"
        curve.direction = .minimize
        curve.points = [
            LearningCurve.Point(percent: 50, lines: 50, jobs: ["curve-50-1"], values: [0.5], metric: estimate)
        ]
        curve.gain = estimate
        curve.verdict = .helped
        curve.summary = "The last step helped."
        return [JobList(jobs: [curve], nextOffset: 1, total: 2), definition]
    }
}
