import ArgumentParser
import Runtimes

/// The program that ``ProgramChecks`` runs in a child process, because a broken library may crash it.
struct LoadRuntime: ParsableCommand {
    static let name = "load-runtime"

    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Load a runtime's library.",
        shouldDisplay: false
    )

    @Argument var runtime: String
    @Option var data: String

    func run() throws {
        let libraries = RuntimeLibrary.installed(in: RuntimeLibrary.SearchPath(dataFolder: data))
        guard let library = libraries.first(where: { $0.name.rawValue == runtime }) else {
            throw ValidationError("The runtime '\(runtime)' is not installed.")
        }
        do {
            try library.load()
        } catch {
            print("\(error)")
            throw ExitCode.failure
        }
    }
}
