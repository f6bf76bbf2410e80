import Definitions
import Foundation
import Programs
import Synchronization

/// The processes of one function, and the events that wait for one of them.
///
/// The pool decides who gets an event: a process that is free, or one that becomes free, whichever comes first. It starts no more
/// processes than events wait. What it needs of the server, such as a place for another process, it asks of ``Host``.
final class FunctionPool: Sendable {
    typealias Invocation = FunctionProcess.Invocation

    /// What a pool needs of the server.
    struct Host: Sendable {
        /// Reserves a place for a process; `false` if there is none. Then the pool is told when there is one.
        var reserve: @Sendable (FunctionPool) -> Bool
        /// Gives a place back.
        var release: @Sendable () -> Void
        /// Whether other functions wait for a place, so that a process that is free should make room.
        var isWanted: @Sendable () -> Bool
        /// Starts a process, now or when its turn comes. If `isNeeded` is `false` then, it is not started.
        var start:
            @Sendable (
                _ pool: FunctionPool, _ function: Function, _ version: FunctionVersion,
                _ place: EventProcess.Place?, _ isNeeded: @escaping @Sendable () -> Bool
            ) -> Void
    }

    private struct Waiting {
        let invocation: Invocation
        let version: FunctionVersion
        let function: Function
    }

    /// A process that is free.
    private struct Idle {
        let process: FunctionProcess
        let since: ContinuousClock.Instant
    }

    private struct State {
        var waiting: [Waiting] = []
        /// The longest idle first.
        var idle: [Idle] = []
        var processes: [ObjectIdentifier: FunctionProcess] = [:]
        /// Processes that start or wait for their turn to start, by the revision of their version.
        var starting: [String: Int] = [:]
        /// Events that processes handle.
        var running = 0
        /// The revisions of the versions that still exist. Processes of others end when they are free.
        var revisions: Set<String> = []
        var isClosed = false

        var count: Int { processes.count + starting.values.reduce(0, +) }
    }

    /// How long a busy process keeps its place while other functions wait for one.
    private static let shareLimit: Duration = .seconds(2)

    private let concurrency: Int
    private let queueLimit: Int
    private let host: Host
    private let state = Mutex(State())

    /// - Parameter concurrency: The most events at once, unless the function has a limit of its own.
    init(concurrency: Int, queueLimit: Int, host: Host) {
        self.concurrency = max(1, concurrency)
        self.queueLimit = queueLimit
        self.host = host
    }

    // MARK: Events

    /// Gives an event to a process, now or when one is free.
    ///
    /// - Throws: ``FunctionProblem/busy(isReserved:)`` if the function handles as many as it may, or too many wait.
    func submit(
        _ invocation: Invocation,
        _ function: Function,
        _ version: FunctionVersion
    ) throws(FunctionProblem) {
        let (process, problem) = state.withLock { state -> (FunctionProcess?, FunctionProblem?) in
            guard !state.isClosed else { return (nil, .unavailable(reason: "the server is stopping")) }
            if let reserved = function.reservedConcurrency, state.running + state.waiting.count >= reserved {
                return (nil, .busy(isReserved: true))
            }
            state.revisions = Set(function.versions.map(\.revision))
            // The one that was busy last has the warmest caches.
            func isFit(_ idle: Idle) -> Bool { idle.process.version.revision == version.revision }
            let place = state.idle.lastIndex { isFit($0) && $0.process.isHere } ?? state.idle.lastIndex(where: isFit)
            if let place {
                state.running += 1
                return (state.idle.remove(at: place).process, nil)
            }
            guard state.waiting.count < queueLimit else { return (nil, .busy(isReserved: false)) }
            state.waiting.append(Waiting(invocation: invocation, version: version, function: function))
            return (nil, nil)
        }
        if let problem { throw problem }
        if let process { return give(invocation, to: process) }
        startProcesses()
    }

    private func give(_ invocation: Invocation, to process: FunctionProcess) {
        process.handle(counted(invocation)) { [self] in
            state.withLock { state in
                state.running -= 1
                let waiting = Waiting(invocation: invocation, version: process.version, function: process.function)
                state.waiting.insert(waiting, at: 0)
            }
            startProcesses()
        }
    }

    /// Returns the invocation such that its end is counted.
    private func counted(_ invocation: Invocation) -> Invocation {
        Invocation(
            id: invocation.id,
            event: invocation.event,
            completion: { [self] result in
                state.withLock { $0.running -= 1 }
                invocation.completion(result)
            },
            begins: invocation.begins,
            place: invocation.place
        )
    }

    // MARK: Processes

    /// Starts a process for each event that waits and has none starting for it, as far as there are places.
    func startProcesses() {
        while let next = takeStart() {
            let revision = next.version.revision
            guard host.reserve(self) else {
                // The server has no place for another process. It tells when it has.
                state.withLock { $0.starting[revision, default: 1] -= 1 }
                return
            }
            host.start(self, next.function, next.version, next.place) { [self] in
                state.withLock { state in
                    !state.isClosed && state.waiting.contains { $0.version.revision == revision }
                }
            }
        }
    }

    /// Chooses a version that needs a process, and counts it as starting.
    private func takeStart() -> (function: Function, version: FunctionVersion, place: EventProcess.Place?)? {
        typealias Start = (Function, FunctionVersion, EventProcess.Place?)
        let (next, surplus) = state.withLock { state -> (Start?, FunctionProcess?) in
            var wanted: [String: Int] = [:]
            for waiting in state.waiting {
                let revision = waiting.version.revision
                wanted[revision, default: 0] += 1
                guard wanted[revision, default: 0] > state.starting[revision, default: 0] else { continue }
                let limit = waiting.function.reservedConcurrency ?? concurrency
                if state.count < limit {
                    state.starting[revision, default: 0] += 1
                    return ((waiting.function, waiting.version, waiting.invocation.place), nil)
                }
                // A free process of another version makes room.
                if !state.idle.isEmpty { return (nil, state.idle.removeFirst().process) }
                return (nil, nil)
            }
            return (nil, nil)
        }
        surplus?.kill()
        return next
    }

    /// A process was started and is not ready yet.
    func hasStarted(_ process: FunctionProcess) {
        let isWanted = state.withLock { state in
            state.processes[ObjectIdentifier(process)] = process
            state.starting[process.version.revision, default: 1] -= 1
            return !state.isClosed
        }
        if !isWanted { process.kill() }
    }

    /// A process was not started: it was not needed any more, or something that it needs is missing.
    func hasNotStarted(_ version: FunctionVersion, _ problem: FunctionProblem?) {
        let failed = state.withLock { state -> Waiting? in
            state.starting[version.revision, default: 1] -= 1
            guard problem != nil else { return nil }
            return state.waiting.firstIndex { $0.version.revision == version.revision }
                .map { state.waiting.remove(at: $0) }
        }
        host.release()
        if let failed, let problem { failed.invocation.completion(.failure(problem)) }
        startProcesses()
    }

    /// A process is free.
    func isReady(_ process: FunctionProcess) {
        let isWanted = host.isWanted()
        let (next, ends) = state.withLock { state -> (Invocation?, Bool) in
            let revision = process.version.revision
            // Others wait for a place, and this function has had one for a while.
            let yields = isWanted && process.startedAt < .now - Self.shareLimit
            if !yields, let place = state.waiting.firstIndex(where: { $0.version.revision == revision }) {
                state.running += 1
                return (state.waiting.remove(at: place).invocation, false)
            }
            // It makes room for other functions, for other versions of this one, or because its version is gone.
            let isOld = !state.revisions.contains(revision)
            guard !state.isClosed, !isOld, !isWanted, state.waiting.isEmpty, !yields else { return (nil, true) }
            state.idle.append(Idle(process: process, since: .now))
            return (nil, false)
        }
        if let next { give(next, to: process) }
        if ends { process.kill() }
    }

    /// A process is over.
    ///
    /// - Parameter startError: The description of its error, if it did not start. One event gets it.
    func hasEnded(_ process: FunctionProcess, startError: Data?) {
        let failed = state.withLock { state -> Waiting? in
            state.processes[ObjectIdentifier(process)] = nil
            state.idle.removeAll { $0.process === process }
            guard startError != nil else { return nil }
            return state.waiting.firstIndex { $0.version.revision == process.version.revision }
                .map { state.waiting.remove(at: $0) }
        }
        host.release()
        if let failed, let startError { Self.fail(failed.invocation, process, startError) }
        startProcesses()
    }

    /// Answers an event whose process did not start. The event itself was handed to no one.
    private static func fail(_ invocation: Invocation, _ process: FunctionProcess, _ description: Data) {
        let outcome = FunctionOutcome(payload: description, isError: true, version: process.version.number)
        guard let begins = invocation.begins else { return invocation.completion(.success(outcome)) }
        Task {
            try? await begins()
            invocation.completion(.success(outcome))
        }
    }

    // MARK: Housekeeping

    var allProcesses: [FunctionProcess] { state.withLock { Array($0.processes.values) } }

    /// Ends the process that has been free longest, if one is, to make room for another function.
    func makeRoom() {
        let process = state.withLock { $0.idle.isEmpty ? nil : $0.idle.removeFirst().process }
        process?.kill()
    }

    /// When the process that has been free longest became so.
    var longestIdle: ContinuousClock.Instant? { state.withLock { $0.idle.first?.since } }

    /// Ends the processes that have been free since a time, or that are older than another.
    func endIdle(since limit: ContinuousClock.Instant, startedBefore age: ContinuousClock.Instant) {
        let old = state.withLock { state in
            let old = state.idle.filter { $0.since < limit || $0.process.startedAt < age }
            state.idle.removeAll { idle in old.contains { $0.process === idle.process } }
            return old
        }
        for idle in old { idle.process.kill() }
    }

    /// Ends the free processes of versions that are gone.
    func keep(_ function: Function) {
        let old = state.withLock { state in
            state.revisions = Set(function.versions.map(\.revision))
            let old = state.idle.filter { !state.revisions.contains($0.process.version.revision) }
            state.idle.removeAll { !state.revisions.contains($0.process.version.revision) }
            return old
        }
        for idle in old { idle.process.kill() }
    }

    /// Ends all processes. Events that wait get an error.
    func close() {
        let (processes, waiting) = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return (Array(state.processes.values), state.waiting)
        }
        for process in processes { process.kill() }
        for one in waiting { one.invocation.completion(.failure(.unavailable(reason: "the server is stopping"))) }
    }

    var isEmpty: Bool { state.withLock { $0.count == 0 } }
}
