import AWS
import Encodings
import Foundation

/// Managed policies. Those of AWS's own are not stored, because any name is accepted.
extension IAMService {
    static let policyOperations: [String: Operation] = [
        "CreatePolicy": { service, call in try await service.createPolicy(call) },
        "GetPolicy": { service, call in
            let arn = try call.policyARN
            let usage = IAMPolicy.Usage(of: arn.text, in: try await service.records.roles())
            if arn.isOfAWS { return .object(["Policy": IAMPolicy.ofAWS(arn, usage)]) }
            return .object(["Policy": try await service.records.policy(arn).json(usage)])
        },
        "ListPolicies": { service, call in try await service.listPolicies(call) },
        "DeletePolicy": { service, call in
            try await service.records.removePolicy(try call.ownPolicyARN)
            return nil
        },
    ]

    private func createPolicy(_ call: AWSCall) async throws -> JSON {
        let input = call.input
        let document = try PolicyDocument.managed(input.required("PolicyDocument"))
        let policy = IAMPolicy(
            name: try input.required("PolicyName"),
            path: input["Path"]?.string ?? "/",
            id: IAMIdentifier.policy(),
            createdAt: call.time,
            updatedAt: call.time,
            description: input["Description"]?.string,
            tags: try IAMTag.list(input),
            versions: [.init(number: 1, document: document, createdAt: call.time)]
        )
        try await records.add(policy)
        return .object(["Policy": policy.json(IAMPolicy.Usage(of: policy.arn.text, in: []))])
    }

    /// Of AWS's own policies, lists those that are in use: there is no list of the others.
    private func listPolicies(_ call: AWSCall) async throws -> JSON {
        let input = call.input
        let scope = input["Scope"]?.string ?? "All"
        let roles = try await records.roles()
        var found: [(arn: ManagedPolicyARN, usage: IAMPolicy.Usage, json: JSON)] = []
        if scope != "AWS" {
            found += try await records.policies().map { policy in
                let usage = IAMPolicy.Usage(of: policy.arn.text, in: roles)
                return (policy.arn, usage, policy.summary(usage))
            }
        }
        if scope != "Local" {
            let used = Set(roles.flatMap { $0.attached + [$0.boundary].compactMap(\.self) })
            found += used.compactMap { try? ManagedPolicyARN($0) }.filter(\.isOfAWS).map { arn in
                let usage = IAMPolicy.Usage(of: arn.text, in: roles)
                return (arn, usage, IAMPolicy.ofAWS(arn, usage))
            }
        }
        let prefix = input["PathPrefix"]?.string ?? "/"
        let isAttached = input["OnlyAttached"]?.bool ?? false
        let use = input["PolicyUsageFilter"]?.string
        found = found.filter { policy in
            policy.arn.path.hasPrefix(prefix)
                && (!isAttached || policy.usage.attachments > 0)
                && (use != "PermissionsPolicy" || policy.usage.attachments > 0)
                && (use != "PermissionsBoundary" || policy.usage.boundaries > 0)
        }
        return try IAMPage(input).output("Policies", found.map { ("\($0.arn.name) \($0.arn.text)", $0.json) })
    }
}

extension AWSCall {
    /// The ARN of a policy that is to be changed, which must be one of this account.
    var ownPolicyARN: ManagedPolicyARN {
        get throws {
            let arn = try policyARN
            guard !arn.isOfAWS else {
                throw AWSError("AccessDenied", "Policy is outside your own account.", status: 403)
            }
            return arn
        }
    }
}
