import AWS
import Encodings

/// The policies of a role: managed ones that are attached to it, and inline ones that are parts of it.
extension IAMService {
    static let rolePolicyOperations: [String: Operation] = [
        "AttachRolePolicy": { service, call in
            try await service.records.attach(call.policyARN, to: call.roleName, at: call.time)
            return nil
        },
        "DetachRolePolicy": { service, call in
            let arn = try call.policyARN.text
            try await service.records.changeRole(call.roleName, at: call.time) { role in
                guard role.attached.contains(arn) else { throw AWSError.noPolicy(arn) }
                role.attached.removeAll { $0 == arn }
            }
            return nil
        },
        "ListAttachedRolePolicies": { service, call in
            let role = try await service.records.role(call.roleName)
            let prefix = call.input["PathPrefix"]?.string ?? "/"
            let policies = role.attached.compactMap { try? ManagedPolicyARN($0) }.filter { $0.path.hasPrefix(prefix) }
            return try IAMPage(call.input).output(
                "AttachedPolicies",
                policies.map {
                    ($0.text, .object(["PolicyName": .string($0.name), "PolicyArn": .string($0.text)]))
                }
            )
        },
        "PutRolePolicy": { service, call in
            let name = try call.input.required("PolicyName")
            let document = try call.input.required("PolicyDocument")
            try PolicyDocument.checkSyntax(document)
            try await service.records.changeRole(call.roleName, at: call.time) { role in
                role.inline[name] = document
                try PolicyDocument.checkInline(role.inline.values, of: role.name)
            }
            return nil
        },
        "GetRolePolicy": { service, call in
            let role = try await service.records.role(call.roleName)
            let name = try call.input.required("PolicyName")
            guard let document = role.inline[name] else { throw AWSError.noInlinePolicy(name) }
            return .object([
                "RoleName": .string(role.name), "PolicyName": .string(name),
                "PolicyDocument": .string(PercentEncoding.encode(document)),
            ])
        },
        "ListRolePolicies": { service, call in
            let role = try await service.records.role(call.roleName)
            return try IAMPage(call.input).output("PolicyNames", role.inline.keys.map { ($0, .string($0)) })
        },
        "DeleteRolePolicy": { service, call in
            let name = try call.input.required("PolicyName")
            try await service.records.changeRole(call.roleName, at: call.time) { role in
                guard role.inline.removeValue(forKey: name) != nil else { throw AWSError.noInlinePolicy(name) }
            }
            return nil
        },
    ]
}

extension IAMRole {
    /// AWS attaches at most this many policies to a role, on request.
    private static let attachedLimit = 20

    mutating func attach(_ arn: String) throws(AWSError) {
        guard !attached.contains(arn) else { return }
        guard attached.count < Self.attachedLimit else {
            throw .limitExceeded("Cannot exceed quota for PoliciesPerRole: \(Self.attachedLimit)")
        }
        attached.append(arn)
    }
}
