package import AWS

/// STS, as far as SDKs ask it who they are.
package struct STSService: AWSService {
    package static let description = AWSServiceDescription(
        name: "sts",
        operations: ["GetCallerIdentity"],
        query: .init(version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/")
    )
    package static let model: ServiceModel? = nil

    package init() {}

    /// Returns an assumed role: SDKs refuse to make a role of anything else.
    package func run(_ call: AWSCall) async throws -> JSON? {
        .object([
            "Arn": .string("arn:aws:sts::\(AWSAccount.id):assumed-role/\(IAMService.roleName)/SageMaker"),
            "UserId": .string("\(IAMService.roleIdentifier):SageMaker"), "Account": .string(AWSAccount.id),
        ])
    }
}
