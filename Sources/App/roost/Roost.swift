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
            'roost demo' shows what Roost does. To start, use 'roost runtimes install onnx' and 'roost serve'. Most \
            other commands talk to a running server: the one at ROOST_URL, or http://127.0.0.1:8080. If a proxy in front \
            of it requires a token, set ROOST_TOKEN; a user name and password can be part of ROOST_URL.
            """,
        version: Server.version,
        subcommands: [
            DemoCommand.self, Serve.self, StatusCommand.self, WorkspaceCommand.self, ModelCommand.self,
            AlgorithmCommand.self,
            PipelineCommand.self, ApplyCommand.self, DiffCommand.self, ExportCommand.self, ImportCommand.self,
            Infer.self, LogsCommand.self, LabelsCommand.self, QualityCommand.self, ReportCommand.self,
            CounterfactualCommand.self, AssayCommand.self, DiagnoseCommand.self, VocabularyCommand.self,
            TestCommand.self, GateCommand.self, SimulateCommand.self, ReleaseCommand.self, LoopCommand.self,
            TrainingSetCommand.self, EventsCommand.self, WebhookCommand.self,
            TrainCommand.self,
            TuneCommand.self, LearningCurveCommand.self, TransformCommand.self, JobCommand.self,
            BucketCommand.self, FunctionCommand.self, RuntimesCommand.self, DoctorCommand.self, BackupCommand.self,
            RestoreCommand.self,
            AWSCommand.self, InspectModel.self, JobProcess.self, Learn.self, BatchTransform.self, LoadRuntime.self,
        ]
    )
}

/// Options that say which server a command talks to, and how.
struct ServerOptions: ParsableArguments {
    @Option(help: "Address of the server. (default: ROOST_URL, or \(RoostClient.defaultURL))")
    var url: String?

    @Option(
        name: .customLong("header"),
        help:
            "Header for a proxy in front of the server: 'NAME: VALUE'. Can be repeated. ROOST_TOKEN is better for tokens."
    )
    var headers: [String] = []

    var client: RoostClient {
        get throws {
            try RoostClient(
                url: url,
                headers: headers.map { header in
                    let sides = header.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                    guard sides.count == 2 else {
                        // The header may be a secret.
                        throw RoostError(.invalidInput, "--header must have the form 'NAME: VALUE'.", field: "header")
                    }
                    return (String(sides[0]), String(sides[1]))
                }
            )
        }
    }
}

/// Options of every command that talks to a server.
struct ClientOptions: ParsableArguments {
    @OptionGroup var server: ServerOptions

    @Flag(help: "Print JSON.")
    var json = false

    var client: RoostClient { get throws { try server.client } }
}

/// What a list is narrowed to.
struct WorkspaceFilter: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "Only those of this workspace. (default: all)",
        completion: ServerNames.workspaces
    )
    var workspace: String?
}

struct SearchOption: ParsableArguments {
    @Option(help: "Only those whose names contain this.") var search: String?
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
