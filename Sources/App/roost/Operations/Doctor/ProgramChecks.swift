import Definitions
import Dispatch
import Foundation
import Processes
import Runtimes
import WorkThreads

/// What runs models, functions and jobs.
struct ProgramChecks {
    private static let oldestPython = (3, 10)
    private static let timeLimit = 60.0

    let dataFolder: String
    /// The path of this binary.
    let executable: String
    /// `nil` for the default.
    let python: String?

    private var search: RuntimeLibrary.SearchPath { RuntimeLibrary.SearchPath(dataFolder: dataFolder) }

    func findings() async -> [Finding] {
        let libraries = RuntimeLibrary.installed(in: search)
        guard !libraries.isEmpty else {
            return [
                .warning("runtimes", "none is installed", "Install what your models need: roost runtimes install onnx")
            ] + [await pythonFinding()]
        }
        var findings: [Finding] = []
        for library in libraries { findings.append(await finding(library)) }
        return findings + [await pythonFinding()]
    }

    private func finding(_ library: RuntimeLibrary) async -> Finding {
        let name = "runtime \(library.name.rawValue)"
        let arguments = [LoadRuntime.name, library.name.rawValue, "--data", dataFolder]
        let (outcome, lines) = await run(executable, arguments)
        let advice = "Remove '\(library.path)' and its folder, then: roost runtimes install \(library.name.rawValue)"
        switch outcome {
        case .exited(0): return .ok(name, "\(library.version) can be loaded")
        case .exited: return .problem(name, lines.last ?? "it cannot be loaded", advice)
        default: return .problem(name, "\(library.version) crashes or hangs when it is loaded", advice)
        }
    }

    private func pythonFinding() async -> Finding {
        let name = python ?? ProcessInfo.processInfo.environment["ROOST_PYTHON"] ?? "python3"
        let needs = "Functions in Python, and jobs that run scripts, need it."
        let (outcome, lines) = await run(name, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
        guard outcome == .exited(0), let version = lines.last else {
            return .warning("python", "'\(name)' cannot be run", "Install Python, or name one with --python. \(needs)")
        }
        let numbers = version.split(separator: ".").compactMap { Int($0) }
        guard numbers.count == 2, (numbers[0], numbers[1]) >= Self.oldestPython else {
            return .warning(
                "python",
                "'\(name)' is Python \(version)",
                "Name a newer one with --python, 3.10 at least. \(needs)"
            )
        }
        let installed = LambdaRuntime.installed(in: search).contains { $0.python == version }
        return .ok(
            "python",
            "\(version)\(installed ? ", with the packages for functions" : "; functions need: roost runtimes install lambda")"
        )
    }

    /// Runs a program in a child process, for a limited time.
    private func run(_ program: String, _ arguments: [String]) async -> (SupervisedProcess.Outcome, lines: [String]) {
        let kept = ["PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "ROOST_RUNTIMES", "ROOST_DATA"]
        let environment = ProcessInfo.processInfo.environment.filter { kept.contains($0.key) }
        let command = SupervisedProcess.Command(program, arguments, environment: environment, folder: "/")
        do {
            let process = try SupervisedProcess(executable: executable, command)
            let watchdog = DispatchWorkItem { process.kill() }
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.timeLimit, execute: watchdog)
            defer { watchdog.cancel() }
            return try await offload {
                var lines: [String] = []
                let outcome = process.readLines { lines.append(String($0.prefix(500))) }
                return (outcome, lines)
            }
        } catch {
            return (.notStarted(reason: "\(error)"), [])
        }
    }
}
