import Definitions
import InferenceLog
import Pipelines
import Runtimes
import Synchronization
import Tensors

/// The challengers of one request. Each runs on the challengers' own threads, and the round ends when all have answered or their
/// time is up. A challenger that fails or hangs only leaves an entry in the log.
final class ChallengerRound: Sendable {
    /// Receives a record of each challenger, in the order of their names, and the outputs of those that answered.
    typealias Completion = @Sendable ([InferenceRecord], [(name: String, outputs: [Tensor])]) -> Void

    private struct Answer {
        var output: InferenceRecord.Output
        var checkFailures: [UInt8]?
        var elapsed: Int
    }

    private struct State {
        var answers: [Answer?]
        var waiting: Int
        var isOver = false
    }

    private let request: InferenceRequest
    private let result: InferenceResult
    /// The champion's entry in the log.
    private let champion: InferenceRecord
    private let version: ServedVersion
    private let completion: Completion
    private let cancellation = RunCancellation()
    private let state: Mutex<State>

    init(
        request: InferenceRequest,
        result: InferenceResult,
        champion: InferenceRecord,
        version: ServedVersion,
        completion: @escaping Completion
    ) {
        self.request = request
        self.result = result
        self.champion = champion
        self.version = version
        self.completion = completion
        let count = result.outcome.shadows.count
        state = Mutex(State(answers: [Answer?](repeating: nil, count: count), waiting: count))
    }

    func start(on pool: InferencePool, timeLimit: Duration) {
        let deadline = Deadline(after: timeLimit) { [self] in
            cancellation.cancel()
            end()
        }
        for index in result.outcome.shadows.indices {
            let isAccepted = pool.submit { [self] in
                if answer(index, run(index)) {
                    deadline.cancel()
                    end()
                }
            }
            guard !isAccepted else { continue }
            let refused = Answer(output: .error("The challengers' queue was full."), elapsed: 0)
            if answer(index, refused) {
                deadline.cancel()
                end()
            }
        }
    }

    private func run(_ index: Int) -> Answer {
        let watch = Stopwatch()
        let shadow = result.outcome.shadows[index]
        do throws(RoostError) {
            let (outputs, failures) = try version.executable.run(
                shadow,
                inputs: request.inputs,
                own: try ownInputs(of: shadow),
                of: result.outcome,
                cancellation: cancellation
            )
            let elapsed = watch.nanoseconds
            version.challenger(shadow).metrics.runTime.observe(nanoseconds: elapsed)
            return Answer(output: .tensors(outputs), checkFailures: failures, elapsed: elapsed)
        } catch {
            return Answer(output: .error(error.message), elapsed: watch.nanoseconds)
        }
    }

    /// Reads the challenger's inputs from the request, if they are not made from its champion's inputs.
    private func ownInputs(of shadow: ExecutablePipeline.ShadowRun) throws(RoostError) -> [Tensor]? {
        guard let read = request.challengerInputs else { return nil }
        do {
            return try read(shadow.model.version)
        } catch {
            throw error as? RoostError ?? RoostError(.invalidInput, "\(error)")
        }
    }

    /// Stores an answer.
    ///
    /// - Returns: Whether it was the last one.
    private func answer(_ index: Int, _ answer: Answer) -> Bool {
        state.withLock {
            guard !$0.isOver else { return false }
            $0.answers[index] = answer
            $0.waiting -= 1
            return $0.waiting == 0
        }
    }

    private func end() {
        let answers = state.withLock { state -> [Answer?]? in
            guard !state.isOver else { return nil }
            state.isOver = true
            return state.answers
        }
        guard let answers else { return }
        var records: [InferenceRecord] = []
        var outputs: [(name: String, outputs: [Tensor])] = []
        for (shadow, answer) in zip(result.outcome.shadows, answers) {
            let late = Answer(output: .error("The challenger did not answer in time."), elapsed: 0)
            let answer = answer ?? late
            switch answer.output {
            case .tensors(let tensors): outputs.append((shadow.name, tensors))
            case .error: version.challenger(shadow).metrics.failedRuns.add(1, ordering: .relaxed)
            }
            var record = champion
            record.subject = version.challenger(shadow).challenger
            record.elapsed = Int64(answer.elapsed)
            record.checkFailures = answer.checkFailures
            record.output = answer.output
            records.append(record)
        }
        completion(records, outputs)
    }
}
