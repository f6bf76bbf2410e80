import AWS
import Foundation

extension IAMService {
    static let roleOperations: [String: Operation] = [
        "CreateRole": { service, call in try await service.createRole(call) },
        "GetRole": { service, call in .object(["Role": try await service.records.role(call.roleName).json]) },
        "ListRoles": { service, call in
            let prefix = call.input["PathPrefix"]?.string ?? "/"
            let roles = try await service.records.roles().filter { $0.path.hasPrefix(prefix) }
            return try IAMPage(call.input).output("Roles", roles.map { ($0.name, $0.summary) })
        },
        "DeleteRole": { service, call in
            try await service.deleteRole(call)
            return nil
        },
        "UpdateRole": { service, call in
            try await service.updateRole(call)
            return .object([:])
        },
        "UpdateRoleDescription": { service, call in
            let description = try call.input.required("Description")
            let role = try await service.records.changeRole(call.roleName, at: call.time, isProtected: false) {
                $0.description = description
            }
            return .object(["Role": role.json])
        },
        "UpdateAssumeRolePolicy": { service, call in
            let document = try PolicyDocument.trust(call.input.required("PolicyDocument"))
            try await service.records.changeRole(call.roleName, at: call.time) { $0.trustPolicy = document }
            return nil
        },
        "TagRole": { service, call in
            let tags = try IAMTag.list(call.input)
            try await service.records.changeRole(call.roleName, at: call.time, isProtected: false) {
                try $0.tags.merge(tags)
            }
            return nil
        },
        "UntagRole": { service, call in
            let keys = call.input["TagKeys"]?.array?.compactMap(\.string) ?? []
            try await service.records.changeRole(call.roleName, at: call.time, isProtected: false) {
                $0.tags.remove(keys: keys)
            }
            return nil
        },
        "ListRoleTags": { service, call in
            let role = try await service.records.role(call.roleName)
            return try IAMPage(call.input).output("Tags", role.tags.map { ($0.key, $0.json) })
        },
        // There are no instances, but whoever deletes a role removes it from their profiles first.
        "ListInstanceProfilesForRole": { service, call in
            _ = try await service.records.role(call.roleName)
            return try IAMPage(call.input).output("InstanceProfiles", [])
        },
    ]

    private func createRole(_ call: AWSCall) async throws -> JSON {
        let input = call.input
        let role = IAMRole(
            name: try call.roleName,
            path: input["Path"]?.string ?? "/",
            id: IAMIdentifier.role(),
            createdAt: call.time,
            trustPolicy: try PolicyDocument.trust(input.required("AssumeRolePolicyDocument")),
            description: input["Description"]?.string,
            sessionSeconds: input["MaxSessionDuration"]?.int ?? IAMRole.defaultSessionSeconds,
            signinSessionSeconds: input["MaxSigninSessionDuration"]?.int,
            boundary: input["PermissionsBoundary"]?.string,
            tags: try IAMTag.list(input)
        )
        guard !role.isServiceLinked else {
            throw AWSError(
                "InvalidInput",
                "Path '\(role.path)' is reserved for service-linked roles. Use CreateServiceLinkedRole."
            )
        }
        try await records.add(role, orThrow: .alreadyExists("Role with name \(role.name) already exists."))
        let tags = role.tags.map(\.json)
        return .object(["Role": role.summary.merging(["Tags": tags.isEmpty ? nil : .array(tags)])])
    }

    private func updateRole(_ call: AWSCall) async throws {
        let input = call.input
        try await records.changeRole(call.roleName, at: call.time) { role in
            if let description = input["Description"]?.string { role.description = description }
            if let seconds = input["MaxSessionDuration"]?.int { role.sessionSeconds = seconds }
            if input["ResetMaxSigninSessionDuration"]?.bool == true { role.signinSessionSeconds = nil }
            if let seconds = input["MaxSigninSessionDuration"]?.int { role.signinSessionSeconds = seconds }
        }
    }

    private func deleteRole(_ call: AWSCall) async throws {
        let name = try call.roleName
        try await records.removeRole(name) { role in
            if role.isServiceLinked { throw AWSError.serviceLinked(name) }
            if name == IAMRole.own.name { throw AWSError.unmodifiable(name, "this server runs under it") }
            guard role.attached.isEmpty else {
                throw AWSError.deleteConflict("Cannot delete entity, must detach all policies first.")
            }
            guard role.inline.isEmpty else {
                throw AWSError.deleteConflict("Cannot delete entity, must delete policies first.")
            }
        }
    }
}
