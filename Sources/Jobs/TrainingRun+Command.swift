import Archives
import Definitions
import Foundation
import Platform
import Processes

extension TrainingRun {
    /// What is run, and how it is told where everything is.
    func command(
        for program: TrainingProgram,
        folder: JobFolder,
        log: LineLog.Writer
    ) async throws -> SupervisedProcess.Command {
        var command: SupervisedProcess.Command
        var environment = environment(folder)
        switch program {
        case .builtIn(let algorithm):
            command = .init(
                service.configuration.executable,
                ["learn", algorithm.rawValue, "--data", platform.folder],
                folder: folder.root
            )
        case .own(let algorithm):
            let source = platform.algorithms.folder(of: algorithm)
            // A copy, so that no job can change what another one runs.
            try await offload {
                try FileManager.default.removeItem(atPath: folder.code)
                try FileManager.default.copyItem(atPath: source, toPath: folder.code)
            }
            command = .init(folder.code + "/train", folder: folder.code)
        case .script(let script):
            try await unpack(script, to: folder, log: log)
            let module = (script.program as NSString).deletingPathExtension
            environment["SM_MODULE_NAME"] = module
            environment["SM_MODULE_DIR"] = "\(script.source)"
            environment["PYTHONPATH"] = folder.code
            let arguments = self.arguments
            environment["SM_USER_ARGS"] = Self.json(arguments)
            let isShell = script.program.hasSuffix(".sh")
            let interpreter = isShell ? "/bin/sh" : service.configuration.python
            command = .init(interpreter, [script.program] + arguments, folder: folder.code)
        }
        environment.merge(definition.environment) { _, given in given }
        command.environment = environment
        command.memoryLimit = service.configuration.memoryLimit
        command.threadCount = service.configuration.threadCount
        return command
    }

    private func unpack(_ script: ScriptMode, to folder: JobFolder, log: LineLog.Writer) async throws {
        guard let object = try await platform.object(at: script.source) else {
            throw JobError.client("there is no code: the object \(script.source) does not exist.")
        }
        let source = platform.path(of: object)
        do {
            _ = try await offload { try Archive(path: source).extract(to: folder.code, keepsExecutable: true) }
        } catch let error as ArchiveError {
            throw JobError.client("the code \(script.source) cannot be unpacked. \(error)")
        }
        guard FileManager.default.fileExists(atPath: "\(folder.code)/\(script.program)") else {
            throw JobError.client("the code \(script.source) has no file '\(script.program)'.")
        }
        if FileManager.default.fileExists(atPath: folder.code + "/requirements.txt") {
            log.append(
                "requirements.txt is not installed: the script runs with the packages that "
                    + "'\(service.configuration.python)' has."
            )
        }
    }

    /// The hyperparameters that are the script's, as its command line.
    private var arguments: [String] {
        userHyperparameters.sorted { $0.key < $1.key }.flatMap { name, value in
            [name.count == 1 ? "-\(name)" : "--\(name)", HyperparameterText.plain(value)]
        }
    }

    /// Those that do not speak to the container.
    private var userHyperparameters: [String: String] {
        definition.hyperparameters.filter { !$0.key.hasPrefix("sagemaker_") && !$0.key.hasPrefix("_tuning_") }
    }

    // MARK: Environment

    /// - Source: https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md
    private func environment(_ folder: JobFolder) -> [String: String] {
        var environment = Self.inheritedEnvironment
        environment["SAGEMAKER_BASE_DIR"] = folder.root
        environment["TMPDIR"] = folder.temporary
        environment["TRAINING_JOB_NAME"] = definition.name
        environment["SAGEMAKER_JOB_NAME"] = definition.name
        environment["PYTHONUNBUFFERED"] = "1"
        environment["SM_MODEL_DIR"] = folder.model
        environment["SM_INPUT_DIR"] = folder.input
        environment["SM_INPUT_CONFIG_DIR"] = folder.input + "/config"
        environment["SM_OUTPUT_DIR"] = folder.root + "/output"
        environment["SM_OUTPUT_DATA_DIR"] = folder.outputData
        environment["SM_NUM_CPUS"] = "\(service.configuration.threadCount)"
        environment["SM_NUM_GPUS"] = "0"
        environment["SM_HOSTS"] = "[\"algo-1\"]"
        environment["SM_CURRENT_HOST"] = "algo-1"
        environment["SM_NETWORK_INTERFACE_NAME"] = "lo"
        environment["SM_LOG_LEVEL"] = "20"
        environment["SM_CHANNELS"] = Self.json(definition.channels.map(\.name).sorted())
        for channel in definition.channels {
            environment["SM_CHANNEL_\(Self.variable(channel.name))"] = folder.data(of: channel.name)
        }
        environment["SM_HPS"] = Self.json(userHyperparameters.mapValues(HyperparameterText.json))
        for (name, value) in userHyperparameters {
            environment["SM_HP_\(Self.variable(name))"] = HyperparameterText.plain(value)
        }
        return environment
    }

    private static func variable(_ name: String) -> String {
        String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    private static func json(_ value: Any) -> String {
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        let data = (try? JSONSerialization.data(withJSONObject: value, options: options)) ?? Data("{}".utf8)
        return String(decoding: data, as: UTF8.self)
    }

    /// What of the server's environment a job may see.
    static var inheritedEnvironment: [String: String] {
        ProcessInfo.processInfo.environment.filter { inherited.contains($0.key) }
    }

    private static let inherited: Set<String> = [
        "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "USER", "LD_LIBRARY_PATH", "ROOST_RUNTIMES",
        "ROOST_DATA",
    ]
}
