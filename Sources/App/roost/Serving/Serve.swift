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
            SIGTERM or ^C drains the server: it reports that it is not ready, stops accepting connections, and exits \
            when the running requests are done. A second signal stops it at once.
            """
    )

    @Option(help: "Address to listen on; 0.0.0.0 for all interfaces.")
    var host = "127.0.0.1"

    @Option(help: "Port to listen on; 0 for any free port.")
    var port = 8080

    @Option(
        help: """
            Host name to accept, besides addresses, localhost and --host; *.NAME accepts all names below NAME. Can be \
            repeated.
            """
    )
    var allowedHost: [String] = []

    @Flag(
        help: """
            Require requests to AWS's APIs to be signed with a key from 'roost aws keys', and serve /v1 and /v2 only \
            to programs on this machine.
            """
    )
    var verifySignatures = false

    @Flag(
        help: """
            Start without restoring deployments, endpoints and jobs. The API works, so you can undeploy, stop or \
            replace whatever keeps the server from starting.
            """
    )
    var safeMode = false

    @Option(help: "Folder for all data of the server. (default: ROOST_DATA, or ~/.roost)")
    var data: String?

    @Option(
        help:
            "Group whose members may read the data folder, except the certificate authority's key. (default: no group)"
    )
    var dataGroup: String?

    @Option(help: "Maximum size of an inference request's body, in MiB.")
    var maxBody = 64

    @Option(help: "Maximum memory for request bodies over all connections, in MiB. Requests beyond it are refused.")
    var bodyMemory = 1024

    @Option(help: "Seconds a connection may stay idle between requests.")
    var idleTimeout = 120.0

    @Option(help: "Seconds the headers of a request may take to arrive.")
    var headTimeout = 30.0

    @Option(help: "Seconds the body of a request may stall.")
    var bodyTimeout = 60.0

    @Option(help: "Maximum size of an uploaded artifact, in MiB.")
    var maxArtifact = 16 << 10

    @Option(help: "Threads for expensive models. (default: one per core, at least 2)")
    var threads: Int?

    @Option(help: "Requests that may wait for one of these threads.")
    var queue = 1024

    @Option(help: "Seconds a request may run.")
    var timeout = 60.0

    @Option(help: "Seconds a response may wait for challengers.")
    var challengerTimeout = 1.0

    @Option(help: "Days to keep the inference log.")
    var logDays = 30.0

    @Option(help: "Maximum size of one pipeline's inference log, in MiB.")
    var logSize = 4096

    @Option(help: "Training and transform jobs to run at once; others wait.")
    var jobs = 3

    @Option(help: "Threads of one job. (default: all cores but one, divided among the jobs)")
    var jobThreads: Int?

    @Option(
        help:
            """
            Maximum memory of a job, and of a program that serves a model, in MiB. (default: half of the machine's \
            memory, at most 8192)
            """
    )
    var jobMemory: Int?

    @Option(help: "Seconds a job may take to end after it is stopped.")
    var jobGrace = 120.0

    @Option(help: "Python that runs users' training scripts. (default: ROOST_PYTHON, or python3)")
    var python: String?

    @Option(help: "Seconds to keep serving as not ready before a drain stops accepting connections.")
    var drainDelay = 0.0

    @Option(help: "Seconds running requests may take to finish during a drain.")
    var drainLimit = 30.0

    @Option(help: "Lowest level of the log messages to write.")
    var logLevel = Logger.Level.info

    func validate() throws {
        let mebibytes = 1...1 << 30
        let threadCounts = 1...1024
        try check(port, "port", 0...65535)
        // A request's body is one contiguous piece of memory.
        try check(maxBody, "max-body", 1...2048, " MiB")
        try check(maxArtifact, "max-artifact", mebibytes, " MiB")
        try check(threads, "threads", threadCounts)
        try check(queue, "queue", 1...1 << 20)
        try check(logSize, "log-size", mebibytes, " MiB")
        try check(jobs, "jobs", 1...1000)
        try check(jobThreads, "job-threads", threadCounts)
        try check(jobMemory, "job-memory", mebibytes, " MiB")
        let day = 86_400.0
        // Times below a millisecond are too short to be useful.
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

    /// Refuses values outside the range, and NaN.
    private func check<Value: Comparable>(
        _ value: Value?,
        _ option: String,
        _ range: ClosedRange<Value>,
        _ unit: String = ""
    ) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError(
            "'--\(option)' must be between \(range.lowerBound) and \(range.upperBound)\(unit), not \(value)."
        )
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
            // A line on standard output, for people and for scripts that wait for it.
            Swift.print("Roost listens on http://\(host):\(port)")
            if safeMode {
                Swift.print(
                    "Safe mode: no deployments, endpoints or jobs were restored. Start without --safe-mode to restore "
                        + "them."
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

/// The program that the server runs in a child process to inspect a model.
struct InspectModel: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ModelInspector.command,
        abstract: "Load a model, run it once, and print its signature.",
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
