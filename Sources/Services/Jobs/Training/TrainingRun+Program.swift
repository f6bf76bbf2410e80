import Definitions

extension TrainingRun {
    /// Returns the command that runs a program in the job's folder.
    func command(for program: TrainingProgram, _ folder: JobFolder) -> JobCommand {
        let script: ScriptMode? = if case .script(let script) = program { script } else { nil }
        var environment = environment(folder, script)
        // The definition's variables apply only to users' programs.
        if case .builtIn = program {} else { environment.merge(definition.environment) { _, given in given } }
        // After the script's own path. The shims defer to installed packages.
        if script != nil { environment["PYTHONPATH"] = (environment["PYTHONPATH"] ?? folder.code) + ":\(folder.shims)" }
        return JobCommand(
            program: started(program),
            folder: folder.root,
            environment: environment,
            threadCount: service.configuration.threadCount
        )
    }

    private func started(_ program: TrainingProgram) -> JobCommand.Program {
        switch program {
        case .builtIn(let algorithm): .learn(algorithm)
        case .own: .executable("\(JobFolder.codeName)/train")
        case .script(let script): .script(script.program, in: JobFolder.codeName, arguments: arguments)
        }
    }

    /// Returns how the job ends after its program.
    ///
    /// - Parameter failure: The algorithm's own explanation.
    func ending(_ outcome: ProgramOutcome, lastLine: String, failure: String?) -> JobEnding {
        if running.end != nil { return stopped }
        let limit = service.executor.memoryLimit
        let memory = "AlgorithmError: the job exceeded its memory limit of \(Bytes.text(limit))."
        switch outcome {
        case .exited(0): return .completed()
        case .memoryExceeded: return .failed(memory)
        case .notStarted(let reason): return .failed("ClientError: the algorithm cannot be run: \(reason).")
        case .lost: return .failed("AlgorithmError: the job's process was terminated from outside.")
        case .exited, .signaled: break
        }
        if let text = failure {
            let hasKind = text.hasPrefix("ClientError:") || text.hasPrefix("AlgorithmError:")
            return .failed(hasKind ? text : "AlgorithmError: \(text)")
        }
        if ["bad_alloc", "MemoryError", "Cannot allocate memory"].contains(where: { lastLine.contains($0) }) {
            return .failed(memory)
        }
        let what =
            switch outcome {
            case .exited(let status): "the algorithm ended with exit code \(status)"
            // Not by this server; the kernel does this when the machine runs out of memory.
            case .signaled(9): "the algorithm was killed (signal 9); the machine may have run out of memory"
            case .signaled(let number): "the algorithm was terminated by signal \(number)"
            default: "the algorithm ended"
            }
        return .failed("AlgorithmError: \(what)" + (lastLine.isEmpty ? "." : ": \(lastLine.prefix(800))"))
    }
}
