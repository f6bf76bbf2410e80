package import Foundation
import NIOCore
import NIOPosix
package import Processes
import Synchronization

/// Runs a program that handles events one at a time: it asks for the next one, and posts what came of it, over the Runtime API of
/// AWS Lambda on a loopback port of its own.
///
/// Its state belongs to one event loop. The callbacks run there too, except for lines, which come from any thread, one at a time.
package final class EventProcess: Sendable {
    /// An event, and what the program is told about it.
    package struct Event: Sendable {
        package let id: String
        /// A JSON document.
        package let payload: Data
        /// Headers of the Runtime API, by their names.
        package var headers: [(name: String, value: String)] = []
        package let timeLimit: Duration

        package init(id: String, payload: Data, timeLimit: Duration) {
            self.id = id
            self.payload = payload
            self.timeLimit = timeLimit
        }
    }

    /// What came of an event.
    package enum Result: Sendable {
        case result(Data)
        /// The program's description of its error, as a JSON document.
        case failed(Data)
        case tooLarge
        case timedOut
        /// The program ended instead.
        case ended(SupervisedProcess.Outcome)
        /// The program never got the event, because it ended before.
        case notHandled
    }

    /// Why a program never asked for an event.
    package enum StartFailure: Sendable {
        /// Its own description, as a JSON document.
        case failed(Data)
        case ended(SupervisedProcess.Outcome)
        case tooSlow
        case notStarted(reason: String)
    }

    /// What the owner of a process learns.
    package struct Callbacks: Sendable {
        package var line: @Sendable (String) -> Void
        /// The program asks for an event. It asks again after each one.
        package var ready: @Sendable () -> Void
        /// The program does not start, or ends. Comes once, and is the last one.
        package var end: @Sendable (StartFailure?) -> Void

        package init(
            line: @escaping @Sendable (String) -> Void,
            ready: @escaping @Sendable () -> Void,
            end: @escaping @Sendable (StartFailure?) -> Void
        ) {
            self.line = line
            self.ready = ready
            self.end = end
        }
    }

    /// An event loop. An event that comes from the loop of a process needs no other thread.
    package struct Place: Sendable {
        fileprivate let eventLoop: any EventLoop

        /// The event loop that runs this code; `nil` if none does.
        package static var current: Place? { MultiThreadedEventLoopGroup.currentEventLoop.map { Place(eventLoop: $0) } }
    }

    /// How long a program may take after an event to ask for the next one.
    private static let returnLimit: TimeAmount = .seconds(10)
    /// Connections of a program. Clients need two.
    private static let connectionLimit = 4

    private struct Running {
        let id: String
        let completion: @Sendable (Result) -> Void
        let timeout: Scheduled<Void>
    }

    private struct State {
        var listener: (any Channel)?
        var process: SupervisedProcess?
        /// The connection on which the program waits for an event.
        var waiting: RuntimeConnection?
        var running: Running?
        var hasBeenReady = false
        /// Whether the owner knows that it is ready.
        var isAnnounced = false
        /// Ends a program that neither waits for an event nor handles one.
        var watchdog: Scheduled<Void>?
        var connectionCount = 0
        var startFailure: StartFailure?
        var startTimeout: Scheduled<Void>?
        var isKilled = false
        var isOver = false
    }

    private let eventLoop: any EventLoop
    private let callbacks: Callbacks
    /// The largest result, in bytes.
    let resultLimit: Int
    private let state: NIOLoopBoundBox<State>
    private let supervised = Mutex<SupervisedProcess?>(nil)

    /// - Parameter place: Where its first event comes from; `nil` for any event loop.
    package init(resultLimit: Int, place: Place? = nil, callbacks: Callbacks) {
        eventLoop = place?.eventLoop ?? MultiThreadedEventLoopGroup.singleton.any()
        self.resultLimit = resultLimit
        self.callbacks = callbacks
        state = .makeBoxSendingValue(State(), eventLoop: eventLoop)
    }

    /// Whether this thread is the one that runs the callbacks.
    package var isOnItsLoop: Bool { eventLoop.inEventLoop }

    /// The most memory that the program has had resident so far, in bytes.
    package var peakMemory: Int? { supervised.withLock { $0 }?.peakMemory }

    // MARK: Life cycle

    /// Listens, and starts the program.
    ///
    /// - Parameter make: Returns the command for the address of the Runtime API.
    package func start(
        executable: String,
        startLimit: Duration,
        _ make: @escaping @Sendable (_ address: String) -> SupervisedProcess.Command
    ) {
        let bootstrap = ServerBootstrap(group: eventLoop)
            .serverChannelOption(.backlog, value: 16)
            .childChannelOption(.socketOption(.init(rawValue: SO_KEEPALIVE)), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(RuntimeConnection.handlers(for: self))
                }
            }
        bootstrap.bind(host: "127.0.0.1", port: 0).whenComplete { result in
            switch result {
            case .success(let listener):
                self.state.value.listener = listener
                let address = "127.0.0.1:\(listener.localAddress?.port ?? 0)"
                self.launch(executable, make(address), startLimit)
            case .failure(let error): self.finish(.notStarted(reason: "\(error)"))
            }
        }
    }

    private func launch(_ executable: String, _ command: SupervisedProcess.Command, _ limit: Duration) {
        guard !state.value.isKilled else { return finish(.notStarted(reason: "it was not needed any more")) }
        // Starting a process blocks for some milliseconds.
        Thread.detachNewThread { [self] in
            let process: SupervisedProcess
            do {
                process = try SupervisedProcess(executable: executable, command)
            } catch {
                let reason = "\(error)"
                return eventLoop.execute { [self] in finish(.notStarted(reason: reason)) }
            }
            supervised.withLock { $0 = process }
            eventLoop.execute { [self] in started(process, limit) }
            let outcome = process.readLines(callbacks.line)
            supervised.withLock { $0 = nil }
            eventLoop.execute { [self] in ended(outcome) }
        }
    }

    private func started(_ process: SupervisedProcess, _ limit: Duration) {
        state.value.process = process
        if state.value.isKilled { return process.kill() }
        state.value.startTimeout = eventLoop.scheduleTask(in: TimeAmount(limit)) { [self] in
            guard !state.value.hasBeenReady, !state.value.isOver else { return }
            state.value.startFailure = .tooSlow
            kill()
        }
    }

    private func ended(_ outcome: SupervisedProcess.Outcome) {
        complete(.ended(outcome))
        finish(state.value.hasBeenReady ? nil : state.value.startFailure ?? .ended(outcome))
    }

    /// Ends the program with everything that it started. The last callback follows.
    package func kill() {
        eventLoop.execute { [self] in
            state.value.isKilled = true
            state.value.process?.kill()
        }
    }

    private func finish(_ failure: StartFailure?) {
        guard !state.value.isOver else { return }
        state.value.isOver = true
        state.value.startTimeout?.cancel()
        state.value.watchdog?.cancel()
        state.value.listener?.close(promise: nil)
        state.value.waiting?.close()
        state.value.waiting = nil
        state.value.process = nil
        callbacks.end(failure)
    }

    // MARK: Events

    /// Gives the program an event. Its time runs from now.
    ///
    /// - Parameters:
    ///   - begins: Called on the event loop right before the program gets the event.
    ///   - completion: Called once, on the event loop, when everything that the program wrote for the event has been passed on.
    package func handle(
        _ event: Event,
        begins: @escaping @Sendable () -> Void,
        completion: @escaping @Sendable (Result) -> Void
    ) {
        eventLoop.execute { [self] in
            guard let connection = state.value.waiting, !state.value.isOver, !state.value.isKilled else {
                return completion(.notHandled)
            }
            state.value.waiting = nil
            state.value.isAnnounced = false
            begins()
            let timeout = eventLoop.scheduleTask(in: TimeAmount(event.timeLimit)) { [self] in
                guard state.value.running?.id == event.id else { return }
                complete(.timedOut)
                kill()
            }
            state.value.running = Running(id: event.id, completion: completion, timeout: timeout)
            connection.send(event, deadline: Date(timeIntervalSinceNow: event.timeLimit / .seconds(1)))
        }
    }

    /// Does something on the event loop after what is waiting there.
    package func later(_ work: @escaping @Sendable () -> Void) { eventLoop.execute(work) }

    private func complete(_ result: Result) {
        guard let running = state.value.running else { return }
        state.value.running = nil
        running.timeout.cancel()
        state.value.process?.drain(callbacks.line)
        watch()
        running.completion(result)
    }

    /// Expects the program to ask for an event. One that never does would keep its place for ever.
    private func watch() {
        guard !state.value.isOver else { return }
        state.value.watchdog?.cancel()
        state.value.watchdog = eventLoop.scheduleTask(in: Self.returnLimit) { [self] in
            guard state.value.waiting == nil, state.value.running == nil else { return }
            kill()
        }
    }

    // MARK: The program's requests

    /// The program waits for an event. Only one connection can.
    func wants(_ connection: RuntimeConnection) -> Bool {
        guard state.value.waiting == nil, state.value.running == nil, !state.value.isOver else { return false }
        state.value.waiting = connection
        state.value.hasBeenReady = true
        state.value.startTimeout?.cancel()
        state.value.watchdog?.cancel()
        // A program that connects anew is still as ready as before.
        guard !state.value.isAnnounced else { return true }
        state.value.isAnnounced = true
        callbacks.ready()
        return true
    }

    /// - Returns: `false` if the program has too many connections.
    func opened(_ connection: RuntimeConnection) -> Bool {
        state.value.connectionCount += 1
        return state.value.connectionCount <= Self.connectionLimit && !state.value.isOver
    }

    /// A connection has ended. An event must not be given to it.
    func closed(_ connection: RuntimeConnection) {
        state.value.connectionCount -= 1
        guard state.value.waiting === connection else { return }
        state.value.waiting = nil
        watch()
    }

    /// Whether the program handles an event with this identifier.
    func handles(_ id: some StringProtocol) -> Bool { state.value.running.map { $0.id == id } ?? false }

    /// - Returns: `false` if the program does not handle an event with this identifier.
    func post(_ result: Result, for id: String) -> Bool {
        guard state.value.running?.id == id else { return false }
        complete(result)
        return true
    }

    func postStartFailure(_ description: Data) {
        guard !state.value.hasBeenReady else { return }
        state.value.startFailure = .failed(description)
    }
}

extension TimeAmount {
    /// A duration that is shorter than a century.
    fileprivate init(_ duration: Duration) {
        self = .milliseconds(Int64((duration / .milliseconds(1)).rounded(.up)))
    }
}
