import Definitions
import Foundation
import Runtimes

/// A server that outlives this command.
struct DemoServer {
    let process: pid_t
    let url: String
    let folder: String
    /// The file with what it prints.
    let log: String

    private static let greeting = "Roost listens on "
    /// `POSIX_SPAWN_SETSID`, which Swift does not import.
    private static let startsSession: Int16 = 0x80

    /// Installs the runtimes that are missing, starts a server in a session of its own, and waits until it listens.
    ///
    /// - Parameter port: The port to listen on; 0 for a free one.
    static func start(data: String?, port: Int) async throws -> DemoServer {
        let folder = URL(filePath: data ?? RuntimeLibrary.SearchPath.userFolder()).absoluteURL.path
        do {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw RoostError(.invalidInput, "The data folder '\(folder)' cannot be created.", field: "data")
        }
        try await installRuntimes(data: data)
        let log = folder + "/serve.log"
        // Earlier servers have written to the file.
        let start = (try? FileManager.default.attributesOfItem(atPath: log))?[.size] as? UInt64 ?? 0
        let process = try spawn(["serve", "--port", "\(port)", "--data", folder], output: log)
        while true {
            let said = text(of: log, from: start)
            if let line = said.split(separator: "\n").first(where: { $0.hasPrefix(greeting) }) {
                let url = String(line.dropFirst(greeting.count))
                return DemoServer(process: process, url: url, folder: folder, log: log)
            }
            guard waitpid(process, nil, WNOHANG) == 0 else {
                throw RoostError(.unavailable, "The server did not start:\n\(said.suffix(2000))")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private static func installRuntimes(data: String?) async throws {
        let search = RuntimeLibrary.SearchPath(dataFolder: data)
        let installed = RuntimeLibrary.installed(in: search).map(\.name)
        let installer = RuntimeInstaller(folder: search.folders[0], python: OwnProgram.python())
        for runtime in [RuntimeName.onnx, .xgboost] where !installed.contains(runtime) {
            do {
                _ = try await installer.install(runtime) { print("\(runtime.rawValue): \($0)") }
            } catch let error as RuntimeError {
                throw RoostError(.unavailable, error.description)
            }
        }
    }

    private static func text(of path: String, from start: UInt64) -> String {
        guard let file = FileHandle(forReadingAtPath: path), (try? file.seek(toOffset: start)) != nil else { return "" }
        defer { try? file.close() }
        return String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
    }

    /// Starts this program in a new session, so that neither ^C nor the end of the terminal reaches it.
    private static func spawn(_ arguments: [String], output: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, startsSession)
        let program = try OwnProgram.path()
        let texts = ([program] + arguments).map { strdup($0) }
        defer { texts.forEach { free($0) } }
        var process = pid_t()
        let code = posix_spawn(&process, program, &actions, &attributes, texts + [nil], environ)
        guard code == 0 else {
            throw RoostError(.unavailable, "The server cannot be started: \(String(cString: strerror(code))).")
        }
        return process
    }

    /// Stops the server, and waits until it has ended.
    func stop() {
        kill(process, SIGTERM)
        waitpid(process, nil, 0)
    }
}
