package import Definitions
import Dispatch
import Files
import Foundation
import Processes
import Synchronization

/// Loads a model, runs it once and reads its signature in a child process of the same binary.
///
/// A model from outside is code to its runtime: if it crashes the runtime or takes all memory, only the child goes down, not
/// the server.
package struct ModelInspector: Sendable {
    /// The name of the child's command.
    package static let command = "inspect-model"

    /// The child's result: one JSON object in a file.
    private struct Report: Codable {
        var model: InspectedModel?
        var error: String?
        /// Whether the server is at fault, not the caller: a runtime is missing.
        var isUnavailable: Bool?
    }

    private let executable: String
    private let dataFolder: String
    private let timeLimit: Duration
    private let turnstile: Turnstile

    /// - Parameters:
    ///   - executable: The path of the `roost` binary.
    ///   - concurrency: The number of concurrent children; further models wait.
    package init(
        executable: String,
        dataFolder: String,
        timeLimit: Duration = .seconds(120),
        concurrency: Int = 2
    ) {
        self.executable = executable
        self.dataFolder = dataFolder
        self.timeLimit = timeLimit
        turnstile = Turnstile(capacity: concurrency)
    }

    /// - Throws: ``RoostError``: invalid input if the model cannot be loaded and run, unavailable if its runtime is missing.
    package func inspect(
        _ framework: Framework,
        path: String,
        trees: TreeSelection? = nil
    ) async throws -> InspectedModel {
        try await turnstile.pass {
            try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(with: Result { try inspectBlocking(framework, path, trees) })
                }
            }
        }
    }

    private func inspectBlocking(_ framework: Framework, _ path: String, _ trees: TreeSelection?) throws
        -> InspectedModel
    {
        // Its own folder, so that whatever a killed child leaves there is removed.
        let scratch = "\(dataFolder)/scratch/inspect-\(UUID().uuidString.lowercased())"
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        var arguments = [Self.command, framework.rawValue, path, "--data", dataFolder, "--scratch", scratch]
        if let trees { arguments += ["--trees", trees.rawValue] }
        var command = SupervisedProcess.Command(executable, arguments, folder: scratch)
        command.environment = ProcessInfo.processInfo.environment.filter { Self.inherited.contains($0.key) }
        command.limits.memory = Self.memoryLimit(of: path)
        let process: SupervisedProcess
        do {
            process = try SupervisedProcess(executable: executable, command)
        } catch {
            throw RoostError(.unavailable, "The model could not be inspected: \(error)")
        }
        let isLate = Mutex(false)
        let watchdog = DispatchWorkItem {
            isLate.withLock { $0 = true }
            process.kill()
        }
        DispatchQueue.global().asyncAfter(
            deadline: .now() + .seconds(Int(timeLimit.components.seconds)),
            execute: watchdog
        )
        defer { watchdog.cancel() }
        var lastLine = ""
        let outcome = process.readLines { line in if line.contains("Check failed") { lastLine = line } }
        if let report = Self.report(in: scratch) { return try model(of: report, framework, command.limits.memory) }
        let name = framework.displayName
        let megabytes = command.limits.memory >> 20
        let reason: String
        switch outcome {
        case _ where isLate.withLock({ $0 }):
            reason = "loading it and running it once took longer than \(timeLimit.components.seconds) s"
        case .memoryExceeded:
            reason = "loading it and running it once needs more than the allowed \(megabytes) MiB of memory"
        case .notStarted, .lost, .tooManyProcesses:
            throw RoostError(.unavailable, "The model could not be inspected: the child process did not run.")
        case .signaled(let number):
            let said = RuntimeMessage.told(lastLine)
            reason =
                "it crashes the runtime (signal \(number)) when loaded and run once on zeros with \(megabytes) MiB "
                + "of memory" + (said.isEmpty ? "" : ": \(said)")
        case .exited(let status): reason = "it ends the process that loads it (exit status \(status))"
        }
        throw RoostError(.invalidInput, "\(RuntimeError.modelRejected(framework: name, reason: reason))", field: "body")
    }

    private func model(of report: Report, _ framework: Framework, _ memoryLimit: Int) throws -> InspectedModel {
        if let model = report.model { return model }
        var reason = report.error ?? "The inspection gave no reason."
        if report.isUnavailable == true { throw RoostError(.unavailable, reason) }
        if Self.isOfMemory(reason) {
            reason += " (A model may use \(memoryLimit >> 20) MiB of memory while it is inspected.)"
        }
        throw RoostError(.invalidInput, reason, field: "body")
    }

    private static func isOfMemory(_ reason: String) -> Bool {
        ["bad_alloc", "ailed to allocate memory", "out of memory", "OOM when allocating"].contains(
            where: reason.contains
        )
    }

    private static func report(in scratch: String) -> Report? {
        guard let file = FileHandle(forReadingAtPath: scratch + "/report.json") else { return nil }
        defer { try? file.close() }
        return (try? file.read(upToCount: 64 << 20)).flatMap { try? JSONDecoder().decode(Report.self, from: $0) }
    }

    /// The environment variables that the child inherits, which say where the runtimes are.
    private static let inherited: Set<String> = [
        "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "ROOST_RUNTIMES", "ROOST_DATA",
    ]

    /// Returns the bytes of memory allowed for a model: what its runtime needs by itself, which grows with the threads, plus a
    /// multiple of the file's size, because formats are unpacked and JSON is parsed.
    static func memoryLimit(of path: String) -> Int {
        let machine = ProcessInfo.processInfo
        var status = stat()
        let size = stat(path, &status) == 0 ? Int(status.st_size) : 0
        let wanted = (1536 + 32 * machine.activeProcessorCount) << 20
        let (claim, overflow) = size.multipliedReportingOverflow(by: 16)
        return min(overflow ? .max : claim, Int(machine.physicalMemory / 4 * 3)) + wanted
    }

    /// Runs in the child: loads the model, runs it, and writes a report with its signature or the error.
    ///
    /// - Parameter scratch: An empty folder.
    package static func inspect(
        _ framework: Framework,
        path: String,
        trees: TreeSelection?,
        loader: ModelLoader,
        scratch: String
    ) throws {
        let report: Report
        let before = residentBytes
        do throws(RuntimeError) {
            let model = try loader.load(framework, path: path, trees: trees)
            // As the server does before the model goes live, so that a model that would crash there crashes here.
            do throws(RuntimeError) {
                try RunCost.tryOnce(model)
            } catch {
                if isOfMemory("\(error)") {
                    throw .modelRejected(
                        framework: framework.displayName,
                        reason: "running it once on zeros failed: \(error)"
                    )
                }
            }
            _ = RunCost.measure(model)
            var inspected = InspectedModel(signature: model.signature, boosting: model.boosting)
            if let before, let after = residentBytes { inspected.memoryBytes = max(0, after - before) }
            report = Report(model: inspected)
        } catch {
            switch error {
            case .modelRejected, .runFailed, .cancelled: report = Report(error: "\(error)")
            default: report = Report(error: "\(error)", isUnavailable: true)
            }
        }
        // All or nothing: the child may be killed while it writes.
        try Files.write(try JSONEncoder().encode(report), to: scratch + "/report.json")
    }

    /// The memory of this process that is in RAM; `nil` if the kernel does not say.
    private static var residentBytes: Int? {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        guard let fields, fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages.times(Int(sysconf(Int32(_SC_PAGESIZE))))
    }
}

/// The result of inspecting a model.
package struct InspectedModel: Sendable, Codable {
    package var signature: Signature
    /// `nil` if this is not a model of boosted trees.
    package var boosting: Boosting?
    /// How much the process grew by loading the model and running it once, its runtime included; `nil` if it was not measured.
    package var memoryBytes: Int?

    package init(signature: Signature, boosting: Boosting? = nil) {
        self.signature = signature
        self.boosting = boosting
    }
}

extension Framework {
    /// The name as the framework's own documentation spells it.
    var displayName: String {
        switch self {
        case .onnx: "ONNX"
        case .tensorflow: "TensorFlow"
        case .xgboost: "XGBoost"
        case .linearLearner, .kmeans, .factorizationMachines, .process: rawValue
        }
    }
}
