package import Definitions

/// Runs the programs of jobs: on this machine, in containers, or on other machines.
package protocol JobExecutor: Sendable {
    /// Bytes of memory that a program may use.
    var memoryLimit: Int { get }
    /// The Python that runs scripts, for people.
    var python: String { get }

    /// Starts a program.
    ///
    /// - Throws: ``ExecutorError`` if it cannot start programs at all. That this one cannot be started is an outcome.
    func start(_ command: JobCommand) async throws -> any RunningProgram
}

/// Why an executor cannot start programs.
package struct ExecutorError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// A program that an executor has started.
package protocol RunningProgram: Sendable {
    /// Passes on the program's output until the program, and everything that it started, has ended. Called once.
    ///
    /// - Parameter onLine: Called with one line after the other, without line breaks. It may be slow, and then the program waits.
    func output(_ onLine: @escaping @Sendable (String) -> Void) async throws -> ProgramOutcome

    /// Asks the program to end.
    func stop()

    /// Ends the program, and everything that it started, at once.
    func kill()
}

/// What an executor runs. The job's own files are all in its folder; models and runtimes are in the server's data folder.
package struct JobCommand: Sendable {
    package enum Program: Sendable, Hashable {
        /// A built-in algorithm, which learns from the job's folder.
        case learn(BuiltInAlgorithm)
        /// The model of a transform job. Its specification is this file of the job's folder.
        case transform(specification: String)
        /// An executable file of the job's folder, which is run in the folder that it is in.
        case executable(String)
        /// A script in Python, or for a shell if its name ends with `.sh`. Its path is relative to a folder of the job's folder,
        /// in which it is run.
        case script(String, in: String, arguments: [String])
    }

    package var program: Program
    /// The job's folder.
    package var folder: String
    /// The variables of the job. The executor adds those of the machine, such as `PATH`.
    package var environment: [String: String]
    package var threadCount: Int
}

/// How a program ended.
package enum ProgramOutcome: Sendable, Equatable {
    case exited(Int)
    case signaled(Int)
    /// It was killed because it exceeded the memory limit.
    case memoryExceeded
    /// It could not be started.
    case notStarted(reason: String)
    /// What runs it was ended from outside.
    case lost
}
