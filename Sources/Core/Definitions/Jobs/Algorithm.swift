/// An algorithm that is part of this binary.
public enum BuiltInAlgorithm: String, Sendable, Hashable, Codable, CaseIterable {
    case xgboost
    case linearLearner = "linear-learner"
    case kmeans
    case factorizationMachines = "factorization-machines"

    /// The framework of the models that it trains.
    public var framework: Framework {
        switch self {
        case .xgboost: .xgboost
        case .linearLearner: .linearLearner
        case .kmeans: .kmeans
        case .factorizationMachines: .factorizationMachines
        }
    }
}

/// A user's reference to an algorithm: its name, or the URI of a container image.
public struct AlgorithmName: Sendable, Hashable {
    /// The image's repository without registry, account, region and tag, such as `xgboost`.
    public let repository: String
    /// The image's tag; `nil` if there is none.
    public let tag: String?

    /// Parses `xgboost`, `xgboost:1`, `ACCOUNT.dkr.ecr.REGION.amazonaws.com/xgboost:1.7-1` and `…@sha256:…`.
    public init(_ image: String) {
        let name = image.split(separator: "/").last ?? ""
        let digestless = name.split(separator: "@").first ?? ""
        let parts = digestless.split(separator: ":", maxSplits: 1)
        repository = String(parts.first ?? "")
        tag = parts.count > 1 ? String(parts[1]) : nil
    }

    /// Whether this is a framework's image, which runs users' scripts.
    public var runsScripts: Bool { Self.frameworks.contains(repository) }

    private static let frameworks: Set<String> = [
        "pytorch-training", "pytorch-inference", "sagemaker-pytorch", "tensorflow-training", "tensorflow-inference",
        "sagemaker-tensorflow", "sagemaker-tensorflow-scriptmode", "sagemaker-scikit-learn", "sagemaker-xgboost",
        "mxnet-training", "mxnet-inference", "sagemaker-mxnet", "sagemaker-chainer", "huggingface-pytorch-training",
        "huggingface-pytorch-inference", "huggingface-tensorflow-training", "sagemaker-base-python",
        "sagemaker-distribution-prod",
    ]

    /// The program that a training job, an endpoint or a transform job runs.
    public enum Program: Sendable, Hashable {
        /// A built-in algorithm.
        case builtIn(BuiltInAlgorithm)
        /// A user's script, in the environment of a framework's image.
        case script
        /// A custom algorithm.
        case custom
    }

    /// Returns the program to run with `script`. A script takes precedence over a built-in algorithm of the same image.
    public func program(script: String?) -> Program {
        if runsScripts, script?.isEmpty == false { return .script }
        return builtIn.map(Program.builtIn) ?? .custom
    }

    /// The built-in algorithm of this name; `nil` if there is none.
    public var builtIn: BuiltInAlgorithm? {
        repository == "sagemaker-xgboost" ? .xgboost : BuiltInAlgorithm(rawValue: repository)
    }
}
