import ArgumentParser
import Definitions
import NativeAPI
import RoostClient

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the server's version, state, warnings and runtimes."
    )

    @OptionGroup var options: ClientOptions

    func run() async throws {
        try await reportingErrors {
            let status = try await options.client.status()
            if options.json { return try Output.json(status) }
            print(
                "roost \(status.version)  \(status.state.rawValue)  up \(Int(saturating: status.uptimeSeconds)) s  \(status.memoryMegabytes) MB"
            )
            if status.isSafeMode { print("Safe mode: no deployments, endpoints or jobs were restored.") }
            for warning in status.warnings { print("Warning: \(warning)") }
            print(Output.count(status.pipelines, "deployed pipeline"))
            Output.table(
                ["RUNTIME", "VERSION", "STATE"],
                status.runtimes.map { [$0.name, $0.version, $0.isLoaded ? "loaded" : "installed"] }
            )
        }
    }
}
