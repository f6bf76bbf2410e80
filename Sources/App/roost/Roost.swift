public import ArgumentParser
public import Definitions
import RoostClient
import ServerApp

@main
struct Roost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roost",
        abstract: "Put machine-learning models into production on your own machines.",
        discussion: """
            'roost demo' shows what Roost does. To start, use 'roost runtimes install onnx' and 'roost serve'. Most other commands talk to a running server: \
            the one at ROOST_URL, or http://127.0.0.1:8080.
            """,
        version: Server.version,
        subcommands: [
            DemoCommand.self, Serve.self, StatusCommand.self, WorkspaceCommand.self, ModelCommand.self,
            AlgorithmCommand.self,
            PipelineCommand.self, Infer.self, LogsCommand.self, LabelsCommand.self, QualityCommand.self,
            ReportCommand.self, CounterfactualCommand.self, TrainCommand.self, TuneCommand.self, TransformCommand.self,
            JobCommand.self, FunctionCommand.self, RuntimesCommand.self, AWSCommand.self, InspectModel.self,
            JobProcess.self,
            Learn.self, BatchTransform.self,
        ]
    )
}

/// Options of every command that talks to a server.
struct ClientOptions: ParsableArguments {
    @Option(help: "Address of the server. (default: ROOST_URL, or \(RoostClient.defaultURL))")
    var url: String?

    @Flag(help: "Print JSON.")
    var json = false

    var client: RoostClient { RoostClient(url: url) }
}

struct WorkspaceOption: ParsableArguments {
    @Option(name: .shortAndLong, help: "Name of the workspace.", completion: ServerNames.workspaces)
    var workspace = Workspace.defaultName
}

/// `NAME` or `NAME@VERSION` on the command line.
extension ModelReference: ExpressibleByArgument {
    /// Parses `NAME` or `NAME@VERSION`.
    public init?(argument: String) {
        let parts = argument.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.first, !name.isEmpty else { return nil }
        self.init(name: name, version: parts.count > 1 ? parts[1] : nil)
    }
}

extension Framework: ExpressibleByArgument {}

/// Runs `body`. An error of the server ends the command with its message and exit status 1.
func reportingErrors<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
        return try await body()
    } catch let error as RoostError {
        Output.note("Error: \(error.message)\(Roost.question(after: error))")
        throw ExitCode.failure
    }
}
