package import AWS
import Foundation
package import Platform

/// IAM: roles and policies, as far as the scripts around Lambda and SageMaker use them.
///
/// They are stored and returned. Roost has no permissions, so nothing depends on them.
package struct IAMService: AWSService {
    typealias Operation = @Sendable (IAMService, AWSCall) async throws -> JSON?

    package static let description = AWSServiceDescription(
        name: "iam",
        operations: Array(operations.keys),
        query: .init(version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/")
    )
    package static let model: ServiceModel? = .iam

    let records: IAMRecords

    package init(platform: Platform) { records = IAMRecords(platform: platform) }

    package func run(_ call: AWSCall) async throws -> JSON? {
        try await Self.operations[call.operation]?(self, call)
    }

    private static let operations = roleOperations.merging(serviceLinkedRoleOperations) { first, _ in first }
        .merging(rolePolicyOperations) { first, _ in first }
        .merging(policyOperations) { first, _ in first }
        .merging(policyVersionOperations) { first, _ in first }
        .merging([
            "SimulatePrincipalPolicy": { _, _ in
                // SDKs take this error to mean that permissions are unknown, and continue. Any other stops them.
                throw AWSError("AccessDenied", "Policy simulation is not supported by this server.", status: 403)
            }
        ]) { first, _ in first }
}

extension AWSCall {
    var roleName: String {
        get throws { try input.required("RoleName") }
    }

    var policyARN: ManagedPolicyARN {
        get throws { try ManagedPolicyARN(try input.required("PolicyArn")) }
    }
}
