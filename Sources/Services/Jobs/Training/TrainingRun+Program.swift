import Archives
import Buckets
import Definitions
import Foundation
import LineLogs
import Platform
import Processes
import Programs
import Runtimes
import WorkThreads

extension TrainingRun {
    /// Returns the command that runs a program, with its environment and limits.
    func command(
        for program: TrainingProgram,
        folder: JobFolder,
        log: LineLog.Writer
    ) async throws -> SupervisedProcess.Command {
        var command: SupervisedProcess.Command
        let script: ScriptMode? = if case .script(let script) = program { script } else { nil }
        var environment = environment(folder, script)
        switch program {
        case .builtIn(let algorithm):
            command = .init(
                service.host.executable,
                ["learn", algorithm.rawValue, "--data", service.dataFolder],
                folder: folder.root
            )
        case .own(let algorithm):
            let source = platform.algorithms.folder(of: algorithm)
            // A copy, so that a job cannot change the files that another job runs.
            try await offload {
                try FileManager.default.removeItem(atPath: folder.code)
                try FileManager.default.copyItem(atPath: source, toPath: folder.code)
            }
            command = .init(folder.code + "/train", folder: folder.code)
        case .script(let script):
            try await unpack(script, to: folder, log: log)
            try await offload { try ToolkitShims.write(to: folder.shims) }
            let isShell = script.program.hasSuffix(".sh")
            let interpreter = isShell ? "/bin/sh" : service.host.python
            command = .init(interpreter, [script.program] + arguments, folder: folder.code)
        }
        // The definition's variables apply only to users' programs.
        if case .builtIn = program {} else { environment.merge(definition.environment) { _, given in given } }
        // After the script's own path. The shims defer to installed packages.
        if script != nil { environment["PYTHONPATH"] = (environment["PYTHONPATH"] ?? folder.code) + ":\(folder.shims)" }
        command.environment = environment
        command.memoryLimit = service.host.memoryLimit
        command.threadCount = service.configuration.threadCount
        return command
    }

    private func unpack(_ script: ScriptMode, to folder: JobFolder, log: LineLog.Writer) async throws {
        guard let object = try await platform.buckets.object(at: script.source) else {
            throw JobError.client("the object \(script.source) with the code does not exist.")
        }
        let source = try await platform.buckets.localCopy(of: object)
        do {
            _ = try await offload { try Archive(path: source.path).extract(to: folder.code, keepsExecutable: true) }
        } catch let error as ArchiveError where error != .full {
            throw JobError.client("the code \(script.source) cannot be unpacked. \(error)")
        }
        guard FileManager.default.fileExists(atPath: "\(folder.code)/\(script.program)") else {
            throw JobError.client("the code \(script.source) has no file '\(script.program)'.")
        }
        if FileManager.default.fileExists(atPath: folder.code + "/requirements.txt") {
            log.append(
                "requirements.txt is not installed. The script runs with the packages of "
                    + "'\(service.host.python)'."
            )
        }
    }
}
