import Access
import Archives
import Definitions
import Files
import Foundation
import Logging
import Processes
import Programs
import Runtimes
import Storage
import Synchronization
import WorkThreads

/// The pools of all functions, and what they share: places for processes, turns to start one, folders and credentials.
final class FunctionPools: Sendable {
    /// The oldest that a process gets, so that its credentials are always valid.
    private static let ageLimit: Duration = .seconds(6 * 3600)
    private static let credentialsLimit: Duration = .seconds(12 * 3600)
    /// How long a process that starts keeps others from starting. Importing a large library takes longer, but one that hangs must
    /// not stop the starts of all functions.
    private static let turnLimit: Duration = .seconds(5)
    private static let housekeepingInterval: Duration = .seconds(5)

    private struct State {
        /// By the identifiers of functions.
        var pools: [String: FunctionPool] = [:]
        /// The functions that were deleted since the server started.
        var removed: Set<String> = []
        var places: Int
        /// Pools that wait for a place.
        var starved: [FunctionPool] = []
        var serverURL = ""
        var signs = false
        var isClosed = false
        var housekeeping: Task<Void, Never>?
    }

    private let configuration: FunctionService.Configuration
    private let host: ProgramHost
    private let folder: String
    private let runtime: LambdaRuntime
    private let archives: ArtifactStore
    private let unpacked: FunctionArchives
    private let logs: FunctionLogs
    private let keys: AccessKeys
    private let logger: Logger
    /// Starting a process takes much of a core, so only as many start at once as there are cores.
    private let turnstile: Turnstile
    private let state: Mutex<State>

    init(
        configuration: FunctionService.Configuration,
        host: ProgramHost,
        dataFolder: String,
        archives: ArtifactStore,
        logs: FunctionLogs,
        keys: AccessKeys,
        logger: Logger
    ) {
        self.configuration = configuration
        self.host = host
        folder = dataFolder + "/function-work"
        runtime = LambdaRuntime(search: .init(dataFolder: dataFolder), python: host.python)
        self.archives = archives
        unpacked = FunctionArchives(folder: folder + "/code")
        self.logs = logs
        self.keys = keys
        self.logger = logger
        turnstile = Turnstile(capacity: configuration.startLimit)
        state = Mutex(State(places: configuration.processLimit))
    }

    // MARK: Life cycle

    /// Removes what an earlier server left.
    func prepare() async throws {
        try await offload { [folder] in try FolderRemoval.remove(folder) }
        try await keys.revokeAll(ofParentsWithPrefix: Self.parentPrefix)
    }

    /// - Parameter signs: Whether functions must sign their requests to the server.
    func begin(serverURL: String, signs: Bool) {
        let task = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.housekeepingInterval)
                await self?.keepHouse()
            }
        }
        state.withLock { state in
            state.serverURL = serverURL
            state.signs = signs
            state.housekeeping = task
        }
    }

    func close() async {
        let (pools, housekeeping) = state.withLock { state in
            state.isClosed = true
            return (Array(state.pools.values), state.housekeeping)
        }
        housekeeping?.cancel()
        for pool in pools { pool.close() }
        // Their supervisors end the processes even if this server does not wait. It waits so that their folders can be removed.
        for _ in 0..<100 where !pools.allSatisfy(\.isEmpty) { try? await Task.sleep(for: .milliseconds(50)) }
        FunctionLogs.Writer.flush()
        try? await offload { [folder] in try FolderRemoval.remove(folder) }
    }

    /// - Throws: ``FunctionProblem/unavailable(reason:)`` before ``begin(serverURL:signs:)``, as in safe mode.
    func pool(of function: Function) throws(FunctionProblem) -> FunctionPool {
        guard state.withLock({ $0.housekeeping != nil }) else {
            throw .unavailable(reason: "functions do not run while the server starts, and not in safe mode")
        }
        return try state.withLock { state throws(FunctionProblem) -> FunctionPool in
            // Not the same as a function that is gone: an event that waits is handled by the next server.
            guard !state.isClosed else { throw .unavailable(reason: "the server is stopping") }
            guard !state.removed.contains(function.id) else { throw .notFound(name: function.name, qualifier: nil) }
            if let pool = state.pools[function.id] { return pool }
            let pool = FunctionPool(
                concurrency: configuration.concurrency,
                queueLimit: configuration.queueLimit,
                host: FunctionPool.Host(
                    reserve: { [weak self] in self?.reserve($0) ?? false },
                    release: { [weak self] in self?.release() },
                    isWanted: { [weak self] in self?.hasStarved ?? true },
                    start: { [weak self] in self?.start($0, $1, $2, $3, $4) }
                )
            )
            state.pools[function.id] = pool
            return pool
        }
    }

    /// Ends the processes of a function that is gone, and revokes their credentials.
    func remove(_ function: String) async {
        let pool = state.withLock { state in
            state.removed.insert(function)
            return state.pools.removeValue(forKey: function)
        }
        pool?.close()
        try? await keys.revokeAll(ofParentsWithPrefix: Self.parentPrefix + function)
    }

    func changed(_ function: Function) { state.withLock { $0.pools[function.id] }?.keep(function) }

    // MARK: Places

    private func reserve(_ pool: FunctionPool) -> Bool {
        let others = state.withLock { state -> [FunctionPool]? in
            if state.places > 0 {
                state.places -= 1
                return nil
            }
            if !state.starved.contains(where: { $0 === pool }) { state.starved.append(pool) }
            return Array(state.pools.values)
        }
        guard let others else { return true }
        // The process that has been free longest makes room.
        let idle = others.compactMap { pool in pool.longestIdle.map { (pool, $0) } }.min { $0.1 < $1.1 }
        idle?.0.makeRoom()
        return false
    }

    private func release() {
        let starved = state.withLock { state in
            state.places += 1
            defer { state.starved = [] }
            return state.starved
        }
        for pool in starved { pool.startProcesses() }
    }

    private var hasStarved: Bool { state.withLock { !$0.starved.isEmpty } }

    // MARK: Starting

    private func start(
        _ pool: FunctionPool,
        _ function: Function,
        _ version: FunctionVersion,
        _ place: EventProcess.Place?,
        _ isNeeded: @escaping @Sendable () -> Bool
    ) {
        Task { [self] in
            await turnstile.enter()
            let turn = Turn(turnstile)
            guard isNeeded() else {
                turn.end()
                return pool.hasNotStarted(version, nil)
            }
            do {
                try await launch(pool, function, version, place, turn)
            } catch {
                turn.end()
                let problem = error as? FunctionProblem
                if problem == nil {
                    logger.error(
                        "A function cannot be started",
                        metadata: ["function": "\(function.name)", "error": "\(error)"]
                    )
                }
                pool.hasNotStarted(version, problem ?? .unavailable(reason: "its files cannot be prepared"))
            }
        }
    }

    private func launch(
        _ pool: FunctionPool,
        _ function: Function,
        _ version: FunctionVersion,
        _ place: EventProcess.Place?,
        _ turn: Turn
    ) async throws {
        let configuration = version.configuration
        var used = [try await use(version.code)]
        for layer in configuration.layers {
            guard let code = layer.code else { throw FunctionProblem.layerNotFound(layer) }
            used.append(try await use(code))
        }
        let root = used[0].folder
        let layers = used.dropFirst().map(\.folder)
        let runtimeFolder: String?
        let arguments: [String]
        switch try FunctionRuntime(configuration.runtime) {
        case .python:
            do {
                runtimeFolder = try await runtime.folder()
            } catch let error as RoostError {
                throw FunctionProblem.unavailable(reason: error.message)
            }
            arguments = [host.python, "-m", "awslambdaric", configuration.handler]
        case .provided:
            runtimeFolder = nil
            let places = [root] + layers
            guard let owner = places.first(where: { FileManager.default.fileExists(atPath: $0 + "/bootstrap") }) else {
                throw FunctionProblem.unavailable(
                    reason:
                        "a function with the runtime '\(configuration.runtime)' needs a program 'bootstrap' in its archive"
                )
            }
            try await offload { FunctionArchive.makeExecutable(owner + "/bootstrap") }
            arguments = [owner + "/bootstrap"]
        }
        let temporary = "\(folder)/tmp/\(UUID().uuidString.lowercased())"
        try await offload {
            try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
        }
        let (serverURL, signs) = state.withLock { ($0.serverURL, $0.signs) }
        let credentials = try await credentials(of: function, signs)
        let stream = FunctionLogs.newStream(version: version.number, at: Date())
        let environment = FunctionEnvironment(
            function: function,
            version: version,
            stream: stream,
            root: root,
            layers: layers,
            runtimeFolder: runtimeFolder,
            temporaryFolder: temporary,
            serverURL: serverURL
        )
        let process = FunctionProcess(
            function: function,
            version: version,
            temporaryFolder: temporary,
            folders: [(root, "/var/task"), (temporary, "/tmp")] + layers.map { ($0, "/opt") }
                + [runtimeFolder].compactMap { $0 }.map { ($0, "/var/runtime") },
            log: logs.writer(of: function.name, stream: stream),
            place: place,
            ready: { process in
                turn.end()
                pool.isReady(process)
            },
            end: { [used] process, error in
                turn.end()
                pool.hasEnded(process, startError: error)
                for code in used { code.end() }
                Task { try? await offload { try FolderRemoval.remove(temporary) } }
            }
        )
        pool.hasStarted(process)
        Task {
            try? await Task.sleep(for: Self.turnLimit)
            turn.end()
        }
        process.start(executable: host.executable, arguments, folder: root) { address in
            environment.variables(runtimeAPI: address, credentials: credentials)
        }
    }

    private func use(_ code: FunctionCode) async throws -> UnpackedCode {
        try await unpacked.use(code, path: archives.localCopy(of: code.digest).path)
    }

    /// Removes the unpacked code of all archives but those with these digests, once no process runs it.
    func removeUnpacked(except wanted: Set<String>) { unpacked.removeAll(except: wanted) }

    private static let parentPrefix = "function:"

    /// Returns what a process signs its requests with. Clients want some credentials even where nobody verifies them.
    private func credentials(of function: Function, _ signs: Bool) async throws -> [String: String] {
        guard signs else {
            return [
                "AWS_ACCESS_KEY_ID": "roost", "AWS_SECRET_ACCESS_KEY": "roost", "AWS_SESSION_TOKEN": "roost",
            ]
        }
        let issued = try await keys.issue(parent: Self.parentPrefix + function.id, duration: Self.credentialsLimit)
        return [
            "AWS_ACCESS_KEY_ID": issued.accessKey, "AWS_SECRET_ACCESS_KEY": issued.secret,
            "AWS_SESSION_TOKEN": issued.token,
        ]
    }

    // MARK: Housekeeping

    /// Ends processes that are too old, have been free for long, or have filled their folder.
    private func keepHouse() async {
        let (pools, starved) = state.withLock { (Array($0.pools.values), $0.starved) }
        let now = ContinuousClock.now
        // A process may have become free at the moment when another function looked for a place.
        for pool in starved { pool.startProcesses() }
        for pool in pools {
            pool.endIdle(since: now - configuration.idleLimit, startedBefore: now - Self.ageLimit)
            for process in pool.allProcesses {
                let limit = process.version.configuration.storage << 20
                let path = process.temporaryFolder
                let used = (try? await offload { FolderSize.bytes(in: path, upTo: limit) }) ?? 0
                guard used > limit else { continue }
                process.note("The function wrote more than its \(limit >> 20) MB of temporary files and was ended.")
                process.kill()
            }
        }
    }
}

/// A turn to start a process, which ends once.
private final class Turn: Sendable {
    private let turnstile: Mutex<Turnstile?>

    init(_ turnstile: Turnstile) { self.turnstile = Mutex(turnstile) }

    func end() { turnstile.withLock { $0.take() }?.leave() }
}

/// The size of a folder that a program fills.
enum FolderSize {
    /// Adds up the files in a folder, and stops beyond a limit. Links are not followed.
    static func bytes(in folder: String, upTo limit: Int) -> Int {
        guard let files = FileManager.default.enumerator(atPath: folder) else { return 0 }
        var sum = 0
        var count = 0
        while let file = files.nextObject() as? String, sum <= limit, count < 100_000 {
            var status = stat()
            guard lstat("\(folder)/\(file)", &status) == 0 else { continue }
            // What a file takes on the disk: a sparse file is as large as it says, but takes nothing.
            sum += min(Int(status.st_blocks), 1 << 50) * 512
            count += 1
        }
        // As many files as that fill a disk too.
        return count < 100_000 ? sum : limit + 1
    }
}
