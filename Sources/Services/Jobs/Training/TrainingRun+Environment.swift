import Definitions
import Foundation

extension TrainingRun {
    /// Returns the algorithm's environment variables, as in SageMaker's containers.
    ///
    /// - Source: https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md
    func environment(_ folder: JobFolder, _ script: ScriptMode?) -> [String: String] {
        var environment: [String: String] = [:]
        environment["SAGEMAKER_BASE_DIR"] = folder.root
        environment["TMPDIR"] = folder.temporary
        environment["TRAINING_JOB_NAME"] = definition.name
        environment["SAGEMAKER_JOB_NAME"] = definition.name
        environment["PYTHONUNBUFFERED"] = "1"
        environment["SM_CHANNELS"] = Self.json(definition.channels.map(\.name).sorted())
        for (name, value) in members(folder, script) { environment["SM_\(name.uppercased())"] = Self.text(value) }
        environment["SM_TRAINING_ENV"] = Self.json(trainingEnvironment(folder, script))
        environment["SM_HPS"] = Self.json(hyperparameterValues)
        environment["SM_FRAMEWORK_PARAMS"] = Self.json(frameworkParameters)
        if script != nil { environment["SM_USER_ARGS"] = Self.json(arguments) }
        for channel in definition.channels {
            for name in Self.variables(channel.name) {
                environment["SM_CHANNEL_\(name)"] = folder.data(of: channel.name)
            }
        }
        for (hyperparameter, value) in userHyperparameters {
            for name in Self.variables(hyperparameter) {
                environment["SM_HP_\(name)"] = HyperparameterText.plain(value)
            }
        }
        // Hyperparameters may exceed the size of a variable. Their file contains all of them.
        return environment.filter { $0.key.utf8.count + $0.value.utf8.count + 2 <= JobLimits.variableBytes }
    }

    /// The user's hyperparameters as command-line arguments of the script.
    var arguments: [String] {
        userHyperparameters.sorted { $0.key < $1.key }.flatMap { name, value in
            [name.count == 1 ? "-\(name)" : "--\(name)", HyperparameterText.plain(value)]
        }
    }

    /// The hyperparameters that are not meant for the container.
    private var userHyperparameters: [String: String] {
        definition.hyperparameters.filter { !$0.key.hasPrefix("sagemaker_") && !$0.key.hasPrefix("_tuning_") }
    }

    private var hyperparameterValues: [String: Any] { userHyperparameters.mapValues(HyperparameterText.json) }

    /// Returns the values that have a variable of their own and are also in `SM_TRAINING_ENV`.
    private func members(_ folder: JobFolder, _ script: ScriptMode?) -> [String: Any] {
        [
            "current_host": JobFolder.host, "hosts": [JobFolder.host], "current_instance_type": JobFolder.instanceType,
            "current_instance_group": JobFolder.instanceGroup, "current_instance_group_hosts": [JobFolder.host],
            "instance_groups": [JobFolder.instanceGroup], "distribution_instance_groups": [String](),
            "instance_groups_dict": [
                JobFolder.instanceGroup: [
                    "instance_group_name": JobFolder.instanceGroup, "instance_type": JobFolder.instanceType,
                    "hosts": [JobFolder.host],
                ] as [String: Any]
            ],
            "is_hetero": false, "network_interface_name": JobFolder.networkInterface,
            "num_cpus": service.configuration.threadCount, "num_gpus": 0, "num_neurons": 0,
            "log_level": definition.hyperparameters["sagemaker_container_log_level"].flatMap { Int($0) } ?? 20,
            "model_dir": folder.model, "input_dir": folder.input, "input_config_dir": folder.input + "/config",
            "output_dir": folder.root + "/output", "output_data_dir": folder.outputData,
            "output_intermediate_dir": folder.root + "/output/intermediate",
            "input_data_config": JobFolder.inputConfiguration(definition), "resource_config": JobFolder.resources,
            "module_dir": script.map { "\($0.source)" } ?? "", "module_name": script?.module ?? "",
            "user_entry_point": script?.program ?? "", "framework_module": frameworkModule ?? "",
        ]
    }

    private func trainingEnvironment(_ folder: JobFolder, _ script: ScriptMode?) -> [String: Any] {
        let channels = definition.channels.map { ($0.name, folder.data(of: $0.name)) }
        var all = members(folder, script)
        all["channel_input_dirs"] = Dictionary(channels) { first, _ in first }
        all["hyperparameters"] = hyperparameterValues
        all["job_name"] = definition.name
        all["master_hostname"] = JobFolder.host
        all["is_master"] = true
        all["distribution_hosts"] = [String]()
        all["additional_framework_parameters"] = frameworkParameters
        return all
    }

    /// The hyperparameters for the framework in the container.
    private var frameworkParameters: [String: Any] {
        definition.hyperparameters.filter {
            $0.key.hasPrefix("sagemaker_") && !Self.containerParameters.contains($0.key)
        }
        .mapValues(HyperparameterText.json)
    }

    private static let containerParameters: Set<String> = [
        "sagemaker_program", "sagemaker_submit_directory", "sagemaker_enable_cloudwatch_metrics", "sagemaker_region",
        "sagemaker_container_log_level", "sagemaker_job_name", "sagemaker_s3_output",
    ]

    /// The entry point that would run the script in the framework's container.
    private var frameworkModule: String? {
        let repository = AlgorithmName(definition.algorithm).repository
        let names = [
            "xgboost": "xgboost", "scikit-learn": "sklearn", "pytorch": "pytorch", "tensorflow": "tensorflow",
            "mxnet": "mxnet", "chainer": "chainer",
        ]
        return names.first { repository.contains($0.key) }.map { "sagemaker_\($0.value)_container.training:main" }
    }

    // MARK: Formatting

    /// Returns the name of a variable as the toolkit spells it, and as a shell can read it.
    private static func variables(_ name: String) -> Set<String> {
        let upper = name.uppercased()
        let plain = String(upper.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        return upper.contains("=") || upper.contains("\0") ? [plain] : [plain, upper]
    }

    private static func text(_ value: Any) -> String { value as? String ?? json(value) }

    private static func json(_ value: Any) -> String {
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed]
        let data = (try? JSONSerialization.data(withJSONObject: value, options: options)) ?? Data("{}".utf8)
        return String(decoding: data, as: UTF8.self)
    }
}
