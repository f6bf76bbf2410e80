import CProcesses
import Foundation
import Synchronization

/// A program that runs under a supervisor, which is the same binary in a process of its own.
///
/// The supervisor holds the other end of a socket: it ends the program, and all that this has started, when it is told
/// to, and also when the server is gone, however that ended.
package final class SupervisedProcess: Sendable {
    /// What is run, and what it may have.
    package struct Command: Sendable {
        /// A path, or a name that is looked up in `PATH`.
        package var program: String
        package var arguments: [String]
        /// All of its environment: nothing of the server's is handed on.
        package var environment: [String: String]
        /// Where it runs.
        package var folder: String
        /// Bytes of memory; 0 for no bound.
        package var memoryLimit = 0
        package var threadCount = 1

        package init(
            _ program: String,
            _ arguments: [String] = [],
            environment: [String: String] = [:],
            folder: String
        ) {
            self.program = program
            self.arguments = arguments
            self.environment = environment
            self.folder = folder
        }
    }

    /// How the program ended.
    package enum Outcome: Sendable, Equatable {
        case exited(Int)
        case signaled(Int)
        /// It was ended because it had more memory than it may have.
        case memoryExceeded
        /// It cannot be run.
        case notStarted(reason: String)
        /// The supervisor itself was ended by somebody.
        case lost
    }

    /// The hidden command of the binary that is the supervisor.
    package static let command = "job-process"

    private struct State {
        var control: Int32
        var output: Int32
        var isOver = false
    }

    private let processID: pid_t
    private let state: Mutex<State>

    /// Starts it.
    ///
    /// - Parameter executable: The path of the `roost` binary.
    package init(executable: String, _ command: Command) throws {
        let arguments =
            [
                executable, Self.command, "--memory", "\(command.memoryLimit)", "--threads", "\(command.threadCount)",
                "--", command.program,
            ] + command.arguments
        let environment = command.environment.map { "\($0.key)=\($0.value)" }
        var processID: pid_t = 0
        var control: Int32 = -1
        var output: Int32 = -1
        let failure = Self.withCStrings(arguments) { arguments in
            Self.withCStrings(environment) { environment in
                roost_spawn(executable, arguments, environment, command.folder, &control, &output, &processID)
            }
        }
        guard failure == 0 else { throw ProcessError(failure) }
        self.processID = processID
        state = Mutex(State(control: control, output: output))
    }

    deinit {
        state.withLock {
            close($0.control)
            close($0.output)
        }
    }

    /// Asks the program to end.
    package func terminate() { tell("T") }

    /// Ends the program and all that it started.
    package func kill() { tell("K") }

    private func tell(_ word: StaticString) {
        state.withLock { state in
            guard !state.isOver else { return }
            // One byte fits into the socket, unless somebody says it thousands of times: then it was heard.
            _ = send(state.control, word.utf8Start, 1, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
    }

    /// Reads what the program writes until it and all that it started have ended. Called once; it blocks.
    ///
    /// - Parameter onLine: Called with each line, without its end; a line that is longer than 64 KiB comes in pieces.
    package func readLines(_ onLine: (String) -> Void) -> Outcome {
        let (control, output) = state.withLock { ($0.control, $0.output) }
        var lines = LineCutter()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(output, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            lines.append(buffer[..<count], onLine)
        }
        lines.finish(onLine)
        var report: [UInt8] = []
        while true {
            let count = read(control, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            report += buffer[..<count]
        }
        state.withLock { $0.isOver = true }
        var status: Int32 = 0
        while waitpid(processID, &status, 0) < 0, errno == EINTR {}
        return Self.outcome(String(decoding: report, as: UTF8.self))
    }

    private static func outcome(_ report: String) -> Outcome {
        let words = report.split(whereSeparator: \.isWhitespace)
        let number = words.count > 1 ? Int(words[1]) ?? 0 : 0
        return switch words.first {
        case "exit": .exited(number)
        case "signal": .signaled(number)
        case "memory": .memoryExceeded
        case "error": .notStarted(reason: String(cString: strerror(Int32(number))))
        default: .lost
        }
    }

    /// What the hidden command does: never returns before the program has ended.
    package static func supervise(_ command: [String], memoryLimit: Int) -> Int32 {
        withCStrings(command) { roost_supervise($0, UInt64(max(0, memoryLimit))) }
    }

    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var copies = strings.map { strdup($0) } + [nil]
        defer { copies.forEach { free($0) } }
        // Never empty: the terminating nil is always there.
        return body(&copies)
    }
}

/// Why a process could not be started.
package struct ProcessError: Error, CustomStringConvertible {
    package let reason: String

    init(_ number: Int32) { reason = String(cString: strerror(number)) }

    package var description: String { "The process cannot be started: \(reason)." }
}
