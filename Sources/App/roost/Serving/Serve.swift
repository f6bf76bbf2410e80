public import ArgumentParser
import DataFolder
import Definitions
import Foundation
import Logging
import Outgoing
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

    @OptionGroup var http: HTTPOptions

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

    @Flag(help: "Allow APIs and webhooks to call this machine and private networks.")
    var allowOutgoing = false

    @Option(help: "Folder for all data of the server. (default: ROOST_DATA, or ~/.roost)")
    var data: String?

    @Option(
        help:
            "Group whose members may read the data folder, except the certificate authority's key. (default: no group)"
    )
    var dataGroup: String?

    @OptionGroup var serving: ServingOptions

    @OptionGroup var programs: ProgramOptions

    @OptionGroup var functions: FunctionOptions

    @Option(help: "Seconds to keep serving as not ready before a drain stops accepting connections.")
    var drainDelay = 0.0

    @Option(help: "Seconds running requests may take to finish during a drain.")
    var drainLimit = 30.0

    @OptionGroup var log: LogOptions

    func validate() throws {
        try OptionRange.check(drainDelay, "drain-delay", 0...OptionRange.day, " seconds")
        try OptionRange.check(drainLimit, "drain-limit", 0...OptionRange.day, " seconds")
    }

    func run() async throws {
        log.bootstrap()
        Allocator.keepBuffers()
        let logger = Logger(label: "roost")
        let folder = URL(filePath: data ?? RuntimeLibrary.SearchPath.userFolder()).absoluteURL.path
        let executable = try OwnProgram.path()
        var data = DataFolder.Configuration(path: folder, programs: programs.host(executable: executable))
        data.group = dataGroup
        data.serving = serving.configuration
        data.jobs = programs.configuration
        data.functions = functions.configuration
        var configuration = Server.Configuration(data: data)
        configuration.http = http.configuration
        configuration.verifiesSignatures = verifySignatures
        configuration.drainDelay = .seconds(drainDelay)
        configuration.drainLimit = .seconds(drainLimit)
        configuration.isSafeMode = safeMode
        configuration.logsRequests = log.accessLog
        configuration.data.outgoing = OutgoingClient(allowsPrivateAddresses: allowOutgoing)
        let inspector = ModelInspector(executable: executable, dataFolder: folder)
        let server = try Server(configuration: configuration, logger: logger) { framework, path, trees in
            try await inspector.inspect(framework, path: path, trees: trees)
        }
        CrashNote.leave(at: server.crashNote)
        let host = http.host.contains(":") ? "[\(http.host)]" : http.host
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
}

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
