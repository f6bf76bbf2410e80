import AWS
import Foundation
import Platform

/// The stored roles and policies.
///
/// Changes run one after the other, so that none is lost, and so that a policy is not deleted while it is being attached.
actor IAMRecords {
    private static let roleKind = RecordKind("iam-role")
    private static let policyKind = RecordKind("iam-policy")
    static let roleLimit = 1000
    static let policyLimit = 1000

    private let platform: Platform
    private var lastChange: Task<Void, Never>?

    init(platform: Platform) { self.platform = platform }

    /// Runs a change after all earlier ones, in a separate task, so that canceling the caller does not end it halfway.
    private func change<Result: Sendable>(
        _ body: @escaping @Sendable (isolated IAMRecords) async throws -> Result
    ) async throws -> Result {
        let change = Task { [lastChange] in
            await lastChange?.value
            return try await body(self)
        }
        lastChange = Task { _ = try? await change.value }
        return try await change.value
    }

    // MARK: Roles

    nonisolated func role(_ name: String) async throws -> IAMRole {
        if let record = try await platform.recorded(IAMRole.self, Self.roleKind, name) { return record.value }
        guard name == IAMRole.own.name else { throw AWSError.noRole(name) }
        return .own
    }

    nonisolated func roles() async throws -> [IAMRole] {
        let stored = try await platform.allRecorded(IAMRole.self, Self.roleKind).map(\.value)
        return stored.contains { $0.name == IAMRole.own.name } ? stored : stored + [.own]
    }

    /// Stores a new role. Names are unique if case is ignored.
    ///
    /// - Parameter conflict: The error if there is a role with this name.
    func add(_ role: IAMRole, orThrow conflict: AWSError) async throws {
        try await change { records in
            let name = role.name.lowercased()
            let isTaken = try await records.platform.hasRecord(Self.roleKind, lowercased: name)
            guard !isTaken, name != IAMRole.own.name.lowercased() else { throw conflict }
            guard try await records.roles().count < Self.roleLimit else {
                throw AWSError.limitExceeded("Cannot exceed quota for RolesPerAccount: \(Self.roleLimit)")
            }
            if let boundary = role.boundary { try await records.checkAttachable(boundary) }
            try await records.platform.putRecord(role, Self.roleKind, role.name, at: role.createdAt)
        }
    }

    /// Changes a role.
    ///
    /// - Parameter isProtected: Whether roles that belong to a service are refused.
    @discardableResult
    func changeRole(
        _ name: String,
        at time: Date,
        isProtected: Bool = true,
        _ body: @escaping @Sendable (inout IAMRole) throws -> Void
    ) async throws -> IAMRole {
        try await change { try await $0.apply(body, to: name, at: time, isProtected: isProtected) }
    }

    /// Attaches a managed policy, which must exist if it is one of this account.
    func attach(_ arn: ManagedPolicyARN, to role: String, at time: Date) async throws {
        try await change { records in
            try await records.checkAttachable(arn.text)
            _ = try await records.apply({ try $0.attach(arn.text) }, to: role, at: time, isProtected: true)
        }
    }

    private func apply(
        _ body: @Sendable (inout IAMRole) throws -> Void,
        to name: String,
        at time: Date,
        isProtected: Bool
    ) async throws -> IAMRole {
        var role = try await role(name)
        if isProtected, role.isServiceLinked { throw AWSError.serviceLinked(name) }
        let old = role
        try body(&role)
        if role != old { try await platform.putRecord(role, Self.roleKind, name, at: time) }
        return role
    }

    /// Deletes a role.
    ///
    /// - Parameter check: Throws if the role cannot be deleted.
    func removeRole(_ name: String, _ check: @escaping @Sendable (IAMRole) throws -> Void) async throws {
        try await change { records in
            try check(try await records.role(name))
            _ = try await records.platform.removeRecord(Self.roleKind, name)
        }
    }

    // MARK: Policies

    /// Returns a policy of this account.
    nonisolated func policy(_ arn: ManagedPolicyARN) async throws -> IAMPolicy {
        guard arn.account == AWSAccount.id, let policy = try await storedPolicy(arn) else {
            throw AWSError.noPolicy(arn.text)
        }
        return policy
    }

    private nonisolated func storedPolicy(_ arn: ManagedPolicyARN) async throws -> IAMPolicy? {
        let record = try await platform.recorded(IAMPolicy.self, Self.policyKind, arn.name)
        return record.flatMap { $0.value.arn == arn ? $0.value : nil }
    }

    nonisolated func policies() async throws -> [IAMPolicy] {
        try await platform.allRecorded(IAMPolicy.self, Self.policyKind).map(\.value)
    }

    /// Any policy of AWS's own can be attached, but one of this account must exist.
    private func checkAttachable(_ text: String) async throws {
        let arn = try ManagedPolicyARN(text)
        if arn.isOfAWS { return }
        guard arn.account == AWSAccount.id, try await storedPolicy(arn) != nil else {
            throw AWSError.notAttachable(text)
        }
    }

    /// Stores a new policy. Names are unique if case and path are ignored.
    func add(_ policy: IAMPolicy) async throws {
        try await change { records in
            if try await records.platform.hasRecord(Self.policyKind, lowercased: policy.name.lowercased()) {
                throw AWSError.alreadyExists(
                    "A policy called \(policy.name) already exists. Duplicate names are not allowed."
                )
            }
            guard try await records.policies().count < Self.policyLimit else {
                throw AWSError.limitExceeded("Cannot exceed quota for PoliciesPerAccount: \(Self.policyLimit)")
            }
            try await records.platform.putRecord(policy, Self.policyKind, policy.name, at: policy.createdAt)
        }
    }

    @discardableResult
    func changePolicy(
        _ arn: ManagedPolicyARN,
        at time: Date,
        _ body: @escaping @Sendable (inout IAMPolicy) throws -> Void
    ) async throws -> IAMPolicy {
        try await change { records in
            var policy = try await records.policy(arn)
            try body(&policy)
            try await records.platform.putRecord(policy, Self.policyKind, policy.name, at: time)
            return policy
        }
    }

    /// Deletes a policy that no role uses.
    func removePolicy(_ arn: ManagedPolicyARN) async throws {
        try await change { records in
            let policy = try await records.policy(arn)
            let usage = IAMPolicy.Usage(of: arn.text, in: try await records.roles())
            guard usage.attachments == 0, usage.boundaries == 0 else {
                throw AWSError.deleteConflict("Cannot delete a policy attached to entities.")
            }
            guard policy.versions.count == 1 else {
                throw AWSError.deleteConflict(
                    "This policy has more than one version. Before you delete a policy, you must delete the policy's "
                        + "versions. The default version is deleted with the policy."
                )
            }
            _ = try await records.platform.removeRecord(Self.policyKind, policy.name)
        }
    }
}
