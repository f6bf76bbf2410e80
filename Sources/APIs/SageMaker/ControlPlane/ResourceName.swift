import AWS

/// The resource that a SageMaker ARN names: its kind, and its name in lower case.
struct ResourceName: Hashable {
    let kind: String
    let name: String

    init(kind: String, name: String) {
        self.kind = kind
        self.name = name.lowercased()
    }

    /// Parses `arn:aws:sagemaker:REGION:ACCOUNT:KIND/NAME`. Region and account are ignored.
    init?(arn: String) {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "sagemaker",
            case let resource = parts[5].split(separator: "/", maxSplits: 1), resource.count == 2
        else { return nil }
        self.init(kind: String(resource[0]), name: String(resource[1]))
    }
}
