package import Access
package import Buckets
package import Catalog
package import Definitions
import Files
import Foundation
package import Logging
import Processes
package import Programs
import Storage
import Synchronization

/// Functions: creates, changes and invokes them.
///
/// The catalog is the truth. What is in memory follows it, so that an invocation reads no database.
package final class FunctionService: Sendable {
    package struct Configuration: Sendable {
        /// The most events that a function handles at once, unless it has a concurrency of its own.
        package var concurrency = 10
        /// The most processes of all functions.
        package var processLimit = 64
        /// Processes that start at the same time.
        package var startLimit = ProcessInfo.processInfo.activeProcessorCount
        /// How long a process without events is kept.
        package var idleLimit: Duration = .seconds(600)
        /// The most events that wait for a process of one function.
        package var queueLimit = 1000

        package init() {}
    }

    /// The most functions and layers of a server.
    static let functionLimit = 10_000
    /// Bytes of an archive in a request, and of an archive's contents with those of all layers.
    package static let archiveLimit = 52_428_800
    package static let unpackedLimit = 262_144_000

    struct State {
        var functions: [String: Function] = [:]
        var layers: [String: FunctionLayer] = [:]
        var serverURL = ""
        var isClosed = false
    }

    package let configuration: Configuration
    package let logs: FunctionLogs
    let catalog: Catalog
    let buckets: BucketService
    let archives: ArtifactStore
    let pools: FunctionPools
    let events = EventQueue()
    let logger: Logger
    let state = Mutex(State())
    /// Held while a record changes, so that no change is lost.
    let changes = Turnstile(capacity: 1)

    /// - Parameters:
    ///   - dataFolder: The server's data folder.
    ///   - keys: Issue what functions sign their requests with.
    package init(
        dataFolder: String,
        catalog: Catalog,
        buckets: BucketService,
        host: ProgramHost,
        configuration: Configuration,
        keys: AccessKeys,
        logger: Logger
    ) throws {
        self.catalog = catalog
        self.buckets = buckets
        self.configuration = configuration
        self.logger = logger
        archives = try ArtifactStore(folder: dataFolder + "/functions")
        logs = FunctionLogs(folder: dataFolder + "/function-logs")
        pools = FunctionPools(
            configuration: configuration,
            host: host,
            dataFolder: dataFolder,
            archives: archives,
            logs: logs,
            keys: keys,
            logger: logger
        )
    }

    // MARK: Life cycle

    /// Reads the records, and removes the archives that belong to none.
    package func prepare() async throws {
        let functions = try await catalog.functions()
        let layers = try await catalog.functionLayers()
        state.withLock { state in
            state.functions = Dictionary(functions.map { ($0.name, $0) }) { first, _ in first }
            state.layers = Dictionary(layers.map { ($0.name, $0) }) { first, _ in first }
        }
        removeUnusedArchives()
        try await pools.prepare()
    }

    /// Starts to handle the events that an earlier server accepted.
    ///
    /// - Parameters:
    ///   - serverURL: Where the functions reach the server.
    ///   - signs: Whether their requests need signatures.
    package func restore(serverURL: String, signs: Bool) async throws {
        state.withLock { $0.serverURL = serverURL }
        pools.begin(serverURL: serverURL, signs: signs)
        try await restoreEvents()
    }

    /// Ends all processes.
    package func close() async {
        state.withLock { $0.isClosed = true }
        await pools.close()
    }

    /// The URL under which the server is reached from this machine; empty before it listens.
    package var serverURL: String { state.withLock { $0.serverURL } }

    // MARK: Reading

    package func all() -> [Function] {
        state.withLock { Array($0.functions.values) }.sorted { $0.name < $1.name }
    }

    package func function(named name: String) throws(FunctionProblem) -> Function {
        guard let function = state.withLock({ $0.functions[name] }) else {
            throw .notFound(name: name, qualifier: nil)
        }
        return function
    }

    /// Returns the version that a qualifier names, and the function. An alias stands for its main version.
    package func version(
        _ qualifier: String?,
        of name: String
    ) throws(FunctionProblem) -> (function: Function, version: FunctionVersion) {
        let function = try function(named: name)
        guard let version = function.targets(of: qualifier)?.first?.version else {
            throw .notFound(name: name, qualifier: qualifier)
        }
        return (function, version)
    }

    /// Returns the function with a URL of this identifier, and the URL.
    package func url(_ id: String) -> (function: Function, url: FunctionURL)? {
        state.withLock { state in
            for function in state.functions.values {
                if let url = function.urls.first(where: { $0.id == id }) { return (function, url) }
            }
            return nil
        }
    }

    package func layers() -> [FunctionLayer] { state.withLock { Array($0.layers.values) }.sorted { $0.name < $1.name } }

    /// The path of a function's or a layer's archive.
    package func archivePath(of code: FunctionCode) -> String { archives.localCopy(of: code.digest).path }

    // MARK: Changing

    /// Changes a function's record: the record on disk first, then what is in memory.
    @discardableResult
    package func change<Result: Sendable>(
        _ name: String,
        _ body: @Sendable (inout Function) throws -> Result
    ) async throws -> Result {
        try await changes.pass {
            var function = try self.function(named: name)
            let result = try body(&function)
            try await record(function)
            return result
        }
    }

    /// Records a new or changed function, and tells its processes and the events that wait. Call it only while ``changes`` is held.
    func record(_ function: Function) async throws {
        try await catalog.putFunction(function)
        state.withLock { $0.functions[function.name] = function }
        pools.changed(function)
        handleEvents(of: function)
    }

    /// Removes a function with all its versions. Its log stays.
    package func remove(_ name: String) async throws {
        try await changes.pass {
            let function = try self.function(named: name)
            try await catalog.removeFunction(name)
            state.withLock { $0.functions[name] = nil }
            events.remove(function.id)
            await pools.remove(function.id)
            removeUnusedArchives()
        }
    }

    /// Removes a published version.
    package func remove(version number: String, of name: String) async throws {
        try await change(name) { function in
            if let alias = function.aliases.first(where: { $0.version == number || $0.routing[number] != nil }) {
                throw FunctionProblem.versionInUse(alias: alias.name)
            }
            guard number != Function.latest, function.version(number) != nil else {
                throw FunctionProblem.notFound(name: name, qualifier: number)
            }
            function.published.removeAll { $0.number == number }
        }
        await changes.pass { removeUnusedArchives() }
    }

    /// Removes the archives that no record needs, and what is unpacked of them.
    ///
    /// Call it only while ``changes`` is held, so that no archive is removed between its upload and its record.
    func removeUnusedArchives() {
        let wanted = state.withLock { state in
            Set(
                state.functions.values.flatMap(\.versions)
                    .flatMap { [$0.code] + $0.configuration.layers.compactMap(\.code) }.map(\.digest)
            )
            .union(state.layers.values.flatMap { $0.versions.map(\.code.digest) })
        }
        for digest in archives.digests() where !wanted.contains(digest) { archives.remove(digest: digest) }
        pools.removeUnpacked(except: wanted)
    }
}
