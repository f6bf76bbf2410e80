public import ArgumentParser
import Definitions
import Foundation
public import Logging
import Processes
import Runtimes
import ServerApp

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the server.",
        discussion: """
            SIGTERM or ^C drains: the server is not ready any more, then accepts no more, and ends when what runs is done. A \
            second one ends it at once.
            """
    )

    @Option(help: "The address to listen on; 0.0.0.0 for all.")
    var host = "127.0.0.1"

    @Option(help: "The port; 0 for any that is free.")
    var port = 8080

    @Option(
        help: """
            A name under which the server may be asked, besides addresses, localhost and --host; *.NAME for all below one. \
            Once for each name.
            """
    )
    var allowedHost: [String] = []

    @Flag(
        help: """
            Answer AWS's APIs only where a key that 'roost aws keys' made signed the request, and /v1 and /v2 to programs of \
            this machine alone.
            """
    )
    var verifySignatures = false

    @Flag(
        help: """
            Take up nothing: no deployments, endpoints or jobs. The API answers, so that what keeps the server from starting can \
            be undeployed, stopped or replaced.
            """
    )
    var safeMode = false

    @Option(help: "The folder that everything is kept in. Default: ROOST_DATA, else ~/.roost.")
    var data: String?

    @Option(
        help:
            "A group whose members may read that folder, but not the authority's key. Default: only the server's user may."
    )
    var dataGroup: String?

    @Option(help: "The largest body of an inference request, in MiB.")
    var maxBody = 64

    @Option(help: "MiB of request bodies in memory, over all connections; more are refused.")
    var bodyMemory = 1024

    @Option(help: "Seconds that a connection may be idle between two requests.")
    var idleTimeout = 120.0

    @Option(help: "Seconds that the head of a request may take.")
    var headTimeout = 30.0

    @Option(help: "Seconds that the body of a request may stand still.")
    var bodyTimeout = 60.0

    @Option(help: "The largest artifact, in MiB.")
    var maxArtifact = 16 << 10

    @Option(help: "Threads for costly models. Default: one a core, at least 2.")
    var threads: Int?

    @Option(help: "Requests that may wait for such a thread.")
    var queue = 1024

    @Option(help: "The longest that a request may run, in seconds.")
    var timeout = 60.0

    @Option(help: "The longest that an answer waits for the challengers of a shadow deploy, in seconds.")
    var challengerTimeout = 1.0

    @Option(help: "Days that the inference log is kept.")
    var logDays = 30.0

    @Option(help: "MiB that the inference log of one pipeline may have.")
    var logSize = 4096

    @Option(help: "Training and transform jobs that run at once; others wait.")
    var jobs = 3

    @Option(help: "Threads of one job. Default: the cores but one, shared by the jobs.")
    var jobThreads: Int?

    @Option(
        help:
            "MiB of memory that one job may have, and a program that serves a model. Default: half the machine's, at most 8192."
    )
    var jobMemory: Int?

    @Option(help: "Seconds that a job may take to end when it is stopped.")
    var jobGrace = 120.0

    @Option(help: "The Python that runs users' training scripts. Default: ROOST_PYTHON, else python3.")
    var python: String?

    @Option(help: "Seconds to go on answering as not ready before a drain stops accepting.")
    var drainDelay = 0.0

    @Option(help: "Seconds that running requests may take to finish in a drain.")
    var drainLimit = 30.0

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel = Logger.Level.info

    func validate() throws {
        let mebibytes = 1...1 << 30
        let threadCounts = 1...1024
        try check(port, "port", 0...65535)
        // A request's body is in one piece of memory.
        try check(maxBody, "max-body", 1...2048, " MiB")
        try check(maxArtifact, "max-artifact", mebibytes, " MiB")
        try check(threads, "threads", threadCounts)
        try check(queue, "queue", 1...1 << 20)
        try check(logSize, "log-size", mebibytes, " MiB")
        try check(jobs, "jobs", 1...1000)
        try check(jobThreads, "job-threads", threadCounts)
        try check(jobMemory, "job-memory", mebibytes, " MiB")
        let day = 86_400.0
        // No inference takes less than a millisecond to be given up.
        try check(timeout, "timeout", 0.001...day, " seconds")
        try check(challengerTimeout, "challenger-timeout", 0.001...day, " seconds")
        try check(bodyMemory, "body-memory", mebibytes, " MiB")
        try check(idleTimeout, "idle-timeout", 0.001...day, " seconds")
        try check(headTimeout, "head-timeout", 0.001...day, " seconds")
        try check(bodyTimeout, "body-timeout", 0.001...day, " seconds")
        try check(logDays, "log-days", 0.001...36_500, " days")
        try check(jobGrace, "job-grace", 0...day, " seconds")
        try check(drainDelay, "drain-delay", 0...day, " seconds")
        try check(drainLimit, "drain-limit", 0...day, " seconds")
    }

    /// Refuses what the server cannot count with, and what no number is.
    private func check<Value: Comparable>(
        _ value: Value?,
        _ option: String,
        _ range: ClosedRange<Value>,
        _ unit: String = ""
    ) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError("'--\(option)' must be \(range.lowerBound) to \(range.upperBound)\(unit), not \(value).")
    }

    func run() async throws {
        let level = logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        Allocator.keepBuffers()
        let logger = Logger(label: "roost")
        let folder = URL(filePath: data ?? RuntimeLibrary.SearchPath.userFolder()).absoluteURL.path
        var configuration = Server.Configuration(dataFolder: folder)
        configuration.host = host
        configuration.dataGroup = dataGroup
        configuration.port = port
        configuration.verifiesSignatures = verifySignatures
        configuration.bodyLimit = maxBody << 20
        configuration.allowedHosts = allowedHost
        configuration.bodyMemory = bodyMemory << 20
        configuration.idleTimeLimit = .seconds(idleTimeout)
        configuration.headTimeLimit = .seconds(headTimeout)
        configuration.bodyTimeLimit = .seconds(bodyTimeout)
        configuration.artifactLimit = maxArtifact << 20
        configuration.drainDelay = .seconds(drainDelay)
        configuration.drainLimit = .seconds(drainLimit)
        configuration.threadCount = threads
        configuration.queueCapacity = queue
        configuration.runTimeLimit = .seconds(timeout)
        configuration.challengerTimeLimit = .seconds(challengerTimeout)
        configuration.logAge = .seconds(logDays * 86400)
        configuration.logBytes = logSize << 20
        configuration.isSafeMode = safeMode
        configuration.jobConcurrency = jobs
        let machine = ProcessInfo.processInfo
        configuration.jobThreads = jobThreads ?? max(1, (machine.activeProcessorCount - 1) / jobs)
        configuration.jobMemory = jobMemory.map { $0 << 20 } ?? min(8 << 30, Int(machine.physicalMemory / 2))
        configuration.jobGrace = .seconds(jobGrace)
        configuration.python = python ?? ProcessInfo.processInfo.environment["ROOST_PYTHON"] ?? "python3"

        let executable = try Self.ownPath()
        let inspector = ModelInspector(executable: executable, dataFolder: folder)
        let server = try Server(configuration: configuration, executable: executable, logger: logger) {
            framework,
            path,
            trees in
            try await inspector.inspect(framework, path: path, trees: trees)
        }
        CrashNote.leave(at: server.crashNote)
        let host = host.contains(":") ? "[\(host)]" : host
        try await server.run { port in
            // One line on standard output, for people and for scripts that wait for it.
            Swift.print("Roost listens on http://\(host):\(port)")
            if safeMode {
                Swift.print(
                    "Safe mode: no deployment, endpoint or job was taken up. Start without --safe-mode to have them back."
                )
            }
            fflush(nil)
        }
    }

    private static func ownPath() throws -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes {
            $0.baseAddress.map { readlink("/proc/self/exe", $0.assumingMemoryBound(to: CChar.self), 4096) } ?? -1
        }
        guard count > 0 else { throw ValidationError("The server cannot find its own binary.") }
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

extension TreeSelection: ExpressibleByArgument {}

/// What the server runs in a child process to look at a model from outside.
struct InspectModel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ModelInspector.command,
        abstract: "Load a model, run it once, and write down its signature.",
        shouldDisplay: false
    )

    @Argument var framework: Framework
    @Argument var path: String
    @Option var data: String
    @Option var scratch: String
    @Option var trees: TreeSelection?

    func run() throws {
        let loader = ModelLoader(search: RuntimeLibrary.SearchPath(dataFolder: data), scratchFolder: scratch)
        try ModelInspector.inspect(framework, path: path, trees: trees, loader: loader, scratch: scratch)
    }
}
