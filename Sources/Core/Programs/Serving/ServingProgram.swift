/// A program that serves a model on a loopback port, and its limits.
package struct ServingProgram: Sendable, Codable {
    /// The path of the `roost` binary, which supervises the program.
    package var executable: String
    /// A user's script, in place of a program `serve`.
    package struct Script: Sendable, Codable {
        /// The Python that runs it.
        package var python: String
        /// The archive with the code; `nil` if it comes with the model.
        package var archive: String?

        package init(python: String, archive: String?) {
            self.python = python
            self.archive = archive
        }
    }

    /// The program `serve` in a folder, or a script.
    package enum Source: Sendable, Codable {
        case folder(String)
        case script(Script)
    }

    package var source: Source
    /// Environment variables from the model's definition.
    package var environment: [String: String] = [:]
    /// Bytes of memory; 0 for no limit.
    package var memoryLimit = 0
    package var threadCount = 1
    /// How long the program may take to become ready.
    package var startLimit: Duration = .seconds(120)

    package init(executable: String, _ source: Source) {
        self.executable = executable
        self.source = source
    }
}
