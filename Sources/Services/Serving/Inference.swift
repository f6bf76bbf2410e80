package import Definitions
import Foundation
package import InferenceLog
package import Pipelines
import Runtimes
import Synchronization
package import Tensors

/// A decoded request to a pipeline.
package struct InferenceRequest: Sendable {
    /// The tensors that the pipeline's plan expects.
    package var inputs: [Tensor]
    /// The value of each of the plan's keys; `nil` if the request has none.
    package var keys: [String?]
    package var id: String
    /// The input as it is logged.
    package var logged: InferenceRecord.Input
    /// Whether the response contains the challengers' outputs.
    package var awaitsChallengers: Bool
    /// When the request's last byte arrived.
    package var start: ContinuousClock.Instant
    /// How long the request may wait and run, if less than the server's limit; `nil` if the request sets no limit.
    package var timeLimit: Duration?
    /// The variant that the request was decoded for; `nil` if the pipeline chooses one.
    package var variant: Int?
    /// Decodes the request for a challenger whose inputs may differ from its champion's.
    package var challengerInputs: (@Sendable (ModelVersion) throws -> [Tensor])?

    package init(
        inputs: [Tensor],
        keys: [String?],
        id: String,
        logged: InferenceRecord.Input,
        awaitsChallengers: Bool,
        start: ContinuousClock.Instant
    ) {
        self.inputs = inputs
        self.keys = keys
        self.id = id
        self.logged = logged
        self.awaitsChallengers = awaitsChallengers
        self.start = start
    }
}

/// The result of running a request through a pipeline.
package struct InferenceResult: Sendable {
    package var pipeline: ExecutablePipeline
    package var outcome: ExecutablePipeline.Outcome
    package var id: String
    /// Milliseconds since the epoch.
    package var time: Int64
    /// Nanoseconds since the request's last byte.
    package var elapsed: Int64
    /// The outputs of the challengers that answered in time, by name, if the request waited for them.
    package var shadowOutputs: [(name: String, outputs: [Tensor])] = []
}

extension Serving {
    package typealias InferenceCompletion = @Sendable (Result<InferenceResult, RoostError>) -> Void

    /// Runs a request: immediately on this thread if it is cheap, otherwise on the thread pool.
    ///
    /// - Parameters:
    ///   - isOnPool: Whether the current thread already belongs to the pool.
    ///   - completion: Called once, either before this method returns or later on another thread.
    package func infer(
        _ request: InferenceRequest,
        with version: ServedVersion,
        of pipeline: ServedPipeline,
        isOnPool: Bool,
        completion: @escaping InferenceCompletion
    ) {
        let executable = version.executable
        let cost =
            request.variant.map { executable.estimatedCost(of: request.inputs, variant: $0) }
            ?? executable.estimatedCost(of: request.inputs)
        if !isOnPool, cost <= RunCost.eventLoopNanoseconds {
            return run(request, version, pipeline, cancellation: nil, completion)
        }
        let once = Once(completion)
        let cancellation = RunCancellation()
        let limit = min(request.timeLimit ?? configuration.runTimeLimit, configuration.runTimeLimit)
        let deadline = Deadline(after: limit) {
            let limit = limit.seconds.formatted()
            // Responds before it cancels: a run that ends because of that must not respond in its own words.
            if once.call(.failure(RoostError(.timeout, "The inference took longer than its limit of \(limit) s."))) {
                pipeline.metrics.count(.timeout)
                if let variant = request.variant { version.variants[variant].counts.fail() }
            }
            cancellation.cancel()
        }
        let work: @Sendable () -> Void = { [self] in
            guard !cancellation.isCancelled else { return }
            run(request, version, pipeline, cancellation: cancellation) { result in
                deadline.cancel()
                once.call(result)
            }
        }
        if isOnPool { return work() }
        guard !pool.submit(work) else { return }
        deadline.cancel()
        pipeline.metrics.count(.busy)
        let error = RoostError(.busy, "\(configuration.queueCapacity) requests are already waiting. Try again later.")
        once.call(.failure(error))
    }

    private func run(
        _ request: InferenceRequest,
        _ version: ServedVersion,
        _ pipeline: ServedPipeline,
        cancellation: RunCancellation?,
        _ completion: @escaping InferenceCompletion
    ) {
        let executable = version.executable
        let outcome: ExecutablePipeline.Outcome
        do throws(RoostError) {
            if let variant = request.variant {
                outcome = try executable.run(request.inputs, variant: variant, cancellation: cancellation)
            } else {
                outcome = try executable.run(request.inputs, keys: request.keys, cancellation: cancellation)
            }
        } catch {
            // A run that was cancelled has been counted by its deadline.
            if cancellation?.isCancelled != true {
                pipeline.metrics.count(error.code)
                if let variant = request.variant { version.variants[variant].counts.fail() }
            }
            return completion(.failure(error))
        }
        let elapsed = request.start.duration(to: .now).nanoseconds
        let result = InferenceResult(
            pipeline: executable,
            outcome: outcome,
            id: request.id,
            time: Self.millisecondsNow(),
            elapsed: Int64(elapsed)
        )
        pipeline.metrics.requests.add(1, ordering: .relaxed)
        let modelTime = outcome.modelTime.nanoseconds
        let model: ServedVersion.Model
        if let variant = outcome.variant {
            model = version.variants[variant].model
            version.variants[variant].counts.answer(nanoseconds: elapsed)
        } else {
            model = version.models[outcome.modelIndex]
        }
        let metrics = model.metrics
        metrics.runTime.observe(nanoseconds: modelTime)
        pipeline.metrics.overhead.observe(nanoseconds: elapsed - modelTime)
        if outcome.checkFailures != nil { metrics.failedValidations.add(1, ordering: .relaxed) }

        let champion = InferenceRecord(
            time: result.time,
            id: result.id,
            subject: model.champion,
            elapsed: result.elapsed,
            checkFailures: outcome.checkFailures,
            input: request.logged,
            output: .tensors(outcome.outputs)
        )
        if outcome.shadows.isEmpty {
            pipeline.log.append(champion)
            return completion(.success(result))
        }
        if !request.awaitsChallengers {
            pipeline.log.append(champion)
            completion(.success(result))
        }
        let round = ChallengerRound(request: request, result: result, version: version) { records, outputs in
            guard request.awaitsChallengers else { return pipeline.log.append(records) }
            pipeline.log.append([champion] + records)
            var result = result
            result.shadowOutputs = outputs
            completion(.success(result))
        }
        round.start(on: challengerPool, timeLimit: configuration.challengerTimeLimit)
    }

    static func millisecondsNow() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}

/// Calls a completion at most once.
private final class Once: Sendable {
    private let completion: Mutex<Serving.InferenceCompletion?>

    init(_ completion: @escaping Serving.InferenceCompletion) { self.completion = Mutex(completion) }

    /// Returns whether this call was the first, which is the one that calls the completion.
    @discardableResult
    func call(_ result: Result<InferenceResult, RoostError>) -> Bool {
        let due = completion.withLock { completion in
            defer { completion = nil }
            return completion
        }
        due?(result)
        return due != nil
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
