import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show what Roost does, with small example models.",
        discussion: """
            Uses the server at ROOST_URL or http://127.0.0.1:8080. If there is none, or with --data, the demo installs \
            the runtimes that the models need, starts a server, and leaves it running. Everything is in the workspace \
            '\(Demo.workspace)'. The demo can be run again.
            """
    )

    @OptionGroup var options: ServerOptions
    @Option(help: "Start a server with this data folder. (default: ROOST_DATA, or ~/.roost)") var data: String?
    @Flag(help: "Stop the server at the end, if the demo started it.") var stop = false

    func validate() throws {
        guard options.url == nil || data == nil else {
            throw ValidationError("Pass either the address of a running server or the data folder of a new one.")
        }
    }

    func run() async throws {
        try await reportingErrors {
            let examples = try ExampleFiles.find()
            let (client, started) = try await server()
            do {
                let demo = Demo(client: client, examples: examples)
                try await demo.run()
                if let started, stop { started.stop() } else { demo.showNextSteps(server: started) }
            } catch {
                if let started, stop { started.stop() }
                throw error
            }
        }
    }

    /// Returns a client of a running server, and the server if it was started for the demo.
    private func server() async throws -> (RoostClient, DemoServer?) {
        let client = try options.client
        var isPortFree = false
        do {
            _ = try await client.status()
            if data == nil { return (client, nil) }
        } catch let error as RoostError {
            guard options.url == nil, client.baseURL == RoostClient.defaultURL else { throw error }
            isPortFree = error.code == .unavailable
        }
        let started = try await DemoServer.start(data: data, port: isPortFree ? 8080 : 0)
        return (try RoostClient(url: started.url), started)
    }
}

/// The example models and their data.
struct ExampleFiles {
    let folder: String

    /// Finds the files of an installation, `share/roost/examples` beside `bin`, or those of the sources that this program was
    /// built from.
    static func find() throws -> ExampleFiles {
        let program = URL(filePath: try OwnProgram.path())
        let installed = program.deletingLastPathComponent().appending(path: "../share/roost/examples").standardized
        var folders = [installed]
        var parent = program.deletingLastPathComponent()
        while parent.path != "/" {
            if parent.lastPathComponent.hasPrefix(".build") {
                folders.append(parent.deletingLastPathComponent().appending(path: "Examples"))
            }
            parent.deleteLastPathComponent()
        }
        guard let folder = folders.first(where: { FileManager.default.fileExists(atPath: $0.path + "/models") }) else {
            throw RoostError(.notFound, "There are no example models in '\(installed.path)'.")
        }
        return ExampleFiles(folder: folder.path)
    }

    func model(_ name: String) -> String { "\(folder)/models/\(name)" }

    func path(data name: String) -> String { "\(folder)/data/\(name)" }

    func data(_ name: String) throws -> Data { try InputFile.read(path(data: name)) }
}
