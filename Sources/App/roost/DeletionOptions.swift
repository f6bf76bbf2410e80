import ArgumentParser
import Definitions
import Foundation
import RoostClient

/// The option of every command that destroys something.
struct ConfirmationOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Do not ask for confirmation, as is done on a terminal.") var yes = false

    /// Asks a question on a terminal. If the answer is no, the command ends.
    func confirm(_ question: String) throws {
        guard !yes, Terminal(descriptor: STDIN_FILENO).isThere else { return }
        Output.note("\(question) [y/N] ", terminator: "")
        guard ["y", "yes"].contains(readLine()?.lowercased() ?? "") else {
            Output.note("Nothing was deleted.")
            throw ExitCode.failure
        }
    }
}

/// Options of every command that deletes something with what belongs to it.
struct DeletionOptions: ParsableArguments {
    @Flag(help: "Also delete reports and undeployed pipeline versions that need it, or all in a workspace.")
    var force = false
    @Flag(help: "Also delete logs and labels that are not empty.") var withLog = false
    @OptionGroup var confirmation: ConfirmationOptions

    /// Deletes something after confirmation, and prints what was deleted.
    func delete(
        _ subject: String,
        _ options: ClientOptions,
        _ delete: (RoostClient, RoostClient.DeletionScope) async throws -> Deletion
    ) async throws {
        try await reportingErrors {
            try confirmation.confirm("Delete \(subject)?")
            let deletion = try await delete(options.client, .init(force: force, withLogs: withLog))
            if options.json { return try Output.json(deletion) }
            for line in Self.lines(of: deletion) { print("Deleted \(line)") }
            if deletion.freedBytes > 0 { print("Freed \(Output.size(deletion.freedBytes))") }
        }
    }

    private static func lines(of deletion: Deletion) -> [String] {
        var lines = deletion.workspaces.map { "workspace \($0)" }
        for pipeline in deletion.pipelines {
            let versions = deletion.pipelineVersions.filter { $0.hasPrefix(pipeline + "@") }
            lines.append("pipeline \(pipeline) (\(Output.count(versions.count, "version")))")
        }
        lines += deletion.pipelineVersions.filter { version in
            !deletion.pipelines.contains { version.hasPrefix($0 + "@") }
        }.map { "pipeline version \($0)" }
        for model in deletion.models {
            let versions = deletion.modelVersions.filter { $0.name == model }
            lines.append("model \(model) (\(Output.count(versions.count, "version")))")
        }
        lines += deletion.modelVersions.filter { !deletion.models.contains($0.name) }.map { "model version \($0)" }
        if !deletion.reports.isEmpty { lines.append(Output.count(deletion.reports.count, "report")) }
        return lines
    }
}
