import Definitions
import Foundation
import Subprocess
import Synchronization

/// What runs functions in Python: AWS's own runtime client, and boto3, which functions find on AWS too. They are Python packages,
/// so each version of Python has its own folder.
package final class LambdaRuntime: Sendable {
    /// The name under which it is installed.
    package static let name = "lambda"

    /// A folder with the packages.
    package struct Installed: Sendable, Equatable {
        package let version: String
        /// `3.11`.
        package let python: String
        package let path: String
    }

    private let search: RuntimeLibrary.SearchPath
    private let python: String
    private let found = Mutex<String?>(nil)

    /// - Parameter python: The Python that runs functions.
    package init(search: RuntimeLibrary.SearchPath, python: String) {
        self.search = search
        self.python = python
    }

    /// Returns the folder with the packages for the Python that runs functions.
    ///
    /// - Throws: ``RoostError`` if there is none, with what to install.
    package func folder() async throws -> String {
        if let known = found.withLock({ $0 }) { return known }
        let version = try await RuntimeInstaller(folder: "", python: python).pythonVersion()
        guard let installed = Self.installed(in: search).first(where: { $0.python == version }) else {
            throw RoostError(
                .unavailable,
                "Functions in Python need AWS's runtime client for Python \(version). Install it with: "
                    + "roost runtimes install lambda"
            )
        }
        found.withLock { $0 = installed.path }
        return installed.path
    }

    /// Returns the installed packages, the newest first.
    package static func installed(in search: RuntimeLibrary.SearchPath) -> [Installed] {
        search.folders.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
                .sorted { $0.compare($1, options: .numeric) == .orderedDescending }
                .compactMap { Installed(folder: folder, entry: $0) }
        }
    }
}

extension LambdaRuntime.Installed {
    /// - Parameter entry: `lambda-VERSION-pythonVERSION`.
    fileprivate init?(folder: String, entry: String) {
        let parts = entry.split(separator: "-")
        guard parts.count == 3, parts[0] == LambdaRuntime.name, parts[2].hasPrefix("python") else { return nil }
        version = String(parts[1])
        python = String(parts[2].dropFirst("python".count))
        path = "\(folder)/\(entry)"
    }
}

extension RuntimeInstaller {
    /// Installs the packages for functions in Python, unless they are already installed.
    ///
    /// - Parameter progress: Called with a line of text at each step.
    /// - Returns: The packages, and whether they were already installed.
    package func installLambda(
        progress: (String) -> Void
    ) async throws -> (installed: LambdaRuntime.Installed, wasInstalled: Bool) {
        let version = try await pythonVersion()
        let entry = "\(LambdaRuntime.name)-\(LambdaRequirements.version)-python\(version)"
        let target = "\(folder)/\(entry)"
        guard let installed = LambdaRuntime.Installed(folder: folder, entry: entry) else {
            throw RoostError(.unavailable, "The version of \(python) is unknown: '\(version.prefix(40))'.")
        }
        if FileManager.default.fileExists(atPath: target) { return (installed, true) }
        // Work in a folder beside the target, so that the target appears in one step.
        let work = "\(folder)/.install-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: work) }
        try FileManager.default.createDirectory(atPath: work + "/packages", withIntermediateDirectories: true)
        try LambdaRequirements.text.write(toFile: work + "/requirements.txt", atomically: false, encoding: .utf8)
        progress("downloading awslambdaric \(LambdaRequirements.version), boto3, and what they need")
        let arguments = [
            "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
            "--require-hashes", "--ignore-installed", "--no-warn-script-location", "--target", work + "/packages",
            "--requirement", work + "/requirements.txt",
        ]
        let result = try await output(of: try await pythonWithPip(in: work), arguments)
        guard result.terminationStatus.isSuccess else {
            let lines = result.standardError.split(separator: "\n").suffix(4).joined(separator: "\n")
            throw RoostError(
                .unavailable,
                "pip could not install AWS's runtime client for Python \(version), which exists for Python 3.10 to 3.14 on "
                    + "Linux:\n\(lines)"
            )
        }
        try FileManager.default.moveItem(atPath: work + "/packages", toPath: target)
        return (installed, false)
    }

    /// Returns the version of Python, such as `3.11`.
    func pythonVersion() async throws -> String {
        let script = "import sys; print('%d.%d' % sys.version_info[:2])"
        let result = try await output(of: python, ["-c", script])
        guard result.terminationStatus.isSuccess else {
            throw RoostError(.unavailable, "Cannot run \(python): \(result.standardError.prefix(200))")
        }
        return result.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
