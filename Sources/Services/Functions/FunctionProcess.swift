import Archives
import Definitions
import Encodings
import Foundation
import Processes
import Programs
import Synchronization

/// A process that handles the events of one version of a function, one at a time, and writes its log.
final class FunctionProcess: Sendable {
    /// The most processes of a function's process, itself included.
    static let processLimit = 256
    /// Bytes that a process may allocate beyond its memory, because programs reserve more than they use.
    private static let spareHeap = 2 << 30
    /// How long importing the code may take, and how much more a function with a long time limit gets.
    private static let startLimit = 10
    private static let moreStartLimit = 60
    /// The bytes of a log that are returned with a result.
    private static let tailLimit = 4096

    /// An event, and who waits for what comes of it.
    struct Invocation: Sendable {
        let id: String
        let event: FunctionEvent
        let completion: @Sendable (Result<FunctionOutcome, FunctionProblem>) -> Void
        /// Called before a process gets the event, which it does not if this throws.
        var begins: (@Sendable () async throws -> Void)?
        /// Where it comes from.
        var place = EventProcess.Place.current
    }

    private struct State {
        /// The end of the log of the event in progress, if its caller wants it.
        var tail: [UInt8]?
        /// What starting took, until it is reported.
        var begin: Duration?
        var hasBegun = false
    }

    let function: Function
    let version: FunctionVersion
    let startedAt: ContinuousClock.Instant = .now
    let temporaryFolder: String
    /// Folders of the server, with what they are called in what users see.
    private let folders: [(path: String, name: String)]
    private let log: FunctionLogs.Writer
    private let process: EventProcess
    private let ready: @Sendable (FunctionProcess) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - ready: The process waits for an event.
    ///   - end: The process is over; the description of its error if it did not start.
    init(
        function: Function,
        version: FunctionVersion,
        temporaryFolder: String,
        folders: [(path: String, name: String)],
        log: FunctionLogs.Writer,
        place: EventProcess.Place?,
        ready: @escaping @Sendable (FunctionProcess) -> Void,
        end: @escaping @Sendable (FunctionProcess, _ startError: Data?) -> Void
    ) {
        self.function = function
        self.version = version
        self.temporaryFolder = temporaryFolder
        self.folders = folders
        self.log = log
        self.ready = ready
        let itself = Mutex<FunctionProcess?>(nil)
        process = EventProcess(
            resultLimit: FunctionEvent.resultLimit,
            place: place,
            callbacks: .init(
                line: { line in itself.withLock { $0 }?.write(line) },
                ready: {
                    guard let self = itself.withLock({ $0 }) else { return }
                    self.noteStart()
                    ready(self)
                },
                end: { failure in
                    // Until here, it keeps itself alive.
                    guard let self = itself.withLock({ itself in itself.take() }) else { return }
                    end(self, failure.map(self.describe))
                }
            )
        )
        itself.withLock { $0 = self }
    }

    /// Starts the process.
    ///
    /// - Parameter arguments: The program and its arguments.
    func start(
        executable: String,
        _ arguments: [String],
        folder: String,
        environment: @escaping @Sendable (_ runtimeAPI: String) -> [String: String]
    ) {
        let configuration = version.configuration
        process.start(executable: executable, startLimit: .seconds(startLimit)) { address in
            var command = SupervisedProcess.Command(
                arguments[0],
                Array(arguments.dropFirst()),
                environment: environment(address),
                folder: folder
            )
            command.limits.memory = configuration.memory << 20
            command.limits.heap = configuration.memory << 20 + Self.spareHeap
            command.limits.fileSize = configuration.storage << 20
            command.limits.processCount = Self.processLimit
            // Someone waits for it.
            command.limits.yields = false
            return command
        }
    }

    /// Whether an event from here needs no other thread.
    var isHere: Bool { process.isOnItsLoop }

    /// Seconds from the start to the first request for an event.
    private var startLimit: Int { Self.startLimit + min(version.configuration.timeout, Self.moreStartLimit) }

    /// Ends the process with everything that it started.
    func kill() { process.kill() }

    /// Writes a line into the function's log.
    func note(_ line: String) { log.append(line) }

    // MARK: Events

    /// Handles an event.
    ///
    /// - Parameter refuse: Called if the process has ended before it got the event.
    func handle(_ invocation: Invocation, refuse: @escaping @Sendable () -> Void) {
        guard let begins = invocation.begins else { return hand(invocation, refuse) }
        Task {
            do {
                try await begins()
                hand(invocation, refuse)
            } catch {
                // The process still waits for an event.
                invocation.completion(.failure(.unavailable(reason: "the event could not be recorded")))
                ready(self)
            }
        }
    }

    private func hand(_ invocation: Invocation, _ refuse: @escaping @Sendable () -> Void) {
        let id = invocation.id
        var event = EventProcess.Event(
            id: id,
            payload: invocation.event.payload,
            timeLimit: .seconds(version.configuration.timeout)
        )
        event.headers = [
            ("lambda-runtime-invoked-function-arn", invocation.event.invokedARN ?? function.name),
            ("lambda-runtime-trace-id", Self.traceID(id)),
        ]
        if let context = invocation.event.clientContext {
            event.headers.append(("lambda-runtime-client-context", context))
        }
        let begun = ContinuousClock.now
        process.handle(event) { [self] in
            state.withLock { $0.tail = invocation.event.wantsLog ? [] : nil }
            append(FunctionWords.start(id, version: version.number))
        } completion: { [self] result in
            let took = begun.duration(to: .now)
            guard let (payload, isError) = outcome(of: result, id) else { return refuse() }
            var outcome = FunctionOutcome(payload: payload, isError: isError, version: version.number)
            guard invocation.event.wantsLog else {
                // First whoever waits for the result, and then the log.
                invocation.completion(.success(outcome))
                return process.later { [self] in finish(id, result, took) }
            }
            finish(id, result, took)
            outcome.log = state.withLock { $0.tail.take() }.map { Data($0) }
            invocation.completion(.success(outcome))
        }
    }

    private func outcome(of result: EventProcess.Result, _ id: String) -> (payload: Data, isError: Bool)? {
        switch result {
        case .result(let payload): (payload, false)
        case .failed(let description): (Data(named(String(decoding: description, as: UTF8.self)).utf8), true)
        case .tooLarge: (FunctionWords.tooLarge(), true)
        case .timedOut: (FunctionWords.timedOut(id, after: version.configuration.timeout), true)
        case .ended(let outcome): (FunctionWords.ended(id, outcome), true)
        case .notHandled: nil
        }
    }

    /// Writes the end of an event into the log.
    private func finish(_ id: String, _ result: EventProcess.Result, _ took: Duration) {
        let configuration = version.configuration
        if case .ended(let outcome) = result, let note = FunctionWords.note(outcome, memory: configuration.memory) {
            append(note)
        }
        append(FunctionWords.end(id))
        let begin = state.withLock { $0.begin.take() }
        append(
            FunctionWords.report(
                id,
                took: took,
                begin: begin,
                memory: configuration.memory,
                peak: process.peakMemory
            )
        )
        switch result {
        case .timedOut:
            let time = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            append("\(time) \(id) Task timed out after \(configuration.timeout).00 seconds")
        case .ended(let outcome):
            append("RequestId: \(id) Error: Runtime exited: \(outcome)\tRuntime.ExitError")
        default: break
        }
    }

    // MARK: Log

    private func noteStart() {
        state.withLock { state in
            guard !state.hasBegun else { return }
            state.hasBegun = true
            state.begin = startedAt.duration(to: .now)
        }
    }

    /// Writes a line of the program's output.
    private func write(_ line: String) { append(named(line), waits: !process.isOnItsLoop) }

    /// Replaces the server's folders in a text by the names that they have on AWS: traces are full of them.
    private func named(_ text: String) -> String {
        folders.reduce(text) { text, folder in text.replacingBytes(of: folder.path, with: folder.name) }
    }

    private func append(_ text: String, waits: Bool = false) {
        log.append(text, waits: waits)
        state.withLock { state in
            guard state.tail != nil else { return }
            state.tail?.append(contentsOf: FunctionLogs.text(of: text).utf8)
            state.tail?.append(UInt8(ascii: "\n"))
            if let count = state.tail?.count, count > 2 * Self.tailLimit {
                state.tail?.removeFirst(count - Self.tailLimit)
            }
        }
    }

    /// Returns the description of a start that failed, and writes it into the log.
    private func describe(_ failure: EventProcess.StartFailure) -> Data {
        let configuration = version.configuration
        switch failure {
        case .failed(let description): return Data(named(String(decoding: description, as: UTF8.self)).utf8)
        case .ended(let outcome):
            if let note = FunctionWords.note(outcome, memory: configuration.memory) { append(note) }
            append("INIT_REPORT Status: error\tError Type: Runtime.ExitError")
            return FunctionWords.ended(UniqueID.make(), outcome)
        case .tooSlow:
            append("INIT_REPORT Status: timeout")
            return FunctionWords.error(
                "Sandbox.Timedout",
                "The function did not ask for an event within \(startLimit) seconds of its start."
            )
        case .notStarted(let reason):
            append("The function cannot be started: \(reason)")
            return FunctionWords.error("Runtime.InvalidEntrypoint", "The function cannot be started: \(reason)")
        }
    }

    /// A trace identifier in the format of X-Ray, which libraries expect. Nothing is traced.
    private static func traceID(_ id: String) -> String {
        let digits = id.filter(\.isHexDigit)
        return "Root=1-\(digits.prefix(8))-\(digits.suffix(24));Sampled=0"
    }
}
