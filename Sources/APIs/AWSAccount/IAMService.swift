package import AWS
import Encodings

/// IAM, as far as SDKs ask for the role that they run under.
package struct IAMService: AWSService {
    package static let description = AWSServiceDescription(
        name: "iam",
        operations: ["GetRole", "SimulatePrincipalPolicy"],
        query: .init(version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/")
    )
    package static let model: ServiceModel? = nil

    /// The one role. SDKs derive it from the caller's ARN; its name spares them a call of IAM.
    static let roleName = "AmazonSageMaker-ExecutionRole-Roost"
    static let roleIdentifier = "AROAROOST00000000000"
    private static let rolePath = "/service-role/"

    package init() {}

    package func run(_ call: AWSCall) async throws -> JSON? {
        guard call.operation == "GetRole" else {
            // SDKs take this error to mean that permissions are unknown, and continue. Any other stops them.
            throw AWSError("AccessDenied", "Policy simulation is not supported by this server.", status: 403)
        }
        guard let name = call.input["RoleName"]?.string, !name.isEmpty else {
            throw AWSError(
                "ValidationError",
                "Value null at 'roleName' failed to satisfy constraint: Member must not be null"
            )
        }
        // Every role exists, because roles have no permissions here. Only this one is known to have a path.
        let path = name == Self.roleName ? Self.rolePath : "/"
        let policy = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},\
            "Action":"sts:AssumeRole"}]}
            """
        return .object([
            "Role": .object([
                "Path": .string(path), "RoleName": .string(name), "RoleId": .string(Self.roleIdentifier),
                "Arn": .string("arn:aws:iam::\(AWSAccount.id):role\(path)\(name)"),
                "CreateDate": .string("2026-01-01T00:00:00Z"),
                "AssumeRolePolicyDocument": .string(PercentEncoding.encode(policy)),
                "MaxSessionDuration": .string("3600"),
            ])
        ])
    }
}
