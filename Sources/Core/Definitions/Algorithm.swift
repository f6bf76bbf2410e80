/// An algorithm that this binary has in itself.
public enum BuiltInAlgorithm: String, Sendable, Hashable, Codable, CaseIterable {
    case xgboost
    case linearLearner = "linear-learner"
    case kmeans
    case factorizationMachines = "factorization-machines"

    /// The framework of the models that it makes.
    public var framework: Framework {
        switch self {
        case .xgboost: .xgboost
        case .linearLearner: .linearLearner
        case .kmeans: .kmeans
        case .factorizationMachines: .factorizationMachines
        }
    }
}

/// An algorithm as a user names it: by its name, or by a container image's URI.
public struct AlgorithmName: Sendable, Hashable {
    /// The image's repository without registry, account, region and tag: `xgboost`.
    public let repository: String
    /// The image's tag; `nil` where there is none.
    public let tag: String?

    /// Reads `xgboost`, `xgboost:1`, `ACCOUNT.dkr.ecr.REGION.amazonaws.com/xgboost:1.7-1` and `…@sha256:…`.
    public init(_ image: String) {
        let name = image.split(separator: "/").last ?? ""
        let digestless = name.split(separator: "@").first ?? ""
        let parts = digestless.split(separator: ":", maxSplits: 1)
        repository = String(parts.first ?? "")
        tag = parts.count > 1 ? String(parts[1]) : nil
    }

    /// Whether the image is one of a framework, which runs scripts of users.
    public var runsScripts: Bool { Self.frameworks.contains(repository) }

    private static let frameworks: Set<String> = [
        "pytorch-training", "pytorch-inference", "sagemaker-pytorch", "tensorflow-training", "tensorflow-inference",
        "sagemaker-tensorflow", "sagemaker-tensorflow-scriptmode", "sagemaker-scikit-learn", "sagemaker-xgboost",
        "mxnet-training", "mxnet-inference", "sagemaker-mxnet", "sagemaker-chainer", "huggingface-pytorch-training",
        "huggingface-pytorch-inference", "huggingface-tensorflow-training", "sagemaker-base-python",
        "sagemaker-distribution-prod",
    ]

    /// What is run, whoever asks for it: a training job, an endpoint or a transform job.
    public enum Program: Sendable, Hashable {
        /// An algorithm of this binary.
        case builtIn(BuiltInAlgorithm)
        /// A user's script, in what stands for a framework's image.
        case script
        /// An algorithm that a user added.
        case custom
    }

    /// What is run where a user names this script, or none. A script comes before the algorithm that its image has as well.
    public func program(script: String?) -> Program {
        if runsScripts, script?.isEmpty == false { return .script }
        return builtIn.map(Program.builtIn) ?? .custom
    }

    /// The algorithm of this binary that is meant; `nil` where it has none of that name.
    public var builtIn: BuiltInAlgorithm? {
        repository == "sagemaker-xgboost" ? .xgboost : BuiltInAlgorithm(rawValue: repository)
    }
}
