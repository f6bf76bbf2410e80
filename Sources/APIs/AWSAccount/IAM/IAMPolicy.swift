import AWS
import Encodings
import Foundation

/// A managed policy of this account.
struct IAMPolicy: Codable, Sendable, Equatable {
    struct Version: Codable, Sendable, Equatable {
        let number: Int
        /// A JSON document, as it was sent.
        let document: String
        let createdAt: Date

        var id: String { "v\(number)" }

        func json(isDefault: Bool) -> [String: JSON?] {
            [
                "VersionId": .string(id), "IsDefaultVersion": .bool(isDefault), "CreateDate": .iso8601(createdAt),
            ]
        }
    }

    /// How many roles use a policy.
    struct Usage: Sendable {
        var attachments = 0
        var boundaries = 0

        init(of arn: String, in roles: [IAMRole]) {
            for role in roles {
                if role.attached.contains(arn) { attachments += 1 }
                if role.boundary == arn { boundaries += 1 }
            }
        }
    }

    static let versionLimit = 5

    let name: String
    let path: String
    let id: String
    let createdAt: Date
    var updatedAt: Date
    let description: String?
    let tags: [IAMTag]
    /// Oldest first, never empty.
    var versions: [Version]
    var defaultVersion = 1
    /// The number of the newest version, even if it is deleted: numbers are not used again.
    var lastVersion = 1

    var arn: ManagedPolicyARN { ManagedPolicyARN(path: path, name: name) }

    /// Returns the policy as `ListPolicies` returns it.
    func summary(_ usage: Usage) -> JSON {
        Self.summary(of: arn, id: id, usage, created: createdAt, updated: updatedAt, defaultVersion: defaultVersion)
    }

    /// Returns the policy as `GetPolicy` returns it.
    func json(_ usage: Usage) -> JSON {
        summary(usage).merging([
            "Description": description.map(JSON.string), "Tags": .array(tags.map(\.json)),
        ])
    }

    /// Returns a policy of AWS's own, which is not stored: its name is all that is known of it.
    static func ofAWS(_ arn: ManagedPolicyARN, _ usage: Usage) -> JSON {
        let date = IAMRole.own.createdAt
        return summary(
            of: arn,
            id: IAMIdentifier.policy(of: arn.text),
            usage,
            created: date,
            updated: date,
            defaultVersion: 1
        )
    }

    private static func summary(
        of arn: ManagedPolicyARN,
        id: String,
        _ usage: Usage,
        created: Date,
        updated: Date,
        defaultVersion: Int
    ) -> JSON {
        .object([
            "PolicyName": .string(arn.name), "PolicyId": .string(id), "Arn": .string(arn.text),
            "Path": .string(arn.path), "DefaultVersionId": .string("v\(defaultVersion)"),
            "AttachmentCount": .number(Double(usage.attachments)),
            "PermissionsBoundaryUsageCount": .number(Double(usage.boundaries)), "IsAttachable": .bool(true),
            "CreateDate": .iso8601(created), "UpdateDate": .iso8601(updated),
        ])
    }
}
