package import Definitions
import Encodings
import Foundation
package import InferenceLog
package import Pipelines
import Runtimes
import Synchronization
package import Tensors

/// A decoded request to a pipeline.
package struct InferenceRequest: Sendable {
    /// The tensors that the route expects.
    package var inputs: [Tensor]
    /// The value of each of the plan's keys; `nil` if the request has none.
    package var keys: [String?]
    package var id: String
    /// The input as it is logged.
    package var logged: InferenceRecord.Input
    /// Whether the response contains the challengers' outputs.
    package var awaitsChallengers = false
    /// How long the request may wait and run, if less than the server's limit; `nil` if the request sets no limit.
    package var timeLimit: Duration?
    /// The functions that made the body that was decoded.
    package var functions: [InferenceRecord.FunctionRun] = []
    /// Decodes the request for a challenger whose inputs may differ from its champion's.
    package var challengerInputs: (@Sendable (ModelVersion) throws -> [Tensor])?

    package init(inputs: [Tensor], keys: [String?], id: String, logged: InferenceRecord.Input) {
        self.inputs = inputs
        self.keys = keys
        self.id = id
        self.logged = logged
    }
}

/// The result of running a request through a pipeline.
package struct InferenceResult: Sendable {
    package var outcome: ExecutablePipeline.Outcome
    package var id: String
    /// Milliseconds since the epoch.
    package var time: Int64
    /// Nanoseconds since the request's last byte.
    package var elapsed: Int64
    /// The outputs of the challengers that answered in time, by name, if the request waited for them.
    package var shadowOutputs: [(name: String, outputs: [Tensor])] = []
    /// What the functions after the models made of the outputs, as a JSON document; `nil` without functions.
    package var functionResult: [UInt8]?
    /// The functions that ran, before and after the models.
    var functions: [InferenceRecord.FunctionRun] = []
}

extension Serving {
    package typealias InferenceCompletion = @Sendable (Result<InferenceResult, RoostError>) -> Void

    /// Runs a request: immediately on this thread if it is cheap, otherwise on the thread pool.
    ///
    /// - Parameters:
    ///   - start: Started when the request's last byte arrived.
    ///   - isOnPool: Whether the current thread already belongs to the pool.
    ///   - completion: Called once, either before this method returns or later on another thread.
    package func infer(
        _ request: InferenceRequest,
        on route: InferenceRoute,
        start: Stopwatch,
        isOnPool: Bool,
        completion: @escaping InferenceCompletion
    ) {
        if !isOnPool {
            let cost = route.version.executable.estimatedCost(of: request.inputs, variant: route.variant)
            if cost <= RunCost.eventLoopNanoseconds { return run(request, route, start, cancellation: nil, completion) }
        }
        let once = Once(completion)
        let cancellation = RunCancellation()
        let limit = min(request.timeLimit ?? configuration.runTimeLimit, configuration.runTimeLimit)
        let deadline = Deadline(after: limit) {
            let limit = limit.seconds.formatted()
            // Responds before it cancels: a run that ends because of that must not respond in its own words.
            if once.call(.failure(RoostError(.timeout, "The inference took longer than its limit of \(limit) s."))) {
                route.count(.timeout)
            }
            cancellation.cancel()
        }
        let work: @Sendable () -> Void = { [self] in
            guard !cancellation.isCancelled else { return logTimeout(of: request, route, start) }
            run(request, route, start, cancellation: cancellation) { result in
                deadline.cancel()
                once.call(result)
            }
        }
        if isOnPool { return work() }
        guard !pool.submit(work) else { return }
        deadline.cancel()
        route.countRefusal()
        let error = RoostError(.busy, "\(configuration.queueCapacity) requests are already waiting. Try again later.")
        once.call(.failure(error))
    }

    private func run(
        _ request: InferenceRequest,
        _ route: InferenceRoute,
        _ start: Stopwatch,
        cancellation: RunCancellation?,
        _ completion: @escaping InferenceCompletion
    ) {
        let outcome: ExecutablePipeline.Outcome
        do throws(ExecutablePipeline.Failure) {
            outcome = try route.version.executable.run(
                request.inputs,
                keys: request.keys,
                variant: route.variant,
                cancellation: cancellation
            )
        } catch {
            // A run that was cancelled has been counted by its deadline.
            if cancellation?.isCancelled != true { route.count(error.error.code) }
            log(error, of: request, route, start)
            return completion(.failure(error.error))
        }
        // The caller has been told that it took too long.
        if cancellation?.isCancelled == true { return logTimeout(of: request, route, start, outcome) }
        var functions = request.functions
        var functionResult: [UInt8]?
        if !route.plan.functionsAfter.isEmpty {
            do throws(RoostError) {
                functionResult = try runFunctionsAfter(outcome.outputs, on: route, &functions)
            } catch {
                let failure = ExecutablePipeline.Failure(
                    error: error,
                    modelIndex: outcome.modelIndex,
                    variant: outcome.variant,
                    assignment: outcome.assignment
                )
                if cancellation?.isCancelled != true { route.count(error.code) }
                log(failure, of: request, route, start)
                return completion(.failure(error))
            }
            if cancellation?.isCancelled == true { return logTimeout(of: request, route, start, outcome) }
        }
        let elapsed = start.nanoseconds
        var result = InferenceResult(
            outcome: outcome,
            id: request.id,
            time: Self.millisecondsNow(),
            elapsed: Int64(elapsed)
        )
        result.functions = functions
        result.functionResult = functionResult
        count(outcome, elapsed: elapsed, on: route)
        if let arm = newUnit(outcome.assignment, on: route) {
            arm.answer(nanoseconds: elapsed, checkFailed: outcome.checkFailures != nil)
        }
        if let arm = outcome.assignment.arm, !route.isTargeted {
            route.version.armLatencies[arm].observe(nanoseconds: elapsed)
        }
        let subject = route.version.subject(
            modelIndex: outcome.modelIndex,
            variant: outcome.variant,
            arm: outcome.assignment.arm,
            isTargeted: route.isTargeted
        )
        // The usual case copies nothing for the challengers.
        guard outcome.shadows.isEmpty else { return runChallengers(request, route, result, subject, completion) }
        route.pipeline.log.append(champion(of: request, result, subject, on: route))
        completion(.success(result))
    }

    private func champion(
        of request: InferenceRequest,
        _ result: InferenceResult,
        _ subject: LogSubject,
        on route: InferenceRoute
    ) -> InferenceRecord {
        var record = InferenceRecord(
            time: result.time,
            id: result.id,
            subject: subject,
            elapsed: result.elapsed,
            unit: result.outcome.assignment.unit.map(keyHash.hash),
            keys: hashes(of: request.keys, on: route),
            checkFailures: result.outcome.checkFailures,
            input: request.logged,
            output: .tensors(result.outcome.outputs)
        )
        record.functions = result.functions
        let times = result.outcome.earlierTimes
        record.stepTimes = .init(earlier: times, last: result.outcome.modelTime - times.reduce(0, +))
        return record
    }

    /// Returns what the log keeps of the keys' values.
    func hashes(of keys: [String?], on route: InferenceRoute) -> [UInt64?] {
        if keys.isEmpty { return [] }
        return route.version.executable.keyHashes(keys).map { $0.map(keyHash.hash) }
    }

    private func runChallengers(
        _ request: InferenceRequest,
        _ route: InferenceRoute,
        _ result: InferenceResult,
        _ subject: LogSubject,
        _ completion: @escaping InferenceCompletion
    ) {
        let champion = champion(of: request, result, subject, on: route)
        let log = route.pipeline.log
        if !request.awaitsChallengers {
            log.append(champion)
            completion(.success(result))
        }
        let round = ChallengerRound(request: request, result: result, champion: champion, version: route.version) {
            records,
            outputs in
            guard request.awaitsChallengers else { return log.append(records) }
            log.append([champion] + records)
            var result = result
            result.shadowOutputs = outputs
            completion(.success(result))
        }
        round.start(on: challengerPool, timeLimit: configuration.challengerTimeLimit)
    }

    private func count(_ outcome: ExecutablePipeline.Outcome, elapsed: Int, on route: InferenceRoute) {
        let metrics = route.pipeline.metrics
        metrics.requests.add(1, ordering: .relaxed)
        let modelTime = outcome.modelTime
        let checkFailed = outcome.checkFailures != nil
        let model: ServedVersion.Model
        if let variant = outcome.variant {
            model = route.version.variants[variant].model
            route.version.variants[variant].counts.answer(nanoseconds: elapsed)
            route.version.variants[variant].traffic
                .answer(modelTime: modelTime, elapsed: elapsed, checkFailed: checkFailed)
        } else {
            model = route.version.models[outcome.modelIndex]
            route.version.traffic.answer(modelTime: modelTime, elapsed: elapsed, checkFailed: checkFailed)
        }
        model.metrics.runTime.observe(nanoseconds: modelTime)
        metrics.overhead.observe(nanoseconds: elapsed - modelTime)
        if checkFailed { model.metrics.failedValidations.add(1, ordering: .relaxed) }
    }

    /// Returns the arm for which a request counts; `nil` if it is not part of an experiment, or its unit has been counted.
    func newUnit(_ assignment: ExecutablePipeline.Assignment, on route: InferenceRoute) -> ArmCounts? {
        guard let arm = assignment.arm, !route.isTargeted else { return nil }
        if let unit = assignment.unit, !route.version.seenUnits.isNew(keyHash.hash(unit)) { return nil }
        return route.version.arms[arm]
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
