import Archives
import Foundation
import Processes
import Synchronization

/// Runs a program that serves `/ping` and `/invocations` on a loopback port: starts it, checks its health, and restarts it if it ends by itself.
package final class ServingProcess: Sendable {
    private enum Phase {
        case starting
        case ready(port: UInt16)
        /// The program does not start, for this reason.
        case broken(ProgramError)
        case closed
    }

    private struct State {
        var phase = Phase.starting
        var process: SupervisedProcess?
    }

    private let program: ServingProgram
    private let root: String
    private let state = Watched(State())
    private let lastLines = Mutex<[String]>([])
    private let onLine: @Sendable (String) -> Void

    /// How long a request waits for a program that is being restarted.
    private static let patience: Duration = .seconds(20)

    /// Unpacks the model, starts the program, and returns when it is ready.
    ///
    /// - Parameters:
    ///   - artifact: An archive, which the program finds unpacked in its folder `model`.
    ///   - onLine: Called with each line that the program prints, on a separate thread.
    package init(
        artifact: String,
        program: ServingProgram,
        scratchFolder: String,
        onLine: @escaping @Sendable (String) -> Void
    ) throws(ProgramError) {
        self.program = program
        self.onLine = onLine
        root = "\(scratchFolder)/serving-\(UUID().uuidString.lowercased())"
        do {
            for name in ["model", "tmp", "output"] {
                try FileManager.default.createDirectory(atPath: "\(root)/\(name)", withIntermediateDirectories: true)
            }
            switch program.source {
            case .folder(let folder):
                // A private copy: other models do not see what it writes, and a newer version of the algorithm does not
                // remove it.
                try FileManager.default.copyItem(atPath: folder, toPath: "\(root)/code")
            case .script(let script):
                try FileManager.default.createDirectory(atPath: "\(root)/code", withIntermediateDirectories: true)
                if let archive = script.archive { try Archive(path: archive).extract(to: "\(root)/code") }
                try Data(ScriptServer.source.utf8).write(to: URL(filePath: "\(root)/serve.py"))
                try ToolkitShims.write(to: "\(root)/shims")
            }
            // A model without data is an empty file.
            let attributes = try FileManager.default.attributesOfItem(atPath: artifact)
            if attributes[.size] as? Int != 0 { try Archive(path: artifact).extract(to: "\(root)/model") }
        } catch {
            try? FolderRemoval.remove(root)
            throw .unpackingFailed(error as? ArchiveError)
        }
        Thread.detachNewThread { [self] in watch() }
        do {
            try waitUntilReady()
        } catch {
            close()
            throw error
        }
    }

    /// Ends the program for good.
    package func close() {
        let process = state.withLock { state in
            state.phase = .closed
            return state.process
        }
        process?.kill()
    }

    // MARK: Supervision

    /// Keeps the program running until ``close()``. It blocks, so it needs its own thread.
    private func watch() {
        defer { try? FolderRemoval.remove(root) }
        var pause: Duration = .milliseconds(100)
        while true {
            let port = Self.freePort()
            guard let process = try? start(on: port) else { return fail(.notStarted) }
            let isClosed = state.withLock { state in
                if case .closed = state.phase { return true }
                state.process = process
                state.phase = .starting
                return false
            }
            if isClosed {
                process.kill()
                // Until its end, or its supervisor would remain as a zombie.
                _ = process.readLines { _ in }
                return
            }
            let begun = ContinuousClock.now
            Thread.detachNewThread { [self] in greet(process, port, begun) }
            let outcome = process.readLines { line in
                onLine(line)
                lastLines.withLock { lines in
                    if lines.count >= 20 { lines.removeFirst() }
                    lines.append(String(line.prefix(1000)))
                }
            }
            let wasReady = state.withLock { state -> Bool? in
                state.process = nil
                switch state.phase {
                case .closed: return nil
                case .ready: return true
                case .starting, .broken: return false
                }
            }
            guard let wasReady else { return }
            fail(.ended(outcome, lastLines: lastLines.withLock { Array($0.suffix(5)) }))
            // Back off if the program ends immediately.
            let ranWell = wasReady && begun.duration(to: .now) > .seconds(60)
            pause = ranWell ? .milliseconds(100) : min(pause * 2, .seconds(30))
            let isOver = state.wait(until: .now + pause) { state -> Bool? in
                if case .closed = state.phase { true } else { nil }
            }
            if isOver == true { return }
        }
    }

    private func fail(_ reason: ProgramError) {
        state.withLock { state in
            if case .closed = state.phase { return }
            state.phase = .broken(reason)
        }
    }

    private func start(on port: UInt16) throws -> SupervisedProcess {
        var command =
            switch program.source {
            case .folder: SupervisedProcess.Command("\(root)/code/serve", folder: "\(root)/code")
            case .script(let script):
                SupervisedProcess.Command(script.python, ["\(root)/serve.py"], folder: "\(root)/code")
            }
        command.environment = ProcessInfo.processInfo.environment.filter { Self.inherited.contains($0.key) }
        command.environment["SAGEMAKER_BASE_DIR"] = root
        command.environment["SM_MODEL_DIR"] = root + "/model"
        command.environment["TMPDIR"] = root + "/tmp"
        command.environment["PYTHONUNBUFFERED"] = "1"
        command.environment["SM_NUM_CPUS"] = "\(program.threadCount)"
        command.environment["SM_NUM_GPUS"] = "0"
        command.environment["SM_LOG_LEVEL"] = "20"
        command.environment.merge(program.environment) { _, given in given }
        command.environment["SAGEMAKER_BIND_TO_PORT"] = "\(port)"
        command.limits.memory = program.memoryLimit
        command.threadCount = program.threadCount
        return try SupervisedProcess(executable: program.executable, command)
    }

    /// The environment variables that a program inherits from the server.
    private static let inherited: Set<String> = [
        "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "USER", "LD_LIBRARY_PATH", "ROOST_RUNTIMES",
    ]

    /// Pings a starting program until it is healthy, has ended, or runs out of time.
    private func greet(_ process: SupervisedProcess, _ port: UInt16, _ begun: ContinuousClock.Instant) {
        while begun.duration(to: .now) < program.startLimit {
            guard state.withLock({ $0.process === process }) else { return }
            let response = try? LoopbackRequest("GET", "/ping", timeLimit: 5, bodyLimit: 1 << 20).send(to: port)
            if response?.status == 200 {
                state.withLock { state in
                    guard state.process === process, case .starting = state.phase else { return }
                    state.phase = .ready(port: port)
                }
                return
            }
            // Only asking tells whether a program is healthy.
            Thread.sleep(forTimeInterval: 0.05)
        }
        // The thread that reads its output notices the end.
        process.kill()
    }

    private func waitUntilReady() throws(ProgramError) {
        let outcome = state.wait { state -> Result<Void, ProgramError>? in
            switch state.phase {
            case .ready: .success(())
            case .broken(let reason): .failure(reason)
            case .closed: .failure(.closed)
            case .starting: nil
            }
        }
        try outcome?.get()
    }

    // MARK: Requests

    /// Sends a request to the program and returns its response, whatever its status. Waits for a while if the program is being
    /// restarted.
    package func respond(to request: LoopbackRequest) throws(ProgramError) -> LoopbackResponse {
        let deadline = ContinuousClock.now + Self.patience
        request.onCancel { [state] in state.wake() }
        while true {
            let port = try port(for: request)
            do throws(ProgramError) {
                return try request.send(to: port)
            } catch {
                // The program has ended, which the supervising thread is about to notice, or it does not listen for a moment.
                guard error == .unreachable, ContinuousClock.now < deadline else { throw error }
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
    }

    private func port(for request: LoopbackRequest) throws(ProgramError) -> UInt16 {
        let port = state.wait(until: .now + Self.patience) { state -> Result<UInt16, ProgramError>? in
            switch state.phase {
            case .ready(let port): .success(port)
            case .closed: .failure(.closed)
            case .broken, .starting: request.isCancelled ? .failure(.cancelled) : nil
            }
        }
        if let port { return try port.get() }
        if case .broken(let reason) = state.withLock({ $0.phase }) { throw reason }
        throw .notReady
    }

    /// Returns a port on which nothing listens at the moment.
    private static func freePort() -> UInt16 {
        let descriptor = LoopbackRequest.socket()
        defer { Foundation.close(descriptor) }
        var address = LoopbackRequest.address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = bind(descriptor, address, length)
                _ = getsockname(descriptor, address, &length)
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }
}
