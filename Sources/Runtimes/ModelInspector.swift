package import Definitions
import Foundation
import Subprocess
import SystemPackage

/// Reads a model's signature in a child process of the same binary.
///
/// A model from outside is code to its runtime: one that is made to crash it takes the child down, not the server.
package struct ModelInspector: Sendable {
    /// The command's name for what the child does.
    package static let command = "inspect-model"

    /// What the child says: one JSON object on its standard output.
    private struct Report: Codable {
        var signature: Signature?
        var error: String?
        /// It is the server's to mend, not the caller's: a runtime is missing.
        var isUnavailable: Bool?
    }

    private let executable: String
    private let dataFolder: String
    private let timeLimit: Duration

    /// - Parameter executable: The path of the `roost` binary.
    package init(executable: String, dataFolder: String, timeLimit: Duration = .seconds(120)) {
        self.executable = executable
        self.dataFolder = dataFolder
        self.timeLimit = timeLimit
    }

    /// - Throws: ``RoostError``: invalid input where the runtime refuses the model, unavailable where it is missing.
    package func signature(of framework: Framework, path: String) async throws -> Signature {
        let arguments = [Self.command, framework.rawValue, path, "--data", dataFolder]
        let report = try await withThrowingTaskGroup(of: Report?.self) { group in
            group.addTask {
                let result = try await run(
                    .path(FilePath(executable)),
                    arguments: Arguments(arguments),
                    output: .data(limit: 16 << 20),
                    error: .discarded
                )
                return try? JSONDecoder().decode(Report.self, from: result.standardOutput)
            }
            group.addTask {
                try await Task.sleep(for: timeLimit)
                return Report(error: "it did not load within \(timeLimit.components.seconds) s")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        if let signature = report?.signature { return signature }
        if report?.isUnavailable == true, let error = report?.error { throw RoostError(.unavailable, error) }
        let reason =
            report?.error ?? "This is not a \(framework.rawValue) model that can be loaded: it crashes the runtime."
        throw RoostError(.invalidInput, reason, field: "body")
    }

    /// What the child does: loads the model, and prints its signature or what is wrong with it.
    package static func inspect(_ framework: Framework, path: String, loader: ModelLoader) {
        let report: Report
        do throws(RuntimeError) {
            let model = try loader.load(framework, path: path)
            report = Report(signature: model.signature)
        } catch {
            switch error {
            case .modelRejected, .runFailed, .cancelled: report = Report(error: "\(error)")
            default: report = Report(error: "\(error)", isUnavailable: true)
            }
        }
        if let data = try? JSONEncoder().encode(report) { FileHandle.standardOutput.write(data) }
    }
}
