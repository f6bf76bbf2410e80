import CProcesses
import Foundation
import Synchronization

/// A program that runs under a supervisor, which is this binary in a separate process.
///
/// The supervisor holds the other end of a socket. It ends the program and everything that the program started on request,
/// and also when the server is gone, for whatever reason.
package final class SupervisedProcess: Sendable {
    /// The program to run, and its limits.
    package struct Command: Sendable {
        /// A path, or a name to look up in `PATH`.
        package var program: String
        package var arguments: [String]
        /// The complete environment. It inherits nothing from the server, and the supervisor does not get it.
        package var environment: [String: String]
        /// The working folder.
        package var folder: String
        package var limits = ProcessLimits()
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
        /// It was killed because it exceeded the memory limit.
        case memoryExceeded
        /// It was killed because it started too many processes.
        case tooManyProcesses
        /// It could not be started.
        case notStarted(reason: String)
        /// The supervisor itself was killed.
        case lost
    }

    /// The binary's hidden command that runs the supervisor.
    package static let command = "job-process"

    private struct State {
        var control: Int32
        var output: Int32
        var isOver = false
        var isKilled = false
        /// The program's process, once it has been looked for.
        var program: pid_t?
    }

    /// The variables that a supervisor inherits from the server.
    private static let inherited: Set<String> = ["PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH"]
    /// A supervisor that does not react to ``kill()`` for this long is killed itself.
    private static let patience: DispatchTimeInterval = .seconds(10)
    /// The supervisors of this process. Also locked while one is started, so that it is not mistaken for an orphan.
    private static let supervisors = Mutex<Set<pid_t>>([])

    private let processID: pid_t
    private let state: Mutex<State>
    /// Held while output is read and passed on, by whoever does it.
    private let lines = Mutex(LineCutter())

    /// Starts a program.
    ///
    /// - Parameter executable: The path of the `roost` binary.
    package init(executable: String, _ command: Command) throws {
        let arguments =
            [
                executable, Self.command, "--memory", "\(command.limits.memory)",
                "--heap", "\(command.limits.heap ?? command.limits.memory)",
                "--file-size", "\(command.limits.fileSize)", "--processes", "\(command.limits.processCount)",
            ] + (command.limits.yields ? [] : ["--prompt"]) + ["--", command.program] + command.arguments
        // Each numeric library has its own variable.
        var variables = command.environment
        for name in ["OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB"] {
            let variable = name == "VECLIB" ? "VECLIB_MAXIMUM_THREADS" : "\(name)_NUM_THREADS"
            variables[variable] = variables[variable] ?? "\(command.threadCount)"
        }
        let environment = variables.map { "\($0.key)=\($0.value)" }
        let own = ProcessInfo.processInfo.environment.filter { Self.inherited.contains($0.key) }
            .map { "\($0.key)=\($0.value)" }
        var processID: pid_t = 0
        var control: Int32 = -1
        var output: Int32 = -1
        let failure = Self.withCStrings(arguments) { arguments in
            Self.withCStrings(environment) { environment in
                Self.withCStrings(own) { own in
                    Self.supervisors.withLock { supervisors in
                        let failure = roost_spawn(
                            executable,
                            arguments,
                            own,
                            environment,
                            command.folder,
                            &control,
                            &output,
                            &processID
                        )
                        if failure == 0 { supervisors.insert(processID) }
                        return failure
                    }
                }
            }
        }
        guard failure == 0 else { throw ProcessError(failure) }
        self.processID = processID
        // Two threads may read: whoever comes second must not wait.
        _ = fcntl(output, F_SETFL, O_NONBLOCK)
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

    /// Kills the program and everything that it started.
    package func kill() {
        tell("K")
        let isFirst = state.withLock { state in
            guard !state.isOver else { return false }
            // The program may have suspended its supervisor.
            Foundation.kill(processID, SIGCONT)
            defer { state.isKilled = true }
            return !state.isKilled
        }
        guard isFirst else { return }
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) { [weak self] in
            self?.endSupervisorThatDoesNotHear()
        }
    }

    private func tell(_ word: StaticString) {
        state.withLock { state in
            guard !state.isOver else { return }
            // A byte always fits into the socket, unless this is called thousands of times. Then the supervisor already knows.
            _ = send(state.control, word.utf8Start, 1, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
    }

    /// Reads the program's output until it and everything that it started have ended. Blocks. Call it only once.
    ///
    /// - Parameter onLine: Called with each line, without the line break. A line longer than 64 KiB is split.
    package func readLines(_ onLine: (String) -> Void) -> Outcome {
        let (control, output) = state.withLock { ($0.control, $0.output) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var report: [UInt8] = []
        var isOpen = true
        var isSupervised = true
        var deadline: ContinuousClock.Instant?
        while isOpen || isSupervised {
            // Without a deadline, until something happens.
            var wait: Int32 = -1
            if let deadline {
                let rest = ContinuousClock.now.duration(to: deadline)
                guard rest > .zero else { break }
                wait = Int32(rest / .milliseconds(1)) + 1
            }
            var watched = [
                pollfd(fd: isOpen ? output : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isSupervised ? control : -1, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&watched, 2, wait) > 0 else { continue }
            if watched[0].revents != 0 {
                isOpen = readOutput(output, &buffer, onLine) != .end
            }
            guard watched[1].revents != 0 else { continue }
            let count = read(control, &buffer, buffer.count)
            if count > 0 { report += buffer[..<count] }
            guard count == 0 || count < 0 && errno != EINTR else { continue }
            isSupervised = false
            // All output has been written by now, unless a process has escaped the supervisor. Do not wait for it.
            deadline = .now + .seconds(5)
            if report.isEmpty { endOrphans() }
        }
        lines.withLock { $0.finish(onLine) }
        state.withLock { $0.isOver = true }
        var status: Int32 = 0
        while waitpid(processID, &status, 0) < 0, errno == EINTR {}
        Self.supervisors.withLock { _ = $0.remove(processID) }
        return Self.outcome(String(decoding: report, as: UTF8.self))
    }

    /// Passes on the output that the program has written so far, and an incomplete line as one. Does not wait for more.
    ///
    /// - Parameter onLine: What ``readLines(_:)`` was given. The two never call it at the same time.
    package func drain(_ onLine: (String) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        let output = state.withLock { $0.isOver ? -1 : $0.output }
        // A program that does not stop writing is not waited for.
        for _ in 0..<64 where output >= 0 {
            guard readOutput(output, &buffer, onLine) == .some else { break }
        }
        lines.withLock { $0.finish(onLine) }
    }

    private enum Reading { case some, nothing, end }

    private func readOutput(_ output: Int32, _ buffer: inout [UInt8], _ onLine: (String) -> Void) -> Reading {
        lines.withLock { lines in
            let count = read(output, &buffer, buffer.count)
            if count > 0 { lines.append(buffer[..<count], onLine) }
            if count < 0, errno == EINTR || errno == EAGAIN { return .nothing }
            return count > 0 ? .some : .end
        }
    }

    /// The most memory that the program has had resident so far, in bytes, without what it has started; `nil` if it is over.
    package var peakMemory: Int? {
        state.withLock { state in
            guard !state.isOver else { return nil }
            if state.program == nil { state.program = Self.child(of: processID) }
            guard let child = state.program, let status = Self.contents(of: "/proc/\(child)/status"),
                let start = status.firstRange(of: "VmHWM:")
            else { return nil }
            let words = status[start.upperBound...].prefix { $0 != "\n" }.split(whereSeparator: \.isWhitespace)
            return words.first.flatMap { Int($0) }.flatMap { $0 < 1 << 50 ? $0 << 10 : nil }
        }
    }

    /// The first child of a supervisor: the program.
    private static func child(of processID: pid_t) -> pid_t? {
        // Any of its threads may have started the program.
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/task")) ?? []
        let children = threads.lazy.compactMap { contents(of: "/proc/\(processID)/task/\($0)/children") }
        return children.compactMap { $0.split(separator: " ").first }.first.flatMap { pid_t($0) }
    }

    /// Reads a short file of the kernel.
    private static func contents(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            let count = read(file, buffer.baseAddress, buffer.count)
            return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
        }
    }

    private func endSupervisorThatDoesNotHear() {
        state.withLock { state in
            if !state.isOver { Foundation.kill(processID, SIGKILL) }
        }
    }

    /// Kills the remaining processes of the program after its supervisor was killed, perhaps by the program itself.
    private func endOrphans() {
        for _ in 0..<500 {
            let count = Self.supervisors.withLock { roost_end_orphans(processID, Array($0), Int32($0.count)) }
            if count == 0 { return }
            // They are no children of the server, so it is not told of their end.
            usleep(20_000)
        }
    }

    private static func outcome(_ report: String) -> Outcome {
        let words = report.split(whereSeparator: \.isWhitespace)
        let number = words.count > 1 ? Int(words[1]) ?? 0 : 0
        return switch words.first {
        case "exit": .exited(number)
        case "signal": .signaled(number)
        case "memory": .memoryExceeded
        case "processes": .tooManyProcesses
        case "error": .notStarted(reason: String(cString: strerror(Int32(number))))
        default: .lost
        }
    }

    /// Runs the hidden command. Returns when the program has ended.
    package static func supervise(_ command: [String], _ limits: ProcessLimits) -> Int32 {
        let limits = roost_limits(
            memory: UInt64(max(0, limits.memory)),
            heap: UInt64(max(0, limits.heap ?? limits.memory)),
            file_size: UInt64(max(0, limits.fileSize)),
            process_count: UInt64(max(0, limits.processCount)),
            yields: limits.yields ? 1 : 0
        )
        return withCStrings(command) { roost_supervise($0, limits) }
    }

    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var copies = strings.map { strdup($0) } + [nil]
        defer { copies.forEach { free($0) } }
        // Never empty: it ends with nil.
        return body(&copies)
    }
}

/// The limits of a program and of everything that it starts; 0 for none.
package struct ProcessLimits: Sendable {
    /// Bytes that all processes together may have resident.
    package var memory = 0
    /// Bytes that each process may allocate, used or not; `nil` for as many as ``memory``.
    package var heap: Int?
    /// Bytes of a file that it writes.
    package var fileSize = 0
    package var processCount = 0
    /// Whether they only get what others leave of the processors.
    package var yields = true

    package init() {}
}

/// Why a process could not be started.
package struct ProcessError: Error, CustomStringConvertible {
    package let reason: String

    init(_ number: Int32) { reason = String(cString: strerror(number)) }

    package var description: String { "The process cannot be started: \(reason)." }
}
